"""Many records in one request."""

from uuid import uuid4

import pytest

BATCH = "lathe/order/batch"


def create(**data):
    return {"op": "create", "data": data}


def send(person, *operations, query="", **kwargs):
    return person.post(f"{BATCH}{query}", json={"operations": list(operations)}, **kwargs)


def count(web):
    return web("all").get("lathe/order?count=exact").json()["count"]


def test_each_kind_of_operation(web):
    first, second = web.order(), web.order()
    id_ = str(uuid4())
    answer = send(
        web("own"),
        create(name="a", id=id_),
        {"op": "update", "id": first, "version": 1, "data": {"name": "b"}},
        {"op": "delete", "id": second},
        {"op": "upsert", "key": ["code"], "data": {"code": "K", "name": "c"}},
        {"op": "upsert", "key": "code", "data": {"code": "K", "name": "d", "custom.colour": "red"}},
        create(name="a", id=id_),
    )
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [r["status"] for r in results] == [201, 200, 204, 201, 200, 200]
    assert [r["index"] for r in results] == list(range(6))
    assert results[1]["version"] == 2
    assert results[3]["id"] == results[4]["id"]
    assert answer.json()["succeeded"] == 6
    assert count(web) == 3
    made = web("own").get(f"lathe/order/{results[3]['id']}").json()
    assert (made["name"], made["custom"]) == ("d", {"colour": "red"})


def test_atomic_stores_all_or_nothing(web):
    answer = send(
        web("own"),
        create(name="a"),
        create(name=5, nope=1),
        create(),
        {"op": "update", "id": str(uuid4()), "data": {}},
        {"op": "melt"},
        "text",
        create(name="b", low=3, high=1),
    )
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "batch_failed"
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(problem["fields"]) == {
        "1.name", "1.nope", "2.name", "4.op", "5", "6.low", "6.high",
    }  # fmt: skip
    assert [e["index"] for e in problem["errors"]] == [1, 2, 4, 5, 6, 3] or {
        e["index"]: e["status"] for e in problem["errors"]
    } == {1: 422, 2: 422, 3: 404, 4: 422, 5: 422, 6: 422}
    assert count(web) == 0


def test_otherwise_each_operation_stands_for_itself(web):
    taken = web.order(code="K")
    answer = send(
        web("own"),
        create(name="a", code="K"),
        create(name="b"),
        create(name="forbidden"),
        {"op": "update", "id": taken, "version": 9, "data": {"name": "x"}},
        create(name="c", code="L"),
        create(name="d", code="L"),
        query="?atomic=false",
    )
    assert answer.status_code == 200
    results = answer.json()["results"]
    assert [r["status"] for r in results] == [409, 201, 409, 412, 201, 409]
    assert list(results[0]["fields"]) == ["code"]
    assert (results[2]["code"], results[3]["version"]) == ("bad_name", 1)
    assert (answer.json()["succeeded"], answer.json()["failed"]) == (2, 4)
    assert count(web) == 3


def test_what_failed_leaves_no_trace_in_search_or_audit(web):
    from sqlalchemy import func, select

    from tenon_core.entities import AuditEntry

    send(web("own"), create(name="good"), create(name="bad", low=2, high=1), query="?atomic=false")
    with web.site.system("look", read_only=True) as ctx:
        written = ctx.session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.entity == "lathe.order")
        )
    assert written == 1
    found = web("own").get("search?q=good&entities=lathe.order")
    assert found.status_code == 200
    assert "bad" not in found.text


def test_upsert_refuses_a_key_that_is_no_key(web):
    web.order(name="twin")
    web.order(name="twin")
    for key in ("nope", "notes", [], ["name"] * 5, None, 3, ["secret"]):
        answer = send(web("own"), {"op": "upsert", "key": key, "data": {"name": "twin"}})
        assert answer.status_code == 422, key
        assert set(answer.json()["fields"]) == {"0.key"}, key
    twice = send(web("own"), {"op": "upsert", "key": "name", "data": {"name": "twin"}})
    assert set(twice.json()["fields"]) == {"0.key"}
    masked = {"op": "upsert", "key": "margin", "data": {"margin": "1", "name": "x"}}
    assert send(web("own"), masked).status_code in {403, 422}
    nothing = {"op": "upsert", "key": ["code"], "data": {"name": "x"}}
    assert set(send(web("own"), nothing).json()["fields"]) == {"0.code"}
    new = {"op": "upsert", "key": ["code"], "data": {"code": "N"}}
    assert set(send(web("own"), new).json()["fields"]) == {"0.name"}


@pytest.mark.tenon_database("sqlite")
def test_a_batch_costs_few_statements(web):
    from sqlalchemy import event

    person = web("own")
    send(person, create(name="warm"))
    statements = []
    event.listen(web.site.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    assert send(person, *(create(name=f"n{i}") for i in range(400))).status_code == 200
    assert len(statements) < 40


def test_a_batch_reaches_no_further_than_its_person(web):
    foreign = web.order("unit_tree", name="theirs")
    for op in (
        {"op": "update", "id": foreign, "data": {"name": "mine"}},
        {"op": "delete", "id": foreign},
    ):
        assert send(web("own"), op).status_code == 404
        assert send(web("viewer"), op).status_code == 403
    stolen = {"op": "upsert", "key": "name", "data": {"name": "theirs"}}
    made = send(web("own"), stolen).json()["results"][0]
    assert made["id"] != foreign
    given_away = create(name="x", owner_id="6f776e65-722d-2d2d-2d2d-2d2d2d2d2d2d")
    assert send(web("own"), given_away).status_code in {403, 422}
    assert send(web("viewer"), create(name="x")).status_code == 403
    assert web("all").get(f"lathe/order/{foreign}").json()["name"] == "theirs"
