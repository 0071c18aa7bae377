"""Creating and changing records from what a request asks for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.attributes import flag_modified
from sqlalchemy.orm.exc import StaleDataError

from tenon_core.context import WorkContext
from tenon_core.storage.integrity import TAKEN, missing_references, translate_integrity
from tenon_core.storage.lists import record_json
from tenon_core.web.api.calls import Answer, Call
from tenon_core.web.api.conditions import etag
from tenon_core.web.api.shapes import Shape, Values, read_values
from tenon_sdk.entities import Entity, Workflowed
from tenon_sdk.errors import Duplicate, Forbidden, NotFound, Stale
from tenon_sdk.text import _

R = TypeVar("R")


def read_input(call: Call, ctx: WorkContext, data: Any, *, creating: bool) -> Values:
    """The values of one object. Raises Invalid that names every faulty field."""
    entity = call.target
    guardian = ctx.guardian
    return read_values(
        call.api.shape(entity),
        data,
        guardian.fields if guardian is not None else None,
        call.site.custom_fields(entity.__tenon__.name),
        creating=creating,
    )


def load(ctx: WorkContext, entity: type[Entity], id_: UUID) -> Entity:
    """A record that the actor may see, held until the transaction ends. Raises NotFound."""
    statement = select(entity).where(entity.id == id_).with_for_update(key_share=True)
    record = ctx.session.scalar(statement)
    if record is None:
        raise NotFound(entity.__tenon__.name, id_)
    return record


def load_all(ctx: WorkContext, shape: Shape, condition: Any, sides: set[str]) -> list[Entity]:
    """Records that the actor may see, with those extensions that will be written; 1 + n reads."""
    entity: Any = shape.entity
    options = [selectinload(getattr(entity, f"_{side}")) for side in sorted(sides)]
    statement = select(shape.entity).where(condition).options(*options)
    return list(ctx.session.scalars(statement.with_for_update(of=shape.entity, key_share=True)))


def make(ctx: WorkContext, entity: type[Entity], values: Values) -> Entity:
    """A new record in the session, not flushed."""
    record = entity()
    if values.id is not None:
        record.id = values.id
    workflow = ctx.rules.registry.workflows.get(entity.__tenon__.name)
    if isinstance(record, Workflowed) and workflow is not None:
        record.state = workflow.initial
    _set(record, values)
    ctx.session.add(record)
    return record


def change(ctx: WorkContext, record: Entity, values: Values) -> None:
    """Sets what differs. A change of an extension counts as one of its record.

    Raises Forbidden where there is nothing to change and the actor may not change it either; what
    does change, the session looks at.
    """
    _set(record, values)
    if values.sides and any(_dirty(ctx, record, side) for side in values.sides):
        record.updated_at = ctx.now
        flag_modified(record, "updated_at")
    if not ctx.session.is_modified(record):
        ctx.require(type(record).__tenon__.permission("edit"), record)


def _set(record: Any, values: Values) -> None:
    for name, value in values.own.items():
        setattr(record, name, value)
    for side, given in values.sides.items():
        for name, value in given.items():
            setattr(getattr(record, side), name, value)
    if values.custom:
        merged = {**(record.custom or {}), **values.custom}
        record.custom = {key: value for key, value in merged.items() if value is not None}


def _dirty(ctx: WorkContext, record: Any, side: str) -> bool:
    stored = getattr(record, f"_{side}")
    return stored is not None and (stored in ctx.session.new or ctx.session.is_modified(stored))


def check_version(record: Entity, *expected: int | None) -> None:
    """Raises Stale unless the record has every version that is expected."""
    if any(version is not None and version != record.version for version in expected):
        raise Stale(record.__tenon__.name, record.id, record.version)


def repeats(record: Entity, values: Values) -> bool:
    """Whether a stored record is what these values would create: the request came twice."""
    try:
        same = all(getattr(record, name) == value for name, value in values.own.items())
        for side, given in values.sides.items():
            stored = getattr(record, side)
            same = same and all(getattr(stored, name) == value for name, value in given.items())
    except Forbidden:
        return False
    custom = record.custom or {}
    return same and all(custom.get(key) == value for key, value in values.custom.items())


def taken() -> Duplicate:
    return Duplicate({"id": TAKEN}, _("There is another record with this id."))


def storing(
    call: Call,
    id_: UUID | None,
    values: Values | None,
    work: Callable[[], R],
    *,
    deleting: bool = False,
    entity: type[Entity] | None = None,
) -> R:
    """Runs a flush and says in the caller's words what the database had against it.

    `entity` is what is stored, where that is not what the path names.
    """
    target = entity or call.target
    try:
        return work()
    except StaleDataError:
        raise Stale(target.__tenon__.name, id_, None) from None
    except IntegrityError as error:
        missing = missing_references(call.site.read_engine, _references(call, values, target))
        raise translate_integrity(error, deleting=deleting, missing=missing) from error


def _references(
    call: Call, values: Values | None, target: type[Entity]
) -> dict[str, tuple[Any, Any]]:
    if values is None:
        return {}
    table = target.__table__
    found = {name: (table.c[name], id_) for name, id_ in values.own.items()}
    for slot in call.api.shape(target).slots.values():
        given = values.sides.get(slot.side or "", {})
        if slot.name in given:
            found[slot.key] = (slot.entity.__table__.c[slot.name], given[slot.name])
    return {key: pair for key, pair in found.items() if pair[0].foreign_keys and pair[1]}


def shown(call: Call, ctx: WorkContext, record: Entity, status: int = 200) -> Answer:
    """The record as a reader gets it, from inside the transaction.

    Who may write it but not see it gets its id and version.
    """
    found = record_json(call.site, ctx.guardian, type(record), record.id, connection=ctx.connection)
    version = record.version if found is None else found[1]
    body = (
        found[0]
        if found is not None
        else b'{"id":"%s","version":%d}'
        % (
            str(record.id).encode(),
            version,
        )
    )
    headers = [(b"etag", etag(version))]
    if status == 201:
        path = record.__tenon__.name.replace(".", "/")
        headers.append((b"location", f"/api/v1/{path}/{record.id}".encode()))
    return Answer(status, body, headers)
