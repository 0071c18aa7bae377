"""The duplicates desk: pairs, the comparison, merging with chosen values, undoing."""

from decimal import Decimal
from uuid import UUID

import pytest
from browsing import Browser, fields, text_of
from conftest import id_of
from sqlalchemy import select

from tenon_core.entities import Account, DuplicatePair, Grant
from tenon_core.jobs.queue import RunQueue

DESK = "/duplicates"


@pytest.fixture
def all_(web):
    with web.site.system("test") as ctx:
        for login in ("all", "own"):
            ctx.session.add(
                Grant(role_id=id_of(login), permission="core.account.merge", scope="all")
            )
    return Browser(web, "all").open()


def settle(web):
    """What accounts were noted for on entry is no matter of these tests."""
    with web.site.system("test") as ctx:
        for pair in ctx.session.scalars(select(DuplicatePair)):
            ctx.session.delete(pair)


def pair(web, one, other, score="0.91", state="open"):
    first, second = sorted((one, other))
    reasons = [
        {"code": "same_name", "field": "name", "weight": 9.0, "detail": "hairun pump"},
        {"code": "different_value", "field": "phone", "weight": -1.0, "detail": ""},
    ]
    settle(web)
    with web.site.system("test") as ctx:
        found = DuplicatePair(entity="core.account", first_id=UUID(first), second_id=UUID(second),
                              score=Decimal(score), reasons=reasons, state=state)  # fmt: skip
        ctx.session.add(found)
        ctx.session.flush()
        return str(found.id)


@pytest.fixture
def two(web):
    """(first, second, pair) of accounts of `all`."""
    one = web.account("all", name="Hairun Pump", phone="0571 8888 0001", email="a@example.com")
    other = web.account("all", name="Hai Run Pumps", phone="0571 8888 0002")
    first, second = sorted((one, other))
    return first, second, pair(web, first, second)


def account(web, id_):
    with web.site.system("test") as ctx:
        found = ctx.session.get(Account, UUID(id_))
        return found.name, found.phone, found.email, found.archived_at is not None


def test_pairs_stand_there_with_score_and_reasons(all_, two):
    said = text_of(all_.get(DESK).text)
    for part in ("91 %", "Hairun Pump", "Hai Run Pumps", "Same name: hairun pump"):
        assert part in said, part


def test_records_are_compared_and_merged_with_chosen_values(all_, web, two):
    first, second, id_ = two
    path = f"{DESK}/{id_}"
    shown = all_.get(path).text
    said = text_of(shown)
    for part in ("0571 8888 0001", "0571 8888 0002", "a@example.com", "Different phone number"):
        assert part in said, part
    taken = account(web, second)
    given = fields(shown, f"{path}/merge") | {"kept": "first", "take-phone": "second"}
    given["take-name"] = "first"
    before = account(web, first)
    merged = all_.post(f"{path}/merge", given)
    assert merged.headers["location"] == f"{DESK}?tab=merges"
    assert account(web, first) == (before[0], taken[1], "a@example.com", False)
    assert account(web, second)[3]
    again = all_.post(f"{path}/merge", given)
    assert again.status_code == 404

    merges = all_.get(f"{DESK}?tab=merges").text
    assert "Undo the merge" in text_of(merges)
    (undo,) = {part for part in merges.split('"') if part.endswith("/undo")}
    assert all_.post(undo).status_code == 303
    assert account(web, first) == before
    assert account(web, second) == taken
    twice = all_.post(undo)
    assert twice.status_code == 422
    assert "Undone" in text_of(twice.text)


def test_without_a_choice_nothing_is_merged(all_, web, two):
    first, second, id_ = two
    answer = all_.post(f"{DESK}/{id_}/merge", {"take-phone": "second"})
    assert answer.status_code == 422
    assert "Choose the record that stays." in text_of(answer.text)
    assert fields(answer.text, f"{DESK}/{id_}/merge")["take-phone"] == "second"
    assert not account(web, first)[3] and not account(web, second)[3]  # noqa: PT018


def test_a_pair_is_told_apart_and_decided_again(all_, two):
    id_ = two[2]
    assert all_.post(f"{DESK}/{id_}/dismiss").status_code == 303
    assert "No duplicates to decide" in text_of(all_.get(DESK).text)
    assert "Hai Run Pumps" in text_of(all_.get(f"{DESK}?tab=dismissed").text)
    settled = all_.post(f"{DESK}/{id_}/merge", {"kept": "first"})
    assert "This pair is settled already." in text_of(settled.text)
    assert all_.post(f"{DESK}/{id_}/reopen").status_code == 303
    assert "Hai Run Pumps" in text_of(all_.get(DESK).text)


def test_nobody_learns_of_records_that_she_does_not_see(all_, web):
    mine, theirs = web.account("own", name="Mine Pump"), web.account("all", name="Secret Pump")
    id_ = pair(web, mine, theirs)
    own = Browser(web, "own").open()
    assert "Secret Pump" not in text_of(own.get(DESK).text)
    assert own.get(f"{DESK}/{id_}").status_code == 404
    for act in ("merge", "dismiss", "reopen"):
        assert own.post(f"{DESK}/{id_}/{act}", {"kept": "first"}).status_code == 404, act
    viewer = Browser(web, "viewer").open()
    assert viewer.get(DESK).status_code == 403
    assert viewer.get(f"{DESK}/{id_}").status_code == 403
    assert viewer.post(f"{DESK}/sweep").status_code == 403
    assert 'href="/duplicates"' not in viewer.get("/").text
    assert all_.get(f"{DESK}/nonsense").status_code == 404


def test_a_sweep_is_asked_for(all_, monkeypatch):
    asked = []
    monkeypatch.setattr(RunQueue, "enqueue", lambda _q, _c, job, *_a, **_k: asked.append(job))
    assert all_.post(f"{DESK}/sweep").headers["location"] == DESK
    assert asked == ["core.find_duplicates"]
