"""Looking through the audit: who changed what, when, from what to what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import String, cast, func, select

from tenon_core.entities.audit import AuditBlock, AuditEntry
from tenon_core.entities.people import User
from tenon_core.storage.verifying import verify
from tenon_core.web.api.calls import Answer
from tenon_core.web.api.routing import is_id
from tenon_core.web.pages.admin.base import PAGE, Params, asked, need, show
from tenon_core.web.pages.calls import PageCall
from tenon_sdk.entities import fields_of
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _

VIEW = "core.audit.view"
FILTERS = ("user", "entity", "record", "action", "field", "since", "until", "before")
LONGEST = 200
_entry: Any = AuditEntry.__table__


@frozen(kw_only=True)
class Change:
    """A field from `old` to `new`; both None where the person may not read the field."""

    label: Text | str
    old: str | None
    new: str | None
    hidden: bool = False


def show_audit(call: PageCall, _params: Params) -> Answer:
    need(call, VIEW)
    given = {name: asked(call, name) for name in FILTERS}
    rows: Sequence[Any] = ()
    faults: Mapping[str, Any] = {}
    with call.reading() as ctx:
        try:
            statement = select(_entry).where(*_wanted(ctx, given)).order_by(_entry.c.seq.desc())
            rows = ctx.connection.execute(statement.limit(PAGE + 1)).mappings().all()
        except Invalid as error:
            faults = error.fields
        seal = ctx.connection.execute(_seal()).mappings().one()
    entities = sorted((c.__tenon__.name, c.__tenon__.label) for c in call.site.registry.entities)
    return show(
        call,
        "audit.html",
        422 if faults else 200,
        rows=[(row, _changes(call, row)) for row in rows[:PAGE]],
        more=len(rows) > PAGE,
        asked=given,
        faults=faults,
        seal=seal,
        entities=entities,
        labels=dict(entities),
        open=_open(call),
    )


def _open(call: PageCall) -> frozenset[str]:
    """Kinds of records that have a page."""
    return frozenset(call.pages.router.entities)


def verify_audit(call: PageCall, _params: Params) -> Answer:
    """Compares every sealed entry with its seal; a part of the page, made when asked for."""
    need(call, VIEW)
    with call.reading() as ctx:
        report = verify(ctx)
    return call.pages.renderer.part(call, "core/admin/_verified.html", report=report)


def _seal() -> Any:
    block = AuditBlock.__table__.c
    last = select(func.coalesce(func.max(block.to_seq), 0)).scalar_subquery()
    waiting = select(func.count()).select_from(_entry).where(_entry.c.seq > last)
    return select(
        select(func.max(block.sealed_at)).scalar_subquery().label("at"),
        select(func.max(block.number)).scalar_subquery().label("blocks"),
        waiting.scalar_subquery().label("waiting"),
    )


def _wanted(ctx: Any, given: Mapping[str, str]) -> list[Any]:
    """The clauses of the filters. Raises Invalid, naming the filter."""
    c, found = _entry.c, []
    if given["user"]:
        found.append(c.actor_id.in_(_users(ctx, given["user"])))
    found += [c[name] == given[name] for name in ("entity", "action") if given[name]]
    if given["record"]:
        if not is_id(given["record"]):
            raise Invalid({"record": _("Enter the id of a record, 36 characters.")})
        found.append(c.record_id == UUID(given["record"]))
    if given["field"]:
        if not given["entity"] and not given["user"]:
            raise Invalid({"field": _("Choose a kind of record or a person, too.")})
        name = given["field"].replace('"', "")
        found.append(cast(c.changes, String).contains(f'"{name}"', autoescape=True))
    if given["since"]:
        found.append(c.at >= _moment(ctx, "since", given["since"]))
    if given["until"]:
        found.append(c.at < _moment(ctx, "until", given["until"]) + timedelta(days=1))
    if given["before"].isdecimal() and len(given["before"]) < 19:
        found.append(c.seq < int(given["before"]))
    return found


def _users(ctx: Any, words: str) -> list[UUID]:
    c = User.__table__.c
    fits = (c.login == words.lower()) | c.name.icontains(words, autoescape=True)
    ids = list(ctx.connection.scalars(select(c.id).where(fits).limit(100)))
    if not ids:
        raise Invalid({"user": _("Nobody is called “{name}”.", name=words)})
    return ids


def _moment(ctx: Any, name: str, given: str) -> datetime:
    try:
        day = date.fromisoformat(given)
        return datetime(day.year, day.month, day.day, tzinfo=ctx.zone)
    except ValueError:
        raise Invalid({name: _("Enter a date.")}) from None


def _changes(call: PageCall, row: Any) -> list[Change]:
    """What an entry says, in the words of the site, without what the person may not read."""
    labels: Mapping[str, Any] = {}
    hidden: frozenset[str] = frozenset()
    if row["entity"]:
        try:
            cls = call.site.registry.entity(row["entity"])
        except KeyError:
            pass
        else:
            labels = fields_of(cls)
            hidden = frozenset(call.guardian.hidden(cls))
    found: list[Change] = []
    for name, value in row["changes"].items():
        old, new = value if isinstance(value, list) and len(value) == 2 else (None, value)
        label = labels[name].label if name in labels else name
        if name in hidden:
            found.append(Change(label=label, old=None, new=None, hidden=True))
        elif old is not None or new is not None:
            found.append(Change(label=label, old=_short(old), new=_short(new)))
        else:
            secret = name in labels and labels[name].internal
            found.append(Change(label=label, old=None, new=None, hidden=secret))
    return [change for change in found if change.hidden or change.old or change.new]


def _short(value: Any) -> str | None:
    if value is None or value in ("", [], {}):
        return None
    text = str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
