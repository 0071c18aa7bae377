"""Loading requests for a change, and writing down what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from tenon_core.access.clauses import people_of
from tenon_core.entities.approvals import (
    OPEN_REQUESTS,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
)
from tenon_core.events.notify import notify
from tenon_core.workflow.approvals.assigning import with_substitutes
from tenon_core.workflow.approvals.work import Work
from tenon_sdk.approvals import ApprovalFinished
from tenon_sdk.errors import NotFound, Refusal, Refused, Stale
from tenon_sdk.events import Subject
from tenon_sdk.text import Text, _

REQUEST = "core.approval_request"


@frozen(kw_only=True)
class Deed:
    """Who does something in a request: nobody for the system, perhaps for somebody absent."""

    user_id: UUID | None = None
    on_behalf_of: UUID | None = None
    comment: str | None = None
    evidence: Sequence[UUID] = ()

    def said(self, comment: str | None) -> Deed:
        return evolve(self, comment=comment)


SYSTEM = Deed()


def locked(system: Work, request_id: UUID, version: int | None = None) -> ApprovalRequest:
    """The request with its steps, for this transaction alone until it ends.

    Whoever comes second waits here, and then sees what the first one did. Raises NotFound, and
    Stale when it is not at `version` any more.
    """
    request = system.session.scalar(
        select(ApprovalRequest)
        .where(ApprovalRequest.id == request_id)
        .options(selectinload(ApprovalRequest.steps).selectinload(ApprovalStep.assignments))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if request is None:
        raise NotFound(REQUEST, request_id)
    if version is not None and request.version != version:
        raise Stale(REQUEST, request_id, request.version)
    return request


def check_state(request: ApprovalRequest, *states: str) -> None:
    if request.state not in states:
        raise Refused(
            Refusal(
                _("This request is not open for that any more: it is “{state}”.",
                  state=_STATES[request.state]),
                code="request_closed",
            )
        )  # fmt: skip


_STATES: dict[str, Text] = {
    "running": _("Running"),
    "returned": _("Returned"),
    "blocked": _("Approved, not carried out"),
    "approved": _("Approved"),
    "rejected": _("Rejected"),
    "withdrawn": _("Withdrawn"),
    "lapsed": _("Lapsed"),
}


def note(
    system: Work,
    request: ApprovalRequest,
    action: str,
    deed: Deed,
    step: ApprovalStep | None = None,
    **values: Any,
) -> None:
    """Adds a line to the request's record; it makes the request a new version, too."""
    request.acts += 1
    system.session.add(
        ApprovalDecision(
            request_id=request.id,
            step_id=step.id if step is not None else None,
            number=request.acts,
            action=action,
            user_id=deed.user_id,
            on_behalf_of_id=deed.on_behalf_of,
            comment=deed.comment,
            evidence=[str(document) for document in deed.evidence] or None,
            at=system.now,
            **values,
        )
    )


def finish(system: Work, request: ApprovalRequest, outcome: str) -> None:
    """Ends a request for good: `approved`, `rejected`, `withdrawn` or `lapsed`."""
    close_steps(system, request, "rejected" if outcome == "rejected" else "skipped")
    request.state, request.finished_at, request.blocked = outcome, system.now, None
    system.session.flush()
    system.publish(ApprovalFinished(outcome=outcome, **about(request)))
    tell_submitter(system, request, _OUTCOMES[outcome])


_OUTCOMES: dict[str, Text] = {
    "approved": _("“{title}” was approved."),
    "rejected": _("“{title}” was rejected."),
    "withdrawn": _("The approval of “{title}” was withdrawn."),
    "lapsed": _("The approval of “{title}” lapsed, because the record changed meanwhile."),
}


def close_steps(system: Work, request: ApprovalRequest, state: str) -> None:
    """Nobody has to decide any more: the running step ends in `state`, later ones are skipped."""
    for step in request.steps:
        if step.round != request.round or step.state not in {"waiting", "running"}:
            continue
        step.state = state if step.state == "running" else "skipped"
        step.started_at = step.started_at or system.now
        step.finished_at = system.now
        for assignment in step.assignments:
            assignment.pending_id = None


def takes_part(ctx: Work, request: ApprovalRequest) -> bool:
    """Whether the actor, or somebody she stands in for, submitted it or was ever asked."""
    if ctx.guardian is None:
        return True
    people = people_of(ctx.guardian.access)
    asked = {
        user
        for step in request.steps
        for assignment in step.assignments
        for user in (assignment.user_id, assignment.pending_id, assignment.decided_by_id)
    }
    return request.submitter_id == ctx.actor.user_id or not people.isdisjoint(asked)


def running_step(request: ApprovalRequest) -> ApprovalStep | None:
    return next((step for step in request.steps if step.state == "running"), None)


def about(request: ApprovalRequest) -> dict[str, Any]:
    """What every event about the request says."""
    return {
        "request_id": request.id,
        "entity": request.entity,
        "record_id": request.record_id,
        "transition": request.transition,
    }


def tell_submitter(system: Work, request: ApprovalRequest, message: Text) -> None:
    if system.actor.user_id == request.submitter_id:
        return
    _tell(system, request, [request.submitter_id], message, str(request.acts))


def tell_approvers(
    system: Work, request: ApprovalRequest, users: Sequence[UUID], message: Text, key: str
) -> None:
    """Tells people, and whoever stands in for them, that the request waits for them."""
    _tell(system, request, with_substitutes(system, users), message, key)


def _tell(
    system: Work, request: ApprovalRequest, users: Sequence[UUID], message: Text, key: str
) -> None:
    notify(
        system,
        users,
        message.format(title=request.title),
        subject=Subject(request.entity, request.record_id),
        key=f"approval:{request.id}:{key}",
        kind="approval",
        link=f"/core/approval/{request.id}",
    )


def open_requests(ctx: Work, entity: str, record_id: UUID) -> Sequence[Any]:
    """Id, transition and state of the record's open requests."""
    return ctx.connection.execute(
        select(ApprovalRequest.id, ApprovalRequest.transition, ApprovalRequest.state).where(
            ApprovalRequest.entity == entity,
            ApprovalRequest.record_id == record_id,
            ApprovalRequest.state.in_(OPEN_REQUESTS),
        )
    ).all()
