"""From step to step of a request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from tenon_core.entities.approvals import (
    ApprovalAssignment,
    ApprovalFlow,
    ApprovalRequest,
    ApprovalStep,
)
from tenon_core.workflow.approvals.assigning import (
    Case,
    active,
    administrators,
    managers_above,
    resolve,
)
from tenon_core.workflow.approvals.clocks import Clocks
from tenon_core.workflow.approvals.definitions import (
    Repeated,
    StepPlan,
    holds,
    read_rules,
    read_step,
    stored,
)
from tenon_core.workflow.approvals.executing import execute
from tenon_core.workflow.approvals.records import (
    SYSTEM,
    note,
    running_step,
    tell_approvers,
)
from tenon_core.workflow.approvals.work import Work, today
from tenon_sdk.text import _

# Steps stand apart, so that a signer can be put between two without moving the others.
SPACING = 1_000_000
REMIND = "core.remind_approval"
ESCALATE = "core.escalate_approval"


def lay_out(system: Work, request: ApprovalRequest, flow: ApprovalFlow, case: Case) -> None:
    """Makes the steps of a round with their approvers; raises Refused where the rules say so."""
    rules = read_rules(flow)
    position = 0
    for raw in flow.steps:
        plan = read_step(raw)
        if not holds(plan.condition, case.values):
            continue
        for people in resolve(system, plan, rules, case):
            position += SPACING
            request.steps.append(make_step(request, plan, position, people))
    system.session.flush()


def make_step(
    request: ApprovalRequest,
    plan: StepPlan,
    position: int,
    people: list[UUID],
    added_by: UUID | None = None,
) -> ApprovalStep:
    id_ = uuid7()
    return ApprovalStep(
        id=id_,
        request_id=request.id,
        round=request.round,
        position=position,
        key=plan.key,
        name=plan.name,
        mode=plan.mode.value,
        settings=stored(plan),
        assignments=[
            ApprovalAssignment(step_id=id_, user_id=user, position=n, added_by_id=added_by)
            for n, user in enumerate(people)
        ],
    )


def advance(system: Work, request: ApprovalRequest) -> None:
    """Ends the running step if it is decided and goes on to the next one that asks somebody.

    After the last one the move is made.
    """
    while True:
        step = running_step(request)
        if step is not None:
            if not _is_decided(step):
                system.session.flush()
                return
            _end(system, step)
        following = [s for s in in_round(request) if s.state == "waiting"]
        if not following:
            execute(system, request)
            return
        _start(system, request, following[0])


def in_round(request: ApprovalRequest) -> list[ApprovalStep]:
    return sorted((s for s in request.steps if s.round == request.round), key=lambda s: s.position)


def _is_decided(step: ApprovalStep) -> bool:
    agreed = [a.decision in {"approve", "skip"} for a in step.assignments]
    return any(agreed) if step.mode == "any" and agreed else all(agreed)


def _end(system: Work, step: ApprovalStep) -> None:
    step.state, step.finished_at = "approved", system.now
    for assignment in step.assignments:
        assignment.pending_id = None
    system.session.flush()


def _start(system: Work, request: ApprovalRequest, step: ApprovalStep) -> None:
    step.started_at = system.now
    if not step.assignments:
        step.state, step.finished_at = "skipped", system.now
        note(system, request, "skip", SYSTEM.said("no_approver"), step)
        system.session.flush()
        return
    step.state = "running"
    plan = read_step(step.settings)
    agreed = _agreed_before(system, request, step)
    for assignment in step.assignments:
        if assignment.decision is None:
            _ask(system, request, step, assignment, agreed)
    system.session.flush()
    asked = pending(step)
    clocks = Clocks.of(system, asked) if plan.due_hours or plan.remind_hours else Clocks({})
    step.due_at = clocks.first(system.now, plan.due_hours) if plan.due_hours else None
    if asked and not _is_decided(step):
        message = _("“{title}” waits for your decision.")
        tell_approvers(system, request, asked, message, f"{step.id}:{request.acts}")
        _set_clocks(system, request, step, clocks)


def pending(step: ApprovalStep) -> list[UUID]:
    return [a.pending_id for a in step.assignments if a.pending_id is not None]


def _ask(
    system: Work,
    request: ApprovalRequest,
    step: ApprovalStep,
    assignment: ApprovalAssignment,
    agreed: set[UUID | None],
) -> None:
    if assignment.user_id in agreed:
        assignment.decision, assignment.decided_at = "skip", system.now
        deed = SYSTEM.said("approved_before")
        note(system, request, "skip", deed, step, target_id=assignment.user_id)
        return
    assignment.pending_id = _stand_in(system, request, assignment.user_id)


def _stand_in(system: Work, request: ApprovalRequest, user_id: UUID) -> UUID:
    """The approver, or who takes over from one who has left since the submission."""
    if active(system.connection, [user_id], today(system)):
        return user_id
    others = [*managers_above(system, user_id), *administrators(system)]
    return next((one for one in others if one != request.submitter_id), user_id)


def _agreed_before(system: Work, request: ApprovalRequest, step: ApprovalStep) -> set[UUID | None]:
    """Who need not be asked again, by the flow's rule for repeated approvers."""
    flow = system.session.get_one(ApprovalFlow, request.flow_id)
    rule = read_rules(flow).repeated
    if rule is Repeated.ASK:
        return set()
    before = [s for s in in_round(request) if s.position < step.position and s.state == "approved"]
    if rule is Repeated.ADJACENT:
        before = before[-1:]
    decided = [a for s in before for a in s.assignments]
    skipped = {a.user_id for a in decided if a.decision == "skip" and a.decided_by_id is None}
    return (skipped | {a.decided_by_id for a in decided if a.decision == "approve"}) - {None}


def _set_clocks(system: Work, request: ApprovalRequest, step: ApprovalStep, clocks: Clocks) -> None:
    """Each job looks at all approvers and sees to its next run by itself."""
    plan, started = read_step(step.settings), system.now.isoformat()
    args = {"request": str(request.id), "step": str(step.id), "started": started}
    if plan.remind_hours:
        later = {**args, "since": started}
        run_at(system, REMIND, later, clocks.first(system.now, plan.remind_hours))
    if plan.escalate is not None and plan.due_hours:
        run_at(system, ESCALATE, {**args, "done": []}, step.due_at)


def run_at(system: Work, job: str, args: dict[str, Any], moment: datetime | None) -> None:
    """Queues a job of a step for a moment; one run of each."""
    if moment is None:
        return
    key = f"{args['step']}:{args['started']}:{moment.isoformat()}"
    system.enqueue(job, args, key=key, delay=max(moment - system.now, timedelta()))
