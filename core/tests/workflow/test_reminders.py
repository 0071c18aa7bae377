"""Reminders and escalation."""

import pytest

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
