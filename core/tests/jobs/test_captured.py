import sys
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tenon_core.jobs.captured import CapturedQueue
from tenon_core.jobs.failures import Failure, JobError
from tenon_core.jobs.runs import State
from tenon_sdk.errors import Refused
from tenon_sdk.text import Text


@pytest.fixture
def captured(desk):
    return CapturedQueue(desk.site)


def test_what_is_committed_is_kept_and_what_is_rolled_back_is_not(desk, captured, mini):
    with Session(desk.site.engine) as session:
        captured.enqueue(session, "mini.note", {"text": "kept"})
        session.commit()
        captured.enqueue(session, "mini.note", {"text": "dropped"})
        session.rollback()
    assert [r.args for r in captured.waiting] == [{"text": "kept"}]
    assert desk.entries() == []
    assert [r.result for r in captured.drain()] == [{"noted": "kept"}]
    assert (desk.entries(), captured.waiting) == (["kept"], [])


def test_keys_hold_within_one_transaction_too(desk, captured):
    with desk.site.engine.begin() as conn:
        one = captured.enqueue(conn, "mini.note", key="k")
        assert captured.enqueue(conn, "mini.note", {"text": "other"}, key="k") == one
    assert len(captured.drain()) == 1


def test_jobs_that_enqueue_jobs_are_drained_with_them(desk, captured, mini):
    def chain(ctx, args):
        mini.write(ctx, f"step {args['n']}")
        if args["n"] < 3:
            captured.enqueue(ctx.session, "mini.chain", {"n": args["n"] + 1})

    desk.site.jobs["mini.chain"] = mini.job("mini.chain", chain)
    with desk.site.engine.begin() as conn:
        captured.enqueue(conn, "mini.chain", {"n": 1})
    assert len(captured.drain()) == 3
    assert desk.entries() == ["step 1", "step 2", "step 3"]


def test_delayed_runs_and_further_attempts_run_when_asked_for(desk, captured):
    with desk.site.engine.begin() as conn:
        captured.enqueue(conn, "mini.note", delay=timedelta(hours=1))
    assert captured.drain() == []
    assert len(captured.drain(delayed=True)) == 1
    with desk.site.engine.begin() as conn:
        run_id = captured.enqueue(conn, "mini.failing")
    assert [r.state for r in captured.drain()] == [State.QUEUED]
    with pytest.raises(JobError, match="printer"):
        captured.drain(delayed=True)
    with desk.site.engine.connect() as conn:
        assert captured.run(conn, run_id).attempt == 3


def test_the_pause_between_attempts_doubles(desk, captured, mini):
    desk.site.jobs["mini.failing"] = mini.job("mini.failing", mini.failing, retries=4, backoff=5.0)
    start = captured.now()
    captured.now = lambda: start
    with desk.site.engine.begin() as conn:
        captured.enqueue(conn, "mini.failing")
    pauses = [r.due_at - start for r in captured.drain(delayed=True, check=False)[:-1]]
    assert [p.total_seconds() for p in pauses] == [5, 10, 20, 40]


def test_a_job_that_ends_the_process_ends_only_itself(desk, captured, mini):
    desk.site.jobs["mini.exit"] = mini.job("mini.exit", lambda ctx, args: sys.exit(3), retries=0)
    with desk.site.engine.begin() as conn:
        captured.enqueue(conn, "mini.exit")
    assert captured.drain(check=False)[0].error.kind == "SystemExit"


def test_a_failure_after_a_checkpoint_goes_on_from_there(desk, captured, mini):
    from tenon_core.jobs.running import current_run

    def stumbling(ctx, args):
        running = current_run()
        if not running.resumed:
            mini.write(ctx, "first half")
            running.checkpoint({"half": 1})
            mini.write(ctx, "lost")
            raise OSError("network")
        mini.write(ctx, f"second half after {running.resumed}")

    desk.site.jobs["mini.stumbling"] = mini.job("mini.stumbling", stumbling)
    with desk.site.engine.begin() as conn:
        captured.enqueue(conn, "mini.stumbling")
    captured.drain(delayed=True)
    assert desk.entries() == ["first half", "second half after {'half': 1}"]
    assert current_run() is None


def test_a_run_that_was_finished_before_a_crash_is_not_repeated(desk, captured):
    """DBOS begins a dispatch again if the process dies between our commit and its own."""
    from threading import Event

    from tenon_core.jobs.execute import Executor
    from tenon_core.jobs.progress import UnseenProgress

    with desk.site.engine.begin() as conn:
        run_id = captured.enqueue(conn, "mini.note", {"text": "once"})
    executor = Executor(desk.site, captured, UnseenProgress(), Event())
    for _ in range(2):
        executor.perform(run_id, 1)
    assert desk.entries() == ["once"]


def test_failures_are_translated_when_they_are_shown():
    failure = Failure.of(Refused(Text("Quota of {n} is used up", {"n": 3})))
    stored = Failure.load(failure.dump())
    assert stored == failure
    assert str(stored) == "Quota of 3 is used up"
    assert str(Failure.of(ValueError("{braces} stay"))) == "{braces} stay"


def test_runs_are_listed_newest_first_and_by_state(desk, captured, mini):
    with desk.site.engine.begin() as conn:
        ids = [captured.enqueue(conn, "mini.note", {"text": str(n)}) for n in range(3)]
    captured.cancel(ids[1])
    with desk.site.read_engine.connect() as conn:
        newest = captured.runs(conn, limit=2)
        assert [r.id for r in newest] == [ids[2], ids[1]]
        assert [r.id for r in captured.runs(conn, before=newest[-1].created_at)] == [ids[0]]
        assert [r.id for r in captured.runs(conn, states=[State.CANCELLED])] == [ids[1]]
