"""Submitting by hand: what `Context.transition` does, with a reason, and again after a return."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tenon_core.workflow.approvals.executing import differences
from tenon_core.workflow.approvals.records import Deed, check_state, close_steps, locked, note
from tenon_core.workflow.approvals.requests import require_submitter
from tenon_core.workflow.approvals.work import Work, elevated
from tenon_core.workflow.transitions import perform
from tenon_sdk.errors import NotFound, Refusal, Refused
from tenon_sdk.text import _
from tenon_sdk.workflows import Outcome


def submit(
    ctx: Work, record: Any, transition: str, inputs: Any = None, reason: str | None = None
) -> Outcome:
    """Asks for a move, and says why; it is made at once where no approval is needed.

    Raises what `perform` raises.
    """
    return perform(ctx, record, transition, inputs, reason)


def resubmit(ctx: Work, request_id: UUID, inputs: Any = None, reason: str | None = None) -> Outcome:
    """Submits a request anew, with the inputs it had unless others are given.

    Possible when it was returned, or when the record was changed after it was submitted; then
    those who agreed are asked again. Raises NotFound, Forbidden, Refused, and what `perform`
    raises.
    """
    with elevated(ctx, f"request {request_id} again") as system:
        request = locked(system, request_id)
        require_submitter(ctx, request)
        check_state(request, "running", "returned")
        if request.state == "running":
            if not differences(system, request, only_watched=True):
                raise Refused(
                    Refusal(_("Nothing was changed since it was submitted."), code="unchanged")
                )
            deed = Deed(user_id=ctx.actor.user_id, comment=reason)
            note(system, request, "return", deed)
            close_steps(system, request, "returned")
            request.state = "returned"
        given = request.inputs if inputs is None else inputs
        entity, record_id, name = request.entity, request.record_id, request.transition
    cls = ctx.rules.registry.entity(entity)
    record = ctx.session.get(cls, record_id)
    if record is None:
        raise NotFound(entity, record_id)
    return perform(ctx, record, name, given, reason)
