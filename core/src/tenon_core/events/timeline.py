"""One time line of a record: facts, activities, comments, documents and field changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from tenon_core.events.sources import SOURCES, Found, Position, Shape, read
from tenon_core.events.telling import Entry, tell
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _

MAX_LIMIT = 200


@frozen
class Timeline:
    """A page of entries, newest first; `next` continues after the last one, None at the end.

    A page may hold fewer entries than asked for although there is a next one: changes of fields
    that the reader may not see are left out.
    """

    entries: tuple[Entry, ...]
    next: str | None


def timeline(
    ctx: Any,
    entity: str,
    record_id: UUID,
    *,
    before: str | None = None,
    kinds: Iterable[str] | None = None,
    limit: int = 50,
) -> Timeline:
    """What happened to a record, to those merged into it, and to the contacts of an account.

    `before` is `next` of the page before, `kinds` some of `event`, `activity`, `comment`,
    `document`, `change`. What concerns further records that the reader does not see stands there
    with its label only. The number of statements depends on the kinds of records that a page
    names, not on how much happened. Raises NotFound unless the reader sees the record, Invalid
    for a wrong cursor or kind.
    """
    cls = _visible(ctx, entity, record_id)
    wanted = _wanted(kinds)
    position = _position(before)
    shape = Shape(cls.__tenon__.name, _audited(ctx, cls), position.kind if position else None)
    limit = max(1, min(limit, MAX_LIMIT))
    found: dict[Position, Found] = {}
    for kind in wanted:
        for item in read(ctx.connection, kind, shape, (record_id, position), limit + 1):
            known = found.get(item.position)
            if known is None or item.about.id == record_id:
                found[item.position] = item
    ordered = [found[key] for key in sorted(found, key=Position.key, reverse=True)]
    page = ordered[:limit]
    more = len(ordered) > limit
    return Timeline(tuple(tell(ctx, page)), page[-1].position.encode() if more else None)


def _audited(ctx: Any, cls: type[Entity]) -> tuple[str, ...]:
    name = cls.__tenon__.name
    extensions = ctx.site.registry.extensions_of(name)
    return (name, *(extension.__tenon__.name for extension in extensions))


def _visible(ctx: Any, entity: str, record_id: UUID) -> type[Entity]:
    try:
        cls: type[Entity] = ctx.site.registry.entity(entity)
    except KeyError:
        raise NotFound(entity, record_id) from None
    if ctx.session.scalar(select(cls.id).where(cls.id == record_id)) is None:
        raise NotFound(entity, record_id)
    return cls


def _wanted(kinds: Iterable[str] | None) -> list[str]:
    wanted = list(SOURCES) if kinds is None else list(dict.fromkeys(kinds))
    unknown = [kind for kind in wanted if kind not in SOURCES]
    if unknown:
        raise Invalid({"kinds": _("Choose one of: {choices}.", choices=", ".join(SOURCES))})
    return wanted


def _position(before: str | None) -> Position | None:
    if not before:
        return None
    try:
        moment, kind, id_ = before.split("~")
        occurred_at = datetime.fromisoformat(moment)
        position = Position(occurred_at, kind, int(id_) if kind == "change" else UUID(id_))
    except ValueError:
        position = None
    if position is None or position.kind not in SOURCES or position.occurred_at.tzinfo is None:
        raise Invalid({"before": _("This is no position in a time line.")})
    return position
