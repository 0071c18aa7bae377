from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from dbos import DBOS
from dbos._dbos import _get_dbos_instance

from tenon_core.jobs.runs import State
from tenon_core.jobs.schedules import cron_of, is_due, previous_tick
from tenon_core.jobs.worker import TICK_KEY, tick_workflow
from tenon_sdk.jobs import Cron, Every

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize("minutes", [1, 5, 7, 15, 45, 60, 90, 120, 300, 720, 1440])
def test_every_counts_from_local_midnight(minutes):
    midnight = datetime(2026, 3, 4, tzinfo=SHANGHAI)
    ticks = croniter(cron_of(Every(minutes)), midnight - timedelta(seconds=1))
    due = []
    while (tick := ticks.get_next(datetime)) < midnight + timedelta(days=1):
        if is_due(Every(minutes), tick):
            due.append((tick - midnight) // timedelta(minutes=1))
    assert due == list(range(0, 1440, minutes))


def test_every_two_days_skips_every_other_midnight():
    first = datetime(2026, 3, 4, tzinfo=SHANGHAI)
    due = [is_due(Every(2880), first + timedelta(days=d)) for d in range(4)]
    assert due in ([True, False, True, False], [False, True, False, True])


def test_cron_is_read_in_the_zone_of_the_site():
    now = datetime(2026, 3, 4, 5, 59, tzinfo=SHANGHAI)
    assert previous_tick(Cron("0 6 * * *"), now) == datetime(2026, 3, 3, 6, tzinfo=SHANGHAI)
    assert previous_tick(Cron("0 0 30 2 *"), now) is None


@pytest.mark.parametrize("minutes", [7, 90, 1440, 2880])
def test_the_previous_tick_is_one_that_counts(minutes):
    now = datetime(2026, 3, 4, 5, 59, tzinfo=SHANGHAI)
    tick = previous_tick(Every(minutes), now)
    assert is_due(Every(minutes), tick)
    assert timedelta() < now - tick <= timedelta(minutes=minutes)


def test_an_expression_that_is_none_is_an_error():
    with pytest.raises(ValueError, match="no cron expression"):
        cron_of(Cron("0 25 * * *"))


def test_one_tick_makes_one_run_however_often_it_is_told(desk):
    worker = desk.start()
    tick = datetime(2026, 3, 4, 6, tzinfo=SHANGHAI)
    for told in (tick, tick.astimezone(UTC), tick):
        worker.tick(told, "mini.hourly")
        desk.eventually(lambda: all(r.state == State.SUCCEEDED for r in desk.runs("mini.hourly")))
    assert [r.key for r in desk.runs("mini.hourly")] == [TICK_KEY + "2026-03-03T22:00:00+00:00"]


def test_a_tick_is_skipped_while_the_run_before_it_lasts(desk, mini):
    endless = mini.job("mini.endless", mini.endless, schedule=Every(1), retries=0)
    desk.site.jobs["mini.endless"] = endless
    worker = desk.start()
    for minute in range(3):
        worker.tick(datetime(2026, 3, 4, 6, minute, tzinfo=SHANGHAI), "mini.endless")
    runs = [r for r in desk.runs("mini.endless") if r.args["scheduled_at"].startswith("2026-03-03")]
    assert [r.key for r in runs] == [TICK_KEY + "2026-03-03T22:00:00+00:00"]
    desk.queue.cancel(runs[0].id)


def test_ticks_that_do_not_count_make_no_run(desk, mini):
    desk.site.jobs["mini.note"] = mini.job("mini.note", mini.note, schedule=Every(90))
    worker = desk.start()
    worker.tick(datetime(2026, 3, 4, 1, tzinfo=SHANGHAI), "mini.note")
    worker.tick(datetime(2026, 3, 4, 1, tzinfo=SHANGHAI), "mini.gone")
    assert not [r for r in desk.runs("mini.note") if r.key.startswith(TICK_KEY + "2026-03-03")]


def test_the_clock_starts_jobs(desk, mini):
    """Six fields, the first for seconds: nobody's schedule, but the same path in less time."""
    desk.site.jobs["mini.note"] = mini.job("mini.note", mini.note, schedule=Cron("0 0 1 1 *"))
    desk.start()
    known = DBOS.get_schedule("tenon:mini.note")
    assert (known["cron_timezone"], known["schedule"]) == ("Asia/Shanghai", "0 0 1 1 *")
    often = {
        "schedule_name": "tenon:mini.note",
        "workflow_fn": tick_workflow,
        "schedule": "* * * * * *",
        "context": known["context"],
    }
    DBOS.apply_schedules([often])
    done = desk.eventually(lambda: [r for r in desk.runs("mini.note") if r.finished_at])
    assert done[0].state == State.SUCCEEDED
    assert done[0].key == TICK_KEY + done[0].args["scheduled_at"]


def test_a_missed_tick_is_made_up_for_once_and_old_schedules_go(desk, mini):
    daily = mini.job("mini.note", mini.note, schedule=Every(1440))
    desk.site.jobs["mini.note"] = daily
    desk.start()
    for name in ("mini.note", "mini.hourly"):
        long_ago = datetime.now(SHANGHAI) - timedelta(days=5)
        _get_dbos_instance()._sys_db.update_last_fired_at(f"tenon:{name}", long_ago.isoformat())
    desk.stop()
    desk.site.jobs.pop("mini.hourly")
    for _ in range(2):
        desk.start()
        done = desk.eventually(lambda: [r for r in desk.runs("mini.note") if r.finished_at])
        assert [s["schedule_name"] for s in DBOS.list_schedules()] == ["tenon:mini.note"]
        desk.stop()
    midnight = datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    assert [r.key for r in done] == [TICK_KEY + midnight.astimezone(UTC).isoformat()]
    assert len(desk.runs("mini.note")) == 1
