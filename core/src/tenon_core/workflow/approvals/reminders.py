"""Reminding approvers, and escalating a step that is overdue; durable jobs, one for each step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from tenon_core.entities.approvals import ApprovalAssignment, ApprovalRequest, ApprovalStep
from tenon_core.workflow.approvals.assigning import active, managers_above
from tenon_core.workflow.approvals.clocks import Clocks
from tenon_core.workflow.approvals.deciding import hand_over
from tenon_core.workflow.approvals.definitions import Escalation, Late, read_step
from tenon_core.workflow.approvals.records import (
    SYSTEM,
    locked,
    note,
    running_step,
    tell_approvers,
)
from tenon_core.workflow.approvals.stepping import ESCALATE, REMIND, pending, run_at
from tenon_core.workflow.approvals.work import Work, today
from tenon_sdk.context import Context
from tenon_sdk.errors import NotFound
from tenon_sdk.jobs import Job
from tenon_sdk.text import _


def remind(ctx: Context, args: Mapping[str, Any]) -> int:
    """Reminds whoever has not decided after so many of her working hours; returns how many.

    It sees to its next run, at the earliest moment at which somebody is to be reminded.
    """
    work = cast("Work", ctx)
    found = _waiting(work, args)
    hours = read_step(found[1].settings).remind_hours if found is not None else None
    if found is None or not hours:
        return 0
    request, step = found
    start, since = step.started_at or work.now, datetime.fromisoformat(args["since"])
    clocks = Clocks.of(work, pending(step))
    due: dict[int, list[UUID]] = defaultdict(list)
    following = []
    for user in clocks.calendars:
        times = clocks.times(user, start, work.now, hours)
        if times > clocks.times(user, start, since, hours):
            due[times].append(user)
        following.append(clocks.after(user, start, (times + 1) * hours))
    message = _("Reminder: “{title}” waits for your decision.")
    for times, people in due.items():
        key = f"{step.id}:remind:{args['started']}:{times}"
        tell_approvers(work, request, people, message, key)
    again = {**args, "since": work.now.isoformat()}
    run_at(work, REMIND, again, min(following, default=None))
    return sum(map(len, due.values()))


def escalate(ctx: Context, args: Mapping[str, Any]) -> int:
    """Tells, or asks instead, those whom the flow names for an overdue step; returns how many.

    A step is overdue for each approver by her own working hours; the job runs again for whom it
    is not yet.
    """
    work = cast("Work", ctx)
    found = _waiting(work, args)
    plan = read_step(found[1].settings) if found is not None else None
    if found is None or plan is None or plan.escalate is None or not plan.due_hours:
        return 0
    request, step = found
    start, seen = step.started_at or work.now, set(args["done"])
    clocks = Clocks.of(work, pending(step))
    done, following = 0, []
    for assignment in step.assignments:
        user = assignment.pending_id
        if user is None or str(assignment.id) in seen:
            continue
        if clocks.times(user, start, work.now, plan.due_hours) < 1:
            following.append(clocks.after(user, start, plan.due_hours))
            continue
        seen.add(str(assignment.id))
        done += _escalate(work, plan.escalate, request, step, assignment)
    run_at(work, ESCALATE, {**args, "done": sorted(seen)}, min(following, default=None))
    return done


def _escalate(
    work: Work,
    plan: Escalation,
    request: ApprovalRequest,
    step: ApprovalStep,
    assignment: ApprovalAssignment,
) -> bool:
    approver = assignment.pending_id
    taken = {a.pending_id for a in step.assignments} | {request.submitter_id}
    above = _above(work, plan, approver) if approver is not None else []
    to = next((user for user in above if user not in taken), None)
    if to is None:
        return False
    if plan.action is Late.HAND_ON:
        hand_over(work, request, step, assignment, to=to, deed=SYSTEM, action="escalate")
        return True
    note(work, request, "escalate", SYSTEM, step, target_id=to)
    message = _("“{title}” is overdue: the approval has not been decided in time.")
    tell_approvers(work, request, [to], message, f"{step.id}:late:{request.acts}")
    return True


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
