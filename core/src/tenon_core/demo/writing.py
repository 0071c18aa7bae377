"""Storing history: many records, each with the moment and the person it came from.

A flush stamps everything with its own moment. Here each row has its own, so that the audit and
the timeline tell of two years and not of one busy second.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import evolve, field, frozen
from sqlalchemy import Connection, Table, inspect

from tenon_core.storage.auditing import entries, write_entries
from tenon_core.storage.changes import Change
from tenon_core.storage.inserting import insert_rows
from tenon_core.storage.sequences import draw
from tenon_core.storage.stamping import defaults_of
from tenon_core.storage.validation import check_currencies, validate
from tenon_sdk.context import Actor
from tenon_sdk.entities import Entity, Owned, fields_of
from tenon_sdk.errors import Invalid

PORTION = 5_000
Row = dict[str, Any]


@frozen
class Author:
    """Whom the audit names: see `storage.auditing.Auditor`."""

    actor: Actor
    now: datetime
    connection: Connection
    reason: str | None = None
    origin: str = "page"
    ip: str | None = None
    request_id: str | None = None


@frozen
class Writer:
    """Stores rows with `id`, `created_at` and `created_by`; keeps what it stored as changes."""

    connection: Connection
    zone: ZoneInfo
    now: datetime
    reason: str | None = None
    actors: dict[UUID, Actor] = field(factory=dict)
    changes: list[Change] = field(factory=list)

    def know(self, users: Iterable[Mapping[str, Any]]) -> None:
        """Users who may be authors from now on."""
        self.actors.update(
            (u["id"], Actor(user_id=u["id"], login=u["login"], name=u["name"])) for u in users
        )

    def store(self, entity: type[Entity], rows: Iterable[Row]) -> list[Row]:
        """Rows of an entity in the order in which they came; parents must come before parts.

        Raises Invalid for what the declaration of the entity says against a row.
        """
        ordered = sorted(rows, key=itemgetter("created_at"))
        table = cast("Table", entity.__table__)
        for some in _portions(ordered):
            for row in some:
                _complete(entity, row)
            self._number(entity, some)
            changes = [_change(entity, row) for row in some]
            for change in changes:
                _check(change)
            insert_rows(self.connection, table, some)
            write_entries(self.connection, list(self._entries(changes)))
            self.changes.extend(changes)
        return ordered

    def _number(self, entity: type[Entity], rows: Sequence[Row]) -> None:
        for name, info in fields_of(entity).items():
            if info.number is None:
                continue
            for row in rows:
                if row.get(name) is None:
                    day = row["created_at"].astimezone(self.zone).date()
                    row[name] = draw(self.connection, info.number, day)[0]

    def _entries(self, changes: Iterable[Change]) -> Iterator[dict[str, Any]]:
        system = Actor(user_id=None, login="system", name="System")
        nobody = Author(system, self.now, self.connection, self.reason, origin="system")
        for change in changes:
            record: Any = change.record
            who = self.actors.get(record.created_by)
            author = evolve(nobody, now=record.created_at)
            if who is not None:
                author = Author(who, record.created_at, self.connection)
            yield from entries(author, (change,))


def _portions(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), PORTION):
        yield rows[start : start + PORTION]


def _complete(entity: type[Entity], row: Row) -> None:
    row["version"] = 1
    row.setdefault("updated_at", row["created_at"])
    row.setdefault("updated_by", row.setdefault("created_by", None))
    if issubclass(entity, Owned):
        row.setdefault("owner_id", None)
        row.setdefault("unit_id", None)
    for name, make in defaults_of(entity):
        if row.get(name) is None:
            row[name] = make()


def _change(entity: type[Entity], row: Row) -> Change:
    """The change as a flush tells it, with a record that has its values and no session."""
    mapper = inspect(entity)
    names = [attribute.key for attribute in mapper.column_attrs]
    record = mapper.class_manager.new_instance()
    record.__dict__.update(dict.fromkeys(names), **row)
    said = {n: (None, row[n]) for n in names if n != "version" and row.get(n) is not None}
    return Change(entity, row["id"], "created", said, record)


def _check(change: Change) -> None:
    record: Any = change.record
    faults = {**validate(record), **check_currencies(record)}
    if faults:
        raise Invalid(faults)
