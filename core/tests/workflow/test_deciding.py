"""What approvers and submitters do."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from quoting.entities import Quotation
from sqlalchemy import func, select, update

from tenon_core.entities import ApprovalAssignment, AuditEntry, StoredEvent, StoredEventSubject
from tenon_sdk.errors import Forbidden, Invalid, NotFound, Refused, Stale

BOTH = {"approvers": {"kind": "user", "users": ["fay", "finn"]}}
MANAGER = {"kind": "manager"}
BOSS = {"kind": "user", "users": ["boss"]}


def code_of(caught):
    return caught.value.refusals[0].code


def test_all_have_to_agree(company):
    company.flow(BOTH)
    record, request = company.request()
    assert company.decide("fay", request) == "running"
    assert company.waits_for(request) == ["finn"]
    assert company.record(record).state == "draft"
    assert company.decide("finn", request) == "approved"
    assert company.record(record).state == "sent"


def test_one_of_them_is_enough(company):
    company.flow({**BOTH, "mode": "any"})
    record, request = company.request()
    assert company.decide("finn", request) == "approved"
    assert company.record(record).state == "sent"
    with pytest.raises(Refused) as caught:
        company.decide("fay", request)
    assert code_of(caught) == "request_closed"


@pytest.mark.parametrize("mode", ["all", "any"])
def test_a_refusal_ends_the_request(company, mode, finished):
    company.flow({**BOTH, "mode": mode}, MANAGER)
    record, request = company.request()
    assert company.decide("fay", request, approve=False, comment="No") == "rejected"
    assert company.record(record).state == "draft"
    assert company.waits_for(request) == []
    assert company.steps(request) == [("s1", "rejected"), ("s2", "skipped")]
    assert [event.outcome for event in finished] == ["rejected"]
    again = company.send(record).request_id
    assert again != request


def test_the_record_can_be_used_after_it_was_submitted(company):
    company.flow(MANAGER)
    record = company.quotation()
    with company.as_("sam") as ctx:
        found = ctx.session.get(Quotation, record)
        assert not ctx.transition(found, "send").moved
        found.remark = "on its way"
        assert (found.name, found.state) == ("Q", "draft")
    assert company.record(record).remark == "on its way"


def test_the_second_attempt_is_told_that_it_waits(company):
    company.flow(MANAGER)
    record, _request = company.request()
    with pytest.raises(Refused) as caught:
        company.send(record)
    assert code_of(caught) == "approval_pending"


def test_only_who_is_asked_decides(company):
    company.flow(MANAGER, BOSS)
    record, request = company.request()
    with pytest.raises(NotFound):
        company.decide("fay", request)
    for login in ("boss", "sam"):
        with pytest.raises(Refused) as caught:
            company.decide(login, request)
        assert code_of(caught) == "not_your_decision"
    company.decide("lin", request)
    with pytest.raises(Refused):
        company.decide("lin", request)
    assert company.record(record).state == "draft"


def test_a_decision_about_an_older_version_is_stale(company):
    company.flow(BOTH)
    _record, request = company.request()
    seen = company.show("finn", request).request.version
    company.decide("fay", request)
    with pytest.raises(Stale):
        company.decide("finn", request, version=seen)
    seen = company.show("finn", request).request.version
    assert company.decide("finn", request, version=seen) == "approved"


def at_once(deeds):
    """Runs the deeds in threads at the same moment; their results or codes of refusal, sorted."""
    together = threading.Barrier(len(deeds))
    outcomes = []

    def run(deed):
        together.wait()
        try:
            outcomes.append(deed())
        except Refused as error:
            outcomes.append(error.refusals[0].code)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_two_decide_at_the_same_time(company, says):
    company.flow({**BOTH, "mode": "any"})
    record, request = company.request()
    decide = [lambda login=login: company.decide(login, request) for login in ("fay", "finn")]
    assert at_once(decide) == ["approved", "request_closed"]
    assert [one[0] for one in says["moves"]] == [record]


def test_two_agree_at_the_same_time(company, says):
    company.flow(BOTH)
    record, request = company.request()
    decide = [lambda login=login: company.decide(login, request) for login in ("fay", "finn")]
    assert at_once(decide) == ["approved", "running"]
    assert [one[0] for one in says["moves"]] == [record]


def test_two_submit_at_the_same_time(company):
    company.flow(MANAGER)
    record = company.quotation()
    submit = [lambda: str(company.send(record).moved)] * 2
    assert at_once(submit) == ["False", "approval_pending"]
    assert len(company.history("sam", record)) == 1


@pytest.fixture
def absent_boss(company, ids):
    def set_substitute(login, since=date(2026, 3, 1), until=date(2026, 3, 9)):
        company.set_user(
            "boss", substitute_id=ids(login), substitute_from=since, substitute_until=until
        )

    return set_substitute


def test_a_substitute_decides_and_is_recorded(company, absent_boss, ids):
    company.flow(BOSS)
    absent_boss("mia")
    record, request = company.request()
    [line] = company.inbox("mia")
    assert (line.request_id, line.on_behalf_of_id) == (request, ids("boss"))
    assert company.told("mia") == ["“{title}” waits for your decision."]
    assert company.decide("mia", request) == "approved"
    decided = company.history("sam", record)[0].decisions[1]
    assert (decided.user, decided.on_behalf_of) == ("Mia", "Boss")


def test_a_substitute_decides_only_while_absence_lasts(company, absent_boss):
    company.flow(BOSS)
    absent_boss("mia", until=date(2026, 3, 2))
    _record, request = company.request()
    company.later(days=1)
    assert company.inbox("mia") == []
    with pytest.raises(NotFound):
        company.decide("mia", request)


def test_a_substitute_with_two_votes_casts_them_one_by_one(company, absent_boss, ids):
    company.flow({"kind": "user", "users": ["boss", "mia"]})
    absent_boss("mia")
    _record, request = company.request()
    assert company.decide("mia", request, on_behalf_of=ids("boss")) == "running"
    assert company.waits_for(request) == ["mia"]
    assert company.decide("mia", request) == "approved"


def test_nobody_approves_her_own_request_because_it_was_handed_over_to_her(company, ids):
    company.flow(MANAGER)
    record, request = company.request()
    hand_over = update(ApprovalAssignment).values(pending_id=ids("sam"))
    with company.site.system("hand-over") as ctx:
        ctx.session.execute(hand_over.where(ApprovalAssignment.pending_id == ids("lin")))
    with pytest.raises(Refused) as caught:
        company.decide("sam", request)
    assert code_of(caught) == "not_your_decision"
    assert company.record(record).state == "draft"
    company.hand_on("ada", request, "sue", instead_of=ids("sam"))
    assert company.decide("sue", request) == "approved"


def test_nobody_approves_her_own_request_as_a_substitute(company, absent_boss):
    company.flow(BOSS)
    absent_boss("sam")
    _record, request = company.request()
    assert company.inbox("sam") == []
    with pytest.raises(Refused):
        company.decide("sam", request)


@pytest.mark.parametrize(
    ("placement", "order"),
    [("before", "fay lin boss"), ("after", "lin fay boss"), ("parallel", "fay,lin boss")],
)
def test_a_signer_is_added(company, placement, order):
    company.flow(MANAGER, BOSS)
    record, request = company.request()
    company.add_signer("lin", request, ["fay"], placement)
    for asked in order.split():
        assert company.waits_for(request) == asked.split(",")
        for login in asked.split(","):
            company.decide(login, request)
    assert company.record(record).state == "sent"
    assert company.told("fay") == ["“{title}” waits for your decision."]


def test_many_signers_in_one_place(company):
    company.flow(MANAGER)
    _record, request = company.request()
    for login in ("fay", "finn", "boss", "mia"):
        company.add_signer("lin", request, [login], "after")
    asked = []
    while company.stored(request).state == "running":
        asked += company.waits_for(request)
        company.decide(asked[-1], request)
    assert asked == ["lin", "mia", "boss", "finn", "fay"]


def test_a_signer_before_keeps_what_was_decided(company):
    company.flow(BOTH)
    _record, request = company.request()
    company.decide("fay", request)
    company.add_signer("finn", request, ["boss"], "before")
    assert company.waits_for(request) == ["boss"]
    company.decide("boss", request)
    assert company.waits_for(request) == ["finn"]


@pytest.mark.parametrize(
    ("users", "placement", "field"),
    [
        (["sam"], "before", "users"),
        (["lin"], "after", "users"),
        ([], "after", "users"),
        (["fay"], "somewhere", "placement"),
    ],
)
def test_who_cannot_be_added(company, users, placement, field):
    company.flow(MANAGER)
    _record, request = company.request()
    with pytest.raises(Invalid) as caught:
        company.add_signer("lin", request, users, placement)
    assert list(caught.value.fields) == [field]


def test_handing_on(company, ids):
    company.flow(MANAGER)
    record, request = company.request()
    company.hand_on("lin", request, "fay")
    assert company.waits_for(request) == ["fay"]
    with pytest.raises(Refused):
        company.decide("lin", request)
    assert company.decide("fay", request) == "approved"
    handed = company.history("sam", record)[0].decisions[1]
    assert (handed.action, handed.user, handed.target) == ("hand_on", "Lin", "Fay")


def test_handing_on_to_who_cannot_decide(company):
    company.set_user("out", active_until=date(2026, 1, 1))
    company.flow(MANAGER)
    _record, request = company.request()
    for login in ("sam", "out", "lin"):
        with pytest.raises(Invalid):
            company.hand_on("lin", request, login)


def test_an_administrator_hands_on_for_somebody(company, ids):
    company.flow(MANAGER)
    _record, request = company.request()
    with pytest.raises(NotFound):
        company.hand_on("fay", request, "mia", instead_of=ids("lin"))
    company.hand_on("ada", request, "mia", instead_of=ids("lin"))
    assert company.waits_for(request) == ["mia"]


def test_back_to_an_earlier_step(company):
    company.flow(MANAGER, BOTH, BOSS)
    record, request = company.request()
    for login in ("lin", "fay", "finn"):
        company.decide(login, request)
    company.send_back("boss", request, "s2", "Look at the margin")
    assert company.waits_for(request) == ["fay", "finn"]
    assert company.steps(request) == [("s1", "approved"), ("s2", "running"), ("s3", "waiting")]
    for login in ("fay", "finn", "boss"):
        company.decide(login, request)
    assert company.record(record).state == "sent"


@pytest.mark.parametrize("step", ["s1", "s2", "nowhere"])
def test_back_to_a_step_that_was_not_passed(company, step):
    company.flow(MANAGER, BOSS)
    _record, request = company.request()
    with pytest.raises(Invalid) as caught:
        company.send_back("lin", request, step)
    assert list(caught.value.fields) == ["step"]


def test_back_to_the_submitter_and_again(company):
    company.flow(MANAGER, BOSS)
    record, request = company.request(discount=Decimal("0.1"))
    company.decide("lin", request)
    company.send_back("boss", request, comment="Too cheap")
    assert company.stored(request).state == "returned"
    assert company.told("sam")[-1] == "“{title}” was returned to you."
    with pytest.raises(Refused):
        company.decide("boss", request)
    company.change(record, amount=Decimal(120))
    assert company.resubmit("sam", request, {"discount": "0.05"}).request_id == request
    assert company.waits_for(request) == ["lin"]
    company.decide("lin", request)
    company.decide("boss", request)
    assert company.record(record).discount == Decimal("0.05")


def test_pressing_the_button_again_resubmits(company):
    company.flow(MANAGER)
    record, request = company.request()
    company.send_back("lin", request)
    assert company.send(record).request_id == request
    assert company.stored(request).round == 2


def test_a_returned_request_lapses_when_no_approval_is_needed_any_more(company, finished):
    company.flow(MANAGER, condition={"fact": "amount", "op": "gte", "value": 100})
    record, request = company.request()
    company.send_back("lin", request)
    company.change(record, amount=Decimal(50))
    assert company.send(record).moved
    assert company.stored(request).state == "lapsed"
    assert [event.outcome for event in finished] == ["lapsed"]


def test_withdrawing(company):
    company.flow(MANAGER)
    record, request = company.request()
    with pytest.raises(Forbidden):
        company.withdraw("lin", request)
    with pytest.raises(NotFound):
        company.withdraw("fay", request)
    company.withdraw("sam", request)
    assert company.stored(request).state == "withdrawn"
    assert company.inbox("lin") == []
    assert company.told("lin")[-1] == "“{title}” was withdrawn; you need not decide any more."
    with pytest.raises(Refused):
        company.withdraw("sam", request)
    assert not company.send(record).moved


def test_a_changed_record_is_not_approved(company):
    company.flow(MANAGER)
    record, request = company.request()
    company.change(record, amount=Decimal(1))
    with pytest.raises(Refused) as caught:
        company.decide("lin", request)
    assert code_of(caught) == "record_changed"
    with pytest.raises(Forbidden):
        company.resubmit("lin", request)
    assert not company.resubmit("sam", request).moved
    assert company.decide("lin", request) == "approved"


def test_resubmitting_what_did_not_change(company):
    company.flow(MANAGER)
    _record, request = company.request()
    with pytest.raises(Refused) as caught:
        company.resubmit("sam", request)
    assert code_of(caught) == "unchanged"


def test_what_the_flow_does_not_watch_may_change(company):
    company.flow(MANAGER, watch=["amount", "quoting.line"])
    record, request = company.request()
    company.change(record, remark="called twice")
    assert company.decide("lin", request) == "approved"
    record, request = company.request()
    company.add_line(record, product="Pump", quantity=2)
    with pytest.raises(Refused):
        company.decide("lin", request)


@pytest.mark.parametrize("where", ["guard", "apply"])
def test_a_guard_blocks_the_approved_move(company, says, where):
    company.flow(MANAGER)
    record, request = company.request()
    says[where] = "The customer is on the black list."
    assert company.decide("lin", request) == "blocked"
    assert company.record(record).state == "draft"
    assert company.record(record).discount is None
    [reason] = company.show("sam", request).request.blocked
    assert reason == says[where]
    assert company.execute("sam", request) == "blocked"
    says[where] = None
    with pytest.raises(Forbidden):
        company.execute("lin", request)
    assert company.execute("sam", request) == "approved"
    assert company.record(record).state == "sent"


def test_a_blocked_request_lets_the_submitter_pass(company, says, finished):
    company.flow(MANAGER)
    record, request = company.request()
    says["guard"] = "Not today."
    company.decide("lin", request)
    says["guard"] = None
    outcome = company.send(record)
    assert (outcome.moved, outcome.request_id) == (True, request)
    assert company.stored(request).state == "approved"
    assert [event.outcome for event in finished] == ["approved"]


def test_a_blocked_request_lapses_when_the_record_changes(company, says):
    company.flow(MANAGER)
    record, request = company.request()
    says["guard"] = "Not today."
    company.decide("lin", request)
    says["guard"] = None
    company.change(record, amount=Decimal(1))
    assert company.execute("sam", request) == "blocked"
    outcome = company.send(record)
    assert not outcome.moved
    assert outcome.request_id != request
    assert company.stored(request).state == "lapsed"


def test_other_inputs_need_another_approval(company, says):
    company.flow(MANAGER)
    record, request = company.request(discount=Decimal("0.01"))
    says["guard"] = "Not today."
    company.decide("lin", request)
    says["guard"] = None
    assert not company.send(record, discount=Decimal("0.5")).moved
    assert company.stored(request).state == "lapsed"


def test_another_move_leaves_the_request_behind(company):
    company.flow(MANAGER)
    record, request = company.request()
    assert company.send(record, name="cancel").moved
    assert company.stored(request).state == "lapsed"
    assert company.inbox("lin") == []


def test_the_system_needs_no_approval(company):
    company.flow(MANAGER)
    record = company.quotation()
    with company.site.system("nightly") as ctx:
        assert ctx.transition(ctx.session.get(Quotation, record), "send").moved


def test_the_move_is_the_submitters(company, says):
    company.flow(MANAGER)
    record, request = company.request(discount=Decimal("0.25"))
    company.decide("lin", request)
    [(moved, login, inputs)] = says["moves"]
    assert (moved, login, inputs.discount) == (record, "sam", Decimal("0.25"))
    with company.site.system("test", read_only=True) as ctx:
        entry = ctx.session.execute(
            select(AuditEntry.actor_name, AuditEntry.reason).where(
                AuditEntry.record_id == record, AuditEntry.action == "changed"
            )
        ).first()
    assert entry == ("Sam", f"approval {request}")


def test_everything_stands_in_the_timeline(company):
    company.flow(MANAGER, BOSS)
    record, request = company.request()
    company.add_signer("lin", request, ["fay"], "parallel")
    company.decide("lin", request)
    company.hand_on("fay", request, "finn")
    company.decide("finn", request)
    company.send_back("boss", request)
    company.resubmit("sam", request)
    company.withdraw("sam", request)
    with company.site.system("test", read_only=True) as ctx:
        names = ctx.session.scalars(
            select(StoredEvent.name)
            .join(StoredEventSubject, StoredEventSubject.event_id == StoredEvent.id)
            .where(StoredEventSubject.record_id == record)
            .order_by(StoredEvent.id)
        )
        told = [n.removeprefix("core.approval.") for n in names if "approval" in n]
        undelivered = ctx.session.scalar(select(func.count()).select_from(StoredEvent))
    assert told == [
        "requested", "signer_added", "decided", "handed_on", "decided", "returned", "requested",
        "withdrawn", "finished",
    ]  # fmt: skip
    assert undelivered >= len(told)
