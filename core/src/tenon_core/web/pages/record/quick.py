"""Logging what was done in seconds: a visit, a call, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from tenon_core.context import WorkContext
from tenon_core.entities import Activity, ActivityParticipant, ActivitySubject
from tenon_core.entities.contacts import Contact, ContactAccount
from tenon_core.web.api.calls import Answer
from tenon_core.web.api.shapes import read_values
from tenon_core.web.api.writing import make, storing
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.form.draft import Draft
from tenon_core.web.pages.form.faults import blame
from tenon_core.web.pages.form.texts import from_text, to_text
from tenon_core.web.pages.gateway import trigger
from tenon_core.web.pages.record.heading import Heading, part, read_heading
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Invalid, TenonError
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
FIELDS = ("kind", "subject", "outcome", "result", "next_step", "next_step_on", "place")
WHEN, WITH, LASTED = "when", "contacts", "minutes"
MOST_PEOPLE = 40
LOGGED, PLANNED = _("Logged."), _("Planned.")
TIMELINE_CHANGED = "timeline-changed"
DURATIONS = (0, 15, 30, 60, 90, 120, 240, 480)


def show_log(call: PageCall, params: Params) -> Answer:
    """The quick form: kind, when, with whom, what came out, what is next."""
    heading = read_heading(call, UUID(params["id"]))
    draft = Draft(call, Activity, only=FIELDS)
    draft.prefill([(k, v) for k, v in call.query if k in FIELDS])
    draft.by_name["kind"][1].text = draft.by_name["kind"][1].text or "visit"
    now = to_text("datetime", call.site.clock().isoformat(), draft.zone)
    return _show(call, heading, draft, when=now, chosen=[])


def post_log(call: PageCall, params: Params) -> Answer:
    """Stores it as done, or as planned if its time is still to come; 422 with the form again."""
    heading = read_heading(call, UUID(params["id"]))
    draft = Draft(call, Activity, only=FIELDS)
    draft.take(call.form)
    when, chosen = call.form.get(WHEN), call.form.all(WITH)
    try:
        draft.id = UUID(call.form.get("_id"))
        planned = _store(call, heading, draft, when, chosen)
    except TenonError as error:
        blame(draft, error)
        return _show(call, heading, draft, when=when, chosen=chosen, status=422)
    except ValueError:
        return _show(call, heading, draft, when=when, chosen=chosen, status=422)
    if not call.fragment:
        return redirect(heading.url)
    said = {"message": translate(PLANNED if planned else LOGGED), "kind": "success"}
    news = trigger(toast=said, **{TIMELINE_CHANGED: {}, "drawer:close": {}})
    return Answer(204, b"", [news])


def _store(
    call: PageCall, heading: Heading, draft: Draft, when: str, chosen: Sequence[str]
) -> bool:
    data = draft.data()
    moment = from_text("datetime", when, draft.zone)
    planned = _is_later(call, moment)
    begin = "planned_start" if planned else "actual_start"
    data[begin] = moment
    minutes = call.form.get(LASTED)
    if minutes.isdigit() and 0 < int(minutes) <= 24 * 60 and moment is not None:
        data[begin.replace("start", "end")] = _later(moment, int(minutes))
    data["status"] = "planned" if planned else "done"
    if not data.get("subject"):
        kind = draft.by_name["kind"][1]
        named = {code: text for code, text, _group in kind.options}
        data["subject"] = f"{named.get(kind.text, kind.text)}: {heading.title}"[:200]
    with call.writing() as ctx:
        if ctx.session.get(Activity, draft.id) is not None:
            return planned  # the same form was sent twice
        data["account_id"] = _account_of(ctx, call.target, heading.id)
        values = read_values(
            call.api.shape(Activity), data, call.guardian.fields, {}, creating=True
        )
        values.id, values.own["owner_id"] = draft.id, ctx.actor.user_id
        activity: Any = make(ctx, Activity, values)
        _take_part(ctx, activity, _ids(chosen), heading)
        storing(call, draft.id, values, ctx.session.flush, entity=Activity)
    return planned


def _take_part(
    ctx: WorkContext, activity: Activity, contacts: Sequence[UUID], heading: Heading
) -> None:
    activity.participants = [
        ActivityParticipant(contact_id=id_) for id_ in contacts[:MOST_PEOPLE]
    ] + [ActivityParticipant(user_id=ctx.actor.user_id)]
    if heading.info.name not in {"core.account", "core.contact"}:
        activity.subjects = [ActivitySubject(entity=heading.info.name, record_id=heading.id)]


def _is_later(call: PageCall, moment: Any) -> bool:
    try:
        return datetime.fromisoformat(str(moment)) > call.site.clock()
    except (TypeError, ValueError):
        raise Invalid({WHEN: _("Enter a date and time.")}) from None


def _later(moment: str, minutes: int) -> str:
    return (datetime.fromisoformat(moment) + timedelta(minutes=minutes)).isoformat()


def _ids(given: Sequence[str]) -> list[UUID]:
    try:
        return list(dict.fromkeys(UUID(text) for text in given if text))
    except ValueError:
        raise Invalid({WITH: _("Enter the id of a record.")}) from None


def _account_of(ctx: Any, cls: type[Entity], id_: UUID) -> str | None:
    """The customer that a record is about: itself, the one it refers to, a contact's main one."""
    name = cls.__tenon__.name
    if name == "core.account":
        return str(id_)
    found: UUID | None
    if name == "core.contact":
        found = ctx.session.scalar(
            select(ContactAccount.account_id)
            .where(ContactAccount.contact_id == id_, ContactAccount.active)
            .order_by(ContactAccount.is_primary.desc(), ContactAccount.id)
            .limit(1)
        )
        return str(found) if found else None
    own = next((n for n, i in fields_of(cls).items() if i.target == "core.account"), None)
    if own is None:
        return None
    found = ctx.session.scalar(select(getattr(cls, own)).where(cls.id == id_))
    return str(found) if found else None


def _people(ctx: Any, cls: type[Entity], id_: UUID) -> list[tuple[str, str, str]]:
    """(id, name, position) of those whom one meets there: the customer's contacts."""
    account = _account_of(ctx, cls, id_)
    if account is None:
        return []
    rows = ctx.session.execute(
        select(Contact.id, Contact.name, ContactAccount.position)
        .join(ContactAccount, ContactAccount.contact_id == Contact.id)
        .where(
            ContactAccount.account_id == UUID(account),
            ContactAccount.active,
            Contact.archived_at.is_(None),
        )
        .order_by(ContactAccount.importance.desc(), Contact.name)
        .limit(MOST_PEOPLE)
    )
    return [(str(row[0]), row[1], row[2] or "") for row in rows]


def _show(
    call: PageCall,
    heading: Heading,
    draft: Draft,
    *,
    when: str,
    chosen: Sequence[str],
    status: int = 200,
) -> Answer:
    with call.reading() as ctx:
        ctx.require("core.activity.create")
        people = _people(ctx, call.target, heading.id)
    mine = [str(heading.id)] if heading.info.name == "core.contact" else []
    return part(
        call,
        "core/record/_log.html",
        heading,
        status=status,
        draft=draft,
        when=when,
        people=people,
        chosen=chosen or mine,
        durations=DURATIONS,
    )
