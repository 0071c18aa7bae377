"""How the site is: plugins, background work, the audit's seal, search, and what plugins check."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from typing import Any

from attrs import frozen
from sqlalchemy import func, select

from tenon_core.entities.audit import AuditBlock, AuditEntry
from tenon_core.entities.people import LoginSession, Role, User
from tenon_core.entities.system import LoginAttempt
from tenon_core.jobs.liveness import alive
from tenon_core.jobs.runs import job_run
from tenon_core.transfer.repairing import missing_entries
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.admin.base import Params, need, show
from tenon_core.web.pages.calls import PageCall
from tenon_sdk.declarations import HealthCheck, Level
from tenon_sdk.text import Text, _

log = logging.getLogger("tenon.web")
MANAGE = "core.site.manage"
DAY = timedelta(days=1)


@frozen(kw_only=True)
class Finding:
    """One line of the health list; `level` is ok, warning or error."""

    level: str
    what: Text
    message: Text
    url: str = ""


def show_overview(call: PageCall, _params: Params) -> Answer:
    need(call, MANAGE)
    with call.reading() as ctx:
        numbers = _numbers(ctx)
        findings = [*_plugins(call), *_work(call, numbers), *_seal(numbers)]
    return show(call, "overview.html", numbers=numbers, findings=findings)


def show_checks(call: PageCall, _params: Params) -> Answer:
    """What takes longer than a page should: every check of the plugins, and the search."""
    need(call, MANAGE)
    began = time.monotonic()
    findings = [_check(call, check) for check in call.site.registry.health_checks]
    findings.append(_search(call))
    seconds = time.monotonic() - began
    return call.pages.renderer.part(
        call, "core/admin/_findings.html", findings=findings, seconds=seconds
    )


def _numbers(ctx: Any) -> dict[str, Any]:
    """Counts of the site in one statement."""
    users, sessions = User.__table__.c, LoginSession.__table__.c
    today = ctx.now.astimezone(ctx.zone).date()
    open_ = sessions.revoked_at.is_(None) & (sessions.expires_at > ctx.now)
    last = select(func.max(AuditBlock.to_seq)).scalar_subquery()
    attempts: Any = LoginAttempt.__table__
    failed = ~attempts.c.succeeded & (attempts.c.at > ctx.now - DAY)

    def count(of: Any, where: Any) -> Any:
        return select(func.count()).select_from(of).where(where).scalar_subquery()

    statement = select(
        count(User.__table__, User.active_on(today)).label("active_users"),
        select(func.count(users.id)).scalar_subquery().label("users"),
        select(func.count(func.distinct(sessions.user_id)))
        .where(open_)
        .scalar_subquery()
        .label("logged_in"),
        select(func.count(Role.__table__.c.id)).scalar_subquery().label("roles"),
        *(count(job_run, job_run.c.state == s).label(s) for s in ("queued", "running", "failed")),
        count(AuditEntry, AuditEntry.seq > func.coalesce(last, 0)).label("unsealed"),
        select(func.max(AuditBlock.sealed_at)).scalar_subquery().label("sealed_at"),
        select(func.max(AuditBlock.number)).scalar_subquery().label("blocks"),
        select(func.max(AuditEntry.seq)).scalar_subquery().label("entries"),
        count(attempts, failed).label("failed_logins"),
    )
    return dict(ctx.connection.execute(statement).mappings().one())


def _plugins(call: PageCall) -> list[Finding]:
    loaded = call.site.loaded
    found = [
        Finding(
            level="error",
            what=_("Plugins"),
            message=_("Plugin “{key}” is quarantined: {reason}", key=key, reason=one.reason),
            url=f"/admin/plugins/{key}",
        )
        for key, one in sorted(loaded.quarantined.items())
    ]
    running = Finding(
        level="ok",
        what=_("Plugins"),
        message=_("{count} plugins are running.", count=len(loaded.plugins)),
        url="/admin/plugins",
    )
    return found or [running]


def _work(call: PageCall, numbers: dict[str, Any]) -> list[Finding]:
    workers = alive(call.site.engine)
    what, url = _("Workers"), "/admin/jobs"
    if workers:
        message = _("{count} workers are running.", count=workers)
        found = [Finding(level="ok", what=what, message=message, url=url)]
    else:
        message = _("No worker is running: background work waits.")
        found = [Finding(level="warning", what=what, message=message, url=url)]
    if numbers["failed"]:
        message = _("{count} runs of jobs failed.", count=numbers["failed"])
        url = "/admin/jobs?state=failed"
        found.append(Finding(level="warning", what=_("Jobs"), message=message, url=url))
    return found


def _seal(numbers: dict[str, Any]) -> list[Finding]:
    what, url = _("Audit"), "/admin/audit"
    if numbers["sealed_at"] is None and numbers["entries"]:
        message = _("{count} entries of the audit are not sealed yet.", count=numbers["unsealed"])
        return [Finding(level="warning", what=what, message=message, url=url)]
    message = _(
        "{blocks} blocks are sealed; {count} entries wait for the next seal.",
        blocks=numbers["blocks"] or 0,
        count=numbers["unsealed"],
    )
    return [Finding(level="ok", what=what, message=message, url=url)]


def _search(call: PageCall) -> Finding:
    with call.site.read_engine.connect() as connection:
        missing = missing_entries(call.site, connection)
    if missing:
        message = _("{count} records cannot be found; run “tenon doctor --repair”.", count=missing)
        return Finding(level="error", what=_("Search"), message=message)
    return Finding(level="ok", what=_("Search"), message=_("Every record can be found."))


def _check(call: PageCall, check: HealthCheck) -> Finding:
    try:
        with call.site.system(f"health check {check.key}", read_only=True) as ctx:
            health = check.run(ctx)
    except Exception:
        log.exception("health check %s failed", check.key)
        message = _("The check itself failed; the log says why.")
        return Finding(level=Level.ERROR.value, what=check.label, message=message)
    return Finding(level=health.level.value, what=check.label, message=health.message)
