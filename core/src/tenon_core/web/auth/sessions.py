"""Log-ins of people: a cookie in the browser, a row in the database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import insert, select, update
from uuid_utils.compat import uuid7

from tenon_core.context import WorkContext
from tenon_core.entities.people import LoginSession
from tenon_core.settings import CoreSettings
from tenon_core.storage.auditing import audit_act
from tenon_core.web.auth.identities import forget_on_commit
from tenon_core.web.auth.identity import COOKIE
from tenon_core.web.auth.secrets import digest, new_secret
from tenon_sdk.errors import NotFound

_table: Any = LoginSession.__table__
MOST = 50


@frozen
class OpenSession:
    """What a browser gets: `secret` in its cookie, `csrf` for the header of what it changes."""

    id: UUID
    secret: str
    csrf: str


def open_session(
    ctx: WorkContext,
    user_id: UUID,
    *,
    agent: str | None = None,
    second_factor_at: datetime | None = None,
) -> OpenSession:
    """Logs a user in, in the transaction of `ctx`, without asking for anything.

    The caller has checked who it is and that she may log in today.
    """
    session = OpenSession(uuid7(), new_secret(), new_secret())
    now = ctx.now
    values: dict[str, Any] = {
        "id": session.id,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "created_by": user_id,
        "updated_by": user_id,
        "custom": {},
        "user_id": user_id,
        "token_hash": digest(session.secret),
        "csrf_token": session.csrf,
        "ip": (ctx.ip or "")[:45] or None,
        "agent": (agent or "")[:400] or None,
        "second_factor_at": second_factor_at,
        "last_seen_at": now,
        "expires_at": now + timedelta(hours=ctx.settings(CoreSettings).session_hours),
    }
    ctx.connection.execute(insert(_table).values(values))
    audit_act(ctx, "logged_in", entity="core.user", record_id=user_id)
    return session


def close_session(ctx: WorkContext, session_id: UUID) -> None:
    """Ends a log-in."""
    ended = update(_table).where(_table.c.id == session_id).values(revoked_at=ctx.now)
    ctx.connection.execute(ended)
    audit_act(ctx, "logged_out", entity="core.user", record_id=ctx.actor.user_id)
    forget_on_commit(ctx)


def sessions_of(ctx: WorkContext, user_id: UUID) -> list[dict[str, Any]]:
    """What may be shown of the log-ins of a user that still stand, the last used first."""
    shown = ("id", "ip", "agent", "created_at", "last_seen_at", "expires_at")
    rows = ctx.connection.execute(
        select(*(_table.c[name] for name in shown))
        .where(
            _table.c.user_id == user_id,
            _table.c.revoked_at.is_(None),
            _table.c.expires_at > ctx.now,
        )
        .order_by(_table.c.last_seen_at.desc(), _table.c.id.desc())
        .limit(MOST)
    )
    return [dict(row) for row in rows.mappings()]


def end_session(ctx: WorkContext, session_id: UUID, user_id: UUID) -> None:
    """Ends a log-in of this user. Raises NotFound for one of somebody else."""
    hers = select(_table.c.id).where(_table.c.id == session_id, _table.c.user_id == user_id)
    if ctx.connection.execute(hers).first() is None:
        raise NotFound("core.session", session_id)
    close_session(ctx, session_id)


def cookie(secret: str, *, secure: bool, hours: int) -> str:
    """The `Set-Cookie` header; an empty secret takes the cookie away."""
    parts = [f"{COOKIE}={secret}", "Path=/", "HttpOnly", "SameSite=Lax"]
    parts.append(f"Max-Age={hours * 3600 if secret else 0}")
    if secure:
        parts.append("Secure")
    return "; ".join(parts)
