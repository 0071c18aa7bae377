"""Asking plugins before something is stored, moved or deleted; a failing guard refuses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection

from tenon_core.access.clauses import Rules
from tenon_core.storage.changes import Change
from tenon_core.storage.custom import CustomSite, check_custom
from tenon_core.storage.scanning import Unscoped
from tenon_core.storage.trees import check_trees
from tenon_core.storage.validation import check_currencies, validate
from tenon_sdk.context import Context
from tenon_sdk.entities import Entity, Workflowed
from tenon_sdk.errors import Invalid, Refusal, Refused
from tenon_sdk.hooks import DeleteContext, Hooks, SaveContext
from tenon_sdk.text import Text, _
from tenon_sdk.workflows import Workflow

log = logging.getLogger(__name__)
MOVING = "tenon_moving"
IMPORTING = "tenon_importing"
IMPORT_HISTORY = "core.import.history"


class GuardedWork(Context, Protocol):
    """A context with the rules of its site."""

    @property
    def rules(self) -> Rules: ...
    @property
    def connection(self) -> Connection: ...
    @property
    def site(self) -> CustomSite: ...


def guard_changes(ctx: GuardedWork, changes: Sequence[Change]) -> None:
    """Checks every change against its declaration and all guards.

    Raises Invalid with the faulty fields, or Refused with everything that was said against it.
    """
    for change in changes:
        check_unlocked(ctx.rules, change.entity)
        if change.kind == "deleted":
            _guard_delete(ctx, change)
        else:
            _check_values(ctx, change)
            _guard_save(ctx, change)


def guard_bulk(ctx: GuardedWork, entity: type[Entity]) -> None:
    """Refuses an update or delete statement where a plugin wants to see each record."""
    check_unlocked(ctx.rules, entity)
    for name in ("guard_save", "guard_delete"):
        for answer in ctx.rules.hooks.answers(name):
            if ctx.rules.concerns(answer.plugin, entity.__tenon__.name):
                raise Unscoped(f"{name} of {answer.plugin}")


def check_unlocked(rules: Rules, entity: type[Entity]) -> None:
    """Raises Refused while a plugin that protects the entity is in quarantine."""
    lockers = rules.locked.get(entity.__tenon__.name)
    if lockers:
        raise Refused(
            Refusal(
                _(
                    "Locked: plugin “{plugins}” protects these records and does not run. An "
                    "administrator can repair or release it.",
                    plugins=", ".join(lockers),
                ),
                code="locked",
            )
        )


def ask(
    rules: Rules, spec: Callable[[Any], Sequence[Refusal]], decision: Any, entity: str
) -> list[Refusal]:
    """What all plugins say against it; one that fails says so, which is a refusal, too."""
    found: list[Refusal] = []
    for plugin, call in rules.hooks.each(spec, decision):
        if not rules.concerns(plugin, entity):
            continue
        try:
            found.extend(call())
        except Exception:
            log.exception("%s of plugin %s failed; it counts as a refusal", spec.__name__, plugin)
            found.append(
                Refusal(
                    _("A check of plugin “{plugin}” failed, so this is refused.", plugin=plugin),
                    code="guard_failed",
                )
            )
    return found


def _guard_save(ctx: GuardedWork, change: Change) -> None:
    if not ctx.rules.hooks.answers("guard_save"):
        return
    decision = SaveContext(
        context=ctx,
        record=change.record,
        created=change.kind == "created",
        changes=change.values,
    )
    refusals = ask(ctx.rules, Hooks.guard_save, decision, change.entity.__tenon__.name)
    if refusals:
        raise Refused(*refusals)


def _guard_delete(ctx: GuardedWork, change: Change) -> None:
    if not ctx.rules.hooks.answers("guard_delete"):
        return
    decision = DeleteContext(context=ctx, record=change.record)
    refusals = ask(ctx.rules, Hooks.guard_delete, decision, change.entity.__tenon__.name)
    if refusals:
        raise Refused(*refusals)


def _check_values(ctx: GuardedWork, change: Change) -> None:
    record: Any = change.record
    created = change.kind == "created"
    faults: dict[str, Text] = validate(record, None if created else change.values)
    if created or "currency" in change.values:
        faults.update(check_currencies(record))
    if created or "custom" in change.values:
        faults.update(check_custom(ctx, record))
    faults.update(check_trees(ctx.connection, change))
    if isinstance(record, Workflowed):
        faults.update(_check_state(ctx, change))
    if faults:
        raise Invalid(faults)


def start_workflows(ctx: GuardedWork) -> None:
    """A new record of an entity with a workflow stands where that begins."""
    for record in ctx.session.new:
        if isinstance(record, Workflowed) and isinstance(record, Entity) and record.state is None:
            workflow = ctx.rules.registry.workflows.get(record.__tenon__.name)
            if workflow is not None:
                record.state = workflow.initial


def begin_import(ctx: GuardedWork) -> None:
    """From here on new records of this context are rows of an import.

    They may stand in any status of their workflow if the actor may import history.
    """
    ctx.session.info[IMPORTING] = ctx.can(IMPORT_HISTORY)


def _check_state(ctx: GuardedWork, change: Change) -> dict[str, Text]:
    """A status changes by transitions only; a new record starts where the workflow does.

    Only history that is imported by who may do so has come about elsewhere.
    """
    workflow = ctx.rules.registry.workflows.get(change.entity.__tenon__.name)
    if "state" not in change.values or workflow is None:
        return {}
    old, new = change.values["state"]
    known = new in {state.key for state in workflow.states}
    if change.kind == "created":
        may_import = ctx.session.info.get(IMPORTING)
        if known and (new == workflow.initial or may_import):
            return {}
        if known and may_import is False:
            return {"state": _not_history(workflow)}
    elif known and change.id in ctx.session.info.get(MOVING, ()):
        return {}
    return {"state": _("The status changes by a transition only, from “{old}”.", old=old or "")}


def _not_history(workflow: Workflow) -> Text:
    return _(
        "A new record begins as “{initial}”. Another status is imported by who has the permission "
        "“{permission}” only.",
        initial=workflow.state(workflow.initial).label,
        permission=IMPORT_HISTORY,
    )
