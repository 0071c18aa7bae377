"""Merging: the kept record takes over all that refers to the merged one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import field, frozen
from sqlalchemy import Connection, Table, delete, insert, or_, select, update

from tenon_core.customers.merging.journal import written
from tenon_core.customers.merging.references import Place, places_of
from tenon_core.entities import DuplicatePair, Merge
from tenon_core.storage.auditing import audit_act
from tenon_core.storage.changes import Change, keep
from tenon_sdk.entities import Archived, Entity, fields_of
from tenon_sdk.errors import Invalid, NotFound, Refusal, Refused
from tenon_sdk.events import Event, Subject
from tenon_sdk.text import _

CHUNK = 5_000


@frozen(kw_only=True)
class Merging:
    """What is merged into what.

    `take` names the fields whose values come from the merged record; empty ones of the kept
    record are filled from it anyhow.
    """

    entity: str
    kept_id: UUID
    merged_id: UUID
    take: Sequence[str] = field(factory=tuple)


@frozen(kw_only=True)
class RecordsMerged(Event, name="core.record.merged", label=_("Duplicates merged"), icon="copy"):
    """One record took over everything of another one of its kind."""

    entity: str
    merge_id: UUID
    kept_id: UUID
    merged_id: UUID

    def subjects(self) -> list[Subject]:
        return [Subject(self.entity, self.kept_id), Subject(self.entity, self.merged_id)]


def merge(ctx: Any, given: Merging) -> UUID:
    """Merges a record into another one of its kind and returns the id by which it is undone.

    Every reference of every enabled plugin is repointed. Where a rule allows one only (a tag, a
    team member, an invoice profile, an extension), the kept record's stays, its empty values are
    filled, and the other one's is kept in the journal. The merged record goes to the recycle bin;
    both histories stay and stand on the kept record's timeline.

    For who may merge and may edit both. One transaction; the number of statements depends on the
    number of places, not of records. Raises NotFound, Forbidden, Invalid, Refused.
    """
    ctx.require("core.account.merge")
    entity = _entity(ctx, given)
    for id_ in (given.kept_id, given.merged_id):
        record = ctx.session.get(entity, id_)
        if record is None:
            raise NotFound(given.entity, id_)
        ctx.require(entity.__tenon__.permission("edit"), record)
    fixed = ctx.guardian.fields.fixed(entity) if ctx.guardian is not None else frozenset()
    if fixed.intersection(given.take):
        raise Invalid({"take": _("You may not change this field.")})
    with ctx.as_system("duplicates merged") as system:
        return _merge(system, entity, given)


def _entity(ctx: Any, given: Merging) -> type[Entity]:
    if given.entity not in ctx.site.registry.entities:
        raise Invalid({"entity": _("There is no kind of record “{name}”.", name=given.entity)})
    if given.kept_id == given.merged_id:
        raise Invalid({"merged_id": _("A record cannot be merged into itself.")})
    entity: type[Entity] = ctx.site.registry.entity(given.entity)
    if not issubclass(entity, Archived):
        raise Refused(Refusal(_("Records of this kind cannot be merged."), code="not_mergeable"))
    return entity


def _merge(system: Any, entity: type[Entity], given: Merging) -> UUID:
    session, connection = system.session, system.connection
    kept, merged = session.get(entity, given.kept_id), session.get(entity, given.merged_id)
    if kept.archived_at is not None or merged.archived_at is not None:
        raise Refused(Refusal(_("One of them is in the recycle bin."), code="archived"))
    before = _fill(kept, merged, given.take)
    merged.archived_at, merged.archived_by = system.now, system.actor.user_id
    journal: dict[str, Any] = {"kept": before, "moved": [], "removed": []}
    own: Any = entity.__table__
    _unlink(connection, own, given)
    session.flush()
    for place in places_of(entity, system.site.registry.stored()):
        _repoint(system, place, given, journal)
    record = Merge(
        entity=given.entity,
        kept_id=given.kept_id,
        merged_id=given.merged_id,
        merged_title=str(getattr(merged, entity.__tenon__.title))[:300],
        journal=journal,
    )
    session.add(record)
    _settle_pairs(session, given, "merged")
    session.flush()
    for id_ in (given.kept_id, given.merged_id):
        audit_act(
            system,
            "merged",
            entity=given.entity,
            record_id=id_,
            changes={"kept": str(given.kept_id), "merged": str(given.merged_id)},
        )
    touched(system, entity, given.kept_id)
    system.publish(
        RecordsMerged(
            entity=given.entity,
            merge_id=record.id,
            kept_id=given.kept_id,
            merged_id=given.merged_id,
        )
    )
    return record.id


def _unlink(connection: Connection, table: Table, given: Merging) -> None:
    """The kept record must not come to refer to itself, as where one was the other's parent."""
    for column in table.columns:
        if any(key.column.table is table for key in column.foreign_keys) and column.nullable:
            connection.execute(
                update(table)
                .where(table.c.id == given.kept_id, column == given.merged_id)
                .values({column.name: None})
            )


def _fill(kept: Any, merged: Any, take: Sequence[str]) -> dict[str, list[Any]]:
    """Takes values over; returns {field: [before, after]} in JSON, for the journal."""
    entity: type[Entity] = type(kept)
    described = fields_of(entity)
    unknown = [name for name in take if name not in described or described[name].system]
    if unknown:
        raise Invalid({"take": _("There is no field “{name}”.", name=unknown[0])})
    changed: dict[str, list[Any]] = {}
    for name, info in described.items():
        mine, theirs = getattr(kept, name), getattr(merged, name)
        free = not info.system and info.kind != "number" and mine in {None, ""}
        if (name in take or free) and theirs not in {None, "", mine}:
            if theirs in {kept.id, merged.id}:
                continue
            changed[name] = list(written({"before": mine, "after": theirs}).values())
            setattr(kept, name, theirs)
    return changed


def _repoint(system: Any, place: Place, given: Merging, journal: dict[str, Any]) -> None:
    connection, table = system.connection, place.table
    condition = place.refers(given.entity, given.merged_id)
    keys = [column.name for column in table.primary_key.columns]
    rows = connection.execute(select(table).where(condition)).mappings().all()
    if not rows:
        return
    taken = _conflicts(connection, place, given, rows)
    moved: list[Mapping[str, Any]] = []
    for row in rows:
        if tuple(row[key] for key in keys) in taken:
            journal["removed"].append([table.name, written(row)])
            connection.execute(delete(table).where(*(table.c[k] == row[k] for k in keys)))
        else:
            moved.append(row)
    if not moved:
        return
    journal["moved"].append(
        [table.name, place.column, [written({k: row[k] for k in keys}) for row in moved]]
    )
    values: dict[str, Any] = {place.column: given.kept_id}
    if "version" in table.c:
        values |= {"version": table.c.version + 1, "updated_at": system.now}
    connection.execute(update(table).where(condition).values(values))


def _conflicts(
    connection: Connection, place: Place, given: Merging, rows: Sequence[Mapping[str, Any]]
) -> set[tuple[Any, ...]]:
    """Primary keys of the rows that the kept record has its like of already."""
    table = place.table
    keys = [column.name for column in table.primary_key.columns]
    found: set[tuple[Any, ...]] = set()
    for unique in place.unique:
        others = [name for name in unique if name != place.column]
        columns = [table.c[name] for name in others]
        kept_rows = connection.execute(
            select(table).where(place.refers(given.entity, given.kept_id))
        ).mappings()
        there = {tuple(row[c.name] for c in columns) for row in kept_rows}
        found.update(
            tuple(row[key] for key in keys)
            for row in rows
            if tuple(row[name] for name in others) in there
        )
    return found


def _settle_pairs(session: Any, given: Merging, state: str) -> None:
    first, second = sorted((given.kept_id, given.merged_id), key=str)
    session.execute(
        update(DuplicatePair)
        .where(
            DuplicatePair.entity == given.entity,
            DuplicatePair.first_id == first,
            DuplicatePair.second_id == second,
        )
        .values(state=state)
    )
    session.execute(
        update(DuplicatePair)
        .where(
            DuplicatePair.entity == given.entity,
            DuplicatePair.state == "open",
            or_(
                DuplicatePair.first_id == given.merged_id,
                DuplicatePair.second_id == given.merged_id,
            ),
        )
        .values(state="dismissed")
    )


def touched(system: Any, entity: type[Entity], record_id: UUID) -> None:
    """Lets everything that follows a record's changes look at it again."""
    keep(system.session, [Change(entity, record_id, "changed", {"merged": (None, None)})])
    system.session.announce()


def merged_into(connection: Connection, entity: str, record_id: UUID) -> Iterator[UUID]:
    """Ids that were merged into a record, at any distance, and not taken apart since."""
    table: Any = Merge.__table__
    waiting, seen = [record_id], {record_id}
    while waiting:
        rows = connection.scalars(
            select(table.c.merged_id).where(
                table.c.entity == entity,
                table.c.kept_id.in_(waiting),
                table.c.undone_at.is_(None),
            )
        )
        waiting = [id_ for id_ in rows if id_ not in seen]
        seen.update(waiting)
        yield from waiting


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(table), [dict(row) for row in rows[start : start + CHUNK]])
