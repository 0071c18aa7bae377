"""Where transitions come by: is an approval needed, and is it given?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from attrs import frozen

from tenon_core.workflow.approvals.amounts import in_own_currency
from tenon_core.workflow.approvals.definitions import holds
from tenon_core.workflow.approvals.facts import inputs_of, of_record, organisation
from tenon_core.workflow.approvals.flows import active_flows
from tenon_core.workflow.approvals.records import open_requests
from tenon_core.workflow.approvals.requests import (
    Wish,
    pending_refusal,
    start,
    start_again,
    try_blocked,
)
from tenon_core.workflow.approvals.snapshot import values_of
from tenon_core.workflow.approvals.work import Work
from tenon_sdk.errors import Refused
from tenon_sdk.workflows import Transition


@frozen(kw_only=True)
class Passage:
    """What the gate says: `free` to move, else `moved` by the request already, else it waits.

    `request_id` is the request that moved it or that is waited for.
    """

    free: bool
    moved: bool = False
    request_id: UUID | None = None


def gate(
    ctx: Work, record: Any, transition: Transition, inputs: Any, note: str | None = None
) -> Passage:
    """Lets a move pass, or makes a request for its approval.

    It passes when no active flow's condition holds. A move that was approved and could not be
    carried out then is carried out now, if the record has not changed since in what the flow
    watches. A request that was returned to the submitter is submitted again. Work of the system
    itself, behind which no person stands, needs no approval. Raises Refused while a request
    waits.
    """
    entity = type(record).__tenon__.name
    flows = active_flows(ctx, entity, transition.name)
    submitter = ctx.actor.user_id
    if not flows or submitter is None:
        return Passage(free=True)
    ctx.session.flush()
    values = values_of(ctx, type(record), record.id)
    found = of_record(ctx, type(record), values)
    found.update(organisation(ctx, values, submitter))
    found.update(inputs_of(inputs))
    facts = in_own_currency(ctx, type(record), found)
    flow_id = next((flow.id for flow in flows if holds(flow.condition, facts)), None)
    if flow_id is None:
        return Passage(free=True)
    wish = Wish(
        flow_id=flow_id,
        entity=type(record),
        record_id=record.id,
        transition=transition,
        inputs=inputs,
        submitter_id=submitter,
        values=values,
        facts=facts,
        note=note,
    )
    for known in open_requests(ctx, entity, record.id):
        if known.transition == transition.name:
            return _again(ctx, known, wish)
    return _passage(*start(ctx, wish))


def _again(ctx: Work, known: Any, wish: Wish) -> Passage:
    if known.state == "running":
        raise Refused(pending_refusal())
    if known.state == "blocked":
        state = try_blocked(ctx, known.id, wish)
        return _passage(*start(ctx, wish)) if state == "lapsed" else _passage(known.id, state)
    return _passage(*start_again(ctx, known.id, wish))


def _passage(request_id: UUID, state: str) -> Passage:
    return Passage(free=False, moved=state == "approved", request_id=request_id)
