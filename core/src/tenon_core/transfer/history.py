"""Records of an entity with a workflow: where they begin, and what came in beyond that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tenon_core.storage.auditing import audit_act
from tenon_core.transfer.rows import Draft
from tenon_core.transfer.saving import CREATED
from tenon_sdk.entities import Entity


def begin_workflows(ctx: Any, entity: type[Entity], drafts: Sequence[Draft]) -> None:
    """A new record of which the file says no status stands where its workflow begins."""
    workflow = ctx.rules.registry.workflows.get(entity.__tenon__.name)
    if workflow is None:
        return
    for draft in drafts:
        if draft.existing is None and draft.values.get("state") is None:
            draft.values["state"] = workflow.initial


def audit_history(
    ctx: Any, entity: type[Entity], drafts: Sequence[Draft], outcomes: Mapping[int, str]
) -> None:
    """Writes how many new records stand in which status other than the first.

    They were let in by a permission of their own: see `workflow.guards.begin_import`.
    """
    name = entity.__tenon__.name
    workflow = ctx.rules.registry.workflows.get(name)
    if workflow is None:
        return
    new = [draft for draft in drafts if outcomes.get(draft.row) == CREATED]
    states = Counter(draft.values["state"] for draft in new)
    del states[workflow.initial]
    if states:
        told = {state: [None, count] for state, count in sorted(states.items())}
        audit_act(ctx, "history imported", entity=name, changes=told)
