"""A job while it runs: progress, checkpoints, time limit, cancelling."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event
from typing import Any, Protocol
from uuid import UUID

from attrs import evolve
from sqlalchemy.orm import Session

from tenon_core.jobs.failures import RunInterrupted, RunLost, TimedOut, dump_text, load_text
from tenon_core.jobs.runs import Run, change_owned

REPORT_SECONDS = 1.0

_here: dict[UUID, "RunningJob"] = {}
_current: ContextVar["RunningJob | None"] = ContextVar("tenon_running_job", default=None)


class ProgressSink(Protocol):
    """Shows progress outside of the job's transaction."""

    def report(self, run_id: UUID, lease: str, values: dict[str, Any]) -> bool:
        """Stores the values if that is possible at once; False if the run is no longer ours."""


class RunningJob:
    """The run that the current thread executes; `current_run()` finds it.

    A long job works in portions and calls `checkpoint` after each: what it has changed so far
    is committed together with `state`, and an attempt that starts after a crash, a failure or a
    restart finds the last state in `resumed`. Without checkpoints the job is one transaction,
    which is done entirely or not at all.
    """

    def __init__(
        self, run: Run, session: Session, sink: ProgressSink, timeout: float | None, stop: Event
    ) -> None:
        if run.lease is None:
            raise RunLost
        self.run, self.resumed = run, run.checkpoint
        self._session, self._sink, self._stop = session, sink, stop
        self._lease = run.lease
        self._timeout = timeout
        self._started = time.monotonic()
        self._reported = 0.0
        self._shown: dict[str, Any] = {}
        self._cancelled = False

    def progress(self, done: int, total: int | None = None, note: str | None = None) -> None:
        """Shows how far the job is, about once a second; never waits and never commits.

        Raises what ends the job early: it was cancelled, is over its time, or has to move to
        another process because this one shuts down.
        """
        shown = None if note is None else dump_text(note)
        self._shown = {"done": done, "total": total, "note": shown}
        self._check()
        if time.monotonic() - self._reported < REPORT_SECONDS:
            return
        self._reported = time.monotonic()
        if not self._sink.report(self.run.id, self._lease, self._shown):
            raise RunLost

    def checkpoint(self, state: Any) -> None:
        """Commits what was done so far together with `state` (JSON) and the progress."""
        self._check()
        self._store(checkpoint=state, **self._shown)
        self._session.commit()
        self.resumed = state

    def finish(self, **values: Any) -> None:
        """Stores the end of the run in the job's own transaction, which makes it happen once."""
        self._check_time()
        self._store(**values, **self._shown)

    def _store(self, **values: Any) -> None:
        self._session.flush()
        if not change_owned(self._session.connection(), self.run.id, self._lease, **values):
            raise RunLost

    @property
    def shown(self) -> dict[str, Any]:
        """The last progress: `done`, `total` and `note`, or nothing yet."""
        return self._shown

    def cancel(self) -> None:
        """Ends the job at its next progress report."""
        self._cancelled = True

    def _check(self) -> None:
        if self._cancelled:
            raise RunLost
        if self._stop.is_set():
            raise RunInterrupted
        self._check_time()

    def _check_time(self) -> None:
        if self._timeout is not None and time.monotonic() - self._started > self._timeout:
            raise TimedOut(self._timeout)


def current_run() -> RunningJob | None:
    return _current.get()


def with_live_progress(run: Run) -> Run:
    """The run with the progress of this very moment if this process executes it."""
    running = _here.get(run.id)
    if running is None or not running.shown:
        return run
    return evolve(run, **{**running.shown, "note": load_text(running.shown["note"])})


def cancel_here(run_id: UUID) -> None:
    """Cancels the run if this process executes it.

    On SQLite the job may hold the write lock that storing the cancellation waits for. Should
    that not be stored in the end, the watch of the workers starts the run again.
    """
    running = _here.get(run_id)
    if running is not None:
        running.cancel()


@contextmanager
def as_current(running: RunningJob) -> Iterator[None]:
    token = _current.set(running)
    _here[running.run.id] = running
    try:
        yield
    finally:
        _here.pop(running.run.id, None)
        _current.reset(token)
