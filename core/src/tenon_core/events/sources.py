"""Where a time line comes from: one statement for each kind of entry, newest first.

Each statement is a union of limited parts, so that every part is read from its index and no
further than the page needs. They run without limits; what may be shown is decided afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import field, frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    or_,
    select,
    true,
    union_all,
)

from tenon_core.entities.activities import Activity, ActivityParticipant, ActivitySubject
from tenon_core.entities.audit import AuditEntry
from tenon_core.entities.documents import Document, DocumentLink
from tenon_core.entities.facts import StoredEvent, StoredEventSubject
from tenon_core.entities.records import Comment
from tenon_sdk.events import Subject

# Entries of one moment are ordered by kind: a later one in this list is shown further up.
ORDER = ("document", "comment", "activity", "change", "event")


@frozen
class Position:
    """A place in the time line; the order is total, so that pages neither repeat nor skip."""

    occurred_at: datetime
    kind: str
    id: UUID | int

    def key(self) -> tuple[datetime, int, UUID | int]:
        return (self.occurred_at, ORDER.index(self.kind), self.id)

    def encode(self) -> str:
        return f"{self.occurred_at.isoformat()}~{self.kind}~{self.id}"


@frozen
class Reach:
    """A record, the entities that its audit trail stands under, and ids of related records."""

    entity: str
    record_id: UUID
    audited: Sequence[str]
    related: Mapping[str, Select[Any]] = field(factory=dict)

    def ids(self, entity: str) -> list[Any]:
        """What to compare an id of `entity` with: values or selects."""
        own = [[self.record_id]] if entity == self.entity else []
        return [*own, *([self.related[entity]] if entity in self.related else [])]

    def parts(self, entity: Any, record_id: Any) -> list[ColumnElement[bool]]:
        """One condition for the record and one for each kind of related ones."""
        related = [and_(entity == name, record_id.in_(ids)) for name, ids in self.related.items()]
        return [and_(entity == self.entity, record_id == self.record_id), *related]


@frozen
class Found:
    """A row of a source: what it is `about`, and the values that tell it."""

    position: Position
    about: Subject
    actor_id: UUID | None
    values: Mapping[str, Any]


def events(
    connection: Connection, reach: Reach, before: Position | None, limit: int
) -> list[Found]:
    s, e = StoredEventSubject.__table__.c, StoredEvent.__table__.c
    parts = [
        select(s.event_id.label("id"), s.occurred_at, s.entity, s.record_id).where(
            part, _after(s.occurred_at, s.event_id, "event", before)
        )
        for part in reach.parts(s.entity, s.record_id)
    ]
    newest = _newest(parts, limit)
    rows = select(newest, e.name, e.schema, e.payload, e.evidence, e.actor_id).join_from(
        newest, StoredEvent.__table__, e.id == newest.c.id
    )
    return [
        _found("event", row, Subject(row["entity"], row["record_id"]))
        for row in _rows(connection, rows)
    ]


def activities(
    connection: Connection, reach: Reach, before: Position | None, limit: int
) -> list[Found]:
    """What was done; what is planned is no history yet."""
    a = Activity.__table__.c
    columns = (a.id, a.actual_start.label("occurred_at"))
    done = and_(
        a.status == "done",
        a.archived_at.is_(None),
        _after(a.actual_start, a.id, "activity", before),
    )
    parts = [
        select(*columns).where(done, a.account_id.in_(ids)) for ids in reach.ids("core.account")
    ]
    s, p = ActivitySubject.__table__.c, ActivityParticipant.__table__.c
    linked = select(*columns).join(ActivitySubject.__table__, s.activity_id == a.id)
    parts += [linked.where(part, done) for part in reach.parts(s.entity, s.record_id)]
    joined = select(*columns).join(ActivityParticipant.__table__, p.activity_id == a.id)
    parts += [joined.where(p.contact_id.in_(ids), done) for ids in reach.ids("core.contact")]
    newest = _newest(parts, limit)
    rows = select(
        newest, a.kind, a.subject, a.outcome, a.next_step, a.owner_id.label("actor_id")
    ).join_from(newest, Activity.__table__, a.id == newest.c.id)
    return [
        _found("activity", row, Subject("core.activity", row["id"]))
        for row in _rows(connection, rows)
    ]


def comments(
    connection: Connection, reach: Reach, before: Position | None, limit: int
) -> list[Found]:
    c = Comment.__table__.c
    parts = [
        select(
            c.id,
            c.created_at.label("occurred_at"),
            c.entity,
            c.record_id,
            c.text,
            c.author_id.label("actor_id"),
        ).where(part, c.archived_at.is_(None), _after(c.created_at, c.id, "comment", before))
        for part in reach.parts(c.entity, c.record_id)
    ]
    rows = _rows(connection, select(_newest(parts, limit)))
    return [_found("comment", row, Subject(row["entity"], row["record_id"])) for row in rows]


def documents(
    connection: Connection, reach: Reach, before: Position | None, limit: int
) -> list[Found]:
    link, d = DocumentLink.__table__.c, Document.__table__.c
    parts = [
        select(
            link.id,
            link.created_at.label("occurred_at"),
            link.document_id,
            d.category,
            d.media_type,
            link.created_by.label("actor_id"),
        )
        .join(Document.__table__, d.id == link.document_id)
        .where(part, d.archived_at.is_(None), _after(link.created_at, link.id, "document", before))
        for part in reach.parts(link.entity, link.record_id)
    ]
    rows = _rows(connection, select(_newest(parts, limit)))
    return [_found("document", row, Subject("core.document", row["document_id"])) for row in rows]


def changes(
    connection: Connection, reach: Reach, before: Position | None, limit: int
) -> list[Found]:
    """What was created, changed and deleted, by the audit trail; its extensions included."""
    c = AuditEntry.__table__.c
    conditions = [
        and_(c.entity == name, c.record_id == reach.record_id) for name in reach.audited
    ] + reach.parts(c.entity, c.record_id)[1:]
    parts = [
        select(
            c.seq.label("id"),
            c.at.label("occurred_at"),
            c.entity,
            c.record_id,
            c.action,
            c.changes,
            c.actor_id,
            c.actor_name,
        ).where(
            condition,
            c.action.in_(["created", "changed", "deleted"]),
            _after(c.at, c.seq, "change", before),
        )
        for condition in conditions
    ]
    rows = _rows(connection, select(_newest(parts, limit)))
    return [_found("change", row, Subject(row["entity"], row["record_id"])) for row in rows]


def _after(
    moment: ColumnElement[Any], id_: ColumnElement[Any], kind: str, before: Position | None
) -> ColumnElement[bool]:
    """Condition for rows that come after `before` when the newest is first."""
    if before is None:
        return true()
    mine, theirs = ORDER.index(kind), ORDER.index(before.kind)
    earlier = moment < before.occurred_at
    if mine < theirs:
        return moment <= before.occurred_at
    if mine > theirs:
        return earlier
    return or_(earlier, and_(moment == before.occurred_at, id_ < before.id))


def _newest(parts: Sequence[Select[Any]], limit: int) -> Any:
    """The newest rows of all parts, each part limited before they are put together."""
    limited = []
    for part in parts:
        columns = part.selected_columns
        ordered = part.order_by(columns.occurred_at.desc(), columns.id.desc()).limit(limit)
        limited.append(select(ordered.subquery()))
    return union_all(*limited).subquery()


def _rows(connection: Connection, statement: Select[Any]) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.execute(statement).mappings()]


def _found(kind: str, row: Mapping[str, Any], about: Subject) -> Found:
    return Found(
        position=Position(row["occurred_at"], kind, row["id"]),
        about=about,
        actor_id=row["actor_id"],
        values=row,
    )
