"""Who is asked."""

from datetime import date

import pytest
from sqlalchemy import update

from tenon_core.entities import User
from tenon_sdk.errors import Refused

GONE = {"active_until": date(2026, 1, 31)}


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ({"kind": "user", "users": ["finn", "FAY"]}, [["fay", "finn"]]),
        ({"kind": "role", "role": "finance"}, [["fay", "finn"]]),
        ({"kind": "role", "role": "sales_manager"}, [["lin", "mia"]]),
        ({"kind": "role", "role": "sales_manager", "nearest": True}, [["lin"]]),
        ({"kind": "role", "role": "director", "nearest": True}, [["boss"]]),
        ({"kind": "manager"}, [["lin"]]),
        ({"kind": "manager", "levels": 3}, [["boss"]]),
        ({"kind": "manager_chain", "levels": 9}, [["lin"], ["mia"], ["boss"]]),
        ({"kind": "manager_chain", "levels": 2}, [["lin"], ["mia"]]),
        ({"kind": "manager_chain", "levels": 9, "until": "sales_manager"}, [["lin"]]),
        ({"kind": "unit_head"}, [["lin"]]),
        ({"kind": "unit_head", "levels": 2}, [["mia"]]),
        ({"kind": "unit_head", "of": "record"}, [["lin"]]),
        ({"kind": "manager", "of": "record"}, [["lin"]]),
        ({"kind": "field", "field": "reviewer_id"}, [["sue"]]),
    ],
)
def test_sources(company, ids, source, asked):
    company.flow({"approvers": source, "mode": "any"})
    record_id = company.quotation(reviewer_id=ids("sue"))
    request = company.send(record_id).request_id
    found = []
    while company.stored(request).state == "running":
        found.append(company.waits_for(request))
        company.decide(found[-1][0], request)
    assert found == asked


def test_who_has_left_is_passed_over(company):
    company.set_user("lin", **GONE)
    company.flow({"kind": "manager_chain", "levels": 2}, {"kind": "unit_head", "nearest": True})
    _record, request = company.request()
    for login in ("mia", "boss", "mia"):
        assert company.waits_for(request) == [login]
        company.decide(login, request)
    assert company.stored(request).state == "approved"


def test_a_circle_of_managers_ends(company, ids):
    with company.site.engine.begin() as conn:
        circle = update(User.__table__).where(User.__table__.c.id == ids("boss"))
        conn.execute(circle.values(manager_id=ids("sam")))
    company.flow({"kind": "manager_chain", "levels": 9}, rules={"submitter": "ask"})
    _record, request = company.request()
    assert len(company.steps(request)) == 3


NOBODY = {"kind": "field", "field": "reviewer_id"}


def test_nobody_found_refuses_the_submission_and_leaves_nothing(company):
    company.flow({"kind": "manager"}, NOBODY)
    record_id = company.quotation()
    with pytest.raises(Refused, match="Step 2"):
        company.send(record_id)
    assert company.history("sam", record_id) == []


def test_a_refused_submission_leaves_nothing_in_a_transaction_that_goes_on(company):
    from quoting.entities import Quotation

    company.flow(NOBODY)
    record_id = company.quotation()
    with company.as_("sam") as ctx:
        with pytest.raises(Refused):
            ctx.transition(ctx.session.get(Quotation, record_id), "send")
        ctx.session.get(Quotation, record_id).remark = "kept"
    assert company.history("sam", record_id) == []
    assert company.record(record_id).remark == "kept"


def test_nobody_found_skips_the_step(company):
    company.flow(NOBODY, {"kind": "manager"}, rules={"empty": "skip"})
    _record, request = company.request()
    assert company.steps(request) == [("s1", "skipped"), ("s2", "running")]


def test_nobody_found_in_any_step_moves_at_once(company):
    company.flow(NOBODY, rules={"empty": "skip"})
    record_id = company.quotation()
    outcome = company.send(record_id)
    assert outcome.moved
    assert company.stored(outcome.request_id).state == "approved"
    assert company.record(record_id).state == "sent"


def test_nobody_found_asks_the_fallback(company):
    company.flow(NOBODY, rules={"empty": "fallback", "fallback": ["fay"]})
    assert company.waits_for(company.request()[1]) == ["fay"]


def test_the_fallback_is_not_the_submitter(company):
    company.flow(NOBODY, rules={"empty": "fallback", "fallback": ["sam", "fay"]})
    assert company.waits_for(company.request()[1]) == ["fay"]


def own(company, ids, rule):
    company.flow(
        {"kind": "user", "users": ["sam"]}, {"kind": "user", "users": ["sam", "fay"]},
        rules={"submitter": rule},
    )  # fmt: skip
    return company.request()[1]


def test_the_submitter_is_asked(company, ids):
    request = own(company, ids, "ask")
    assert company.waits_for(request) == ["sam"]
    company.decide("sam", request)
    assert company.waits_for(request) == ["fay", "sam"]


def test_the_submitter_is_skipped(company, ids):
    request = own(company, ids, "skip")
    assert company.waits_for(request) == ["fay"]


def test_the_submitters_manager_decides_instead(company, ids):
    request = own(company, ids, "manager")
    assert company.waits_for(request) == ["lin"]
    company.decide("lin", request)
    assert company.waits_for(request) == ["fay", "lin"]


def test_the_submitter_must_not_be_an_approver(company, ids):
    with pytest.raises(Refused) as caught:
        own(company, ids, "refuse")
    assert caught.value.refusals[0].code == "own_approval"


@pytest.mark.parametrize(
    ("rule", "asked"), [("ask", "lin mia lin"), ("once", "lin mia"), ("adjacent", "lin mia lin")]
)
def test_repeated_approvers(company, rule, asked):
    lin, mia = ({"kind": "user", "users": [u]} for u in ("lin", "mia"))
    company.flow(lin, mia, lin, rules={"repeated": rule})
    _record, request = company.request()
    for login in asked.split():
        assert company.waits_for(request) == [login]
        company.decide(login, request)
    assert company.stored(request).state == "approved"


def test_the_next_step_does_not_ask_the_same_person(company):
    lin = {"kind": "user", "users": ["lin"]}
    company.flow(lin, lin, {"kind": "user", "users": ["mia"]}, rules={"repeated": "adjacent"})
    _record, request = company.request()
    company.decide("lin", request)
    assert company.waits_for(request) == ["mia"]


def test_a_step_with_a_condition_is_left_out(company):
    company.flow(
        {"kind": "manager"},
        {
            "approvers": {"kind": "user", "users": ["boss"]},
            "condition": {"fact": "amount", "op": "gte", "value": 1000},
        },
    )
    assert len(company.steps(company.request(amount=999)[1])) == 1
    assert len(company.steps(company.request(amount=1000)[1])) == 2


def test_an_approver_who_leaves_is_replaced_when_the_step_begins(company):
    company.flow({"kind": "manager"}, {"kind": "user", "users": ["finn"]})
    _record, request = company.request()
    company.set_user("finn", **GONE)
    company.decide("lin", request)
    assert company.waits_for(request) == ["boss"]


def test_without_a_manager_an_administrator_takes_over(company):
    company.flow({"kind": "manager"}, {"kind": "user", "users": ["out"]})
    _record, request = company.request()
    company.set_user("out", **GONE)
    company.decide("lin", request)
    assert company.waits_for(request) == ["ada"]
