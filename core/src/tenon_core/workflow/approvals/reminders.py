"""Reminding approvers, and escalating a step that is overdue; durable jobs, one for each step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from tenon_core.entities.approvals import ApprovalRequest, ApprovalStep
from tenon_core.workflow.approvals.assigning import active, managers_above
from tenon_core.workflow.approvals.deciding import hand_over
from tenon_core.workflow.approvals.definitions import Escalation, Late, read_step
from tenon_core.workflow.approvals.records import (
    SYSTEM,
    locked,
    note,
    running_step,
    tell_approvers,
)
from tenon_core.workflow.approvals.stepping import ESCALATE, REMIND, pending
from tenon_core.workflow.approvals.work import Work, today
from tenon_sdk.context import Context
from tenon_sdk.errors import NotFound
from tenon_sdk.jobs import Job
from tenon_sdk.text import _


def remind(ctx: Context, args: Mapping[str, Any]) -> int:
    """Reminds whoever has not decided, and sees to the next reminder; returns how many."""
    work = cast("Work", ctx)
    found = _waiting(work, args)
    if found is None:
        return 0
    request, step = found
    times = int(args["times"])
    people = pending(step)
    message = _("Reminder: “{title}” waits for your decision.")
    tell_approvers(work, request, people, message, f"{step.id}:remind:{args['started']}:{times}")
    hours = read_step(step.settings).remind_hours
    if hours:
        again = {**args, "times": times + 1}
        key = f"{step.id}:{args['started']}:{times + 1}"
        work.enqueue(REMIND, again, key=key, delay=timedelta(hours=hours))
    return len(people)


def escalate(ctx: Context, args: Mapping[str, Any]) -> int:
    """Tells, or asks instead, those whom the flow names for an overdue step; returns how many."""
    work = cast("Work", ctx)
    found = _waiting(work, args)
    plan = read_step(found[1].settings).escalate if found is not None else None
    if found is None or plan is None:
        return 0
    request, step = found
    done = 0
    for assignment in step.assignments:
        if assignment.pending_id is None:
            continue
        taken = {a.pending_id for a in step.assignments} | {request.submitter_id}
        to = next((u for u in _above(work, plan, assignment.pending_id) if u not in taken), None)
        if to is None:
            continue
        done += 1
        if plan.action is Late.HAND_ON:
            hand_over(work, request, step, assignment, to=to, deed=SYSTEM, action="escalate")
            continue
        note(work, request, "escalate", SYSTEM, step, target_id=to)
        message = _("“{title}” is overdue: the approval has not been decided in time.")
        tell_approvers(work, request, [to], message, f"{step.id}:late:{request.acts}")
    return done


def _above(work: Work, plan: Escalation, approver: UUID) -> list[UUID]:
    if plan.users:
        return active(work.connection, [UUID(user) for user in plan.users], today(work))
    return managers_above(work, approver)[:1]


def _waiting(work: Work, args: Mapping[str, Any]) -> tuple[ApprovalRequest, ApprovalStep] | None:
    """The step, if it runs still since the moment at which the job was started."""
    try:
        request = locked(work, UUID(args["request"]))
    except NotFound:
        return None
    step = running_step(request)
    if step is None or str(step.id) != args["step"]:
        return None
    if step.started_at != datetime.fromisoformat(args["started"]):
        return None
    return request, step


JOBS = (
    Job(name=REMIND, title=_("Remind approvers"), run=remind),
    Job(name=ESCALATE, title=_("Escalate overdue approvals"), run=escalate),
)
