"""`tenon jobs …`: background work."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import click

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, argument, as_json, command, option, pass_app
from tenon_core.cli.output import progress, say, show, show_json
from tenon_sdk.errors import Invalid
from tenon_sdk.jobs import Every, Job
from tenon_sdk.text import _, translate

STATES = ("queued", "running", "parked", "succeeded", "failed", "cancelled")


def _schedule(job: Job) -> str:
    """A cron expression as it stands, or how many minutes lie between two runs."""
    if isinstance(job.schedule, Every):
        return translate(_("every {minutes} minutes", minutes=job.schedule.minutes))
    return job.schedule.expression if job.schedule is not None else ""


@command("list", _("List runs of jobs, newest first."))
@option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help=_("Only in this state.")
)
@option("--job", metavar="NAME", help=_("Only of this job."))
@option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True,
    help=_("At most so many."),
)  # fmt: skip
@as_json
@pass_app
def list_(
    app: App,
    /,
    *,
    states: Sequence[str],
    job: str | None,
    limit: int,
    as_json: bool,
) -> None:
    from tenon_core.jobs.runs import State

    with app.work("tenon jobs list", read_only=True) as ctx:
        wanted = [State(state) for state in states]
        runs = app.site().queue.runs(ctx.connection, job=job, states=wanted, limit=limit)
    rows = [_shown(run) for run in runs]
    columns = {
        "id": _("Id"), "job": _("Job"), "state": _("State"), "attempt": _("Attempt"),
        "progress": _("Progress"), "due_at": _("Due at"), "finished_at": _("Finished at"),
        "error": _("Error"),
    }  # fmt: skip
    show(rows, columns, as_json=as_json, empty=_("There are no runs."))


def _shown(run: Any) -> dict[str, Any]:
    names = (
        "id", "job", "key", "args", "state", "attempt", "done", "total", "created_at", "due_at",
        "started_at", "finished_at", "result",
    )  # fmt: skip
    progress = "" if run.done is None else f"{run.done}/{run.total or '?'}"
    return {
        **{name: getattr(run, name) for name in names},
        "state": run.state.value,
        "error": None if run.error is None else str(run.error),
        "progress": progress,
    }


@command("names", _("List the jobs of the enabled plugins, with when they start by themselves."))
@as_json
@pass_app
def names(app: App, /, *, as_json: bool) -> None:
    rows = [
        {
            "name": job.name,
            "title": job.title if not as_json else str(job.title),
            "schedule": _schedule(job),
            "retries": job.retries,
        }
        for job in app.site().jobs.values()
    ]
    columns = {
        "name": _("Name"), "title": _("Title"), "schedule": _("Schedule"), "retries": _("Retries"),
    }  # fmt: skip
    show(rows, columns, as_json=as_json)


@command("retry", _("Start a failed or cancelled run again."))
@argument("run_id", metavar="ID", type=click.UUID)
@pass_app
def retry(app: App, /, *, run_id: UUID) -> None:
    with app.work("tenon jobs retry") as ctx:
        app.site().queue.retry(ctx.connection, run_id)
    say(_("The run waits for a worker."))


@command("cancel", _("Cancel a run that has not ended."))
@argument("run_id", metavar="ID", type=click.UUID)
@pass_app
def cancel(app: App, /, *, run_id: UUID) -> None:
    app.site().queue.cancel(run_id)
    say(_("The run was cancelled."))


@command("run", _("Run a job here and now, or with --queue leave it to the workers."))
@argument("name")
@option("--arg", "given", multiple=True, metavar="NAME=VALUE", help=_("An argument of the job."))
@option("--queue", is_flag=True, help=_("Only put it into the queue."))
@pass_app
def run(app: App, /, *, name: str, given: Sequence[str], queue: bool) -> None:
    from tenon_core.jobs.failures import UnknownJob

    args = arguments(given)
    job = app.site().jobs.get(name)
    if job is None:
        raise UnknownJob(name)
    if queue:
        with app.work(f"tenon jobs run {name}") as ctx:
            run_id = ctx.enqueue(name, args)
        say(_("Run {id} waits for a worker.", id=run_id))
        return
    from tenon_core.cli.running import shown_as_job

    with (
        app.work(f"tenon jobs run {name}") as ctx,
        progress(job.title) as tell,
        shown_as_job(ctx, name, tell),
    ):
        result = job.run(ctx, args)
    if result is None:
        say(_("Job “{name}” has ended.", name=name))
    else:
        show_json(result)


def arguments(given: Sequence[str]) -> dict[str, Any]:
    """`n=3` is the number, `n="3"` and `n=x` are texts: a value is JSON where it can be."""
    found: dict[str, Any] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise Invalid({"arg": _("Write it as NAME=VALUE.")})
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


@click.group("jobs", cls=Group, help=_("See, start, repeat and cancel background work."))
def jobs() -> None:
    pass


for each in (list_, names, run, retry, cancel):
    jobs.add_command(each)

COMMANDS = (jobs,)
