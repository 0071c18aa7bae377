"""Making the approved move, in the submitter's name."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tenon_core.access.grants import load_access
from tenon_core.entities.approvals import ApprovalFlow, ApprovalRequest
from tenon_core.jobs.failures import dump_text
from tenon_core.kernel.inputs import structure
from tenon_core.workflow.approvals.records import (
    SYSTEM,
    about,
    finish,
    locked,
    note,
    open_requests,
    tell_submitter,
)
from tenon_core.workflow.approvals.snapshot import (
    Difference,
    compare,
    take,
    values_of,
    watched,
)
from tenon_core.workflow.approvals.work import Work, elevated, today
from tenon_core.workflow.guards import check_unlocked
from tenon_core.workflow.moves import check_move, move
from tenon_sdk.approvals import ApprovalBlocked
from tenon_sdk.context import Actor
from tenon_sdk.errors import NotFound, Refusal, Refused, TenonError
from tenon_sdk.text import _
from tenon_sdk.workflows import Workflow


def execute(system: Work, request: ApprovalRequest) -> None:
    """Makes the move of a request that everybody agreed to, with the inputs it was made with.

    The record must stand where it stood in the watched fields, and all guards are asked again.
    What is said against it leaves nothing of the move behind: the request is blocked then, and
    can be carried out later.
    """
    system.session.flush()
    request_id = request.id
    actor = _actor(system, request.submitter_id)
    savepoint = system.connection.begin_nested()
    try:
        with system.in_name_of(actor, f"approval {request_id}") as work:
            _move(work, request)
        savepoint.commit()
    except TenonError as error:
        if savepoint.is_active:
            savepoint.rollback()
        system.session.expire_all()
        _block(system, locked(system, request_id), error)
        return
    request = locked(system, request_id)
    note(system, request, "execute", SYSTEM)
    finish(system, request, "approved")
    lapse_impossible(system, request)


def _actor(system: Work, user_id: UUID) -> Actor:
    access = load_access(system.session, user_id, today(system), system.locale, str(system.zone))
    return access.actor


def _move(work: Work, request: ApprovalRequest) -> None:
    registry = work.rules.registry
    workflow = registry.workflows.get(request.entity)
    transition = workflow.by_name.get(request.transition) if workflow else None
    if workflow is None or transition is None:
        raise Refused(_("There is no transition “{name}”.", name=request.transition))
    cls = registry.entity(request.entity)
    record = work.session.get(cls, request.record_id, with_for_update=True)
    if record is None:
        raise NotFound(request.entity, request.record_id)
    check_unlocked(work.rules, cls)
    changed = differences(work, request, only_watched=True)
    if changed:
        raise Refused(changed_refusal(changed))
    inputs = structure(transition.inputs, request.inputs) if transition.inputs else None
    check_move(work, workflow, record, transition, inputs)
    move(work, record, transition, inputs)


def differences(
    ctx: Work, request: ApprovalRequest, *, only_watched: bool = False
) -> list[Difference]:
    """What changed in the record since it was submitted."""
    cls = ctx.rules.registry.entity(request.entity)
    values = values_of(ctx, cls, request.record_id)
    found = compare(request.snapshot, take(ctx, cls, request.record_id, values))
    if not only_watched:
        return found
    flow = ctx.session.get_one(ApprovalFlow, request.flow_id)
    return watched(found, flow.watch)


def changed_refusal(changed: list[Difference]) -> Refusal:
    names = sorted({d.part or d.field or "" for d in changed})
    return Refusal(
        _("The record was changed after it was submitted: {fields}.", fields=", ".join(names)),
        code="record_changed",
    )


def _block(system: Work, request: ApprovalRequest, error: TenonError) -> None:
    refusals = error.refusals if isinstance(error, Refused) else (_refusal(error),)
    request.state = "blocked"
    request.blocked = [{**dump_text(refusal.message), "code": refusal.code} for refusal in refusals]
    note(system, request, "block", SYSTEM)
    system.session.flush()
    codes = tuple(refusal.code for refusal in refusals)
    system.publish(ApprovalBlocked(codes=codes, **about(request)))
    tell_submitter(
        system, request, _("“{title}” was approved, but could not be carried out. Open it.")
    )


def _refusal(error: TenonError) -> Refusal:
    return Refusal(_("{error}", error=str(error)), code=error.code)


def lapse_impossible(system: Work, moved: ApprovalRequest) -> None:
    """After a move: ends other requests for moves that are no longer possible."""
    workflow = system.rules.registry.workflows.get(moved.entity)
    cls: Any = system.rules.registry.entity(moved.entity)
    record = system.session.get(cls, moved.record_id)
    if workflow is not None and record is not None:
        lapse(system, workflow, record)


def lapse(ctx: Work, workflow: Workflow, record: Any) -> None:
    """Ends the record's open requests for moves that its status does not allow any more."""
    found = open_requests(ctx, workflow.entity, record.id)
    state = record.state
    left = [
        row.id
        for row in found
        if row.transition not in workflow.by_name
        or state not in workflow.by_name[row.transition].source
    ]
    if not left:
        return
    with elevated(ctx, "the record moved") as system:
        for request_id in left:
            request = locked(system, request_id)
            note(system, request, "lapse", SYSTEM)
            finish(system, request, "lapsed")
