"""Workers are killed in the middle of their work; other workers finish it."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from tenon_core.jobs.runs import State

HERE = Path(__file__).parent


@contextmanager
def worker_process(desk, name):
    """A worker in a process of its own, started and ready; killed at the end."""
    command = [sys.executable, "-W", "ignore", str(HERE / "minisite.py"), desk.url, name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_killed_worker_loses_and_repeats_no_portion(desk):
    run_id = desk.enqueue("mini.portions")
    with worker_process(desk, "first") as process:
        desk.eventually(lambda: (desk.run(run_id).checkpoint or 0) >= 5)
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = desk.run(run_id)
    assert (left.state, left.finished_at) == (State.RUNNING, None)
    desk.start()
    run = desk.ended(run_id)
    assert (run.state, run.attempt, run.result) == (State.SUCCEEDED, 1, {"portions": 25})
    assert desk.entries() == [f"portion {n}" for n in range(25)]
    by = desk.entries("process")
    assert by[:5] == ["first"] * 5
    assert by[-1] == "test"


def test_a_killed_transaction_is_undone_and_done_once(desk, tmp_path):
    log = tmp_path / "attempts"
    run_id = desk.enqueue("mini.at_once", {"log": str(log), "seconds": 0.5})
    with worker_process(desk, "first") as process:
        desk.eventually(log.exists)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert desk.entries() == []
    desk.start()
    assert desk.ended(run_id).state == State.SUCCEEDED
    assert desk.entries() == ["begun", "ended"]
    assert log.read_text() == "xx"


def test_two_workers_share_the_queue_and_do_each_run_once(desk):
    with worker_process(desk, "other"):
        desk.start()
        ids = [desk.enqueue("mini.note", {"text": str(n)}) for n in range(30)]
        assert {desk.ended(run_id).state for run_id in ids} == {State.SUCCEEDED}
    assert sorted(desk.entries(), key=int) == [str(n) for n in range(30)]


def test_a_living_worker_keeps_its_runs(desk):
    """The watch of another worker must not take what is slow for dead."""
    run_id = desk.enqueue("mini.portions")
    with worker_process(desk, "slow"):
        desk.eventually(lambda: desk.run(run_id).checkpoint)
        desk.start()
        run = desk.ended(run_id)
    assert (run.dispatch, run.attempt) == (1, 1)
    assert set(desk.entries("process")) == {"slow"}


def freeze(process, desk):
    """Stops the process where it does not hold SQLite's write lock for ever."""

    def stopped():
        process.send_signal(signal.SIGSTOP)
        if desk.site.engine.dialect.name == "postgresql":
            return True
        other = sqlite3.connect(desk.site.engine.url.database, isolation_level=None, timeout=0)
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            return False
        finally:
            other.close()
        return True

    desk.eventually(stopped)


def test_a_frozen_worker_that_wakes_up_later_changes_nothing(desk):
    """Somebody else has taken the run over: the sleeper's lease is void."""
    run_id = desk.enqueue("mini.portions")
    with worker_process(desk, "sleeper") as process:
        desk.eventually(lambda: desk.run(run_id).checkpoint)
        freeze(process, desk)
        before = len(desk.entries())
        with desk.site.engine.begin() as conn:
            desk.queue.redispatch(conn, desk.queue.run(conn, run_id))
        desk.queue.cancel(run_id)
        process.send_signal(signal.SIGCONT)
        desk.ended(desk.enqueue("mini.note", {"text": "awake"}))
    assert desk.entries() == [f"portion {n}" for n in range(before)] + ["awake"]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_worker_takes_its_lock_again_when_the_database_has_dropped_it(desk):
    liveness = desk.start().liveness
    everyone = {liveness.executor_id, "nobody"}
    assert liveness.dead(everyone) == {"nobody"}
    with desk.site.engine.connect() as conn:
        held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
        conn.execute(text(f"SELECT pg_terminate_backend(pid) FROM ({held}) AS holders"))
    desk.eventually(lambda: liveness.dead(everyone) == {"nobody"})
    assert desk.ended(desk.enqueue("mini.note")).state == State.SUCCEEDED
