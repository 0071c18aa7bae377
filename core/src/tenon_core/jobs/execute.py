"""The one path on which every run is executed, by a worker as by a test."""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from tenon_core.jobs.failures import (
    Failure,
    RunInterrupted,
    RunLost,
    UnknownJob,
    shortened_traceback,
)
from tenon_core.jobs.queue import RunQueue
from tenon_core.jobs.running import ProgressSink, RunningJob, as_current
from tenon_core.jobs.runs import Run, State, begin_attempt, change_owned, fetch_run
from tenon_core.jobs.site import JobSite
from tenon_sdk.jobs import Job

log = logging.getLogger("tenon.jobs")
T = TypeVar("T")

LONGEST_BACKOFF = timedelta(hours=6)


class Executor:
    """Executes runs of a site, one transaction each, until `stop` is set.

    What a job changes in the database happens exactly once: the end of the run is stored in the
    job's own transaction and only by the present owner of the run. What it does elsewhere (a
    message, a file) happens at least once.
    """

    def __init__(self, site: JobSite, queue: RunQueue, sink: ProgressSink, stop: Event) -> None:
        self.site, self.queue, self.sink, self.stop = site, queue, sink, stop

    def perform(self, run_id: UUID, dispatch: int) -> None:
        """Executes the run if `dispatch` is still its current one; never raises for the job."""
        lease = str(uuid4())
        run = self._store(
            lambda conn: begin_attempt(conn, run_id, dispatch, lease, self.queue.now())
        )
        if run is None:
            return
        job = self.site.jobs.get(run.job)
        if job is None:
            self._park(run, lease)
            return
        try:
            self._work(job, run)
        except RunLost:
            log.info("run %s of %s is no longer ours", run.id, run.job)
        except RunInterrupted:
            self._store(lambda conn: self._again(conn, run, lease))
        except BaseException as error:  # noqa: BLE001 - SystemExit in a job ends the job only
            self._fail(job, run, lease, error)

    def give_back(self, run_id: UUID, dispatch: int) -> None:
        """Leaves a dispatch that was not begun here to another worker."""

        def again(conn: Connection) -> None:
            run = fetch_run(conn, run_id)
            if run is not None and run.dispatch == dispatch:
                self.queue.redispatch(conn, run)

        self._store(again)

    def _work(self, job: Job, run: Run) -> None:
        with self.site.open_context(f"job {job.name}") as ctx:
            running = RunningJob(run, ctx.session, self.sink, job.timeout, self.stop)
            with as_current(running):
                result = job.run(ctx, run.args)
                running.finish(
                    state=State.SUCCEEDED,
                    result=result,
                    finished_at=self.queue.now(),
                    checkpoint=None,
                    error=None,
                    traceback=None,
                )

    def _park(self, run: Run, lease: str) -> None:
        failure = Failure.of(UnknownJob(run.job))
        parked = {"state": State.PARKED, "error": failure.dump(), "attempt": run.attempt - 1}
        self._store(lambda conn: change_owned(conn, run.id, lease, **parked))
        log.warning("run %s waits: %s", run.id, failure)

    def _fail(self, job: Job, run: Run, lease: str, error: BaseException) -> None:
        failure = Failure.of(error)
        why: dict[str, Any] = {"error": failure.dump(), "traceback": shortened_traceback(error)}
        log.warning(
            "run %s of %s failed in attempt %d of %d: %s",
            run.id, run.job, run.attempt, job.retries + 1, failure, exc_info=error,
        )  # fmt: skip
        if run.attempt <= job.retries:
            pause = backoff(job, run.attempt)
            why["attempt"] = run.attempt
            self._store(lambda conn: self._again(conn, run, lease, pause=pause, **why))
        else:
            why |= {"state": State.FAILED, "finished_at": self.queue.now()}
            self._store(lambda conn: change_owned(conn, run.id, lease, **why))

    def _again(
        self, conn: Connection, run: Run, lease: str, pause: timedelta | None = None, **values: Any
    ) -> None:
        if change_owned(conn, run.id, lease, lease=None):
            self.queue.redispatch(conn, run, delay=pause, **values)

    def _store(self, change: Callable[[Connection], T]) -> T:
        """Stores a step of a run, waiting while the database is away or locked."""
        pause = 0.5
        while True:
            try:
                with self.site.engine.begin() as conn:
                    return change(conn)
            except OperationalError as error:
                log.warning("cannot store the state of a run, trying again: %s", error)
                if self.stop.wait(pause):
                    raise
                pause = min(pause * 2, 30.0)


def backoff(job: Job, attempt: int) -> timedelta:
    """The pause after the given failed attempt (1 is the first): doubled each time."""
    doubled: int = 2 ** min(attempt - 1, 30)
    return min(timedelta(seconds=job.backoff) * doubled, LONGEST_BACKOFF)
