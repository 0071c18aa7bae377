"""Making a move that has been allowed."""

from __future__ import annotations

from typing import Any

from tenon_core.workflow.guards import MOVING, GuardedWork, ask
from tenon_sdk.errors import Refusal, Refused
from tenon_sdk.events import RecordMoved
from tenon_sdk.hooks import Hooks, TransitionContext
from tenon_sdk.text import _
from tenon_sdk.workflows import Transition, Workflow


def check_move(
    ctx: GuardedWork, workflow: Workflow, record: Any, transition: Transition, inputs: Any
) -> None:
    """Raises Refused unless the record stands in a source and no guard says anything."""
    if record.state not in transition.source:
        raise Refused(
            Refusal(
                _(
                    "“{transition}” is not possible from status “{state}”.",
                    transition=transition.label,
                    state=workflow.state(record.state).label,
                ),
                code="wrong_state",
            )
        )
    decision = TransitionContext(
        context=ctx,
        record=record,
        transition=transition,
        source=record.state,
        target=transition.target,
        inputs=inputs,
    )
    refusals = ask(ctx.rules, Hooks.guard_transition, decision, workflow.entity)
    if refusals:
        raise Refused(*refusals)


def move(ctx: GuardedWork, record: Any, transition: Transition, inputs: Any) -> None:
    """Changes the state, runs `apply` and publishes RecordMoved."""
    source = record.state
    moving: set[Any] = ctx.session.info.setdefault(MOVING, set())
    moving.add(record.id)
    try:
        record.state = transition.target
        if transition.apply is not None:
            transition.apply(ctx, record, inputs)
        ctx.session.flush()
    finally:
        moving.discard(record.id)
    ctx.publish(
        RecordMoved(
            entity=type(record).__tenon__.name,
            record_id=record.id,
            transition=transition.name,
            source=source,
            target=transition.target,
        )
    )
