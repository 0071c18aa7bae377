"""Enqueueing as part of the business transaction, and what can be done with a run."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from dbos import DBOSClient, EnqueueOptions
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from tenon_core.jobs.failures import NoSuchRun, UnknownJob
from tenon_core.jobs.running import cancel_here, with_live_progress
from tenon_core.jobs.runs import (
    REPEATABLE,
    UNFINISHED,
    Run,
    State,
    change_state,
    delete_finished,
    fetch_run,
    fetch_runs,
    insert_run,
    job_run,
)
from tenon_core.jobs.setup import QUEUE, RUN_WORKFLOW, client_of
from tenon_core.jobs.site import JobSite

DEFAULT_PRIORITY = 100
CHUNK = 500


class JobQueue(Protocol):
    """Where the rest of the core puts background work."""

    def enqueue(
        self,
        session: Session | Connection,
        job: str,
        args: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        delay: timedelta | None = None,
        priority: int = DEFAULT_PRIORITY,
        requested_by: UUID | None = None,
    ) -> UUID:
        """Starts a job when this transaction commits, and never if it rolls back.

        key       one run per job and key, whatever became of it; its id is returned again
        delay     how long after now it starts at the earliest
        priority  0 to 2,147,483,647, lower first
        Raises UnknownJob if no enabled plugin offers the job. Returns the id of the run.
        """


class RunQueue(ABC):
    """The queue without its engine: every change is made in the caller's transaction."""

    def __init__(self, site: JobSite, now: Callable[[], datetime] | None = None) -> None:
        self.site = site
        self.now = now or (lambda: datetime.now(UTC))

    def enqueue(
        self,
        session: Session | Connection,
        job: str,
        args: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        delay: timedelta | None = None,
        priority: int = DEFAULT_PRIORITY,
        requested_by: UUID | None = None,
    ) -> UUID:
        """As `JobQueue.enqueue`."""
        if job not in self.site.jobs:
            raise UnknownJob(job)
        conn, now = connection_of(session), self.now()
        values = {
            "job": job,
            "key": key,
            "args": dict(args or {}),
            "priority": priority,
            "requested_by": requested_by,
            "created_at": now,
            "due_at": now + (delay or timedelta()),
        }
        run_id, new = insert_run(conn, values)
        if new:
            self._dispatch(conn, f"{run_id}.1", priority, delay)
        return run_id

    def cancel(self, run_id: UUID) -> None:
        """Cancels a run that has not ended; what it did since its last checkpoint is undone.

        A job that is running notices at its next progress report, at the latest at its end.
        This is a transaction of its own, to be called outside of any other: on SQLite the job
        may hold the write lock, which it gives up when it is told in this process, and which
        this waits for when it runs in another one. Raises NoSuchRun if the run has ended.
        """
        cancel_here(run_id)
        with self.site.engine.begin() as conn:
            cancelled = change_state(
                conn,
                run_id,
                (*UNFINISHED, State.PARKED),
                state=State.CANCELLED,
                lease=None,
                finished_at=self.now(),
            )
        if not cancelled:
            raise NoSuchRun

    def retry(self, session: Session | Connection, run_id: UUID) -> None:
        """Starts a failed or cancelled run again, from its last checkpoint, with all attempts.

        Raises NoSuchRun if it is in another state.
        """
        conn = connection_of(session)
        if not change_state(conn, run_id, REPEATABLE, state=State.QUEUED):
            raise NoSuchRun
        self._repeat(conn, run_id, attempt=0, error=None, traceback=None, finished_at=None)

    def redispatch(
        self, conn: Connection, run: Run, *, delay: timedelta | None = None, **values: Any
    ) -> None:
        """Hands the run to the workers once more; the dispatch before it is void from now on.

        An attempt that had begun does not count, unless `attempt` says so.
        """
        if run.state == State.RUNNING:
            values = {"attempt": run.attempt - 1, **values}
        workflow_id = f"{run.id}.{run.dispatch + 1}"
        changed = change_state(
            conn,
            run.id,
            (*UNFINISHED, State.PARKED),
            run.workflow_id,
            state=State.QUEUED,
            lease=None,
            dispatch=run.dispatch + 1,
            workflow_id=workflow_id,
            due_at=self.now() + (delay or timedelta()),
            **values,
        )
        if changed:
            self._dispatch(conn, workflow_id, run.priority, delay)

    def unpark(self) -> int:
        """Starts the parked runs whose job an enabled plugin offers now; tells how many."""
        known = select(job_run).where(
            job_run.c.state == State.PARKED, job_run.c.job.in_(sorted(self.site.jobs))
        )
        with self.site.read_engine.connect() as conn:
            parked = fetch_runs(conn, known.limit(CHUNK))
        for run in parked:
            with self.site.engine.begin() as conn:
                self.redispatch(conn, run, error=None)
        return len(parked)

    def run(self, session: Session | Connection, run_id: UUID) -> Run:
        """The run as it stands; raises NoSuchRun."""
        run = fetch_run(connection_of(session), run_id)
        if run is None:
            raise NoSuchRun
        return with_live_progress(run)

    def runs(
        self,
        session: Session | Connection,
        *,
        job: str | None = None,
        states: Sequence[State] = (),
        before: datetime | None = None,
        limit: int = 100,
    ) -> list[Run]:
        """Runs, newest first; `before` is the creation time of the last one already shown."""
        statement = select(job_run).order_by(job_run.c.created_at.desc(), job_run.c.id.desc())
        if job is not None:
            statement = statement.where(job_run.c.job == job)
        if states:
            statement = statement.where(job_run.c.state.in_(states))
        if before is not None:
            statement = statement.where(job_run.c.created_at < before)
        found = fetch_runs(connection_of(session), statement.limit(limit))
        return [with_live_progress(run) for run in found]

    def clean(self, keep: timedelta) -> int:
        """Deletes the records of runs that ended longer ago than `keep`; tells how many."""
        deleted = 0
        while True:
            with self.site.engine.begin() as conn:
                portion = delete_finished(conn, self.now() - keep, CHUNK)
            deleted += portion
            if portion < CHUNK:
                return deleted

    def _repeat(self, conn: Connection, run_id: UUID, **values: Any) -> None:
        self.redispatch(conn, self.run(conn, run_id), **values)

    @abstractmethod
    def _dispatch(
        self, conn: Connection, workflow_id: str, priority: int, delay: timedelta | None
    ) -> None:
        """Makes the workers execute this dispatch of a run once the transaction commits."""


class DbosQueue(RunQueue):
    """The queue of a site: DBOS in the site's own database. It starts no thread by itself."""

    def __init__(self, site: JobSite, now: Callable[[], datetime] | None = None) -> None:
        super().__init__(site, now)
        self._client: DBOSClient | None = None

    @property
    def client(self) -> DBOSClient:
        if self._client is None:
            self._client = client_of(self.site.engine)
        return self._client

    def _dispatch(
        self, conn: Connection, workflow_id: str, priority: int, delay: timedelta | None
    ) -> None:
        options = EnqueueOptions(
            workflow_name=RUN_WORKFLOW,
            queue_name=QUEUE,
            workflow_id=workflow_id,
            priority=priority,
        )
        if delay is not None:
            options["delay_seconds"] = delay.total_seconds()
        self.client.enqueue_in_transaction(conn, options, workflow_id)


def connection_of(session: Session | Connection) -> Connection:
    """The connection itself, so that the session's own limits and flushes stay out of it."""
    return session.connection() if isinstance(session, Session) else session
