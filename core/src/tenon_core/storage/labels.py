"""What a site calls fixed codes, and the sub-states that it has below them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, field, frozen
from sqlalchemy import Connection, select

from tenon_core.entities.records import Label
from tenon_sdk.text import current_locale


@frozen
class Naming:
    """One code's or sub-state's own name; `colour` is a tone or None for the usual one."""

    code: str
    substate: str
    labels: Mapping[str, str]
    colour: str | None

    def text(self, locale: str | None = None) -> str | None:
        return self.labels.get(locale or current_locale()) or next(iter(self.labels.values()), None)


@define
class LabelBook:
    """All namings by (entity, field); codes that nobody renamed are not in it."""

    _codes: dict[tuple[str, str], dict[str, Naming]] = field(factory=dict)
    _below: dict[tuple[str, str, str], list[Naming]] = field(factory=dict)

    def add(self, entity: str, field_name: str, naming: Naming) -> None:
        if naming.substate:
            self._below.setdefault((entity, field_name, naming.code), []).append(naming)
        else:
            self._codes.setdefault((entity, field_name), {})[naming.code] = naming

    def of(self, entity: str, field_name: str) -> Mapping[str, Naming]:
        return self._codes.get((entity, field_name), {})

    def substates(self, entity: str, field_name: str, code: str) -> list[Naming]:
        """In the order that the administrator gave them."""
        return self._below.get((entity, field_name, code), [])


def load_labels(connection: Connection) -> LabelBook:
    """One statement."""
    table: Any = Label.__table__
    rows = connection.execute(
        select(table).where(table.c.active).order_by(table.c.position, table.c.code)
    )
    book = LabelBook()
    for row in rows:
        naming = Naming(row.code, row.substate, row.labels, row.colour)
        book.add(row.entity, row.field_name, naming)
    return book
