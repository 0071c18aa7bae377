"""Calendars and dispatch boards: records that take place at a time, moved by dragging."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen

from tenon_core.context import WorkContext
from tenon_core.web.api.calls import Answer, Endpoint, json_answer
from tenon_core.web.api.routing import Router
from tenon_core.web.api.writing import check_version, load, storing
from tenon_core.web.pages.calls import PageCall, record_id
from tenon_core.web.pages.lists.page import call_permission
from tenon_core.web.pages.views.rows import filters_of
from tenon_core.web.pages.views.slots import (
    Slot,
    base_of,
    movable,
    pool_of,
    resources_of,
    slots_of,
)
from tenon_core.web.problems import Fault
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate
from tenon_sdk.views import Schedule

# What one request may ask for.
LONGEST = timedelta(days=62)
WHOSE = ("mine", "all")


@frozen
class Place:
    """Where a record is moved to."""

    start: datetime
    end: datetime
    resource: UUID | None


def add_schedules(router: Router) -> None:
    router.add("GET", "calendar", Endpoint(show_calendar))
    router.add("GET", "calendar/slots", Endpoint(all_slots))


def show_calendar(call: PageCall, _params: Mapping[str, str]) -> Answer:
    """Everything of every plugin that has a time: the person's own, or all that she sees."""
    schedules = [s for s in _schedules(call) if s.mine is not None]
    return call.pages.renderer.page(
        call,
        "core/calendar.html",
        schedules=[_described(call, s) for s in schedules],
        whose=_whose(call),
        heading=translate(_("Calendar")),
        source="/calendar/slots",
    )


def all_slots(call: PageCall, _params: Mapping[str, str]) -> Answer:
    """Slots between `start` and `end`; one statement for each schedule."""
    window = _window(call)
    found: list[Slot] = []
    for schedule in _schedules(call):
        if schedule.mine is not None:
            found += slots_of(call, schedule, window, own=_whose(call) == "mine")
    return json_answer({"items": found})


def show_schedule(call: PageCall, params: Mapping[str, str]) -> Answer:
    schedule = schedule_of(call, params["key"])
    return call.pages.renderer.page(
        call,
        "core/calendar.html",
        schedules=[_described(call, schedule)],
        whose=None,
        heading=translate(schedule.label),
        source=f"{base_of(schedule)}/calendar/{schedule.key}/slots",
    )


def schedule_slots(call: PageCall, params: Mapping[str, str]) -> Answer:
    window = _window(call)
    schedule = schedule_of(call, params["key"])
    return json_answer({"items": slots_of(call, schedule, window, filters_of(call))})


def show_dispatch(call: PageCall, params: Mapping[str, str]) -> Answer:
    """Resources × time with the pool of what waits beside it."""
    schedule = schedule_of(call, params["key"])
    if schedule.resource is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return call.pages.renderer.page(
        call,
        "core/dispatch.html",
        schedule=schedule,
        info=call.target.__tenon__,
        base=f"{base_of(schedule)}/dispatch/{schedule.key}",
        pool=pool_of(call, schedule, filters_of(call)),
        movable=movable(call, schedule),
    )


def dispatch_data(call: PageCall, params: Mapping[str, str]) -> Answer:
    """Resources, slots and the pool of one window."""
    window = _window(call)
    schedule = schedule_of(call, params["key"])
    return json_answer(
        {
            "resources": resources_of(call, schedule),
            "items": slots_of(call, schedule, window, filters_of(call)),
            "pool": pool_of(call, schedule, filters_of(call)),
        }
    )


def move_slot(call: PageCall, params: Mapping[str, str]) -> Answer:
    """Moves `id` to `start`–`end` and `resource`; 409 with the reasons where that is refused."""
    schedule = schedule_of(call, params["key"])
    given = call.form
    id_, to = record_id(given.get("id")), _place(call)
    version = given.get("version")
    with call.writing() as ctx:
        record = load(ctx, call.target, id_)
        check_version(record, int(version) if version.isdigit() else None)
        storing(call, id_, None, lambda: _move(ctx, schedule, record, to))
        ctx.session.flush()
        stored = record.version
    return json_answer({"id": id_, "version": stored})


def schedule_of(call: PageCall, key: str) -> Schedule:
    """Raises Fault 404 for a schedule that is not declared, 403 for who may not see it."""
    call_permission(call)
    found = call.site.registry.views.get(f"schedule:{call.target.__tenon__.name}:{key}")
    if not isinstance(found, Schedule):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return found


def _schedules(call: PageCall) -> Iterator[Schedule]:
    views = [view for view in call.site.registry.views if isinstance(view, Schedule)]
    for view in sorted(views, key=lambda view: view.order):
        if call.guardian.access.scope(f"{view.entity}.view") is not None:
            yield view


def _described(call: PageCall, schedule: Schedule) -> Mapping[str, Any]:
    return {
        "key": f"{schedule.entity}:{schedule.key}",
        "label": translate(schedule.label),
        "move": f"{base_of(schedule)}/calendar/{schedule.key}/move",
        "new": f"{base_of(schedule)}/new",
        "start": schedule.start,
        "end": schedule.end,
        "movable": movable(call, schedule),
    }


def _move(ctx: WorkContext, schedule: Schedule, record: Any, to: Place) -> None:
    if schedule.move is not None:
        schedule.move(ctx, record.id, to.start, to.end, to.resource)
        return
    ctx.require(type(record).__tenon__.permission("edit"), record)
    setattr(record, schedule.start, to.start)
    setattr(record, schedule.end, to.end)
    if schedule.resource is not None and to.resource is not None:
        setattr(record, schedule.resource, to.resource)


def _whose(call: PageCall) -> str:
    asked = dict(call.query).get("whose", "mine")
    return asked if asked in WHOSE else "mine"


def _window(call: PageCall) -> tuple[datetime, datetime]:
    """`start` and `end` of the query. Raises Invalid for none, or more than two months."""
    given = dict(call.query)
    start, end = (_read(call, name, given.get(name, "")) for name in ("start", "end"))
    if not timedelta(0) < end - start <= LONGEST:
        raise Invalid({"end": _("Ask for at most {days} days.", days=LONGEST.days)})
    return start, end


def _place(call: PageCall) -> Place:
    start, end = (_read(call, name, call.form.get(name)) for name in ("start", "end"))
    if end < start:
        raise Invalid({"end": _("The end is before the beginning.")})
    resource = call.form.get("resource")
    return Place(start, end, record_id(resource, "resource") if resource else None)


def _read(call: PageCall, name: str, text: str) -> datetime:
    """A moment; one without an offset is in the person's own zone, a date its first minute."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid({name: _("Enter a date and a time.")}) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=call.guardian.access.actor.zone)
    return found.astimezone(UTC)
