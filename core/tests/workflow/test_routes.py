"""The API's declarations reach the functions, with plain data in and out."""

from decimal import Decimal

import msgspec
import pytest

from tenon_core.kernel.inputs import structure
from tenon_core.workflow.approvals.routes import ROUTES
from tenon_sdk.errors import Invalid

BY_PATH = {(route.method, route.path.removeprefix("core/approval/")): route for route in ROUTES}


@pytest.fixture
def call(company):
    """Calls a route as somebody and returns what a client would get."""

    def call_as(login, method, path, **given):
        route = BY_PATH[method, path]
        with company.as_(login) as ctx:
            inputs = structure(route.inputs, given) if route.inputs else None
            return msgspec.json.decode(msgspec.json.encode(route.run(ctx, inputs)))

    return call_as


def test_a_whole_approval(call, company, ids):
    flow = call("ada", "PUT", "flow", key="q", name="Q", entity="quoting.quotation",
                transition="send", steps=[
                    {"key": "m", "name": "M", "approvers": {"kind": "manager"}},
                    {"key": "b", "name": "B", "approvers": {"kind": "user", "users": ["boss"]}},
                ])  # fmt: skip
    assert flow["definition"]["steps"][1]["approvers"]["users"] == [str(ids("boss"))]
    assert [one["id"] for one in call("ada", "GET", "flow")] == [flow["id"]]
    record = str(company.quotation())
    asked = {"entity": "quoting.quotation", "record_id": record}
    made = call("sam", "POST", "submit", **asked, transition="send", inputs={"discount": "0.5"})
    assert made["moved"] is False
    request = {"request_id": made["request_id"]}
    [line] = call("lin", "GET", "inbox")
    assert line["request_id"] == made["request_id"]
    call(
        "lin", "POST", "{request_id}/signer", **request, users=[str(ids("fay"))], placement="before"
    )
    call("fay", "POST", "{request_id}/hand-on", **request, to=str(ids("finn")))
    call("finn", "POST", "{request_id}/return", **request, comment="Why?")
    assert call("sam", "GET", "submitted")[0]["state"] == "returned"
    call("sam", "POST", "{request_id}/resubmit", **request, reason="Because")
    version = call("lin", "GET", "{request_id}", **request)["request"]["version"]
    decision = {**request, "approve": True, "version": version}
    assert call("lin", "POST", "{request_id}/decide", **decision) == {"state": "running"}
    done = call("boss", "POST", "{request_id}/decide", **request, approve=True)
    assert done == {"state": "approved"}
    [told] = call("sam", "GET", "history", **asked)
    assert [one["action"] for one in told["decisions"]][-2:] == ["approve", "execute"]
    assert company.record(line["record_id"]).discount == Decimal("0.5")


def test_withdrawing_and_carrying_out(call, company, says):
    company.flow({"kind": "manager"})
    _record, first = company.request()
    call("sam", "POST", "{request_id}/withdraw", request_id=str(first))
    assert company.stored(first).state == "withdrawn"
    _record, second = company.request()
    says["guard"] = "No."
    company.decide("lin", second)
    says["guard"] = None
    done = call("sam", "POST", "{request_id}/execute", request_id=str(second))
    assert done == {"state": "approved"}


def test_wrong_input_names_the_field(call):
    with pytest.raises(Invalid) as caught:
        call("lin", "POST", "{request_id}/signer", request_id="x", users=["y"], placement="near")
    assert list(caught.value.fields) == ["request_id", "users.0", "placement"]


def test_every_route_names_a_permission_and_a_summary(company):
    known = {*company.site.registry.permissions.keys()}
    for route in ROUTES:
        assert route.permission in known
        assert route.summary
        assert not route.public
