"""`/events`: what a browser is told while a page is open, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Select, and_, func, select

from tenon_core.entities.people import ApiToken, LoginSession, User
from tenon_core.entities.records import Notification
from tenon_core.events.messages import load_message
from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.auth.identity import NOT_LOGGED_IN, today, unauthenticated
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.gateway import Streamed, event
from tenon_core.web.stopping import STOPPING
from tenon_sdk.text import translate

EVENTS = b"text/event-stream; charset=utf-8"
# How often the database is asked, and how often a connection on which nothing happens says so:
# proxies close silent ones after a minute.
POLL_SECONDS = 4.0
BEAT_SECONDS = 20.0
# Of more at once the number alone tells.
NEWEST = 5
LEVELS = {"warning": "warning", "approval": "info"}


@frozen
class News:
    """The unread notifications of one person: how many, and the newest with their texts."""

    count: int
    newest: Sequence[Any]


def add_live(router: Router) -> None:
    router.add("GET", "events", Endpoint(listen))


def listen(call: PageCall, _params: Mapping[str, str]) -> Answer:
    """Own notifications, for whoever is logged in, until she leaves or her log-in ends."""
    call.no_query()
    headers = [(b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
    return Streamed(200, b"", headers, EVENTS, parts=lambda: told(call))


async def told(call: PageCall) -> AsyncIterator[bytes]:
    """Events as they come. Between two looks neither a thread nor a connection is held."""
    loop = asyncio.get_running_loop()
    known: News | None = None
    spoke = time.monotonic()
    yield b"retry: 10000\n\n"
    while not STOPPING.is_set():
        found = await loop.run_in_executor(call.api.threads, look, call)
        if found is None:
            return
        said = _said(call, known, found)
        if not said and time.monotonic() - spoke > BEAT_SECONDS:
            said = b": still here\n\n"
        if said:
            spoke = time.monotonic()
            yield said
        known = found
        await asyncio.sleep(POLL_SECONDS)


def look(call: PageCall) -> News | None:
    """What is unread now; None once the log-in has ended. One statement."""
    who = call.who
    if who is None:
        raise unauthenticated(NOT_LOGGED_IN)
    with call.site.read_engine.connect() as connection:
        rows = connection.execute(_statement(who.kind, who.id)).all()
    now = call.site.clock()
    if not rows or not _holds(rows[0], call, now):
        return None
    return News(rows[0].unread, [row for row in rows if row.id is not None])


def _holds(row: Any, call: PageCall, now: datetime) -> bool:
    day = today(call, now)
    return (
        row.revoked_at is None
        and (row.expires_at is None or now < row.expires_at)
        and row.active_from <= day
        and (row.active_until is None or day <= row.active_until)
    )


def _statement(kind: str, id_: UUID) -> Select[Any]:
    key: Any = (ApiToken if kind == "token" else LoginSession).__table__
    user: Any = User.__table__
    table: Any = Notification.__table__
    unread = and_(table.c.user_id == key.c.user_id, table.c.read_at.is_(None))
    return (
        select(
            key.c.revoked_at,
            key.c.expires_at,
            user.c.active_from,
            user.c.active_until,
            func.count(table.c.id).over().label("unread"),
            table.c.id,
            table.c.kind,
            table.c.message,
            table.c.args,
        )
        .select_from(key.join(user, user.c.id == key.c.user_id).outerjoin(table, unread))
        .where(key.c.id == id_)
        .order_by(table.c.id.desc())
        .limit(NEWEST)
    )


def _said(call: PageCall, known: News | None, found: News) -> bytes:
    """What is new since the look before; the first look tells the number alone."""
    if known is None:
        return event("count", json.dumps({"count": found.count}))
    before = {row.id for row in known.newest}
    newer = [row for row in found.newest if row.id not in before]
    # Where one was read, an older one moves up among the newest: that is no news.
    oldest = min(before, default=None)
    fresh = [row for row in newer if oldest is None or row.id > oldest]
    said = b"".join(_notification(call, row, found.count) for row in reversed(fresh))
    if not said and found.count != known.count:
        said = event("count", json.dumps({"count": found.count}))
    return said


def _notification(call: PageCall, row: Any, count: int) -> bytes:
    actor = call.guardian.access.actor
    message = load_message(row.message, row.args, str(actor.zone))
    data = {
        "count": count,
        "text": translate(message, call.locale),
        "url": f"/notifications/{row.id}",
        "level": LEVELS.get(row.kind, "info"),
    }
    return event("notification", json.dumps(data))
