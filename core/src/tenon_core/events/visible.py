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


def titles_of(ctx: Any, subjects: Iterable[Subject]) -> dict[Subject, str]:
    """Names of those records that exist and that the actor sees; one statement per entity."""
    found: dict[Subject, str] = {}
    for cls, ids in _grouped(ctx, subjects):
        name = cls.__tenon__.title
        title = getattr(cls, cls.id.key if _hides(ctx, cls, name) else name)
        for id_, shown in ctx.session.execute(select(cls.id, title).where(cls.id.in_(ids))):
            found[Subject(cls.__tenon__.name, id_)] = str(shown)
    return found


def reachable(ctx: Any, subjects: Iterable[Subject]) -> set[Subject]:
    """The records that the actor may see. Who sees all of an entity sees deleted ones, too."""
    found: set[Subject] = set()
    for cls, ids in _grouped(ctx, subjects):
        limited = ctx.guardian is not None and ctx.guardian.criteria(cls, "view") is not None
        seen = ctx.session.scalars(select(cls.id).where(cls.id.in_(ids))) if limited else ids
        found.update(Subject(cls.__tenon__.name, id_) for id_ in seen)
    return found


def readable(
    ctx: Any, name: str, payload: Mapping[str, Any], visible: Mapping[Subject, bool]
) -> dict[str, Any]:
    """The values of a fact for the actor.

    All of them if she sees every record that it is about, else only the ids of those she sees:
    values say something about all of them. Left out are fields named like a masked field of one
    of the records, and event fields with `metadata={"read": permission}` that she lacks. Of an
    event that no enabled plugin declares nothing is shown.
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
        known = _entity(ctx, entity)
        if known is not None and ctx.guardian is not None:
            masked |= ctx.guardian.hidden(known)
    for attribute in fields(cls) if has(cls) else ():
        permission = attribute.metadata.get(READ)
        if permission is not None and not ctx.can(permission):
            masked.add(attribute.name)
    return masked


def _grouped(ctx: Any, subjects: Iterable[Subject]) -> list[tuple[type[Entity], set[UUID]]]:
    groups: dict[str, set[UUID]] = defaultdict(set)
    for subject in subjects:
        groups[subject.entity].add(subject.id)
    known = ((_entity(ctx, name), ids) for name, ids in groups.items())
    return [(cls, ids) for cls, ids in known if cls is not None]


def _entity(ctx: Any, name: str) -> type[Entity] | None:
    try:
        found: type[Entity] = ctx.site.registry.entity(name)
    except KeyError:
        return None
    return found


def _hides(ctx: Any, cls: type[Entity], name: str) -> bool:
    return ctx.guardian is not None and name in ctx.guardian.hidden(cls)
