"""Where a time line comes from: one statement for each kind of entry, newest first.

Each statement is a union of limited parts, so that every part is read from its index and no
further than the page needs. They run without limits; what may be shown is decided afterwards.
A statement is built once for each shape: building it takes longer than running it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    or_,
    select,
    true,
    union_all,
)

from tenon_core.entities.activities import Activity, ActivityParticipant, ActivitySubject
from tenon_core.entities.audit import AuditEntry
from tenon_core.entities.contacts import ContactAccount
from tenon_core.entities.documents import Document, DocumentLink
from tenon_core.entities.duplicates import Merge
from tenon_core.entities.facts import StoredEvent, StoredEventSubject
from tenon_core.entities.records import Comment
from tenon_sdk.events import Subject
from tenon_sdk.types import Guid, UtcDateTime

# Entries of one moment are ordered by kind: a later one in this list is shown further up.
ORDER = ("document", "comment", "activity", "change", "event")

RECORD = bindparam("record", type_=Guid())
MOMENT = bindparam("moment", type_=UtcDateTime())
LIMIT = bindparam("most", type_=Integer())


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
class Found:
    """A row of a source: what it is `about`, and the values that tell it."""

    position: Position
    about: Subject
    actor_id: UUID | None
    values: Mapping[str, Any]


@frozen
class Shape:
    """What a statement depends on besides its parameters.

    audited  the entities that the record's audit trail stands under: its own, its extensions'
    step     the kind of the position that the page begins after, if it is not the first page
    """

    entity: str
    audited: tuple[str, ...]
    step: str | None

    def related(self) -> dict[str, Select[Any]]:
        """Ids of other records whose history belongs here, by entity.

        Records that were merged into this one, and the contacts of an account.
        """
        merge, link = Merge.__table__.c, ContactAccount.__table__.c
        found = {
            self.entity: select(merge.merged_id).where(
                merge.entity == self.entity, merge.kept_id == RECORD, merge.undone_at.is_(None)
            )
        }
        if self.entity == "core.account":
            found["core.contact"] = select(link.contact_id).where(link.account_id == RECORD)
        return found

    def reach(self, column: ColumnElement[Any], entity: str) -> list[ColumnElement[bool]]:
        """Conditions that an id of `entity` is the record's or one of the related ones."""
        own = [column == RECORD] if entity == self.entity else []
        return [*own, *(column.in_(ids) for name, ids in self.related().items() if name == entity)]

    def parts(self, entity: Any, record_id: Any) -> list[ColumnElement[bool]]:
        """One condition for the record and one for each kind of related ones."""
        own = and_(entity == self.entity, record_id == RECORD)
        return [own, *self.related_parts(entity, record_id)]

    def related_parts(self, entity: Any, record_id: Any) -> list[ColumnElement[bool]]:
        return [and_(entity == name, record_id.in_(ids)) for name, ids in self.related().items()]

    def after(
        self, moment: ColumnElement[Any], id_: ColumnElement[Any], kind: str
    ) -> ColumnElement[bool]:
        """Condition for rows that come after the position when the newest is first."""
        if self.step is None:
            return true()
        mine, theirs = ORDER.index(kind), ORDER.index(self.step)
        if mine < theirs:
            return moment <= MOMENT
        if mine > theirs:
            return moment < MOMENT
        same = and_(moment == MOMENT, id_ < bindparam("last", type_=id_.type))
        return or_(moment < MOMENT, same)


@cache
def events(shape: Shape) -> Select[Any]:
    s, e = StoredEventSubject.__table__.c, StoredEvent.__table__.c
    columns = (s.event_id.label("id"), s.occurred_at, s.entity, s.record_id)
    after = shape.after(s.occurred_at, s.event_id, "event")
    newest = _newest(
        [select(*columns).where(part, after) for part in shape.parts(s.entity, s.record_id)]
    )
    return select(newest, e.name, e.schema, e.payload, e.evidence, e.actor_id).join_from(
        newest, StoredEvent.__table__, e.id == newest.c.id
    )


@cache
def activities(shape: Shape) -> Select[Any]:
    """What was done; what is planned is no history yet."""
    a = Activity.__table__.c
    columns = (a.id, a.actual_start.label("occurred_at"))
    after = shape.after(a.actual_start, a.id, "activity")
    done = and_(a.status == "done", a.archived_at.is_(None), after)
    parts = [
        select(*columns).where(done, mine) for mine in shape.reach(a.account_id, "core.account")
    ]
    s, p = ActivitySubject.__table__.c, ActivityParticipant.__table__.c
    linked = select(*columns).join(ActivitySubject.__table__, s.activity_id == a.id)
    parts += [linked.where(part, done) for part in shape.parts(s.entity, s.record_id)]
    joined = select(*columns).join(ActivityParticipant.__table__, p.activity_id == a.id)
    parts += [joined.where(mine, done) for mine in shape.reach(p.contact_id, "core.contact")]
    newest = _newest(parts)
    told = (a.kind, a.subject, a.outcome, a.next_step, a.owner_id.label("actor_id"))
    return select(newest, *told).join_from(newest, Activity.__table__, a.id == newest.c.id)


@cache
def comments(shape: Shape) -> Select[Any]:
    c = Comment.__table__.c
    moment = c.created_at.label("occurred_at")
    columns = (c.id, moment, c.entity, c.record_id, c.text, c.author_id.label("actor_id"))
    kept = and_(c.archived_at.is_(None), shape.after(c.created_at, c.id, "comment"))
    return select(
        _newest([select(*columns).where(p, kept) for p in shape.parts(c.entity, c.record_id)])
    )


@cache
def documents(shape: Shape) -> Select[Any]:
    link, d = DocumentLink.__table__.c, Document.__table__.c
    attached = select(
        link.id,
        link.created_at.label("occurred_at"),
        link.document_id,
        d.category,
        link.created_by.label("actor_id"),
    ).join(Document.__table__, d.id == link.document_id)
    kept = and_(d.archived_at.is_(None), shape.after(link.created_at, link.id, "document"))
    parts = shape.parts(link.entity, link.record_id)
    return select(_newest([attached.where(part, kept) for part in parts]))


@cache
def changes(shape: Shape) -> Select[Any]:
    """What was created, changed and deleted, by the audit trail; its extensions included."""
    c = AuditEntry.__table__.c
    own = [and_(c.entity == name, c.record_id == RECORD) for name in shape.audited]
    columns = (
        c.seq.label("id"),
        c.at.label("occurred_at"),
        c.entity,
        c.record_id,
        c.action,
        c.changes,
        c.actor_id,
        c.actor_name,
    )
    told = and_(c.action.in_(["created", "changed", "deleted"]), shape.after(c.at, c.seq, "change"))
    parts = [*own, *shape.related_parts(c.entity, c.record_id)]
    return select(_newest([select(*columns).where(part, told) for part in parts]))


def _newest(parts: Sequence[Select[Any]]) -> Any:
    """The newest rows of all parts, each part limited before they are put together."""
    limited = []
    for part in parts:
        columns = part.selected_columns
        ordered = part.order_by(columns.occurred_at.desc(), columns.id.desc()).limit(LIMIT)
        limited.append(select(ordered.subquery()))
    return union_all(*limited).subquery()


Source = Callable[[Shape], Select[Any]]
SOURCES: Mapping[str, Source] = {
    "event": events,
    "activity": activities,
    "comment": comments,
    "document": documents,
    "change": changes,
}
ABOUT = {"activity": ("core.activity", "id"), "document": ("core.document", "document_id")}


def read(
    connection: Connection, kind: str, shape: Shape, place: tuple[UUID, Position | None], most: int
) -> list[Found]:
    """At least the `most` newest entries of a kind for a record after a position, in no order."""
    record_id, before = place
    values: dict[str, Any] = {"record": record_id, "most": most}
    if before is not None:
        values["moment"] = before.occurred_at
        if before.kind == kind:
            values["last"] = before.id
    rows = connection.execute(SOURCES[kind](shape), values).mappings()
    return [_found(kind, dict(row)) for row in rows]


def _found(kind: str, row: Mapping[str, Any]) -> Found:
    entity, key = ABOUT.get(kind, (None, "record_id"))
    return Found(
        position=Position(row["occurred_at"], kind, row["id"]),
        about=Subject(entity or row["entity"], row[key]),
        actor_id=row["actor_id"],
        values=row,
    )
