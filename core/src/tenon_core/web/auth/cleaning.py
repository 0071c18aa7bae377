"""Taking away what no log-in and no repeated request will ask for again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete

from tenon_core.entities.people import LoginSession
from tenon_core.entities.system import LoginAttempt, RepeatedRequest
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import _

CLEAN = "core.clean_requests"
KEEP_SESSIONS = timedelta(days=30)
KEEP_ATTEMPTS = timedelta(days=30)
KEEP_REQUESTS = timedelta(days=7)


def clean(ctx: Any, _args: Mapping[str, Any]) -> dict[str, int]:
    """Deletes ended sessions, log-in attempts and stored answers; returns how many of each."""
    sessions: Any = LoginSession.__table__
    attempts: Any = LoginAttempt.__table__
    answers: Any = RepeatedRequest.__table__
    old = {
        "sessions": delete(sessions).where(sessions.c.expires_at < ctx.now - KEEP_SESSIONS),
        "attempts": delete(attempts).where(attempts.c.at < ctx.now - KEEP_ATTEMPTS),
        "answers": delete(answers).where(answers.c.at < ctx.now - KEEP_REQUESTS),
    }
    return {name: ctx.connection.execute(one).rowcount for name, one in old.items()}


JOBS = (
    Job(name=CLEAN, title=_("Clean log-ins and requests"), run=clean, schedule=Cron("30 4 * * *")),
)
