"""The record of every run of a job: what was asked, how far it is, how it ended.

DBOS decides who executes a run and when; this table holds what people and other code want to
know of it, in the same transaction as the work itself. A run has at most one owner, named by
`lease`; whoever lost the lease can neither store progress nor commit.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    RowMapping,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    case,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from uuid_utils.compat import uuid7

from tenon_core.jobs.failures import Failure, load_text
from tenon_sdk.entities import Base
from tenon_sdk.text import Text as TranslatableText
from tenon_sdk.types import Guid, Json, UtcDateTime


class State(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PARKED = "parked"
    """No enabled plugin offers the job; it goes on by itself when one does again."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (State.QUEUED, State.RUNNING)
REPEATABLE = (State.FAILED, State.CANCELLED)

job_run = Table(
    "core_job_run",
    Base.metadata,
    Column("id", Guid(), primary_key=True),
    Column("job", String(200), nullable=False),
    Column("key", String(300)),
    Column("args", Json(), nullable=False),
    Column("requested_by", Guid()),
    Column("priority", Integer, nullable=False),
    Column("state", String(20), nullable=False),
    Column("created_at", UtcDateTime(), nullable=False),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("started_at", UtcDateTime()),
    Column("finished_at", UtcDateTime()),
    Column("dispatch", Integer, nullable=False),
    Column("workflow_id", String(80), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lease", String(36)),
    Column("done", Integer),
    Column("total", Integer),
    Column("note", Json()),
    Column("checkpoint", Json()),
    Column("result", Json()),
    Column("error", Json()),
    Column("traceback", Text),
    UniqueConstraint("job", "key"),
    Index(None, "state", "due_at"),
    Index(None, "job", "created_at"),
    Index(None, "created_at"),
)


@frozen(kw_only=True)
class Run:
    """One run as it stands. Times are UTC; `done` of `total` are in the job's own unit."""

    id: UUID
    job: str
    key: str | None
    args: Mapping[str, Any]
    requested_by: UUID | None
    priority: int
    state: State
    created_at: datetime
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    dispatch: int
    workflow_id: str
    attempt: int
    lease: str | None
    done: int | None
    total: int | None
    note: TranslatableText | None
    checkpoint: Any
    result: Any
    error: Failure | None
    traceback: str | None


def run_from(row: RowMapping) -> Run:
    values = dict(row)
    values["state"] = State(values["state"])
    values["error"] = Failure.load(values["error"])
    values["note"] = load_text(values["note"])
    return Run(**values)


def insert_run(conn: Connection, values: Mapping[str, Any]) -> tuple[UUID, bool]:
    """Stores a new run, or finds the one that holds its (job, key). Tells whether it is new."""
    insert = postgresql_insert if conn.dialect.name == "postgresql" else sqlite_insert
    run_id = uuid7()
    statement = insert(job_run).values(
        **values, id=run_id, dispatch=1, workflow_id=f"{run_id}.1", attempt=0, state=State.QUEUED
    )
    if values["key"] is None:
        conn.execute(statement)
        return run_id, True
    statement = statement.on_conflict_do_nothing(index_elements=["job", "key"])
    if conn.execute(statement.returning(job_run.c.id)).first() is not None:
        return run_id, True
    known = select(job_run.c.id).where(
        job_run.c.job == values["job"], job_run.c.key == values["key"]
    )
    return conn.execute(known).scalar_one(), False


def fetch_run(conn: Connection, run_id: UUID) -> Run | None:
    row = conn.execute(select(job_run).where(job_run.c.id == run_id)).mappings().first()
    return None if row is None else run_from(row)


def fetch_runs(conn: Connection, statement: Select[Any]) -> list[Run]:
    return [run_from(row) for row in conn.execute(statement).mappings()]


def begin_attempt(
    conn: Connection, run_id: UUID, dispatch: int, lease: str, now: datetime
) -> Run | None:
    """Takes the run over. None: it is finished, or another dispatch of it is the current one.

    An attempt that was cut off by a crash is counted once, however often it is begun.
    """
    c = job_run.c
    counted = case((c.state == State.QUEUED, c.attempt + 1), else_=c.attempt)
    taken = conn.execute(
        update(job_run)
        .where(c.id == run_id, c.dispatch == dispatch, c.state.in_(UNFINISHED))
        .values(state=State.RUNNING, attempt=counted, lease=lease, started_at=now)
    )
    return fetch_run(conn, run_id) if taken.rowcount else None


def change_owned(conn: Connection, run_id: UUID, owner: str, **values: Any) -> bool:
    """Changes the run if the lease `owner` still holds it, and tells whether it did."""
    owned = update(job_run).where(job_run.c.id == run_id, job_run.c.lease == owner)
    return conn.execute(owned.values(**values)).rowcount == 1


def change_state(
    conn: Connection,
    run_id: UUID,
    expected: Sequence[State],
    dispatched_as: str | None = None,
    **values: Any,
) -> bool:
    """Changes the run if it is in one of the expected states, and tells whether it did.

    With `dispatched_as`, only if that is still its current dispatch.
    """
    matching = update(job_run).where(job_run.c.id == run_id, job_run.c.state.in_(expected))
    if dispatched_as is not None:
        matching = matching.where(job_run.c.workflow_id == dispatched_as)
    return conn.execute(matching.values(**values)).rowcount == 1


def delete_finished(conn: Connection, before: datetime, limit: int) -> int:
    """Deletes up to `limit` runs that ended before then, and tells how many."""
    old = (
        select(job_run.c.id)
        .where(job_run.c.state.not_in([*UNFINISHED, State.PARKED]))
        .where(job_run.c.finished_at < before)
        .limit(limit)
    )
    return conn.execute(delete(job_run).where(job_run.c.id.in_(old))).rowcount
