"""Lists, one record, create, change, delete: what they answer and when they refuse."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from tenon_core.entities import AuditEntry

ORDERS = "lathe/order"


def test_a_record_is_created_read_changed_and_deleted(web):
    her = web("own")
    made = her.post(ORDERS, json={"name": "Press", "amount": "12.50", "currency": "CNY"})
    assert made.status_code == 201
    assert made.headers["etag"] == '"1"'
    record = made.json()
    path = f"{ORDERS}/{record['id']}"
    assert made.headers["location"] == f"/api/v1/{path}"
    assert record["number"] == "L-0001"
    assert record["amount"] == "12.50"
    assert record["state"] == "open"
    assert record["owner_id.title"] == "Own"
    assert "secret" not in record
    read = her.get(path)
    assert read.json() == record
    changed = her.patch(path, json={"name": "Big press", "version": 1})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json()["name"] == "Big press"
    assert her.get(f"{path}?fields=name,owner_id.title").json() == {
        "name": "Big press", "owner_id.title": "Own",
    }  # fmt: skip
    assert her.delete(path).status_code == 204
    assert her.get(path).status_code == 404


def test_a_list_is_paged_filtered_and_counted(web):
    for n in range(5):
        web.order(name=f"O{n}", count=n)
    page = web("own").get(f"{ORDERS}?sort=-name&limit=2&count=exact&count__gte=1&fields=name")
    assert page.json()["count"] == 4
    assert [item["name"] for item in page.json()["items"]] == ["O4", "O3"]
    rest = web("own").get(
        f"{ORDERS}?sort=-name&limit=9&count__gte=1&fields=name&cursor={page.json()['next']}"
    )
    assert [item["name"] for item in rest.json()["items"]] == ["O2", "O1"]
    assert rest.json()["next"] is None
    sums = web("own").get(f"{ORDERS}/aggregate?group=state&measure=count,sum:count").json()
    assert sums["items"] == [{"state": "open", "count": 5, "sum:count": 10}]


def test_the_id_of_the_client_makes_creation_repeatable(web):
    id_ = str(uuid4())
    body = {"id": id_, "name": "Once", "amount": "7.00", "custom.colour": "red"}
    assert web("own").post(ORDERS, json=body).status_code == 201
    again = web("own").post(ORDERS, json=body)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    other = web("own").post(ORDERS, json={**body, "name": "Twice"})
    assert (other.status_code, other.json()["code"]) == (409, "duplicate")
    assert list(other.json()["fields"]) == ["id"]
    # For who cannot see the record it is taken, too, and nothing of it is told.
    hidden = web("unit_tree").post(ORDERS, json={**body, "name": "Twice"})
    assert (hidden.status_code, hidden.json()["code"]) == (409, "duplicate")
    assert "Once" not in hidden.text


def test_versions_are_held(web):
    path = f"{ORDERS}/{web.order()}"
    her = web("own")
    assert her.patch(path, json={"name": "2"}, headers={"If-Match": '"1"'}).status_code == 200
    stale = her.patch(path, json={"name": "3"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"], stale.json()["version"]) == (412, "stale", 2)
    in_body = her.patch(path, json={"name": "3", "version": 1})
    assert (in_body.status_code, in_body.json()["version"]) == (412, 2)
    assert her.patch(path, json={"name": "3"}).status_code == 200
    assert her.patch(path, json={"name": "4"}, headers={"If-Match": "*"}).status_code == 200
    assert her.delete(path, headers={"If-Match": '"1"'}).status_code == 412
    assert her.patch(path, json={}, headers={"If-Match": "4"}).json()["code"] == "bad_etag"
    assert her.patch(path, json={}, headers={"If-Match": 'W/"4"'}).status_code == 400
    same = her.get(path, headers={"If-None-Match": '"4"'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", '"4"')
    assert her.get(path, headers={"If-None-Match": '"3", W/"4"'}).status_code == 304
    assert her.get(path, headers={"If-None-Match": '"3"'}).status_code == 200


def test_extension_and_custom_fields_are_read_and_written(web):
    person = web("all")
    body = {"name": "Mill", "lathe_machine.tonnage": 80, "lathe_machine.serial": "S-1"}
    made = person.post("core/account", json=body)
    assert made.status_code == 201, made.text
    record = made.json()
    assert (record["lathe_machine.tonnage"], record["lathe_machine.serial"]) == (80, "S-1")
    path = f"core/account/{record['id']}"
    changed = person.patch(path, json={"lathe_machine.tonnage": 90}, headers={"If-Match": '"1"'})
    assert (changed.json()["lathe_machine.tonnage"], changed.json()["version"]) == (90, 2)
    assert person.get("core/account?lathe_machine.tonnage__gte=85&fields=name").json()["items"]
    other = person.post("core/account", json={"name": "Mole"}).json()
    clash = person.patch(f"core/account/{other['id']}", json={"lathe_machine.serial": "S-1"})
    assert clash.status_code == 409
    assert list(clash.json()["fields"]) == ["lathe_machine.serial"]
    order = person.post(
        ORDERS, json={"name": "x", "custom.colour": "red", "custom": {"load": "1.5"}}
    )
    assert order.json()["custom"] == {"colour": "red", "load": "1.5"}
    kept = person.patch(f"{ORDERS}/{order.json()['id']}", json={"custom.colour": None})
    assert kept.json()["custom"] == {"load": "1.5"}


def test_deleting_goes_by_the_recycle_bin_where_there_is_one(web):
    id_ = web.account("all")
    path, person = f"core/account/{id_}", web("all")
    assert person.delete(path).status_code == 204
    assert person.get("core/account").json()["items"] == []
    assert [a["id"] for a in person.get("core/account?archived=true").json()["items"]] == [id_]
    assert person.post(f"{path}/restore").json()["archived_at"] is None
    assert person.post(f"{path}/restore").json()["code"] == "not_archived"
    assert person.delete(path).status_code == 204
    assert person.delete(path).status_code == 204
    assert person.get("core/account?archived=all").json()["items"] == []
    gone = web.account("all")
    assert person.delete(f"core/account/{gone}?permanent=true").status_code == 204
    assert person.get(f"core/account/{gone}").status_code == 404
    eternal = web.account("all", name="eternal")
    for query in ("", "?permanent=true"):
        refused = person.delete(f"core/account/{eternal}{query}")
        assert (refused.status_code, refused.json()["code"]) == (409, "eternal")


def test_a_record_in_use_is_kept(web):
    account = web.account("all")
    web.order(account_id=account)
    refused = web("all").delete(f"core/account/{account}?permanent=true")
    assert (refused.status_code, refused.json()["code"]) == (409, "in_use")


def test_parts_are_written_through_their_own_endpoint(web):
    mine, others = web.order("own"), web.order("unit_tree")
    her = web("own")
    made = her.post("lathe/line", json={"order_id": mine, "position": 1})
    assert made.status_code == 201
    twice = her.post("lathe/line", json={"order_id": mine, "position": 1})
    assert twice.status_code == 409
    assert set(twice.json()["fields"]) == {"order_id", "position"}
    foreign = her.post("lathe/line", json={"order_id": others, "position": 1})
    assert foreign.status_code in {403, 404, 422}
    assert len(her.get("lathe/line").json()["items"]) == 1
    assert web("viewer").get("lathe/line").json()["items"]
    assert web("viewer").delete(f"lathe/line/{made.json()['id']}").status_code == 403


def test_moves_actions_panels_and_routes(web):
    id_ = web.order()
    path, her = f"{ORDERS}/{id_}", web("own")
    missing = her.post(f"{path}/finish", json={})
    assert (missing.status_code, list(missing.json()["fields"])) == (422, ["remark"])
    stale = her.post(f"{path}/finish", json={"remark": "ok"}, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    moved = her.post(f"{path}/finish", json={"remark": "ok"}, headers={"If-Match": '"1"'})
    assert (moved.json()["state"], moved.json()["code"]) == ("done", "ok")
    again = her.post(f"{path}/finish", json={"remark": "ok"})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")
    assert her.post(f"{path}/reopen").json()["state"] == "open"
    assert her.post(f"{path}/melt").status_code == 404
    assert her.patch(path, json={"state": "done"}).json()["fields"].keys() == {"state"}
    assert web("viewer").post(f"{path}/finish", json={"remark": "x"}).status_code == 403
    assert web("nobody").post(f"{path}/finish", json={"remark": "x"}).status_code == 404

    both = {"ids": [id_, web.order()], "inputs": {"word": "new"}}
    assert her.post(f"{ORDERS}/actions/stamp", json=both).json() == {"stamped": 2}
    assert her.get(path).json()["name"] == "new"
    assert list(her.post(f"{ORDERS}/actions/stamp_one", json=both).json()["fields"]) == ["ids"]
    wrong = her.post(f"{ORDERS}/actions/stamp", json={"ids": [id_], "inputs": {"price": "x"}})
    assert set(wrong.json()["fields"]) == {"inputs.word", "inputs.price"}
    foreign = {"ids": [web.order("unit_tree")], "inputs": {"word": "new"}}
    assert her.post(f"{ORDERS}/actions/stamp", json=foreign).status_code == 404
    assert web("viewer").post(f"{ORDERS}/actions/stamp", json=foreign).status_code == 403

    assert her.get(f"{path}/panels/lines").json() == {"id": id_, "lines": 3}
    assert web("nobody").get(f"{path}/panels/lines").status_code == 403
    assert web("unit_tree").get(f"{ORDERS}/{uuid4()}/panels/lines").status_code == 404

    price = her.get(f"{path}/quote?quantity=3&days=2026-01-02&days=2026-01-03").json()
    assert price == {"order": id_, "total": "6", "days": ["2026-01-02", "2026-01-03"]}
    assert list(her.get(f"{path}/quote?quantity=x").json()["fields"]) == ["quantity"]
    assert list(her.get(f"{path}/quote?colour=x").json()["fields"]) == ["colour"]
    assert list(her.get(f"{path}/quote?id=x").json()["fields"]) == ["id"]
    said = her.post("lathe/echo", json={"word": "hi", "price": "1.5"}).json()
    assert said == {"word": "hi", "price": "1.5", "text": "This field is required."}
    assert web("nobody").post("lathe/echo", json={"word": "hi"}).status_code == 403
    assert web(None).post("lathe/echo", json={"word": "hi"}).status_code == 401
    nobody = {"who": "", "system": False, "sees": False}
    assert web(None).get("lathe/ping").json() == nobody
    assert web("own").get("lathe/ping").json()["who"] == "own"


def test_guards_of_plugins_are_heard(web):
    refused = web("own").post(ORDERS, json={"name": "forbidden"})
    assert refused.status_code == 409
    assert refused.json()["code"] == "bad_name"
    assert refused.json()["fields"] == {"name": ["This value is not allowed."]}
    assert refused.json()["refusals"][0]["field"] == "name"


def test_what_internal_entities_hold_has_no_address(web):
    for name in ("lathe/hidden", "core/team_member", "core/session", "lathe/machine", "x/y"):
        answer = web("all").get(name)
        assert (answer.status_code, answer.json()["code"]) == (404, "no_route"), name


def test_head_and_options_and_methods(web):
    id_ = web.order()
    whole, head = web("own").get(f"{ORDERS}/{id_}"), web("own").head(f"{ORDERS}/{id_}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    options = web(None).options(f"{ORDERS}/{id_}")
    assert options.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH"
    assert "access-control-allow-origin" not in options.headers
    wrong = web("own").put(f"{ORDERS}/{id_}", json={})
    assert (wrong.status_code, wrong.headers["allow"]) == (405, options.headers["allow"])
    assert web("own").post(f"{ORDERS}/{id_}/panels/lines").status_code == 405
    assert web(None).options("nothing/here/at/all").status_code == 404


def test_the_request_id_comes_back_and_stands_in_the_audit(web):
    given = {"X-Request-Id": "trace-77"}
    made = web("own").post(ORDERS, json={"name": "x"}, headers=given)
    assert made.headers["x-request-id"] == "trace-77"
    with web.site.system("look", read_only=True) as ctx:
        columns = AuditEntry.request_id, AuditEntry.origin, AuditEntry.actor_name
        entry = ctx.session.execute(
            select(*columns).where(AuditEntry.entity == "lathe.order")
        ).one()
    assert tuple(entry) == ("trace-77", "api", "Own")
    odd = web("own").get(ORDERS, headers={"X-Request-Id": "a b"})
    assert odd.headers["x-request-id"] not in {"a b", ""}


def test_answers_carry_what_keeps_browsers_safe(web):
    for answer in (web("own").get(ORDERS), web(None).get(ORDERS), web(None).get("/api/nothing")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "private, no-cache"
        assert "strict-transport-security" not in answer.headers


@pytest.mark.parametrize("path", ["lathe/crash", "lathe/leak"])
def test_an_unexpected_error_tells_a_number_and_nothing_else(web, caplog, path):
    answer = web(None).get(path)
    assert answer.status_code == 500
    problem = answer.json()
    assert problem["code"] == "internal"
    assert problem["id"] in problem["detail"]
    assert problem["id"] in caplog.text
    for word in ("swordfish", "Traceback", "RuntimeError", "TypeError"):
        assert word not in answer.text


def test_the_database_being_held_is_told_as_such(web, monkeypatch):
    from sqlalchemy.exc import OperationalError
    from sqlalchemy.exc import TimeoutError as PoolTimeout

    from tenon_core.web.api import records

    for error in (
        OperationalError("INSERT", {}, Exception("database is locked")),
        PoolTimeout("QueuePool limit"),
    ):

        def held(*_args, error=error, **_kwargs):
            raise error

        monkeypatch.setattr(records, "list_json", held)
        answer = web("own").get(ORDERS)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert answer.json()["code"] == "busy"
