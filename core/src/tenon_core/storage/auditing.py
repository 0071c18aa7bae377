"""Who changed what, field by field, in the transaction that changed it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import BindParameter, Connection, insert, select
from sqlalchemy.orm import ORMExecuteState

from tenon_core.entities.audit import AuditEntry
from tenon_core.storage.changes import Change, Kind, keep
from tenon_core.storage.inserting import id_text, insert_rows
from tenon_core.storage.scanning import Unscoped
from tenon_core.storage.sessions import GuardedSession, assigned
from tenon_sdk.context import Actor
from tenon_sdk.entities import Entity, fields_of

# Written by the framework with every change: the entry itself says the same.
UNSAID = frozenset({"version", "created_at", "created_by", "updated_at", "updated_by"})
BULK_MEMORY = 5_000


class Auditor(Protocol):
    """What an entry says besides the change itself."""

    @property
    def actor(self) -> Actor: ...
    @property
    def now(self) -> datetime: ...
    @property
    def origin(self) -> str: ...
    @property
    def ip(self) -> str | None: ...
    @property
    def request_id(self) -> str | None: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def connection(self) -> Connection: ...


def audit_changes(auditor: Auditor, changes: Iterable[Change]) -> None:
    """Writes an entry for each change of an audited entity; one statement for all."""
    write_entries(auditor.connection, entries(auditor, changes))


def entries(auditor: Auditor, changes: Iterable[Change]) -> list[dict[str, Any]]:
    """What is to be written of changes; nothing of entities that are not audited."""
    common = _row(auditor)
    return [
        {
            **common,
            "action": change.kind,
            "entity": change.entity.__tenon__.name,
            "record_id": change.id,
            "changes": _said(change),
        }
        for change in changes
        if change.entity.__tenon__.audited
    ]


def write_entries(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    table: Any = AuditEntry.__table__
    if rows:
        insert_rows(connection, table, rows)


def audit_act(
    auditor: Auditor,
    action: str,
    *,
    entity: str | None = None,
    record_id: UUID | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str | None = None,
    connection: Connection | None = None,
) -> None:
    """Writes an entry for an act that changes no record, such as a log-in or an export.

    On the auditor's connection, or on `connection` where that one only reads.
    """
    row = _row(
        auditor, action=action, entity=entity, record_id=record_id, changes=dict(changes or {})
    )
    row["reason"] = reason or row["reason"]
    (connection or auditor.connection).execute(insert(AuditEntry), [row])


def _row(auditor: Auditor, **values: Any) -> dict[str, Any]:
    return {
        "at": auditor.now,
        "actor_id": auditor.actor.user_id,
        "actor_name": auditor.actor.name,
        "on_behalf_of": None,
        "origin": auditor.origin,
        "ip": auditor.ip,
        "request_id": auditor.request_id,
        "reason": auditor.reason,
        **values,
    }


def _said(change: Change) -> dict[str, Sequence[Any]]:
    secret = _secret(change.entity)
    if change.kind == "created" and not secret:
        return _said_of_new(change)
    return {
        name: [None, None] if name in secret else [to_json(old), to_json(new)]
        for name, (old, new) in change.values.items()
        if name not in UNSAID
    }


def _said_of_new(change: Change) -> dict[str, Sequence[Any]]:
    """What `_said` tells, sooner: the writer of the JSON knows ids, exact numbers and days."""
    return {
        name: pair if type(pair[1]) is not datetime else (None, pair[1].isoformat())
        for name, pair in change.values.items()
        if name not in UNSAID
    }


@cache
def _secret(entity: type[Entity]) -> frozenset[str]:
    return frozenset(name for name, info in fields_of(entity).items() if info.internal)


def to_json(value: Any) -> Any:
    """A column's value as JSON holds it: ids and exact numbers as text, times in ISO 8601."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, UUID):
        return id_text(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value


def run_bulk(
    auditor: Auditor, session: GuardedSession, state: ORMExecuteState, cls: type[Entity]
) -> Any:
    """Runs an update or delete statement so that it is audited and seen like single changes.

    Raises Unscoped for the forms that name their rows by parameters instead of a condition.
    """
    statement: Any = state.statement
    if isinstance(state.parameters, list):
        raise Unscoped("executemany")
    values = {} if state.is_delete else assigned(statement)
    columns = [getattr(cls, name) for name in values]
    affected = select(cls.id, *columns).options(*statement._with_options)
    if statement.whereclause is not None:
        affected = affected.where(statement.whereclause)
    before = {row[0]: row[1:] for row in session.execute(affected.with_for_update())}
    if not state.is_delete:
        statement = statement.values(
            version=cls.version + 1, updated_at=auditor.now, updated_by=auditor.actor.user_id
        )
    result = state.invoke_statement(statement=statement)
    kind: Kind = "deleted" if state.is_delete else "changed"
    after = _after(session, cls, values, before)
    changes = [
        Change(
            cls,
            id_,
            kind,
            {
                name: (old, new)
                for name, old, new in zip(values, before[id_], after[id_], strict=True)
                if old != new
            },
        )
        for id_ in before
    ]
    audit_changes(auditor, changes)
    keep(session, changes)
    session.announce()
    return result


def _after(
    session: GuardedSession,
    cls: type[Entity],
    values: Mapping[str, Any],
    before: Mapping[UUID, Any],
) -> Mapping[UUID, Any]:
    """The new values of each row; read again only where the database computed them."""
    if all(isinstance(value, BindParameter) for value in values.values()):
        new = tuple(value.value for value in values.values())
        return dict.fromkeys(before, new)
    connection = session.unguarded_connection()
    table = cls.__table__
    columns = [table.c[name] for name in values]
    found: dict[UUID, Any] = {}
    ids = list(before)
    for start in range(0, len(ids), BULK_MEMORY):
        some = ids[start : start + BULK_MEMORY]
        rows = connection.execute(select(table.c.id, *columns).where(table.c.id.in_(some)))
        found.update((row[0], row[1:]) for row in rows)
    return found
