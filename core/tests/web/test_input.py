"""Bad input: a clear error that names the field, in the person's language, and nothing stored."""

from uuid import uuid4

import pytest

ORDERS = "lathe/order"
ZH = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
LANGUAGES = {"en": {"Accept-Language": "en"}, "zh_CN": ZH}

BAD_VALUES = [
    ("name", 5), ("name", None), ("name", ""), ("name", "x" * 41), ("name", "a\u0000b"),
    ("name", ["x"]), ("name", {"en": "x"}), ("name", True),
    ("amount", 12.5), ("amount", "12.505"), ("amount", "many"), ("amount", -1), ("amount", True),
    ("amount", "NaN"), ("amount", "1e999999"), ("amount", "9" * 17), ("amount", "1" * 5000),
    ("currency", "XXQ"), ("weight", "1.234"), ("weight", []),
    ("count", "5"), ("count", 1.5), ("count", 101), ("count", -1), ("count", 2**40), ("count", True),
    ("urgent", "yes"), ("urgent", 1), ("urgent", None),
    ("due", "23.11.2026"), ("due", "2026-02-30"), ("due", 20261123), ("due", "2026-W01-1"),
    ("begins_at", "2026-11-23T09:30:00"), ("begins_at", "tomorrow"), ("begins_at", 1764000000),
    ("kind", "broken"), ("kind", 1), ("email", "not an address"),
    ("account_id", "7"), ("account_id", 7), ("account_id", "00000000-0000-4000-8000-000000000000"),
    ("notes", []), ("notes", "text"), ("notes", {"a": "\u0001"}), ("parts", {}),
    ("id", "x"), ("version", "1"),
    ("created_at", "2026-01-01T00:00:00Z"), ("created_by", None), ("updated_at", None),
    ("secret", "x"), ("margin", "1.00"), ("nope", 1), ("owner_id.title", "x"),
    ("lathe_machine.tonnage", 1), ("state", "done"), ("state", "nowhere"),
    ("custom.colour", "green"), ("custom.load", "heavy"), ("custom.nope", 1), ("custom", []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_VALUES, ids=lambda v: repr(v)[:24])
@pytest.mark.tenon_database("sqlite")
def test_a_bad_value_is_refused_by_the_name_of_its_field(web, name, value):
    body = {"name": "Press", name: value}
    if name == "version":
        body = {**body, "id": "00000000-0000-4000-8000-000000000000"}
    texts = {}
    for locale, headers in LANGUAGES.items():
        answer = web("own").post(ORDERS, json=body, headers=headers)
        assert answer.status_code == 422, answer.text
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert list(problem["fields"]) == [name], problem
        assert problem["status"] == 422
        assert problem["type"] == f"urn:tenon:problem:{problem['code']}"
        texts[locale] = problem["fields"][name]
        assert texts[locale]
        assert texts[locale][0]
    assert web("all").get(f"{ORDERS}?count=exact").json()["count"] == 0


def test_all_faults_are_told_together(web):
    body = {"amount": 1.5, "due": "x", "kind": "y", "nope": 1, "custom": {"colour": "z", "q": 1}}
    answer = web("own").post(ORDERS, json=body)
    assert set(answer.json()["fields"]) == {
        "name", "amount", "due", "kind", "nope", "custom.colour", "custom.q",
    }  # fmt: skip


def test_bad_input_is_refused_alike_on_both_databases(web):
    """What only the database finds: unique, check and foreign key constraints."""
    her = web("own")
    assert her.post(ORDERS, json={"name": "a", "code": "C1"}).status_code == 201
    unique = her.post(ORDERS, json={"name": "b", "code": "C1"})
    assert (unique.status_code, unique.json()["code"]) == (409, "duplicate")
    assert list(unique.json()["fields"]) == ["code"]
    check = her.post(ORDERS, json={"name": "b", "low": 5, "high": 1})
    assert check.status_code == 422
    assert set(check.json()["fields"]) == {"low", "high"}
    unseen = web.account("unit_tree")
    texts = [
        her.post(ORDERS, json={"name": "b", "account_id": id_}).json()["fields"]
        for id_ in (unseen, "00000000-0000-4000-8000-000000000000")
    ]
    assert (
        texts[0] == texts[1] == {"account_id": ["There is no such record, or you may not see it."]}
    )
    assert web("own").post(ORDERS, json={"name": "ok", "weight": 1.25}).json()["weight"] == "1.25"
    assert her.get(f"{ORDERS}?count=exact").json()["count"] == 2


@pytest.mark.parametrize(
    ("body", "placed"),
    [(b'{"name": "x"', False), (b"{'name': 1}", True), (b'{"name": tru}', True), (b"[1, 2", False),
     (b"\xff\xfe", True), (b'{"name": "\\ud800"}', False), (b"[" * 9000, False), (b"{}x", True),
     (b'{"name": NaN}', True), (b'{"name": "\xe4"}', True)],
)  # fmt: skip
@pytest.mark.tenon_database("sqlite")
def test_broken_json_is_told_with_its_place(web, body, placed):
    headers = {"Content-Type": "application/json"}
    answer = web("own").post(ORDERS, content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_json")
    assert ("position" in answer.json()) == placed
    if placed:
        assert 0 <= answer.json()["position"] <= len(body)
        assert str(answer.json()["position"]) in answer.json()["detail"]


@pytest.mark.tenon_database("sqlite")
def test_json_of_the_wrong_kind_and_other_media(web):
    her = web("own")
    for body in ([], "x", 5):
        answer = her.post(ORDERS, json=body)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [""])
    for media in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=gbk",
    ):
        answer = her.post(ORDERS, content=b"{}", headers={"Content-Type": media})
        assert answer.status_code == 415
        assert answer.headers["accept"] == "application/json"
    packed = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert her.post(ORDERS, content=b"{}", headers=packed).status_code == 415
    merge = {"Content-Type": "application/merge-patch+json; charset=UTF-8"}
    path = f"{ORDERS}/{web.order()}"
    assert her.patch(path, content=b'{"name":"m"}', headers=merge).json()["name"] == "m"


@pytest.mark.tenon_database("sqlite")
def test_too_much_is_refused_before_it_is_read(web):
    body = {"name": "x" * 10_000_000}
    answer = web("own").post(ORDERS, json=body)
    assert answer.status_code == 413
    assert (answer.json()["code"], answer.json()["limit"]) == ("too_large", 1024 * 1024)
    assert "1048576" in answer.json()["detail"]

    def parts():
        for _n in range(20):
            yield b" " * 100_000

    headers = {"Content-Type": "application/json"}
    assert web("own").post(ORDERS, content=parts(), headers=headers).status_code == 413
    batch = {"operations": [{"op": "create", "data": body}]}
    answer = web("own").post(f"{ORDERS}/batch", json=batch)
    assert answer.json()["fields"]["0.name"] == ["At most 40 characters; this has 10000000."]
    many = {"operations": [{"op": "delete", "id": "00000000-0000-4000-8000-000000000000"}] * 10_001}
    assert list(web("own").post(f"{ORDERS}/batch", json=many).json()["fields"]) == ["operations"]


@pytest.mark.parametrize(
    ("query", "name"),
    [("nope=1", "nope"), ("name__like=x", "name__like"), ("count__contains=1", "count__contains"),
     ("limit=0", "limit"), ("limit=501", "limit"), ("limit=x", "limit"), ("cursor=x", "cursor"),
     ("sort=nope", "sort"), ("fields=nope", "fields"), ("fields=secret", "fields"),
     ("due=soon", "due"), ("count=some", "count"), ("kind=broken", "kind"),
     ("account_id=7", "account_id"), ("limit=5&limit=6", "limit"), ("secret=x", "secret")],
)  # fmt: skip
@pytest.mark.tenon_database("sqlite")
def test_an_unknown_or_faulty_parameter_is_an_error(web, query, name):
    for locale in LANGUAGES.values():
        answer = web("own").get(f"{ORDERS}?{query}", headers=locale)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [name])


@pytest.mark.tenon_database("sqlite")
def test_parameters_where_none_belong(web):
    id_ = web.order()
    for method, path in (
        ("post", ORDERS), ("patch", f"{ORDERS}/{id_}"), ("delete", f"{ORDERS}/{id_}"),
        ("post", f"{ORDERS}/batch"), ("get", f"{ORDERS}/{id_}"), ("get", "auth/me"),
    ):  # fmt: skip
        answer = getattr(web("own"), method)(f"{path}?nope=1")
        assert (answer.status_code, list(answer.json()["fields"])) == (422, ["nope"]), path
    assert web("own").get(f"{ORDERS}?name=%ff").json()["code"] == "bad_query"
    assert web("own").get(f"{ORDERS}?" + "a=1&" * 500).json()["code"] == "bad_query"


@pytest.mark.tenon_database("sqlite")
def test_the_language_is_that_of_the_header_then_of_the_person(web):
    from tenon_core.entities import User

    german = {"Accept-Language": "de, fr;q=0.5"}
    table = User.__table__

    def detail(headers):
        return web("own").get(f"{ORDERS}/{uuid4()}", headers=headers).json()["title"]

    web.site.texts.messages["zh_CN"]["Not found"] = "未找到"
    assert detail({"Accept-Language": "en;q=0.4, zh-TW;q=0.9"}) == "未找到"
    assert detail({"Accept-Language": "zh;q=0, en"}) == "Not found"
    assert detail(german) == "Not found"
    web.execute(table, table.c.login == "own", locale="zh_CN")
    web.site.book.forget()
    assert detail(german) == "未找到"
    assert detail({"Accept-Language": "en"}) == "Not found"


def test_nothing_is_half_written(web):
    """A record, its extension and its audit go together or not at all."""
    taken = {"name": "A", "lathe_machine.serial": "S"}
    person = web("all")
    assert person.post("core/account", json=taken).status_code == 201
    clash = person.post("core/account", json={"name": "B", "lathe_machine.serial": "S"})
    assert clash.status_code == 409
    assert person.get("core/account?count=exact").json()["count"] == 1
    assert person.post("core/account", json={"name": "C"}).json()["code"] == "C-000002"
