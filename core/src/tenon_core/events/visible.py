"""What of a fact a person may see: its records, their names, its values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from attrs import fields, has
from sqlalchemy import select

from tenon_sdk.entities import Entity
from tenon_sdk.events import Event, Subject, event_named

READ = "read"


def titles_of(ctx: Any, subjects: Iterable[Subject]) -> dict[Subject, str | None]:
    """The records that the actor sees, with their names; one statement per entity.

    Who sees all records of an entity sees deleted ones, too: these have no name any more.
    """
    found: dict[Subject, str | None] = {}
    for cls, ids in _grouped(ctx, subjects):
        entity, name = cls.__tenon__.name, cls.__tenon__.title
        if not _limited(ctx, cls):
            found.update((Subject(entity, id_), None) for id_ in ids)
        title = getattr(cls, "id" if _hides(ctx, cls, name) else name)
        for id_, shown in ctx.session.execute(select(cls.id, title).where(cls.id.in_(ids))):
            found[Subject(entity, id_)] = str(shown)
    return found


def reachable(ctx: Any, subjects: Iterable[Subject]) -> set[Subject]:
    """The records that the actor may see. Who sees all of an entity sees deleted ones, too."""
    found: set[Subject] = set()
    for cls, ids in _grouped(ctx, subjects):
        matching = select(cls.id).where(cls.id.in_(ids))
        seen = ctx.session.scalars(matching) if _limited(ctx, cls) else ids
        found.update(Subject(cls.__tenon__.name, id_) for id_ in seen)
    return found


def readable(
    ctx: Any, name: str, payload: Mapping[str, Any], visible: Mapping[Subject, bool]
) -> dict[str, Any]:
    """The values of a fact for the actor.

    All of them if she sees every record that it is about, else only the ids of those she sees:
    values say something about all of them. Left out are fields named like a masked field of one
    of the records or of what extends it, and event fields with `metadata={"read": permission}`
    that she lacks. Of an event that no enabled plugin declares nothing is shown.
    """
    try:
        cls = event_named(name)
    except KeyError:
        return {}
    if not all(visible.values()):
        return _seen_ids(cls, payload, visible)
    masked = _masked(ctx, cls, {subject.entity for subject in visible})
    return {key: value for key, value in payload.items() if key not in masked}


def _seen_ids(
    cls: type[Event], payload: Mapping[str, Any], visible: Mapping[Subject, bool]
) -> dict[str, Any]:
    seen = {str(subject.id) for subject, shown in visible.items() if shown}
    found: dict[str, Any] = {}
    for key in cls.subject_fields:
        value = payload.get(key)
        if isinstance(value, list):
            found[key] = [id_ for id_ in value if id_ in seen]
        elif value in seen:
            found[key] = value
    return found


def _masked(ctx: Any, cls: type[Event], entities: Iterable[str]) -> set[str]:
    masked: set[str] = set()
    for entity in entities:
        known = entity_of(ctx, entity)
        if known is not None and ctx.guardian is not None:
            for part in (known, *ctx.site.registry.extensions_of(entity)):
                masked |= ctx.guardian.hidden(part)
    for attribute in fields(cls) if has(cls) else ():
        permission = attribute.metadata.get(READ)
        if permission is not None and not ctx.can(permission):
            masked.add(attribute.name)
    return masked


def _grouped(ctx: Any, subjects: Iterable[Subject]) -> list[tuple[type[Entity], set[UUID]]]:
    groups: dict[str, set[UUID]] = defaultdict(set)
    for subject in subjects:
        groups[subject.entity].add(subject.id)
    known = ((entity_of(ctx, name), ids) for name, ids in groups.items())
    return [(cls, ids) for cls, ids in known if cls is not None]


def entity_of(ctx: Any, name: str) -> type[Entity] | None:
    try:
        found: type[Entity] = ctx.site.registry.entity(name)
    except KeyError:
        return None
    return found


def _limited(ctx: Any, cls: type[Entity]) -> bool:
    return ctx.guardian is not None and ctx.guardian.criteria(cls, "view") is not None


def _hides(ctx: Any, cls: type[Entity], name: str) -> bool:
    return ctx.guardian is not None and name in ctx.guardian.hidden(cls)
