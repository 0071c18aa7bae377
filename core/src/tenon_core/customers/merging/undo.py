"""Taking a merge apart again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import and_, select, update
from sqlalchemy.exc import IntegrityError

from tenon_core.customers.merging.journal import read
from tenon_core.customers.merging.merge import insert_rows, touched
from tenon_core.entities import DuplicatePair, Merge
from tenon_core.storage.auditing import audit_act
from tenon_sdk.entities import Base, Entity
from tenon_sdk.errors import NotFound, Refusal, Refused
from tenon_sdk.events import Event, Subject
from tenon_sdk.text import _


@frozen(kw_only=True)
class MergeUndone(Event, name="core.record.unmerged", label=_("Merge undone"), icon="arrow-back"):
    """Two records that had been merged are two again."""

    entity: str
    merge_id: UUID
    kept_id: UUID
    merged_id: UUID

    def subjects(self) -> list[Subject]:
        return [Subject(self.entity, self.kept_id), Subject(self.entity, self.merged_id)]


def undo(ctx: Any, merge_id: UUID) -> int:
    """Takes a merge apart; returns how many references went back.

    What referred to the merged record before refers to it again, unless somebody has pointed it
    elsewhere since; what was added to the kept record after the merge stays there. Values that
    the merge changed go back unless somebody has changed them again. Rows that gave way come
    back unless their place has been taken. One transaction.

    Raises NotFound, Forbidden, and Refused for a merge that is undone already or that a later
    one builds on.
    """
    ctx.require("core.account.merge")
    with ctx.as_system("merge undone") as system:
        record = system.session.get(Merge, merge_id)
        if record is None:
            raise NotFound("core.merge", merge_id)
        _check(system, record)
        entity = system.site.registry.entity(record.entity)
        kept = ctx.session.get(entity, record.kept_id)
        if kept is None:
            raise NotFound(record.entity, record.kept_id)
        ctx.require(entity.__tenon__.permission("edit"), kept)
        return _undo(system, entity, record)


def _check(system: Any, record: Merge) -> None:
    if record.undone_at is not None:
        raise Refused(Refusal(_("This merge is undone already."), code="undone"))
    later = system.session.scalar(
        select(Merge.id).where(
            Merge.entity == record.entity,
            Merge.merged_id == record.kept_id,
            Merge.undone_at.is_(None),
            Merge.id > record.id,
        )
    )
    if later is not None:
        raise Refused(Refusal(_("Undo the later merge first."), code="later_merge"))


def _undo(system: Any, entity: type[Entity], record: Merge) -> int:
    session, connection = system.session, system.connection
    kept: Any = session.get(entity, record.kept_id)
    merged: Any = session.get(entity, record.merged_id)
    merged.archived_at = merged.archived_by = None
    for name, (before, after) in record.journal["kept"].items():
        own: Any = entity.__table__
        if getattr(kept, name) == read(own, {name: after})[name]:
            setattr(kept, name, read(own, {name: before})[name])
    session.flush()
    moved = 0
    for table_name, column, keys in record.journal["moved"]:
        table = Base.metadata.tables.get(table_name)
        if table is None:
            continue
        for key in keys:
            where = _where(table, column, read(table, key), record.kept_id)
            values = {column: record.merged_id}
            moved += connection.execute(update(table).where(where).values(values)).rowcount
    for table_name, row in reversed(record.journal["removed"]):
        _bring_back(connection, table_name, row)
    record.undone_at, record.undone_by = system.now, system.actor.user_id
    _reopen(session, record)
    session.flush()
    for id_ in (record.kept_id, record.merged_id):
        audit_act(system, "unmerged", entity=record.entity, record_id=id_)
        touched(system, entity, id_)
    system.publish(
        MergeUndone(
            entity=record.entity,
            merge_id=record.id,
            kept_id=record.kept_id,
            merged_id=record.merged_id,
        )
    )
    return moved


def _where(table: Any, column: str, key: dict[str, Any], kept: UUID) -> Any:
    """The row by its primary key, in which the reference itself may have changed meanwhile."""
    named = {**key, column: kept} if column in key else key
    return and_(table.c[column] == kept, *(table.c[name] == value for name, value in named.items()))


def _bring_back(connection: Any, table_name: str, row: dict[str, Any]) -> None:
    table = Base.metadata.tables.get(table_name)
    if table is None:
        return
    values = read(table, row)
    point = connection.begin_nested()
    try:
        insert_rows(connection, table, [values])
        point.commit()
    except IntegrityError:
        point.rollback()


def _reopen(session: Any, record: Merge) -> None:
    """The two were told apart by hand: the sweep does not propose them again."""
    first, second = sorted((record.kept_id, record.merged_id), key=str)
    session.execute(
        update(DuplicatePair)
        .where(
            DuplicatePair.entity == record.entity,
            DuplicatePair.first_id == first,
            DuplicatePair.second_id == second,
        )
        .values(state="dismissed")
    )
