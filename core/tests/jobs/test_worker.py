"""The real thing: DBOS executes runs on SQLite and on PostgreSQL."""

import logging
import sqlite3
import threading
import time
from datetime import timedelta
from uuid import UUID

import pytest
from dbos import DBOS
from sqlalchemy import create_engine, insert

from tenon_core.jobs.execute import Executor
from tenon_core.jobs.failures import NoSuchRun, UnknownJob, WorkerRefused
from tenon_core.jobs.progress import UnseenProgress
from tenon_core.jobs.queue import DbosQueue
from tenon_core.jobs.runs import State, job_run
from tenon_core.jobs.setup import VERSION, install, system_tables
from tenon_core.jobs.worker import launch
from tenon_sdk.text import translate


def test_a_run_is_executed_once_and_tells_its_result(desk):
    desk.start()
    run = desk.ended(desk.enqueue("mini.note", {"text": "客户"}))
    assert (run.state, run.result, run.attempt) == (State.SUCCEEDED, {"noted": "客户"}, 1)
    assert desk.entries() == ["客户"]
    assert desk.site.reasons == ["job mini.note"]


def test_enqueueing_is_part_of_the_transaction(desk, mini):
    desk.start()
    with desk.site.engine.connect() as conn:
        conn.execute(insert(mini.entry).values(text="rolled back", process="test"))
        lost = desk.queue.enqueue(conn, "mini.note", {"text": "never"})
        conn.rollback()
    desk.ended(desk.enqueue("mini.note", {"text": "later"}))
    assert desk.entries() == ["later"]
    assert [w.workflow_id for w in desk.queue.client.list_workflows()] != [f"{lost}.1"]
    with pytest.raises(NoSuchRun):
        desk.run(lost)


def test_one_run_for_one_key(desk):
    first = desk.enqueue("mini.note", {"text": "a"}, key="invoice 7")
    desk.start()
    desk.ended(first)
    assert desk.enqueue("mini.note", {"text": "b"}, key="invoice 7") == first
    assert desk.enqueue("mini.note", {"text": "c"}, key="invoice 8") != first
    assert len({desk.enqueue("mini.note") for _ in range(2)}) == 2
    assert len(desk.runs("mini.note")) == 4


def test_an_unknown_job_is_refused(desk):
    with pytest.raises(UnknownJob, match=r"mini\.nowhere"):
        desk.enqueue("mini.nowhere")


def test_delayed_runs_wait_and_lower_priority_numbers_come_first(desk):
    late = desk.enqueue("mini.note", {"text": "late"}, delay=timedelta(seconds=2))
    for number in (300, 100, 200):
        desk.enqueue("mini.at_once", {"text": str(number)}, priority=number)
    desk.start(concurrency=1)
    run = desk.ended(late)
    begun = [r for r in desk.runs("mini.at_once") if r.started_at]
    assert [r.priority for r in sorted(begun, key=lambda r: r.started_at)] == [100, 200, 300]
    assert run.started_at - run.created_at >= timedelta(seconds=2)


def test_no_more_runs_at_once_than_there_are_slots(desk, mini):
    running, most = [], []

    def counted(ctx, args):
        running.append(1)
        most.append(len(running))
        time.sleep(0.05)
        running.pop()

    desk.site.jobs["mini.counted"] = mini.job("mini.counted", counted)
    desk.start(concurrency=2)
    for run_id in [desk.enqueue("mini.counted") for _ in range(12)]:
        desk.ended(run_id)
    assert max(most) == 2


def test_failures_are_repeated_with_growing_pauses_then_recorded(desk):
    desk.start()
    begun = time.monotonic()
    run = desk.ended(desk.enqueue("mini.failing"))
    assert (run.state, run.attempt) == (State.FAILED, 3)
    assert time.monotonic() - begun >= 0.1 + 0.2
    assert (run.error.kind, str(run.error)) == ("ValueError", "the printer is on fire")
    assert "in failing" in run.traceback
    assert desk.entries() == []


def test_a_failed_run_can_be_tried_again(desk, mini):
    desk.site.jobs["mini.failing"] = mini.job("mini.failing", mini.failing, retries=0)
    desk.start()
    run_id = desk.enqueue("mini.failing", {"text": "now"})
    assert desk.ended(run_id).state == State.FAILED
    desk.site.jobs["mini.failing"] = mini.job("mini.failing", mini.note)
    with desk.site.engine.begin() as conn:
        desk.queue.retry(conn, run_id)
    run = desk.ended(run_id)
    assert (run.state, run.error, run.traceback) == (State.SUCCEEDED, None, None)
    assert desk.entries() == ["now"]
    with desk.site.engine.begin() as conn, pytest.raises(NoSuchRun):
        desk.queue.retry(conn, run_id)


def test_a_running_job_can_be_cancelled(desk):
    worker = desk.start()
    run_id = desk.enqueue("mini.endless")
    desk.eventually(lambda: desk.run(run_id).state == State.RUNNING)
    desk.queue.cancel(run_id)
    desk.eventually(lambda: worker._grace(9) == 0)
    assert desk.run(run_id).state == State.CANCELLED
    assert desk.entries() == []
    with pytest.raises(NoSuchRun):
        desk.queue.cancel(run_id)


def test_a_queued_run_can_be_cancelled(desk):
    run_id = desk.enqueue("mini.note", {"text": "no"})
    desk.queue.cancel(run_id)
    desk.start()
    desk.ended(desk.enqueue("mini.note", {"text": "yes"}))
    assert (desk.entries(), desk.run(run_id).state) == (["yes"], State.CANCELLED)


def test_an_attempt_over_its_time_fails(desk):
    desk.start()
    run = desk.ended(desk.enqueue("mini.limited"))
    assert (run.state, str(run.error)) == (State.FAILED, "The job took longer than 1 s.")
    assert desk.entries() == []


def test_progress_is_seen_while_the_job_runs(desk):
    desk.start()
    run_id = desk.enqueue("mini.portions")
    seen = desk.eventually(lambda: (run := desk.run(run_id)).done and run)
    assert 0 < seen.done < seen.total == 25
    assert translate(seen.note) == f"{seen.done} done"
    assert desk.ended(run_id).done == 25


def test_a_job_without_its_plugin_waits_and_goes_on(desk):
    run_id = desk.enqueue("mini.note", {"text": "patient"})
    note = desk.site.jobs.pop("mini.note")
    desk.start()
    run = desk.eventually(lambda: (r := desk.run(run_id)).state == State.PARKED and r)
    assert str(run.error) == "No enabled plugin offers the job “mini.note”."
    desk.site.jobs["mini.note"] = note
    run = desk.ended(run_id)
    assert (run.state, run.error, run.attempt) == (State.SUCCEEDED, None, 1)
    assert desk.entries() == ["patient"]


def test_shutting_down_hands_a_long_job_on_without_losing_a_portion(desk):
    desk.start()
    run_id = desk.enqueue("mini.portions")
    desk.eventually(lambda: desk.run(run_id).checkpoint)
    desk.stop()
    between = desk.run(run_id)
    assert (between.state, between.attempt) == (State.QUEUED, 0)
    assert 0 < between.checkpoint < 25
    desk.start()
    run = desk.ended(run_id)
    assert (run.state, run.attempt, run.checkpoint) == (State.SUCCEEDED, 1, None)
    assert desk.entries() == [f"portion {n}" for n in range(25)]


def test_shutting_down_leaves_what_waits_for_a_slot_to_others(desk):
    desk.start(concurrency=1)
    ids = [desk.enqueue("mini.portions") for _ in range(3)]
    desk.eventually(lambda: desk.run(ids[0]).checkpoint)
    desk.stop()
    assert {desk.run(i).state for i in ids} == {State.QUEUED}
    assert {desk.run(i).attempt for i in ids} == {0}


def test_what_dbos_does_not_know_is_dispatched_again(desk):
    values = {
        "id": UUID(int=7), "job": "mini.note", "args": {"text": "loaded"}, "priority": 100,
        "state": State.QUEUED, "created_at": desk.queue.now(), "due_at": desk.queue.now(),
        "dispatch": 1, "workflow_id": f"{UUID(int=7)}.1", "attempt": 0,
    }  # fmt: skip
    with desk.site.engine.begin() as conn:
        conn.execute(insert(job_run).values(values))
    desk.start()
    assert desk.ended(UUID(int=7)).state == State.SUCCEEDED
    assert desk.entries() == ["loaded"]


def test_a_run_that_kills_its_workers_is_given_up(desk):
    run_id = desk.enqueue("mini.note")
    status = "workflow_status" if "sqlite" in desk.url else "dbos.workflow_status"
    with desk.site.engine.begin() as conn:
        conn.exec_driver_sql(f"UPDATE {status} SET recovery_attempts = 11")
    desk.start()
    run = desk.ended(run_id)
    assert (run.state, run.error.kind) == (State.FAILED, "WorkerLost")
    assert desk.entries() == []


def test_old_runs_are_deleted(desk):
    worker = desk.start()
    run_id = desk.ended(desk.enqueue("mini.note")).id
    assert desk.queue.clean(timedelta(hours=1)) == 0
    desk.eventually(lambda: worker._grace(9) == 0)
    desk.queue.now = lambda now=desk.queue.now: now() + timedelta(days=31)
    worker._clean()
    with pytest.raises(NoSuchRun):
        desk.run(run_id)
    assert desk.queue.client.list_workflows() == []


def test_a_process_has_one_worker(desk):
    desk.start()
    with pytest.raises(WorkerRefused):
        launch(desk.site, desk.queue)


def test_a_database_in_memory_is_refused(mini):
    site = mini.MiniSite(create_engine("sqlite://"))
    with pytest.raises(WorkerRefused):
        install(site.engine)
    with pytest.raises(WorkerRefused):
        launch(site, DbosQueue(site))


def test_the_tables_of_dbos_are_known_by_name(desk, mini):
    if "sqlite" in desk.url:
        found = "SELECT name FROM sqlite_master WHERE type = 'table'"
    else:
        found = "SELECT tablename FROM pg_tables WHERE schemaname IN ('dbos', 'public')"
    with desk.site.engine.connect() as conn:
        names = set(conn.exec_driver_sql(found).scalars())
    assert names - system_tables() == {"core_job_run", "entry"}


def test_dbos_says_nothing_on_the_console(desk, capfd):
    desk.start()
    assert (DBOS.application_version, DBOS.logger.level) == (VERSION, logging.WARNING)
    desk.ended(desk.enqueue("mini.note"))
    desk.stop()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
class TestOneWriter:
    """SQLite has one write lock: looking at the queue must not take it."""

    def test_an_idle_worker_leaves_the_write_lock_alone(self, desk, tmp_path):
        desk.start(poll=0.02)
        time.sleep(0.5)
        other = sqlite3.connect(tmp_path / "site.sqlite", isolation_level=None, timeout=0)
        refused = 0
        for _ in range(500):
            try:
                other.execute("BEGIN IMMEDIATE")
                other.execute("ROLLBACK")
            except sqlite3.OperationalError:
                refused += 1
            time.sleep(0.002)
        other.close()
        assert refused <= 10

    def test_a_worker_waits_for_a_long_transaction_of_somebody_else(self, desk, tmp_path):
        desk.start()
        run_id = desk.enqueue("mini.note", {"text": "after"})
        other = sqlite3.connect(tmp_path / "site.sqlite", isolation_level=None, timeout=30)
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO entry (text, process) VALUES ('long', 'other')")
        time.sleep(1.5)
        other.execute("COMMIT")
        other.close()
        run = desk.ended(run_id)
        assert (run.state, run.attempt) == (State.SUCCEEDED, 1)
        assert sorted(desk.entries()) == ["after", "long"]

    def test_what_cannot_be_stored_at_once_is_stored_later(self, desk, tmp_path):
        run_id = desk.enqueue("mini.note", {"text": "at last"})
        impatient = create_engine(desk.url, connect_args={"timeout": 0})
        site = desk.mini.MiniSite(impatient)
        executor = Executor(site, DbosQueue(site), UnseenProgress(), threading.Event())
        other = sqlite3.connect(
            tmp_path / "site.sqlite", isolation_level=None, check_same_thread=False
        )
        other.execute("BEGIN IMMEDIATE")
        threading.Timer(0.2, lambda: other.execute("ROLLBACK")).start()
        executor.perform(run_id, 1)
        other.close()
        impatient.dispose()
        assert desk.entries() == ["at last"]
