"""What the page shows a person of her notifications."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import func, select, update

from tenon_core.entities.records import Notification
from tenon_core.events.messages import load_message
from tenon_sdk.declarations import Route
from tenon_sdk.text import _, translate

MOST = 200


@frozen(kw_only=True)
class Told:
    """One notification in the reader's language."""

    id: UUID
    kind: str
    text: str
    entity: str | None
    record_id: UUID | None
    link: str | None
    at: datetime
    read_at: datetime | None


@frozen(kw_only=True)
class Inbox:
    unread: int
    items: tuple[Told, ...]


@frozen(kw_only=True)
class InboxPage:
    before: UUID | None = None
    unread: bool = False
    limit: int = 50


@frozen(kw_only=True)
class Reading:
    """Ids that were read; none given: all."""

    ids: Sequence[UUID] | None = None


def inbox(ctx: Any, given: InboxPage) -> Inbox:
    """The actor's own notifications, newest first; two statements."""
    with ctx.as_system("own notifications", bookkeeping=True) as system:
        mine = Notification.user_id == ctx.actor.user_id
        statement = select(Notification).where(mine).order_by(Notification.id.desc())
        if given.before is not None:
            statement = statement.where(Notification.id < given.before)
        if given.unread:
            statement = statement.where(Notification.read_at.is_(None))
        rows = system.session.scalars(statement.limit(max(1, min(given.limit, MOST)))).all()
        unread = system.session.scalar(
            select(func.count())
            .select_from(Notification)
            .where(mine, Notification.read_at.is_(None))
        )
        items = tuple(_told(ctx, row) for row in rows)
    return Inbox(unread=unread or 0, items=items)


def _told(ctx: Any, row: Notification) -> Told:
    message = load_message(row.message, row.args, str(ctx.actor.zone))
    return Told(
        id=row.id,
        kind=row.kind,
        text=translate(message, ctx.locale),
        entity=row.entity,
        record_id=row.record_id,
        link=row.link,
        at=row.created_at,
        read_at=row.read_at,
    )


def read(ctx: Any, given: Reading) -> None:
    """Marks the actor's own notifications as read."""
    with ctx.as_system("own notifications", bookkeeping=True) as system:
        statement = update(Notification).where(
            Notification.user_id == ctx.actor.user_id, Notification.read_at.is_(None)
        )
        if given.ids is not None:
            statement = statement.where(Notification.id.in_(given.ids))
        system.session.execute(statement.values(read_at=ctx.now))


ROUTES = (
    Route(
        method="GET",
        path="core/notifications",
        run=inbox,
        inputs=InboxPage,
        permission="core.timeline.view",
        summary=_("My notifications"),
    ),
    Route(
        method="POST",
        path="core/notifications/read",
        run=read,
        inputs=Reading,
        permission="core.timeline.view",
        summary=_("Mark my notifications as read"),
    ),
)
