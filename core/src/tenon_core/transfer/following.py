"""Doing what large imports have left for later: search entries, keys of duplicates, periods.

Notes are taken in portions; the rows they ask for and the end of the notes are one transaction.
Any number of processes may work at once: on PostgreSQL each takes other notes, on SQLite one
writes at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Row, delete, select

from tenon_core.customers.finding import write_keys
from tenon_core.customers.ownership import begin_periods
from tenon_core.entities.imports import ImportRun
from tenon_core.entities.system import FollowUp
from tenon_core.storage.following import KEYS, PERIODS, SEARCH, oldest, waiting
from tenon_core.storage.indexing import index_records
from tenon_core.storage.search import settle
from tenon_core.transfer.runs import UNFINISHED
from tenon_sdk.declarations import Health, HealthCheck, Level
from tenon_sdk.jobs import Job
from tenon_sdk.text import _

log = logging.getLogger("tenon.import")

Report = Callable[[int, int | None], None]
FOLLOW = "core.follow_import"
# Notes of one kind that are done together.
TOGETHER = 2
# How long an import that gets on is left alone.
PAUSE = timedelta(seconds=15)
LATE = timedelta(hours=1)


@frozen
class Chosen:
    """Which notes are meant: of one import, kind or entity, or all."""

    source: UUID | None = None
    kind: str | None = None
    entity: str | None = None

    def conditions(self) -> list[Any]:
        pairs = (
            (FollowUp.source, self.source),
            (FollowUp.kind, self.kind),
            (FollowUp.entity, self.entity),
        )
        return [column == value for column, value in pairs if value is not None]


def follow(site: Any, chosen: Chosen | None = None, *, report: Report | None = None) -> int:
    """Does what waits, in transactions of its own; returns for how many records.

    A portion that fails is left for another time, and the others are done; then the first error
    is raised. `report(done, total)` is told after each portion and may raise to stop.
    """
    chosen = chosen or Chosen()
    with site.read_engine.connect() as connection:
        total = waiting(connection, chosen.source)
    done, after, failed = 0, 0, None
    while True:
        try:
            count, after = _portion(site, chosen, after)
        except _Failed as error:
            log.exception("notes of an import are left for another time")
            failed, after = failed or error.__cause__, error.after
            continue
        if not count:
            break
        done += count
        if report is not None:
            report(done, max(total, done))
    if done:
        with site.engine.begin() as connection:
            settle(connection)
    if failed is not None:
        raise failed
    return done


class _Failed(Exception):
    """The notes up to `after` could not be done."""

    def __init__(self, after: int) -> None:
        super().__init__(after)
        self.after = after


def _portion(site: Any, chosen: Chosen, after: int) -> tuple[int, int]:
    """Does the first notes behind `after`: for how many records, and up to which note."""
    with site.system("follow an import") as ctx:
        notes = _notes(ctx, chosen, after)
        if not notes:
            return 0, after
        try:
            DO[notes[0].kind](ctx, notes[0].entity, notes)
        except Exception as error:
            raise _Failed(notes[0].id) from error
        ctx.connection.execute(delete(FollowUp).where(FollowUp.id.in_([n.id for n in notes])))
        return sum(note.size for note in notes), after


def _notes(ctx: Any, chosen: Chosen, after: int) -> list[Row[Any]]:
    """The first note that nobody else has taken, and others of its kind and entity."""
    table: Any = FollowUp.__table__
    wanted = select(table).where(FollowUp.id > after, *chosen.conditions()).order_by(FollowUp.id)
    wanted = wanted.with_for_update(skip_locked=True)
    first = ctx.connection.execute(wanted.limit(1)).one_or_none()
    if first is None:
        return []
    alike = wanted.where(FollowUp.kind == first.kind, FollowUp.entity == first.entity)
    return list(ctx.connection.execute(alike.limit(TOGETHER)).all())


def _ids(notes: Sequence[Row[Any]]) -> list[UUID]:
    return list(dict.fromkeys(UUID(id_) for note in notes for id_ in note.records["ids"]))


def _search(ctx: Any, entity: str, notes: Sequence[Row[Any]]) -> None:
    cls = ctx.site.registry.entities.get(entity)
    if cls is not None:
        index_records(ctx, cls, _ids(notes))


def _keys(ctx: Any, entity: str, notes: Sequence[Row[Any]]) -> None:
    write_keys(ctx, entity, _ids(notes), frozenset())


def _periods(ctx: Any, entity: str, notes: Sequence[Row[Any]]) -> None:
    for note in notes:
        begin_periods(ctx, entity, note.at, note.records)


DO: Mapping[str, Callable[[Any, str, Sequence[Row[Any]]], None]] = {
    SEARCH: _search,
    KEYS: _keys,
    PERIODS: _periods,
}


def enqueue_follow(ctx: Any, run_id: UUID, at: int | None = None) -> None:
    """Has a job do what the run's transaction postpones: after the row `at`, or at its end."""
    key = f"{run_id}:{'end' if at is None else at}"
    delay = None if at is None else PAUSE
    ctx.enqueue(FOLLOW, {"run": str(run_id)}, key=key, delay=delay)


def follow_job(ctx: Any, args: Mapping[str, Any]) -> int | None:
    """Does what the import `args["run"]` has left for later, or all there is without one.

    An import that gets on goes first, so that the two do not write in turns; one that stands
    still, as after a crash, is not waited for.
    """
    run = UUID(args["run"]) if args.get("run") else None
    standing = _standing(ctx, run)
    if standing is not None and standing != args.get("standing"):
        ctx.enqueue(FOLLOW, {**args, "standing": standing}, delay=PAUSE)
        return None
    return follow(ctx.site, Chosen(run), report=ctx.progress)


def _standing(ctx: Any, run: UUID | None) -> int | None:
    """How many rows an import has read, None if it does not run."""
    table: Any = ImportRun.__table__
    with ctx.site.read_engine.connect() as connection:
        read = select(table.c.read).where(table.c.id == run, table.c.state.in_(UNFINISHED))
        found: int | None = connection.execute(read).scalar_one_or_none()
        return found


def _healthy(ctx: Any) -> Health:
    count, since = waiting(ctx.connection), oldest(ctx.connection)
    if since is None:
        return Health(level=Level.OK, message=_("Search and duplicate keys are up to date."))
    message = _("Search is being brought up to date: {count} entries wait.", count=count)
    late = since < ctx.now - LATE
    return Health(level=Level.WARNING if late else Level.OK, message=message)


HEALTH_CHECKS = (HealthCheck(key="core.following", label=_("After imports"), run=_healthy),)
JOBS = (Job(name=FOLLOW, title=_("Bring the search up to date after an import"), run=follow_job),)
