"""When jobs start by themselves."""

from collections.abc import Callable
from datetime import datetime, timedelta

from croniter import CroniterBadDateError, croniter
from dbos import DBOS
from dbos._dbos import ScheduleInput

from tenon_core.jobs.site import JobSite
from tenon_sdk.jobs import Cron, Every, Job

PREFIX = "tenon:"
HOUR, DAY = 60, 1440
LONGEST_SEARCH = timedelta(days=366)

TickWorkflow = Callable[[datetime, str], None]


def cron_of(schedule: Every | Cron) -> str:
    """A cron expression in the site's time zone whose ticks include all those of the schedule.

    Raises ValueError for an expression that is none. Which ticks count is told by `is_due`.
    """
    if isinstance(schedule, Cron):
        if not croniter.is_valid(schedule.expression):
            raise ValueError(f"{schedule.expression!r} is no cron expression")
        return schedule.expression
    minutes = schedule.minutes
    if minutes % DAY == 0:
        return "0 0 * * *"
    if minutes % HOUR == 0:
        return "0 * * * *" if DAY % minutes else f"0 */{minutes // HOUR} * * *"
    return "* * * * *" if HOUR % minutes else f"*/{minutes} * * * *"


def is_due(schedule: Every | Cron, tick: datetime) -> bool:
    """Whether the schedule starts its job at this tick of `cron_of`, given in local time.

    `Every` counts from midnight each day; periods of more than a day count from 1 January of
    the year 1, so that all machines agree.
    """
    if isinstance(schedule, Cron):
        return True
    minute = tick.hour * HOUR + tick.minute
    if schedule.minutes > DAY:
        minute += tick.toordinal() * DAY
    return minute % schedule.minutes == 0


def previous_tick(schedule: Every | Cron, now: datetime) -> datetime | None:
    """The last time before `now` (local) at which the job was due, within a year."""
    ticks = croniter(cron_of(schedule), now, second_at_beginning=True)
    while True:
        try:
            tick: datetime = ticks.get_prev(datetime)
        except CroniterBadDateError:  # the 30th of February
            return None
        if is_due(schedule, tick):
            return tick
        if tick < now - LONGEST_SEARCH:
            return None


def apply_schedules(site: JobSite, workflow: TickWorkflow) -> None:
    """Makes DBOS's schedules those of the enabled plugins, and makes up for a missed tick once.

    A job that was due while no worker ran starts once, however often it was due.
    """
    scheduled = {PREFIX + job.name: job for job in site.jobs.values() if job.schedule}
    known = {s["schedule_name"]: s for s in DBOS.list_schedules(schedule_name_prefix=PREFIX)}
    for name in known.keys() - scheduled.keys():
        DBOS.delete_schedule(name)
    DBOS.apply_schedules([_input(site, name, job, workflow) for name, job in scheduled.items()])
    for name, job in scheduled.items():
        last = known[name]["last_fired_at"] if name in known else None
        if last is not None:
            _make_up(site, name, job, datetime.fromisoformat(last))


def _input(site: JobSite, name: str, job: Job, workflow: TickWorkflow) -> ScheduleInput:
    if job.schedule is None:
        raise ValueError(f"{job.name} has no schedule")
    return {
        "schedule_name": name,
        "workflow_fn": workflow,
        "schedule": cron_of(job.schedule),
        "context": job.name,
        "cron_timezone": site.zone.key,
    }


def _make_up(site: JobSite, name: str, job: Job, last: datetime) -> None:
    if job.schedule is None:
        return
    missed = previous_tick(job.schedule, datetime.now(site.zone))
    if missed is not None and missed > last:
        second = timedelta(seconds=1)
        DBOS.backfill_schedule(name, missed - second, missed + second)
