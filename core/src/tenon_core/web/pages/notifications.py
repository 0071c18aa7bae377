"""`/notifications`: what a person was told, and what of it she has read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenon_core.entities.records import Notification
from tenon_core.events.inbox import InboxPage, Reading, inbox, read
from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Router, is_id
from tenon_core.web.pages.calls import PageCall, redirect
from tenon_core.web.pages.rendering import record_url
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _

Params = Mapping[str, str]
AT_ONCE = 50
LOOKS = {
    "mention": ("at", "violet"),
    "approval": ("rubber-stamp", "blue"),
    "reminder": ("alarm", "amber"),
    "warning": ("alert-triangle", "red"),
    "change": ("bell", "gray"),
}


def add_notifications(router: Router) -> None:
    """Nothing here asks for a permission: they are the own notifications of who is logged in."""
    router.add("GET", "notifications", Endpoint(show_notifications))
    router.add("POST", "notifications/read", Endpoint(mark_read))
    router.add("GET", "notifications/{id}", Endpoint(open_notification))


def show_notifications(call: PageCall, _params: Params) -> Answer:
    """The newest first; `unread=1` narrows, `before=<id>` goes on."""
    asked = dict(call.query)
    before = asked.get("before", "")
    if before and not is_id(before):
        raise Invalid({"before": _("This value cannot be read.")})
    return _drawn(call, unread=asked.get("unread") == "1", before=UUID(before) if before else None)


def mark_read(call: PageCall, _params: Params) -> Answer:
    """Those named by `ids`, or all with `all=1`."""
    given = call.form.all("ids")
    wrong = [one for one in given if not is_id(one)]
    if wrong or (not given and call.form.get("all") != "1"):
        raise Invalid({"ids": _("This value cannot be read.")})
    with call.writing() as ctx:
        read(ctx, Reading(ids=[UUID(one) for one in given] if given else None))
    unread = call.form.get("unread") == "1"
    if not call.fragment:
        return redirect("/notifications" + ("?unread=1" if unread else ""))
    return _drawn(call, unread=unread, before=None)


def open_notification(call: PageCall, params: Params) -> Answer:
    """To what it tells about; it counts as read. Raises NotFound for one of somebody else."""
    row = _own(call, params["id"])
    with call.writing() as ctx:
        read(ctx, Reading(ids=[row.id]))
    return redirect(_target(row) or "/notifications")


def _own(call: PageCall, id_: str) -> Any:
    table: Any = Notification.__table__
    mine = table.c.user_id == call.guardian.access.actor.user_id
    if is_id(id_):
        with call.site.read_engine.connect() as connection:
            found = connection.execute(select(table).where(table.c.id == UUID(id_), mine)).first()
        if found is not None:
            return found
    raise NotFound("core.notification", id_)


def _target(row: Any) -> str | None:
    if row.link:
        known = row.link.startswith(("https://", "http://", "/")) and row.link.isprintable()
        return str(row.link) if known and not row.link.startswith(("//", "/\\")) else None
    return record_url(row.entity, row.record_id) if row.entity and row.record_id else None


def _drawn(call: PageCall, *, unread: bool, before: UUID | None) -> Answer:
    renderer = call.pages.renderer
    with call.reading() as ctx:
        found = inbox(ctx, InboxPage(before=before, unread=unread, limit=AT_ONCE + 1))
    items = found.items[:AT_ONCE]
    context: dict[str, Any] = {
        "days": _by_day(items, renderer.formats(call)),
        "count": found.unread,
        "unread": unread,
        "before": before,
        "next": items[-1].id if len(found.items) > AT_ONCE else None,
        "looks": LOOKS,
        "target": _target,
    }
    if call.fragment:
        part = "_more.html" if before is not None else "_list.html"
        return renderer.part(call, f"core/notifications/{part}", **context)
    return renderer.page(call, "core/notifications/page.html", **context)


def _by_day(items: Sequence[Any], fmt: Any) -> list[tuple[Any, list[Any]]]:
    days: dict[Any, list[Any]] = {}
    for item in items:
        days.setdefault(fmt.local(item.at), []).append(item)
    return list(days.items())
