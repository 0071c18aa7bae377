"""Records in time, as calendars and dispatch boards show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from attrs import frozen

from tenon_core.storage.lists import list_rows, parse_list
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import Fields
from tenon_core.web.pages.formats import moment
from tenon_core.web.pages.looks import USUAL
from tenon_core.web.pages.rendering import record_url
from tenon_core.web.pages.views.rows import index_of, read_rows
from tenon_sdk.entities import Entity
from tenon_sdk.views import Resource, Schedule

MOST = 1_000
POOL = 100
# A record that began longer ago than this is not looked for in a window.
LONGEST_RECORD = timedelta(days=31)
WITHOUT_END = timedelta(minutes=30)
Pairs = Iterable[tuple[str, str]]


@frozen(kw_only=True)
class Slot:
    """One record in time, as the scripts of the calendar take it; moments are ISO 8601."""

    id: str
    title: str
    start: str
    end: str
    all_day: bool
    tone: str
    url: str
    note: str
    version: int
    resource: str | None
    movable: bool
    schedule: str


def slots_of(
    call: PageCall,
    schedule: Schedule,
    window: tuple[datetime, datetime],
    pairs: Pairs = (),
    *,
    own: bool = False,
) -> list[Slot]:
    """What overlaps the window; a record without an end lasts half an hour."""
    start, end = window
    entity = call.site.registry.entity(schedule.entity)
    asked = [
        *schedule.only,
        *pairs,
        (f"{schedule.start}__lt", end.isoformat()),
        (f"{schedule.start}__gte", (start - LONGEST_RECORD).isoformat()),
        ("sort", schedule.start),
    ]
    if own and schedule.mine is not None:
        asked.append((schedule.mine, str(call.guardian.access.actor.user_id)))
    found, rows = read_rows(call, entity, _names(entity, schedule), asked, MOST)
    index, tones = index_of(found), Fields(call, entity).tones(schedule.entity, schedule.tone or "")
    can_move = movable(call, schedule)
    slots = (_slot(schedule, entity, _Row(row, index), tones, movable=can_move) for row in rows)
    return [slot for slot in slots if moment_of(slot.end) > start]


@frozen
class _Row:
    """A row by the names of its fields; a name that was not asked for is None."""

    values: Sequence[Any]
    index: Mapping[str, int]

    def get(self, name: str | None) -> Any:
        at = self.index.get(name) if name is not None else None
        return None if at is None else self.values[at]


def _slot(
    schedule: Schedule, entity: type[Entity], row: _Row, tones: Mapping[str, str], *, movable: bool
) -> Slot:
    begin, ended = moment_of(row.get(schedule.start)), row.get(schedule.end)
    finish = moment_of(ended) if ended else begin + WITHOUT_END
    code, resource = str(row.get(schedule.tone)), row.get(schedule.resource)
    id_ = str(row.get("id"))
    return Slot(
        id=id_,
        title=str(row.get(entity.__tenon__.title) or ""),
        start=begin.isoformat(),
        end=finish.isoformat(),
        all_day=bool(row.get("all_day")),
        tone=tones.get(code) or USUAL.get(code, "blue"),
        url=record_url(schedule.entity, id_),
        note=str(row.get(schedule.note) or ""),
        version=row.get("version"),
        resource=str(resource) if resource else None,
        movable=movable,
        schedule=f"{schedule.entity}:{schedule.key}",
    )


def _names(entity: type[Entity], schedule: Schedule) -> list[str]:
    names = ["id", "version", entity.__tenon__.title, schedule.start, schedule.end]
    optional = (schedule.tone, schedule.resource, schedule.note)
    names += [name for name in optional if name is not None]
    if "all_day" in entity.__table__.c:
        names.append("all_day")
    return names


def pool_of(call: PageCall, schedule: Schedule, pairs: Pairs = ()) -> list[Mapping[str, Any]]:
    """What waits to be planned, at most `POOL`; () where the schedule has no pool."""
    if not schedule.pool:
        return []
    entity = call.target
    names = [n for n in _names(entity, schedule) if n not in {schedule.start, schedule.end}]
    asked = [*schedule.pool, *pairs]
    found, rows = read_rows(call, entity, names, asked, POOL)
    index, tones = index_of(found), Fields(call, entity).tones(schedule.entity, schedule.tone or "")
    return [_waiting(schedule, entity, _Row(row, index), tones) for row in rows]


def _waiting(
    schedule: Schedule, entity: type[Entity], row: _Row, tones: Mapping[str, str]
) -> Mapping[str, Any]:
    code = str(row.get(schedule.tone))
    return {
        "id": str(row.get("id")),
        "version": row.get("version"),
        "title": str(row.get(entity.__tenon__.title) or ""),
        "note": str(row.get(schedule.note) or ""),
        "tone": tones.get(code) or USUAL.get(code, "blue"),
        "url": record_url(schedule.entity, row.get("id")),
    }


def resources_of(call: PageCall, schedule: Schedule) -> list[Resource]:
    if schedule.resources is not None:
        with call.reading() as ctx:
            return list(schedule.resources(ctx))
    info = Fields(call, call.target).find(schedule.resource or "")
    target = info.info.target if info is not None and info.info is not None else None
    if target is None:
        return []
    entity = call.site.registry.entity(target)
    spec = parse_list(
        call.site,
        call.guardian,
        entity,
        [("fields", f"id,{entity.__tenon__.title}"), ("limit", str(POOL * 2))],
        max_limit=POOL * 2,
    )
    rows = list_rows(call.site, call.guardian, spec).items
    return [Resource(id=row.c0, name=str(row.c1)) for row in rows]


def movable(call: PageCall, schedule: Schedule) -> bool:
    return call.guardian.access.scope(f"{schedule.entity}.edit") is not None


def base_of(schedule: Schedule) -> str:
    return "/" + schedule.entity.replace(".", "/")


def moment_of(value: Any) -> datetime:
    found = moment(value)
    if isinstance(found, datetime):
        return found
    day: date = found
    return datetime.combine(day, time(0), UTC)
