"""What a record holds now, for its page and its form: one statement for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from attrs import frozen
from sqlalchemy import Connection, select

from tenon_core.storage.lists import record_json
from tenon_core.web.pages.fields import Fields
from tenon_sdk.entities import Archived, fields_of
from tenon_sdk.errors import NotFound
from tenon_sdk.text import translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall


@frozen
class Stored:
    """A record's values by path as JSON has them, titles of references included."""

    id: UUID
    version: int
    values: Mapping[str, Any]

    def get(self, name: str) -> Any:
        return self.values.get(name)


def read_stored(
    call: PageCall, fields: Fields, id_: UUID, connection: Connection | None = None
) -> Stored:
    """Raises NotFound unless the person sees the record."""
    names = dict.fromkeys(("id", "version", *_needed(fields)))
    found = record_json(
        call.site, call.guardian, fields.entity, id_, tuple(names), connection=connection
    )
    if found is None:
        raise NotFound(fields.name, id_)
    return Stored(id_, found[1], msgspec.json.decode(found[0]))


def _needed(fields: Fields) -> Iterable[str]:
    for shown in fields.every():
        yield from shown.needs
    if issubclass(fields.entity, Archived):
        yield from ("archived_at", "archived_by")


def titles(ctx: Any, target: str, ids: Iterable[Any]) -> dict[str, str]:
    """What records are called that the person may see; one statement, none for no id."""
    wanted = [UUID(str(id_)) for id_ in ids if id_]
    cls = ctx.rules.registry.entities.get(target)
    if not wanted or cls is None:
        return {}
    info = cls.__tenon__
    if info.title == "id" or info.title in ctx.guardian.hidden(cls):
        return {}
    rows = ctx.session.execute(select(cls.id, getattr(cls, info.title)).where(cls.id.in_(wanted)))
    return {str(id_): str(title) for id_, title in rows}


def title_of(fields: Fields, stored: Stored) -> str:
    """What people call the record; its kind and a part of its id where it has no name."""
    info = fields.entity.__tenon__
    shown = fields.find(info.title) if info.title in fields_of(fields.entity) else None
    if shown is not None:
        value = stored.get(shown.name)
        text = stored.get(shown.title) if shown.title else None
        if shown.choices and value in shown.choices:
            return shown.choices[value]
        if text or value not in {None, ""}:
            return str(text or value)
    return f"{translate(info.label)} {str(stored.id)[-6:]}"
