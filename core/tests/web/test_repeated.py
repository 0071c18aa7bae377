"""`Idempotency-Key`, and what two requests at the same time do to each other."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

ORDERS = "lathe/order"


def keyed(key):
    return {"Idempotency-Key": key}


def test_a_repeated_request_gets_the_stored_answer(web):
    her, body = web("own"), {"name": "Once"}
    first = her.post(ORDERS, json=body, headers=keyed("k1"))
    again = her.post(ORDERS, json=body, headers=keyed("k1"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert her.get(f"{ORDERS}?count=exact").json()["count"] == 1
    other = her.post(ORDERS, json={"name": "Other"}, headers=keyed("k1"))
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    # The key is the person's own.
    assert web("unit_tree").post(ORDERS, json=body, headers=keyed("k1")).status_code == 201


def test_a_narrower_token_is_not_told_what_a_wider_one_was(web):
    body = {"name": "Once"}
    assert web("own").post(ORDERS, json=body, headers=keyed("k1")).status_code == 201
    narrow = {**keyed("k1"), "Authorization": f"Bearer {web.token('own', ('core.account.view',))}"}
    answer = web(None).post(ORDERS, json=body, headers=narrow)
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


def test_what_failed_is_tried_again(web):
    her = web("own")
    assert her.post(ORDERS, json={"name": "forbidden"}, headers=keyed("k")).status_code == 409
    assert her.post(ORDERS, json={"name": "fine"}, headers=keyed("k")).status_code == 201


def test_moves_and_batches_are_repeated_as_well(web):
    her, path = web("own"), f"{ORDERS}/{web.order()}/finish"
    first = her.post(path, json={"remark": "r"}, headers=keyed("m"))
    assert her.post(path, json={"remark": "r"}, headers=keyed("m")).content == first.content
    body = {"operations": [{"op": "create", "data": {"name": "b"}}]}
    one, two = (her.post(f"{ORDERS}/batch", json=body, headers=keyed("b")) for _n in range(2))
    assert one.json() == two.json()
    assert her.get(f"{ORDERS}?count=exact").json()["count"] == 2


def test_bad_keys(web):
    for key in ("", "x" * 201):
        answer = web("own").post(ORDERS, json={"name": "x"}, headers=keyed(key))
        assert list(answer.json()["fields"]) == ["Idempotency-Key"]


def test_one_key_at_the_same_time_is_done_once(web, monkeypatch):
    from lathe import entities

    from tenon_core.web.api import records

    inside, go = threading.Event(), threading.Event()
    make = records.make

    def slow(*args):
        inside.set()
        assert go.wait(10)
        return make(*args)

    monkeypatch.setattr(records, "make", slow)
    her = web("own")
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(her.post, ORDERS, json={"name": "x"}, headers=keyed("same"))
        assert inside.wait(10)
        second = her.post(ORDERS, json={"name": "x"}, headers=keyed("same"))
        go.set()
        assert first.result(10).status_code == 201
    assert (second.status_code, second.json()["code"]) == (409, "under_way")
    assert her.post(ORDERS, json={"name": "x"}, headers=keyed("same")).status_code == 201
    assert her.get(f"{ORDERS}?count=exact").json()["count"] == 1
    assert entities.Order.__tenon__.name == "lathe.order"


def test_of_many_writers_with_one_version_one_wins(web):
    her, path = web("own"), f"{ORDERS}/{web.order()}"

    def write(n):
        return her.patch(path, json={"name": f"w{n}"}, headers={"If-Match": '"1"'})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(write, range(6)))
    assert sorted(a.status_code for a in answers) == [200] + [412] * 5
    assert {a.json()["version"] for a in answers} == {2}
    assert her.get(path).json()["version"] == 2


def test_writers_without_a_version_all_get_through(web):
    her, path = web("own"), f"{ORDERS}/{web.order()}"
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda n: her.patch(path, json={"name": f"w{n}"}), range(8)))
    assert {a.status_code for a in answers} == {200}
    assert her.get(path).json()["version"] == 9


def test_one_id_at_the_same_time_is_created_once(web):
    her, body = web("own"), {"id": str(uuid4()), "name": "x"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _n: her.post(ORDERS, json=body), range(6)))
    assert sorted(a.status_code for a in answers) == [200] * 5 + [201]


def test_what_nobody_asks_for_again_is_cleaned_away(web):
    from sqlalchemy import func, select

    from tenon_core.entities import LoginAttempt, LoginSession, RepeatedRequest
    from tenon_core.web.auth.cleaning import clean

    web.set_password("own")
    web.log_in("own")
    web("own").post(ORDERS, json={"name": "x"}, headers=keyed("k"))
    tables = [LoginSession.__table__, LoginAttempt.__table__, RepeatedRequest.__table__]

    def counts():
        with web.site.system("clean") as ctx:
            clean(ctx, {})
            return [ctx.connection.scalar(select(func.count()).select_from(t)) for t in tables]

    assert counts() == [1, 1, 1]
    web.later(days=8)
    assert counts() == [1, 1, 0]
    web.later(days=30)
    assert counts() == [0, 0, 0]
