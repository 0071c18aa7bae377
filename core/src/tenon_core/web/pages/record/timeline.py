"""What happened to a record, newest first, and its history field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from tenon_core.events.timeline import timeline
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.record.heading import part, read_heading
from tenon_sdk.entities import Commented
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
KINDS = {
    "activity": _("Activities"),
    "comment": _("Comments"),
    "event": _("Events"),
    "document": _("Documents"),
    "change": _("Changes"),
}
# What people did and said; changes of fields have a tab of their own.
USUAL = ("activity", "comment", "event", "document")
PAGE = 20
ICONS = {
    "visit": "map-pin",
    "call": "phone",
    "meeting": "users",
    "email": "mail",
    "message": "message-circle",
    "task": "checkbox",
    "survey": "ruler-2",
    "demonstration": "presentation",
    "training": "school",
    "exhibition": "building-store",
    "hospitality": "tools-kitchen-2",
}
TONES = {"activity": "blue", "comment": "gray", "event": "violet", "document": "teal"}


def show_timeline(call: PageCall, params: Params) -> Answer:
    """A page of entries; `kind` leaves one kind alone, `before` goes on."""
    query = dict(call.query)
    kind = query.get("kind", "")
    kinds = (kind,) if kind in KINDS else USUAL
    id_ = UUID(params["id"])
    heading = read_heading(call, id_)
    before = query.get("before")
    with call.reading() as ctx:
        ctx.require("core.timeline.view")
        found = timeline(ctx, heading.info.name, id_, before=before, kinds=kinds, limit=PAGE)
    return part(
        call,
        "core/record/_timeline_page.html" if before else "core/record/_timeline.html",
        heading,
        entries=found.entries,
        following=found.next,
        kind=kind if kind in KINDS else "",
        kinds={key: translate(text) for key, text in KINDS.items()},
        icons=ICONS,
        tones=TONES,
        commented=issubclass(call.target, Commented),
    )


def show_history(call: PageCall, params: Params) -> Answer:
    """Every change that the person may be told, field by field."""
    id_ = UUID(params["id"])
    heading = read_heading(call, id_)
    before = dict(call.query).get("before")
    with call.reading() as ctx:
        ctx.require("core.timeline.view")
        found = timeline(
            ctx, heading.info.name, id_, before=before, kinds=("change",), limit=PAGE * 2
        )
    return part(
        call,
        "core/record/_history_page.html" if before else "core/record/_history.html",
        heading,
        entries=found.entries,
        following=found.next,
    )
