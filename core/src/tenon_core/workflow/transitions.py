"""Moving a record by its workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenon_core.kernel.inputs import structure
from tenon_core.workflow.approvals.executing import lapse
from tenon_core.workflow.approvals.gating import gate
from tenon_core.workflow.approvals.work import Work
from tenon_core.workflow.guards import GuardedWork, check_unlocked
from tenon_core.workflow.moves import check_move, move
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _
from tenon_sdk.workflows import Outcome, Transition


def perform(
    ctx: Work, record: Any, name: str, inputs: Any = None, reason: str | None = None
) -> Outcome:
    """Moves `record` by transition `name`, or asks for the approval that the move needs.

    In this order: the transition exists, the actor has the permission for this record, the
    inputs are whole, the record stands in one of its sources, no guard refuses, and an approval
    that a flow demands is given. Then the state changes, `apply` runs, and RecordMoved is
    published, all in the caller's transaction. Where an approval is demanded and not given, a
    request for it is made instead, with `reason` for the approvers: the outcome says so, and the
    transaction is to be committed.

    Raises Invalid, Refused, Forbidden; Refused with code `approval_pending` while a request for
    this move waits already.
    """
    workflow = ctx.rules.registry.workflows.get(type(record).__tenon__.name)
    transition = workflow.by_name.get(name) if workflow is not None else None
    if workflow is None or transition is None:
        raise Invalid({"transition": _("There is no transition “{name}”.", name=name)})
    check_unlocked(ctx.rules, type(record))
    ctx.require(workflow.permission_for(transition), record)
    given = _inputs(transition, inputs)
    check_move(ctx, workflow, record, transition, given)
    passage = gate(ctx, record, transition, given, reason)
    if not passage.free:
        return Outcome(moved=passage.moved, request_id=passage.request_id)
    move(ctx, record, transition, given)
    lapse(ctx, workflow, record)
    return Outcome(moved=True)


def available(ctx: GuardedWork, record: Any) -> list[Transition]:
    """The moves that the actor may try from where the record stands, without asking guards."""
    workflow = ctx.rules.registry.workflows.get(type(record).__tenon__.name)
    if workflow is None:
        return []
    return [
        transition
        for transition in workflow.transitions
        if record.state in transition.source
        and ctx.can(workflow.permission_for(transition), record)
    ]


def _inputs(transition: Transition, inputs: Any) -> Any:
    if transition.inputs is None:
        if inputs:
            raise Invalid({"": _("This transition takes no input.")})
        return None
    if isinstance(inputs, transition.inputs):
        return inputs
    return structure(transition.inputs, inputs if isinstance(inputs, Mapping) else {})
