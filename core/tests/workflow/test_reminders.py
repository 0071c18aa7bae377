"""Reminders and escalation."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from tenon_core.entities import Calendar, Unit
from tenon_core.entities.approvals import ApprovalStep

MANAGER = {"kind": "manager"}
WAITS = "“{title}” waits for your decision."
REMINDER = "Reminder: “{title}” waits for your decision."
LATE = "“{title}” is overdue: the approval has not been decided in time."


def test_whoever_has_not_decided_is_reminded(company):
    company.flow({"approvers": {"kind": "role", "role": "finance"}, "remind_hours": 24})
    _record, request = company.request()
    company.decide("fay", request)
    for _day in range(2):
        company.later(hours=24)
        company.run_jobs()
        company.run_jobs()
    assert company.told("finn") == [WAITS, REMINDER, REMINDER]
    assert company.told("fay") == [WAITS]
    company.decide("finn", request)
    company.later(hours=48)
    company.run_jobs()
    assert company.told("finn") == [WAITS, REMINDER, REMINDER]
    assert company.site.queue.waiting == []


def test_a_reminder_of_a_step_that_began_anew_is_void(company):
    company.flow({"approvers": MANAGER, "remind_hours": 24}, {"kind": "user", "users": ["boss"]})
    _record, request = company.request()
    company.later(hours=20)
    company.decide("lin", request)
    company.send_back("boss", request, "s1")
    company.later(hours=5)
    company.run_jobs()
    assert company.told("lin") == [WAITS, WAITS]
    company.later(hours=20)
    company.run_jobs()
    assert company.told("lin") == [WAITS, WAITS, REMINDER]


@pytest.mark.parametrize(("users", "told"), [([], "mia"), (["boss"], "boss")])
def test_escalation_tells_somebody(company, users, told):
    escalate = {"action": "notify", "users": users}
    company.flow({"approvers": MANAGER, "due_hours": 8, "escalate": escalate})
    record, request = company.request()
    company.later(hours=7)
    company.run_jobs()
    assert company.told(told) == []
    company.later(hours=1)
    company.run_jobs()
    assert company.told(told) == [LATE]
    assert company.waits_for(request) == ["lin"]
    assert company.history("sam", record)[0].decisions[-1].action == "escalate"


def test_escalation_hands_on(company):
    company.flow({"approvers": MANAGER, "due_hours": 8, "escalate": {"action": "hand_on"}})
    record, request = company.request()
    company.later(hours=8)
    company.run_jobs()
    assert company.waits_for(request) == ["mia"]
    company.decide("mia", request)
    assert company.record(record).state == "sent"


def test_escalation_never_asks_the_submitter(company):
    escalate = {"action": "hand_on", "users": ["sam"]}
    company.flow({"approvers": MANAGER, "due_hours": 8, "escalate": escalate})
    _record, request = company.request()
    company.later(hours=8)
    company.run_jobs()
    assert company.waits_for(request) == ["lin"]


def test_a_withdrawn_request_is_left_alone(company):
    company.flow({"approvers": MANAGER, "due_hours": 8, "remind_hours": 8,
                  "escalate": {"action": "hand_on"}})  # fmt: skip
    _record, request = company.request()
    company.withdraw("sam", request)
    before = company.told("lin")
    company.later(hours=30)
    company.run_jobs()
    assert company.told("lin") == before


def office(company, code, zone="UTC", hours="09:00-17:00", days=range(1, 6)):
    """A calendar of eight hours a day."""
    with company.site.system("test") as ctx:
        record = Calendar(code=code, name=code, zone=zone, hours={str(day): hours for day in days})
        ctx.session.add(record)
        ctx.session.flush()
        return record.id


def hours_until(company, told, login):
    """How many hours pass until a person has been told so often."""
    for hour in range(200):
        if len(company.told(login)) >= told:
            return hour
        company.later(hours=1)
        company.run_jobs()
    raise AssertionError(company.told(login))


def test_reminders_count_working_hours(company, ids):
    # It is Monday 9:00 UTC.
    company.set_user("lin", calendar_id=office(company, "OFFICE"))
    company.flow({"approvers": MANAGER, "remind_hours": 12})
    company.request()
    # 8 hours on Monday, 4 on Tuesday: Tuesday 13:00.
    assert hours_until(company, 2, "lin") == 28
    # 4 on Tuesday, 8 on Wednesday: to the end of that.
    assert hours_until(company, 3, "lin") == 28
    # Thursday 9:00 to Friday 13:00.
    assert hours_until(company, 4, "lin") == 44
    # Friday 13:00 to Monday 17:00: nobody is reminded at the weekend.
    assert hours_until(company, 5, "lin") == 76
    assert company.told("lin") == [WAITS, *[REMINDER] * 4]


def test_each_approver_has_her_own_hours(company, ids):
    # 9:00 UTC is 17:00 in Shanghai, where work has ended.
    company.set_user("fay", calendar_id=office(company, "LONDON"))
    company.set_user("finn", calendar_id=office(company, "SHANGHAI", "Asia/Shanghai"))
    company.flow({"approvers": {"kind": "role", "role": "finance"}, "remind_hours": 4})
    company.request()
    company.later(hours=4)
    company.run_jobs()
    assert company.told("fay") == [WAITS, REMINDER]
    assert company.told("finn") == [WAITS]
    # Tuesday 13:00 in Shanghai is 5:00 UTC.
    assert hours_until(company, 2, "finn") == 16
    # The second span of fay ends at 17:00 on Monday.
    assert company.told("fay") == [WAITS, REMINDER, REMINDER]


def test_an_approver_is_late_by_the_calendar_of_her_unit(company, ids):
    with company.site.system("test") as ctx:
        ctx.session.get(Unit, ids("SOUTH")).calendar_id = office(company, "OFFICE")
    escalate = {"action": "notify", "users": ["ada"]}
    company.flow({"approvers": MANAGER, "due_hours": 12, "escalate": escalate})
    _record, request = company.request()
    with company.site.system("test", read_only=True) as ctx:
        due = ctx.session.scalars(
            select(ApprovalStep.due_at).where(ApprovalStep.request_id == request)
        )
        assert due.all() == [datetime(2026, 3, 3, 13, tzinfo=UTC)]
    assert hours_until(company, 1, "ada") == 28
    assert company.told("ada") == [LATE]
    company.later(hours=200)
    company.run_jobs()
    assert company.told("ada") == [LATE]


def test_two_late_approvers_escalate_each_in_her_time(company, ids):
    company.set_user("finn", calendar_id=office(company, "SHANGHAI", "Asia/Shanghai"))
    escalate = {"action": "notify", "users": ["ada", "mia"]}
    finance = {"kind": "role", "role": "finance"}
    company.flow({"approvers": finance, "due_hours": 4, "escalate": escalate})
    record, _request = company.request()
    company.later(hours=4)
    company.run_jobs()
    acts = [d.action for d in company.history("sam", record)[0].decisions]
    assert acts.count("escalate") == 1
    company.later(hours=16)
    company.run_jobs()
    acts = [d.action for d in company.history("sam", record)[0].decisions]
    assert acts.count("escalate") == 2
    assert company.site.queue.waiting == []


def test_a_calendar_without_working_time_counts_every_hour(company, ids):
    company.set_user("lin", calendar_id=office(company, "NEVER", days=()))
    company.flow({"approvers": MANAGER, "remind_hours": 12})
    company.request()
    assert hours_until(company, 2, "lin") == 12
