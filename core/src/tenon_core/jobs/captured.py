"""A queue for tests: nothing runs by itself, everything runs on the same path when asked to."""

from datetime import timedelta
from threading import Event

from sqlalchemy import Connection, select

from tenon_core.jobs.execute import Executor
from tenon_core.jobs.failures import JobError
from tenon_core.jobs.progress import UnseenProgress
from tenon_core.jobs.queue import CHUNK, RunQueue
from tenon_core.jobs.runs import Run, State, fetch_runs, job_run


class CapturedQueue(RunQueue):
    """Keeps what committed transactions enqueued; `drain` runs it in the calling thread."""

    @property
    def waiting(self) -> list[Run]:
        """What would be executed, in that order: delayed runs too, rolled back ones not."""
        c = job_run.c
        queued = select(job_run).where(c.state == State.QUEUED).limit(CHUNK)
        with self.site.read_engine.connect() as conn:
            return fetch_runs(conn, queued.order_by(c.priority, c.due_at, c.id))

    def drain(self, *, delayed: bool = False, check: bool = True) -> list[Run]:
        """Executes what is due, and what that enqueues in turn, until nothing is left.

        delayed  also what is due later, as delayed runs and further attempts are
        check    raises JobError with the reason of the first run that failed
        Returns the runs as they are after each execution.
        """
        executor = Executor(self.site, self, UnseenProgress(), Event())
        done: list[Run] = []
        while due := [r for r in self.waiting if delayed or r.due_at <= self.now()]:
            executor.perform(due[0].id, due[0].dispatch)
            with self.site.read_engine.connect() as conn:
                done.append(self.run(conn, due[0].id))
            if check and done[-1].state == State.FAILED and done[-1].error:
                raise JobError(done[-1].error.message)
        return done

    def _dispatch(
        self, conn: Connection, workflow_id: str, priority: int, delay: timedelta | None
    ) -> None:
        """Nothing to do: the record of the run is all there is."""
