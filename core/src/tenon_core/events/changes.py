"""Field changes of the audit trail as a person may read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import frozen

from tenon_core.events.sources import Found
from tenon_core.events.visible import entity_of
from tenon_sdk.entities import Entity, Workflowed, fields_of
from tenon_sdk.events import Subject
from tenon_sdk.fields import FieldInfo
from tenon_sdk.text import _, translate

LONGEST = 300
YES, NO = _("Yes"), _("No")


@frozen(kw_only=True)
class FieldChange:
    """A field with its old and new value as text; None for nothing, or for what is not told."""

    field: str
    label: str
    old: str | None
    new: str | None


def references_in(ctx: Any, found: Found) -> Iterator[Subject]:
    """The records that old and new values refer to."""
    cls = entity_of(ctx, found.about.entity)
    if cls is None or found.values["action"] != "changed":
        return
    for _name, info, pair in _fields(ctx, cls, found.values["changes"]):
        for value in pair if info.kind == "reference" else ():
            if value is not None:
                yield Subject(str(info.target), UUID(value))


def tell_changes(
    ctx: Any, found: Found, titles: Mapping[Subject, str | None]
) -> Iterator[FieldChange]:
    """The changed fields that the reader may see; a status is told by the event of its move."""
    cls = entity_of(ctx, found.about.entity)
    if cls is None:
        return
    changes = found.values["changes"]
    for name, info, pair in _fields(ctx, cls, changes):
        scale = getattr(cls.__table__.c[name].type, "scale", None)
        old, new = (_shown(ctx, info, value, titles, scale) for value in pair)
        yield FieldChange(field=name, label=translate(info.label, ctx.locale), old=old, new=new)
    yield from _custom(ctx, cls, changes)


def _fields(
    ctx: Any, cls: type[Entity], changes: Mapping[str, Any]
) -> Iterator[tuple[str, FieldInfo, list[Any]]]:
    hidden = ctx.guardian.hidden(cls) if ctx.guardian is not None else frozenset()
    described = fields_of(cls)
    for name, pair in changes.items():
        info = described.get(name)
        told_elsewhere = name == "state" and issubclass(cls, Workflowed)
        if info is not None and not info.internal and name not in hidden and not told_elsewhere:
            yield name, info, pair


def _shown(
    ctx: Any,
    info: FieldInfo,
    value: Any,
    titles: Mapping[Subject, str | None],
    scale: int | None,
) -> str | None:
    if value is None or info.kind in {"json", "any_reference"}:
        return None
    if info.kind == "reference":
        return titles.get(Subject(str(info.target), UUID(value)))
    if isinstance(value, bool):
        return translate(YES if value else NO, ctx.locale)
    if scale is not None:
        return f"{Decimal(value):.{scale}f}"
    if info.choices is not None:
        return translate(info.choices.get(value, str(value)), ctx.locale)
    if info.kind == "datetime":
        return datetime.fromisoformat(value).astimezone(ctx.actor.zone).strftime("%Y-%m-%d %H:%M")
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _custom(ctx: Any, cls: type[Entity], changes: Mapping[str, Any]) -> Iterator[FieldChange]:
    """Fields that an administrator added: they are kept together in one column."""
    old, new = (side or {} for side in changes.get("custom", (None, None)))
    definitions = ctx.site.custom_fields(cls.__tenon__.name) if old or new else {}
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) == new.get(key) or key not in definitions:
            continue
        label = definitions[key].labels.get(ctx.locale) or definitions[key].labels.get("en") or key
        sides = (old.get(key), new.get(key))
        before, after = (None if side is None else str(side)[:LONGEST] for side in sides)
        yield FieldChange(field=f"custom.{key}", label=label, old=before, new=after)
