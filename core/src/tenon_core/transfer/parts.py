"""Parts of a record that stand in the same row: its address, its invoice data, its contact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from uuid_utils.compat import uuid7

from tenon_core.storage.validation import columns_of
from tenon_core.transfer.catalog import Part
from tenon_core.transfer.mapping import fold_value
from tenon_core.transfer.rows import Draft
from tenon_sdk.entities import Entity

Rows = list[tuple[int, Mapping[str, Any]]]


def new_parts(
    entity: type[Entity], part: Part, drafts: Sequence[Draft]
) -> Iterator[tuple[type[Entity], Rows]]:
    """The records to store for new records, those that are linked to before their links."""
    rows: Rows = []
    links: Rows = []
    for draft in drafts:
        own, link = draft.parts.get(part.head), draft.parts.get(f"{part.head}>")
        if not own:
            continue
        values = _values(entity, part, draft, own)
        rows.append((draft.row, values))
        if part.through is not None:
            links.append((draft.row, _link(part, draft.id, values["id"], link or {})))
    if rows:
        yield part.entity, rows
    if links and part.through is not None:
        yield part.through, links


def _values(
    entity: type[Entity], part: Part, draft: Draft, own: Mapping[str, Any]
) -> dict[str, Any]:
    values = {"id": uuid7(), **own}
    if part.through is None:
        values[part.parent] = draft.id
    if part.primary:
        values.setdefault("is_primary", True)
    title, record_title = part.entity.__tenon__.title, draft.values.get(entity.__tenon__.title)
    if part.single and title not in own and record_title and _required(part.entity, title):
        values[title] = record_title
    return values


def _required(entity: type[Entity], name: str) -> bool:
    return any(c.name == name and not c.nullable and c.default is None for c in columns_of(entity))


def _link(part: Part, parent: UUID, other: UUID, values: Mapping[str, Any]) -> dict[str, Any]:
    link = {**values, part.parent: parent, part.reference: other}
    if part.through and any(column.name == "is_primary" for column in columns_of(part.through)):
        link.setdefault("is_primary", True)
    return link


def update_parts(
    ctx: Any, entity: type[Entity], part: Part, drafts: Sequence[Draft]
) -> Iterator[int]:
    """Changes the part that is meant, or adds one; yields the rows in which something changed."""
    wanted = [draft for draft in drafts if draft.parts.get(part.head)]
    if not wanted:
        return
    there = _existing(ctx, part, [draft.id for draft in wanted])
    titles = _titles(ctx, entity, part, wanted)
    added: list[tuple[Any, Any]] = []
    for draft in wanted:
        own = draft.parts[part.head]
        pair = _meant(part, there.get(draft.id, ()), own)
        if pair is None:
            draft.values.setdefault(entity.__tenon__.title, titles.get(draft.id))
            values = _values(entity, part, draft, own)
            record, link = part.entity(**values), None
            if part.through is not None:
                named = draft.parts.get(f"{part.head}>") or {}
                link = part.through(**_link(part, draft.id, values["id"], named))
            added.append((record, link))
            yield draft.row
            continue
        record, link = pair
        changed = _set(record, own)
        if link is not None and _set(link, draft.parts.get(f"{part.head}>") or {}):
            changed = True
        if changed:
            yield draft.row
    ctx.session.add_all([record for record, _link in added])
    ctx.session.flush()
    ctx.session.add_all([link for _record, link in added if link is not None])


def _titles(ctx: Any, entity: type[Entity], part: Part, drafts: Sequence[Draft]) -> dict[UUID, Any]:
    title = entity.__tenon__.title
    if not part.single or title == "id":
        return {}
    ids = [draft.id for draft in drafts]
    named = select(entity.id, getattr(entity, title)).where(entity.id.in_(ids))
    return dict(ctx.session.execute(named).all())


def _existing(
    ctx: Any, part: Part, ids: Sequence[UUID]
) -> dict[UUID, list[tuple[Any, Any | None]]]:
    """By the record: its parts, each with the link that leads to it."""
    found: dict[UUID, list[tuple[Any, Any | None]]] = {}
    if part.through is None:
        parent: Any = getattr(part.entity, part.parent)
        for record in ctx.session.scalars(select(part.entity).where(parent.in_(ids))):
            found.setdefault(getattr(record, part.parent), []).append((record, None))
        return found
    through = part.through
    reference: Any = getattr(through, part.reference)
    statement = (
        select(part.entity, through)
        .join(through, reference == part.entity.id)
        .where(getattr(through, part.parent).in_(ids))
    )
    for record, link in ctx.session.execute(statement):
        found.setdefault(getattr(link, part.parent), []).append((record, link))
    return found


def _meant(
    part: Part, there: Sequence[tuple[Any, Any | None]], own: Mapping[str, Any]
) -> tuple[Any, Any | None] | None:
    if part.single:
        return there[0] if there else None
    if part.primary:
        return next((pair for pair in there if pair[0].is_primary), None)
    title = part.entity.__tenon__.title
    name = fold_value(str(own.get(title, "")))
    alike = (pair for pair in there if fold_value(str(getattr(pair[0], title))) == name)
    return next(alike, None)


def _set(record: Any, values: Mapping[str, Any]) -> bool:
    changed = False
    for name, value in values.items():
        if getattr(record, name) != value:
            setattr(record, name, value)
            changed = True
    return changed
