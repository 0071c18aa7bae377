"""A record as it was submitted, what flows decide by, and what changed since.

Everything is read on the transaction's own connection: conditions and snapshots cover the fields
that the submitter may not read. Whoever is shown a snapshot gets it through `masked`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from tenon_core.storage.auditing import to_json
from tenon_core.workflow.approvals.work import Work
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import NotFound
from tenon_sdk.fields import FieldInfo

Snapshot = Mapping[str, Any]

# A hand-over, and the move itself, make no other record of it.
NEVER_WATCHED = frozenset({"state", "substate", "owner_id", "unit_id"})


@frozen
class Difference:
    """One value that changed; `part` is the entity of a part of the record, with its id.

    A part that was added or taken away has no `field`; its values are the whole part.
    """

    field: str | None
    old: Any
    new: Any
    part: str | None = None
    part_id: str | None = None


def shown_fields(cls: type[Entity]) -> dict[str, FieldInfo]:
    return {n: i for n, i in fields_of(cls).items() if not (i.internal or i.system)}


def values_of(ctx: Work, cls: type[Entity], record_id: UUID) -> dict[str, Any]:
    """All values of a record by fact name, those of its extensions and custom fields too."""
    row = _row(ctx, cls, record_id)
    if row is None:
        raise NotFound(cls.__tenon__.name, record_id)
    values = {name: row[name] for name in shown_fields(cls)}
    values.update((f"custom.{key}", value) for key, value in row["custom"].items())
    for side in ctx.rules.registry.extensions_of(cls.__tenon__.name):
        found = _row(ctx, side, record_id) or {}
        prefix = side.__tenon__.name
        values.update((f"{prefix}.{name}", found.get(name)) for name in shown_fields(side))
    return values


def _row(ctx: Work, cls: type[Entity], record_id: UUID) -> Mapping[str, Any] | None:
    table = cls.__table__
    found = ctx.connection.execute(select(table).where(table.c.id == record_id))
    row = found.mappings().first()
    return None if row is None else dict(row)


def take(ctx: Work, cls: type[Entity], record_id: UUID, values: Mapping[str, Any]) -> Snapshot:
    """JSON of a record with its parts, and the titles of what they refer to.

    Parts are the records of other entities whose parent it is. `values` are its `values_of`.
    """
    references: dict[str, set[UUID]] = defaultdict(set)
    _note(cls, values, references)
    parts: dict[str, dict[str, Any]] = {}
    for part, reference in parts_of(ctx, cls):
        table = part.__table__
        rows = ctx.connection.execute(select(table).where(table.c[reference] == record_id))
        kept = parts[part.__tenon__.name] = {}
        for row in map(dict, rows.mappings()):
            _note(part, row, references)
            kept[str(row["id"])] = {name: canonical(row[name]) for name in shown_fields(part)}
    return {
        "fields": {name: canonical(value) for name, value in values.items()},
        "parts": parts,
        "titles": dict(_titles(ctx, references)),
    }


def parts_of(ctx: Work, cls: type[Entity]) -> Iterator[tuple[type[Entity], str]]:
    """Entities whose records are parts of this one's, with the reference that says so."""
    for part in ctx.rules.registry.entities:
        info = part.__tenon__
        if info.parent is None or info.internal:
            continue
        if fields_of(part)[info.parent].target == cls.__tenon__.name:
            yield part, info.parent


def _note(cls: type[Entity], row: Mapping[str, Any], references: dict[str, set[UUID]]) -> None:
    for name, info in shown_fields(cls).items():
        if info.target is not None and row[name] is not None:
            references[info.target].add(row[name])


def _titles(ctx: Work, references: Mapping[str, set[UUID]]) -> Iterator[tuple[str, str]]:
    for name, ids in references.items():
        target = ctx.rules.registry.entity(name)
        table = target.__table__
        rows = ctx.connection.execute(
            select(table.c.id, table.c[target.__tenon__.title]).where(table.c.id.in_(ids))
        )
        yield from ((str(id_), str(title)) for id_, title in rows)


def canonical(value: Any) -> Any:
    """JSON that is the same for equal values, whatever way they came."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return to_json(value)


def compare(old: Snapshot, new: Snapshot) -> list[Difference]:
    found = list(_changed(old["fields"], new["fields"]))
    for part in sorted({*old["parts"], *new["parts"]}):
        before, after = old["parts"].get(part, {}), new["parts"].get(part, {})
        for id_ in sorted({*before, *after}):
            if id_ in before and id_ in after:
                found += _changed(before[id_], after[id_], part, id_)
            else:
                found.append(Difference(None, before.get(id_), after.get(id_), part, id_))
    return found


def _changed(
    old: Mapping[str, Any], new: Mapping[str, Any], part: str | None = None, id_: str | None = None
) -> Iterator[Difference]:
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            yield Difference(name, old.get(name), new.get(name), part, id_)


def watched(differences: Iterable[Difference], watch: Sequence[str]) -> list[Difference]:
    """Those that make an approval void; an empty `watch` means all but who owns the record."""
    if not watch:
        return [d for d in differences if d.part or d.field not in NEVER_WATCHED]
    return [d for d in differences if (d.part or d.field) in watch]


def masked(ctx: Work, cls: type[Entity], snapshot: Snapshot) -> Snapshot:
    """The snapshot without what the actor may not read."""
    guardian = ctx.guardian
    if guardian is None:
        return snapshot
    hidden = set(guardian.hidden(cls))
    sides = {s.__tenon__.name: s for s in ctx.rules.registry.extensions_of(cls.__tenon__.name)}
    for name in snapshot["fields"]:
        side, dot, field = name.rpartition(".")
        # Nobody can tell who may read the fields of an extension that does not run.
        if (
            dot
            and side != "custom"
            and (side not in sides or field in guardian.hidden(sides[side]))
        ):
            hidden.add(name)
    parts = {}
    for name, rows in snapshot["parts"].items():
        part = ctx.rules.registry.entities.get(name)
        if part is not None:
            gone = guardian.hidden(part)
            parts[name] = {id_: _without(row, gone) for id_, row in rows.items()}
    fields = _without(snapshot["fields"], hidden)
    shown = {str(v) for row in _rows(fields, parts) for v in row.values()}
    titles = {id_: title for id_, title in snapshot["titles"].items() if id_ in shown}
    return {"fields": fields, "parts": parts, "titles": titles}


def _without(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    gone = frozenset(names)
    return {name: value for name, value in row.items() if name not in gone}


def _rows(
    fields: Mapping[str, Any], parts: Mapping[str, Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    yield fields
    for rows in parts.values():
        yield from rows.values()
