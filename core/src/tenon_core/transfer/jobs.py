"""Imports as background work, and cleaning up behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from tenon_core.entities.imports import ImportRun
from tenon_core.transfer.area import RunFiles
from tenon_core.transfer.importing import run_import
from tenon_core.transfer.runs import FINISHED, JOB, counts
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import _

KEPT = timedelta(days=30)
AT_ONCE = 200


def run_import_job(ctx: Any, args: Mapping[str, Any]) -> dict[str, Any]:
    """Carries out `args["run"]` as the person who started it; see `run_import`.

    It writes in transactions of its own and none of the job's is open meanwhile: a job that is
    done again goes on where the run stands.
    """
    report = run_import(ctx.site, UUID(args["run"]), report=ctx.progress)
    return {"state": report.state, **counts(report)}


def clean_imports(ctx: Any, _args: Mapping[str, Any]) -> int:
    """Removes the files of imports that ended long ago; their records stay. Tells how many."""
    table: Any = ImportRun.__table__
    old = ctx.connection.scalars(
        select(table.c.id)
        .where(
            table.c.state.in_(FINISHED),
            table.c.finished_at < ctx.now - KEPT,
            table.c.source_key.is_not(None),
        )
        .limit(AT_ONCE)
    ).all()
    for run_id in old:
        RunFiles(ctx.site, run_id).remove()
    gone = update(table).where(table.c.id.in_(old))
    ctx.connection.execute(gone.values(source_key=None, errors_key=None))
    return len(old)


JOBS = (
    Job(name=JOB, title=_("Import a file"), run=run_import_job, retries=3),
    Job(
        name="core.clean_imports",
        title=_("Remove the files of old imports"),
        run=clean_imports,
        schedule=Cron("20 4 * * *"),
    ),
)
