"""Making requests, and what their submitter can do with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from attrs import frozen
from sqlalchemy.exc import IntegrityError

from tenon_core.entities.approvals import OPEN_REQUESTS, ApprovalFlow, ApprovalRequest
from tenon_core.workflow.approvals.assigning import Case
from tenon_core.workflow.approvals.executing import differences, execute
from tenon_core.workflow.approvals.records import (
    REQUEST,
    SYSTEM,
    Deed,
    about,
    check_state,
    close_steps,
    finish,
    locked,
    note,
    running_step,
    takes_part,
    tell_approvers,
)
from tenon_core.workflow.approvals.snapshot import take
from tenon_core.workflow.approvals.stepping import advance, lay_out, pending
from tenon_core.workflow.approvals.work import ADMINISTER, Work, elevated
from tenon_sdk.approvals import ApprovalRequested, ApprovalWithdrawn
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Forbidden, NotFound, Refusal, Refused
from tenon_sdk.text import _
from tenon_sdk.workflows import Transition

# Two transactions that do not see each other yet meet here; PostgreSQL names the index.
OPEN_INDEX = "uq_core_approval_request_open"


@frozen(kw_only=True)
class Wish:
    """A move that somebody wants to make, with what the flow was chosen by."""

    flow_id: UUID
    entity: type[Entity]
    record_id: UUID
    transition: Transition
    inputs: Any
    submitter_id: UUID
    values: Mapping[str, Any]
    facts: Mapping[str, Any]
    note: str | None = None

    @property
    def stored_inputs(self) -> dict[str, Any]:
        return {} if self.inputs is None else dict(msgspec.to_builtins(self.inputs))


def start(ctx: Work, wish: Wish) -> tuple[UUID, str]:
    """Makes a request and asks the first approvers; returns its id and state.

    It is approved at once, and the move made, when nobody is left to be asked. Raises Refused
    when somebody else makes one for the same move at this moment, and what the flow refuses.
    """
    try:
        return _start(ctx, wish)
    except IntegrityError as error:
        if OPEN_INDEX in str(error.orig):
            raise Refused(pending_refusal()) from None
        raise


def pending_refusal() -> Refusal:
    return Refusal(_("This waits for an approval already."), code="approval_pending")


def _start(ctx: Work, wish: Wish) -> tuple[UUID, str]:
    info = wish.entity.__tenon__
    title = wish.values.get(info.title) or wish.record_id
    reason = f"request to {wish.transition.name}"
    with elevated(ctx, reason) as system, system.session.begin_nested():
        request = ApprovalRequest(
            entity=info.name,
            record_id=wish.record_id,
            transition=wish.transition.name,
            title=str(title)[:300],
            round=1,
            acts=0,
        )
        system.session.add(request)
        _fill(system, request, wish)
        note(system, request, "submit", Deed(user_id=wish.submitter_id, comment=wish.note))
        return _begin(system, request, wish)


def start_again(ctx: Work, request_id: UUID, wish: Wish) -> tuple[UUID, str]:
    """Submits a returned request anew, by the flow that fits the record now."""
    reason = f"request {request_id} again"
    with elevated(ctx, reason) as system, system.session.begin_nested():
        request = locked(system, request_id)
        check_state(request, *OPEN_REQUESTS)
        close_steps(system, request, "returned")
        system.session.flush()
        request.round, request.blocked = request.round + 1, None
        _fill(system, request, wish)
        note(system, request, "resubmit", Deed(user_id=wish.submitter_id, comment=wish.note))
        return _begin(system, request, wish)


def _fill(system: Work, request: ApprovalRequest, wish: Wish) -> None:
    request.flow_id, request.submitter_id = wish.flow_id, wish.submitter_id
    request.submitted_at, request.state = system.now, "running"
    request.inputs, request.note = wish.stored_inputs, wish.note
    request.snapshot = dict(take(system, wish.entity, wish.record_id, wish.values))
    system.session.flush()


def _begin(system: Work, request: ApprovalRequest, wish: Wish) -> tuple[UUID, str]:
    flow = system.session.get_one(ApprovalFlow, request.flow_id)
    lay_out(system, request, flow, Case(submitter_id=wish.submitter_id, values=wish.facts))
    system.publish(
        ApprovalRequested(submitter_id=wish.submitter_id, round=request.round, **about(request))
    )
    advance(system, request)
    return request.id, request.state


def try_blocked(ctx: Work, request_id: UUID, wish: Wish) -> str:
    """Carries out what was approved and then refused, and returns the state of the request.

    It lapses when the record or the inputs are others now than those that were approved.
    """
    with elevated(ctx, f"carrying out {request_id}") as system:
        request = locked(system, request_id)
        check_state(request, "blocked")
        same = request.inputs == wish.stored_inputs
        if same and not differences(system, request, only_watched=True):
            execute(system, request)
        else:
            note(system, request, "lapse", SYSTEM)
            finish(system, request, "lapsed")
        return locked(system, request_id).state


def withdraw(ctx: Work, request_id: UUID, comment: str | None = None) -> None:
    """The submitter takes an open request back. Raises NotFound, Forbidden, Refused."""
    with elevated(ctx, f"withdrawal of {request_id}") as system:
        request = locked(system, request_id)
        require_submitter(ctx, request)
        check_state(request, *OPEN_REQUESTS)
        step = running_step(request)
        asked = pending(step) if step is not None else []
        note(system, request, "withdraw", Deed(user_id=ctx.actor.user_id, comment=comment), step)
        system.publish(
            ApprovalWithdrawn(user_id=ctx.actor.user_id, comment=comment, **about(request))
        )
        finish(system, request, "withdrawn")
        message = _("“{title}” was withdrawn; you need not decide any more.")
        if asked:
            tell_approvers(system, request, asked, message, f"withdrawn:{request.acts}")


def execute_again(ctx: Work, request_id: UUID) -> str:
    """Tries again to carry out what was approved and then refused by a guard.

    Returns the state: `approved` when it is done, `blocked` when it is refused again. For the
    submitter and for administrators of approvals.
    """
    with elevated(ctx, f"carrying out {request_id}") as system:
        request = locked(system, request_id)
        require_submitter(ctx, request)
        check_state(request, "blocked")
        execute(system, request)
        return locked(system, request_id).state


def require_submitter(ctx: Work, request: ApprovalRequest) -> None:
    """Raises Forbidden for other participants, NotFound for everybody else."""
    if request.submitter_id == ctx.actor.user_id or ctx.can(ADMINISTER):
        return
    if takes_part(ctx, request):
        raise Forbidden(ADMINISTER)
    raise NotFound(REQUEST, request.id)
