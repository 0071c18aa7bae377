"""The OpenAPI document: valid, complete, and about the enabled plugins only."""

import msgspec
import pytest
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import OpenAPIValidationError

from tenon_core.web.app import make_router
from tenon_core.web.openapi import document
from tenon_core.web.openapi.schemas import returned

pytestmark = pytest.mark.tenon_database("sqlite")

# Every kind of field and declaration; the validator takes a minute for all entities.
SOME = ("lathe.order", "lathe.line", "core.account")


@pytest.fixture
def schema(web):
    answer = web(None).get("/api/schema")
    assert answer.status_code == 200
    return answer.json()


def small(site):
    entities = make_router(site).entities
    whole = document(site, {name: entities[name] for name in SOME})
    return msgspec.json.decode(msgspec.json.encode(whole))


def test_it_is_valid(site):
    validate(small(site))


def test_the_validator_finds_what_is_wrong(site):
    faulty = small(site)
    del faulty["paths"]["/api/v1/lathe/order"]["get"]["responses"]
    faulty["paths"]["/api/v1/lathe/order"]["post"]["parameters"] = "none"
    with pytest.raises(OpenAPIValidationError):
        validate(faulty)


def test_it_holds_what_is_served_and_nothing_else(web, schema):
    router = make_router(web.site)
    for name in router.entities:
        base = f"/api/v1/{name.replace('.', '/')}"
        for path in (base, f"{base}/aggregate", f"{base}/batch", f"{base}/{{id}}"):
            assert path in schema["paths"]
        assert {name, f"{name}.create", f"{name}.update"} <= set(schema["components"]["schemas"])
    for path, item in schema["paths"].items():
        concrete = path.replace("{id}", "01a2091e-8bfc-7276-893b-e23407ff04f8")
        for method in set(item) - {"parameters"}:
            router.resolve(method.upper(), concrete.removeprefix("/api/"))
    named = [n for n in schema["paths"] if "hidden" in n or "team_member" in n or "/machine" in n]
    assert named == []
    assert "secret" not in schema["components"]["schemas"]["lathe.order"]["properties"]


def test_operations_are_named_once(schema):
    names = [
        operation["operationId"]
        for item in schema["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    ]
    assert len(names) == len(set(names))
    for item in schema["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                assert "$ref" in str(operation["responses"]["default"])


def test_entities_are_described_by_their_declarations(schema):
    order = schema["components"]["schemas"]["lathe.order"]["properties"]
    assert order["kind"]["enum"] == ["new", "used", None]
    assert order["count"] == {
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": 100,
        "title": "Count",
    }
    assert order["amount"]["format"] == "decimal"
    assert order["created_at"]["readOnly"] is True
    assert "account_id.title" in order
    create = schema["components"]["schemas"]["lathe.order.create"]
    assert create["required"] == ["name"]
    assert create["additionalProperties"] is False
    assert "created_at" not in create["properties"]
    account = schema["components"]["schemas"]["core.account"]["properties"]
    assert account["lathe_machine.tonnage"]["type"] == ["integer", "null"]
    move = schema["paths"]["/api/v1/lathe/order/{id}/finish"]["post"]
    assert "remark" in str(schema["components"]["schemas"]["lathe.order.transitions.finish.Done"])
    assert "requestBody" in move
    quote = schema["paths"]["/api/v1/lathe/order/{id}/quote"]["get"]
    assert {p["name"] for p in quote["parameters"]} == {"id", "quantity", "days"}
    assert schema["paths"]["/api/v1/lathe/ping"]["get"]["security"] == []
    stamp = schema["paths"]["/api/v1/lathe/order/actions/stamp_one"]["post"]
    assert "maxItems" in str(stamp["requestBody"])
    assert schema["security"] == [{"token": []}, {"cookie": [], "csrf": []}]


def test_a_type_that_cannot_be_told_is_left_open():
    def odd() -> "NoSuchType":  # noqa: F821
        raise AssertionError

    def plain() -> complex:
        raise AssertionError

    assert returned(odd, "x", {}) == {}
    assert returned(plain, "x", {}) == {}
