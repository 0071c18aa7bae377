"""Background work: what runs, what failed, trying again and cancelling."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tenon_core.jobs.failures import NoSuchRun
from tenon_core.jobs.liveness import alive
from tenon_core.jobs.runs import State, job_run
from tenon_core.storage.auditing import audit_act
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.admin.base import PAGE, Params, asked, done, id_of, need, show
from tenon_core.web.pages.calls import PageCall
from tenon_sdk.errors import NotFound, Refused
from tenon_sdk.jobs import Every, Job
from tenon_sdk.text import Text, _

MANAGE = "core.site.manage"
STATES = (
    (State.QUEUED, _("Waiting"), "blue"),
    (State.RUNNING, _("Running"), "violet"),
    (State.PARKED, _("Parked"), "gray"),
    (State.SUCCEEDED, _("Done"), "green"),
    (State.FAILED, _("Failed"), "red"),
    (State.CANCELLED, _("Cancelled"), "gray"),
)


def show_jobs(call: PageCall, _params: Params) -> Answer:
    """Runs, newest first; the table alone where htmx asks, which it does while work goes on."""
    need(call, MANAGE)
    known = {state.value for state, _label, _tone in STATES}
    state, job = asked(call, "state"), asked(call, "job")
    states = [State(state)] if state in known else []
    with call.reading() as ctx:
        runs = call.site.queue.runs(ctx.connection, job=job or None, states=states, limit=PAGE)
        counted = select(job_run.c.state, func.count()).group_by(job_run.c.state)
        counts = {row[0]: row[1] for row in ctx.connection.execute(counted)}
    context: dict[str, Any] = {
        "runs": runs,
        "counts": counts,
        "states": STATES,
        "looks": {state.value: (label, tone) for state, label, tone in STATES},
        "titles": {one.name: one.title for one in call.site.jobs.values()},
        "asked": {"state": state, "job": job},
    }
    if call.fragment:
        return call.pages.renderer.part(call, "core/admin/_runs.html", **context)
    scheduled = [(one, _rhythm(one)) for one in call.site.jobs.values() if one.schedule]
    workers = alive(call.site.engine)
    return show(call, "jobs.html", scheduled=scheduled, workers=workers, **context)


def _rhythm(job: Job) -> Text | str:
    if isinstance(job.schedule, Every):
        return _("every {minutes} minutes", minutes=job.schedule.minutes)
    return job.schedule.expression if job.schedule is not None else ""


def show_run(call: PageCall, params: Params) -> Answer:
    need(call, MANAGE)
    run_id = id_of(params, "core.job_run")
    with call.reading() as ctx:
        try:
            run = call.site.queue.run(ctx.connection, run_id)
        except NoSuchRun:
            raise NotFound("core.job_run", run_id) from None
    job = call.site.jobs.get(run.job)
    looks = {state.value: (label, tone) for state, label, tone in STATES}
    return show(call, "run.html", run=run, title=job.title if job else run.job, looks=looks)


def retry(call: PageCall, params: Params) -> Answer:
    need(call, MANAGE)
    run_id = id_of(params, "core.job_run")
    with call.writing() as ctx:
        try:
            call.site.queue.retry(ctx.connection, run_id)
        except NoSuchRun:
            raise Refused(_("Only a run that failed or was cancelled starts again.")) from None
        _note(ctx, "job_retried", run_id)
    return done(call, f"/admin/jobs/{run_id}", _("The run waits for a worker."))


def cancel(call: PageCall, params: Params) -> Answer:
    need(call, MANAGE)
    run_id = id_of(params, "core.job_run")
    try:
        call.site.queue.cancel(run_id)
    except NoSuchRun:
        raise Refused(_("This run has ended already.")) from None
    with call.writing() as ctx:
        _note(ctx, "job_cancelled", run_id)
    return done(call, f"/admin/jobs/{run_id}", _("The run was cancelled."))


def _note(ctx: object, action: str, run_id: UUID) -> None:
    audit_act(ctx, action, changes={"run": [None, str(run_id)]})  # type: ignore[arg-type]
