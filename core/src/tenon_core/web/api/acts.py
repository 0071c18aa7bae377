"""What can be done with a record besides storing it: transitions, actions, panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from tenon_core.context import WorkContext
from tenon_core.kernel.inputs import structure
from tenon_core.web.api.calls import Answer, Call, json_answer
from tenon_core.web.api.conditions import expected
from tenon_core.web.api.records import current
from tenon_core.web.api.repeated import write
from tenon_core.web.api.writing import check_version, load, shown, storing
from tenon_core.web.problems import Fault
from tenon_core.workflow.archiving import restore
from tenon_sdk.declarations import Action
from tenon_sdk.entities import Archived, Entity
from tenon_sdk.errors import Forbidden, Invalid, NotFound
from tenon_sdk.text import _

RESTORE = "restore"
MOST_IDS = 1_000


@frozen
class ActionInput:
    """The body of an action: which records, and what the action itself asks for."""

    ids: Sequence[UUID]
    inputs: Mapping[str, Any] | None = None


def move_record(call: Call, params: Mapping[str, str]) -> Answer:
    """A transition of the workflow: 200 with the record, 202 when an approval was asked for."""
    call.no_query()
    id_, name, wanted = UUID(params["id"]), params["transition"], expected(call)
    entity = call.target
    workflow = call.site.registry.workflows.get(entity.__tenon__.name)
    if workflow is None or name not in workflow.by_name:
        if name == RESTORE and issubclass(entity, Archived):
            return _restore(call, id_, wanted)
        raise Fault(404, "no_route", _("There is nothing at this address."))

    def work(ctx: WorkContext) -> Answer:
        record = load(ctx, entity, id_)
        check_version(record, wanted)
        outcome = storing(call, id_, None, lambda: ctx.transition(record, name, call.object))
        ctx.session.flush()
        if outcome.moved:
            return shown(call, ctx, record)
        return json_answer({"moved": False, "request_id": outcome.request_id}, 202)

    return current(call, id_, lambda: write(call, work))


def _restore(call: Call, id_: UUID, wanted: int | None) -> Answer:
    def work(ctx: WorkContext) -> Answer:
        record = load(ctx, call.target, id_)
        check_version(record, wanted)
        storing(call, id_, None, lambda: restore(ctx, record))
        return shown(call, ctx, record)

    return current(call, id_, lambda: write(call, work))


def run_action(call: Call, params: Mapping[str, str]) -> Answer:
    call.no_query()
    entity = call.target
    action = call.site.registry.actions.get(f"{entity.__tenon__.name}:{params['key']}")
    if action is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    given = structure(ActionInput, call.object)
    ids = list(dict.fromkeys(given.ids))
    most = MOST_IDS if action.bulk else 1
    if not 0 < len(ids) <= most:
        raise Invalid({"ids": _("1 to {limit} records.", limit=most)})
    inputs = _action_inputs(action, given.inputs)

    def work(ctx: WorkContext) -> Answer:
        check_reach(ctx, entity, action.permission, ids)
        return json_answer(action.run(ctx, ids, inputs))

    return write(call, work)


def _action_inputs(action: Action, given: Mapping[str, Any] | None) -> Any:
    if action.inputs is None:
        if given:
            raise Invalid({"inputs": _("This action takes no input.")})
        return None
    try:
        return structure(action.inputs, given or {})
    except Invalid as error:
        raise Invalid({f"inputs.{k}": texts for k, texts in error.fields.items()}) from None


def check_reach(
    ctx: WorkContext, entity: type[Entity], permission: str, ids: Sequence[UUID]
) -> None:
    """The permission must be there, and reach every record if it is one of the entity."""
    ctx.require(permission)
    seen = set(ctx.session.scalars(select(entity.id).where(entity.id.in_(ids))))
    if set(ids) - seen:
        raise NotFound(entity.__tenon__.name, next(iter(set(ids) - seen)))
    name, _dot, verb = permission.rpartition(".")
    clause = ctx.guardian.criteria(entity, verb) if ctx.guardian is not None else None
    if name != entity.__tenon__.name or clause is None:
        return
    reached = set(ctx.session.scalars(select(entity.id).where(entity.id.in_(ids), clause)))
    if seen - reached:
        raise Forbidden(permission)


def show_panel(call: Call, params: Mapping[str, str]) -> Answer:
    """The data of a panel of a record's page."""
    call.no_query()
    entity, id_ = call.target, UUID(params["id"])
    panel = call.site.registry.panels.get(f"{entity.__tenon__.name}:{params['key']}")
    if panel is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    with call.site.acting(
        call.guardian, read_only=True, origin=call.origin, locale=call.locale
    ) as ctx:
        ctx.require(panel.permission)
        if ctx.session.scalar(select(entity.id).where(entity.id == id_)) is None:
            raise NotFound(entity.__tenon__.name, id_)
        return json_answer(panel.load(ctx, id_))
