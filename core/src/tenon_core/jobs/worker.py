"""The process that executes runs: in the serving process, or as one of its own.

Any number of workers may serve one database. DBOS hands each dispatch of a run to one of them;
a watch in each worker finds those that died and returns their runs to the queue.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dbos import DBOS
from sqlalchemy import column, select, table

from tenon_core.jobs.execute import Executor
from tenon_core.jobs.failures import Failure, WorkerLost, WorkerRefused
from tenon_core.jobs.liveness import liveness_of
from tenon_core.jobs.progress import StoredProgress
from tenon_core.jobs.queue import CHUNK, DbosQueue
from tenon_core.jobs.runs import UNFINISHED, State, change_state, fetch_run, job_run
from tenon_core.jobs.schedules import apply_schedules, is_due
from tenon_core.jobs.setup import (
    QUEUE,
    RUN_WORKFLOW,
    SCHEMA,
    TICK_WORKFLOW,
    WorkerSettings,
    configuration,
    executor_engine,
)
from tenon_core.jobs.site import JobSite
from tenon_sdk.text import _

log = logging.getLogger("tenon.jobs")

MOST_DEATHS = 10
"""How often a run may take its worker down with it before it counts as failed."""

AHEAD = 4
"""How many runs per slot DBOS may hand us at one look: with one, short runs would wait for the
next look, with many, the workers would share badly."""

SLOT_SECONDS = 0.2
CLEAN_SECONDS = 3600.0
TICK_KEY = "tick:"

_active: "Worker | None" = None


@DBOS.workflow(name=RUN_WORKFLOW, max_recovery_attempts=MOST_DEATHS)
def run_workflow(workflow_id: str) -> None:
    """Executes one dispatch of a run; DBOS begins it again if the process dies meanwhile."""
    run_id, dispatch = workflow_id.rsplit(".", 1)
    _worker().execute(UUID(run_id), int(dispatch))


@DBOS.workflow(name=TICK_WORKFLOW, max_recovery_attempts=MOST_DEATHS)
def tick_workflow(scheduled_at: datetime, job: str) -> None:
    """Enqueues the run of one tick of a schedule."""
    _worker().tick(scheduled_at, job)


def launch(site: JobSite, queue: DbosQueue, settings: WorkerSettings | None = None) -> "Worker":
    """Starts executing runs in threads of this process; there is one worker in a process.

    Raises WorkerRefused if this process has one already or the database is in memory.
    """
    global _active  # noqa: PLW0603 - DBOS itself is one per process
    if _active is not None:
        raise WorkerRefused(_("This process already executes the jobs of a site."))
    worker = Worker(site, queue, settings or WorkerSettings())
    _active = worker
    try:
        worker.start()
    except BaseException:
        worker.shutdown(0)
        raise
    return worker


class Worker:
    def __init__(self, site: JobSite, queue: DbosQueue, settings: WorkerSettings) -> None:
        self.site, self.queue, self.settings = site, queue, settings
        self.engine = executor_engine(site.engine)
        self.liveness = liveness_of(self.engine)
        self.stopping = threading.Event()
        self.executor = Executor(site, queue, StoredProgress(self.engine), self.stopping)
        self._watch = threading.Thread(target=self._keep_watch, name="tenon-jobs-watch")
        self._suspects: set[str] = set()
        self._slots = threading.BoundedSemaphore(settings.concurrency)

    def start(self) -> None:
        self.liveness.hold()
        DBOS(config=configuration(self.engine, self.liveness.executor_id))
        DBOS.launch()
        DBOS.register_queue(
            QUEUE,
            worker_concurrency=self.settings.concurrency * AHEAD,
            polling_interval_sec=self.settings.poll,
            on_conflict="always_update",
        )
        apply_schedules(self.site, tick_workflow)
        self._watch.start()

    def shutdown(self, timeout: float = 30.0) -> None:
        """Stops: jobs that report progress give way at once, others have `timeout` seconds.

        What has not ended by then is begun again by another worker, or at the next start.
        """
        global _active  # noqa: PLW0603 - DBOS itself is one per process
        self.stopping.set()
        if self._watch.is_alive():
            self._watch.join()
        try:
            DBOS.destroy(workflow_completion_timeout_sec=self._grace(timeout))
        finally:
            self.liveness.release()
            self.engine.dispose()
            _active = None

    def execute(self, run_id: UUID, dispatch: int) -> None:
        """Executes one dispatch of a run as soon as one of this process's slots is free."""
        while not self._slots.acquire(timeout=SLOT_SECONDS):
            if self.stopping.is_set():
                break
        else:
            try:
                self.executor.perform(run_id, dispatch)
            finally:
                self._slots.release()
            return
        self.executor.give_back(run_id, dispatch)

    def tick(self, scheduled_at: datetime, name: str) -> None:
        """Enqueues the job of a tick, unless its run of an earlier tick has not ended yet."""
        job = self.site.jobs.get(name)
        local = scheduled_at.astimezone(self.site.zone)
        if job is None or job.schedule is None or not is_due(job.schedule, local):
            return
        when = scheduled_at.astimezone(UTC).isoformat()
        key, c = TICK_KEY + when, job_run.c
        earlier = select(c.id).where(
            c.job == name, c.key.startswith(TICK_KEY), c.key != key, c.state.in_(UNFINISHED)
        )
        with self.site.engine.begin() as conn:
            if conn.execute(earlier.limit(1)).first() is not None:
                log.warning("%s is skipped at %s: it still runs", name, local.isoformat())
                return
            self.queue.enqueue(conn, name, {"scheduled_at": when}, key=key)

    def _grace(self, timeout: float) -> int:
        """Whole seconds that DBOS waits; none if no run is under way here."""
        if timeout <= 0:
            return 0
        mine = DBOS.list_workflows(
            status="PENDING", executor_id=self.liveness.executor_id, load_input=False, limit=1
        )
        return max(1, round(timeout)) if mine else 0

    def _keep_watch(self) -> None:
        cleaned = time.monotonic()
        pause = min(1.0, self.settings.watch)
        while True:
            self._try(self.liveness.hold)
            self._try(self._recover)
            self._try(self._reconcile)
            self._try(self.queue.unpark)
            if time.monotonic() - cleaned > CLEAN_SECONDS:
                cleaned = time.monotonic()
                self._try(self._clean)
            if self.stopping.wait(pause):
                return
            pause = self.settings.watch

    def _try(self, action: Callable[[], Any]) -> None:
        try:
            action()
        except Exception:
            log.exception("watching over the workers failed, it goes on")

    def _recover(self) -> None:
        """Returns the runs of dead workers to the queue.

        A worker counts as dead when it was found so twice: after a restart of the database all
        of them have to take their locks again.
        """
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        dead = self.liveness.dead({w.executor_id for w in pending if w.executor_id})
        dead.discard(self.liveness.executor_id)
        if confirmed := sorted(dead & self._suspects):
            log.warning("taking over the runs of %s", ", ".join(confirmed))
            DBOS._recover_pending_workflows(confirmed)  # noqa: SLF001 - DBOS has no public name
        self._suspects = dead

    def _reconcile(self) -> None:
        """Dispatches again whatever DBOS does not know or has given up, as after a `load`."""
        flow = table(
            "workflow_status",
            column("workflow_uuid"),
            column("status"),
            schema=None if self.engine.dialect.name == "sqlite" else SCHEMA,
        )
        active = select(flow.c.workflow_uuid).where(
            flow.c.workflow_uuid == job_run.c.workflow_id,
            flow.c.status.in_(["ENQUEUED", "DELAYED", "PENDING"]),
        )
        given_up = select(flow.c.workflow_uuid).where(
            flow.c.workflow_uuid == job_run.c.workflow_id,
            flow.c.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED",
        )
        lost = (
            select(job_run.c.id, job_run.c.workflow_id, given_up.exists())
            .where(job_run.c.state.in_(UNFINISHED), ~active.exists())
            .limit(CHUNK)
        )
        with self.engine.connect() as conn:
            found = conn.execute(lost).all()
        for run_id, workflow_id, fatal in found:
            self._heal(run_id, workflow_id, fatal=fatal)

    def _heal(self, run_id: UUID, workflow_id: str, *, fatal: bool) -> None:
        with self.site.engine.begin() as conn:
            run = fetch_run(conn, run_id)
            if run is None or run.workflow_id != workflow_id:
                return
            if fatal:
                error = Failure.of(WorkerLost()).dump()
                ended = {"state": State.FAILED, "lease": None, "finished_at": self.queue.now()}
                change_state(conn, run_id, UNFINISHED, workflow_id, error=error, **ended)
            else:
                self.queue.redispatch(conn, run)

    def _clean(self) -> None:
        """Deletes what ended long ago, of ours and of DBOS."""
        self.queue.clean(self.settings.keep)
        before = (self.queue.now() - self.settings.keep).isoformat()
        while old := DBOS.list_workflows(
            completed_before=before, limit=CHUNK, load_input=False, load_output=False
        ):
            DBOS.delete_workflows([w.workflow_id for w in old])


def _worker() -> Worker:
    if _active is None:
        raise WorkerRefused(_("This process executes no jobs."))
    return _active
