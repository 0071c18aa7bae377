"""Logging in as somebody else: for help at the telephone, seen by all and never by stealth.

Who does it needs a permission of its own and every right of the person she becomes. The session
is marked with her own one and ends with it, an hour later at the latest. Each entry of the audit
names her, too. Passwords, second factors and tokens stay out of her reach meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select, update

from tenon_core.context import WorkContext
from tenon_core.entities.people import LoginSession, User
from tenon_core.storage.auditing import audit_act
from tenon_core.web.auth.identities import Identity, forget_on_commit
from tenon_core.web.auth.sessions import OpenSession, open_session
from tenon_sdk.errors import NotFound, Refused
from tenon_sdk.text import _

if TYPE_CHECKING:
    from tenon_core.web.api.calls import Call

IMPERSONATE = "core.user.impersonate"
LONGEST = timedelta(hours=1)
_table: Any = LoginSession.__table__


def begin_acting(ctx: WorkContext, who: Identity, user_id: UUID, agent: str | None) -> OpenSession:
    """Opens a session of `user_id` for the person of `ctx`, who is logged in by `who`.

    Raises Forbidden without the permission; Refused from a token, from such a session, for
    oneself, for who cannot log in today, and for who may do anything that the person may not.
    """
    ctx.require(IMPERSONATE)
    if who.kind != "session" or who.acting is not None:
        raise Refused(_("Log in yourself first."))
    user = ctx.session.get(User, user_id)
    if user is None:
        raise NotFound("core.user", user_id)
    today = ctx.now.astimezone(ctx.zone).date()
    if user_id == who.user_id or not user.is_active_on(today):
        raise Refused(_("One cannot log in as this user."))
    _check_rights(ctx, user_id)
    opened = open_session(ctx, user_id, agent=agent, second_factor_at=ctx.now)
    mark = {"acting": ctx.actor.login, "acting_session": str(who.id)}
    ends = ctx.now + LONGEST
    marked = update(_table).where(_table.c.id == opened.id).values(custom=mark, expires_at=ends)
    ctx.connection.execute(marked)
    audit_act(ctx, "logged_in_as", entity="core.user", record_id=user_id)
    forget_on_commit(ctx)
    return opened


def _check_rights(ctx: WorkContext, user_id: UUID) -> None:
    theirs = ctx.site.guardian(user_id).access
    mine = ctx.site.guardian(ctx.actor.user_id).access  # type: ignore[arg-type]
    for permission, scope in theirs.grants.items():
        own = mine.scope(permission)
        if own is None or own.width < scope.width:
            message = _("{name} may do what you may not: “{permission}”.",
                        name=theirs.actor.name, permission=permission)  # fmt: skip
            raise Refused(message)


def end_acting(ctx: WorkContext, who: Identity) -> None:
    """Ends such a session, in a context of the person who was acted for."""
    ended = update(_table).where(_table.c.id == who.id).values(revoked_at=ctx.now)
    ctx.connection.execute(ended)
    audit_act(ctx, "logged_out_as", entity="core.user", record_id=who.user_id)
    forget_on_commit(ctx)


def still_acting(call: Call, found: Identity) -> bool:
    """Whether the own session behind it stands, and its person may still act for others."""
    if found.acting is None:
        return True
    now = call.site.clock()
    day = now.astimezone(call.site.zone).date()
    c = _table.c
    own = (
        select(c.user_id)
        .select_from(_table.join(User.__table__, User.__table__.c.id == c.user_id))
        .where(c.id == found.acting_session, c.revoked_at.is_(None), c.expires_at > now)
        .where(User.active_on(day))
    )
    with call.site.read_engine.connect() as connection:
        user_id = connection.execute(own).scalar()
    return user_id is not None and call.site.guardian(user_id).access.scope(IMPERSONATE) is not None


def as_oneself(ctx: WorkContext) -> None:
    """Raises Refused while somebody else acts: what opens doors is a person's own business."""
    if ctx.came_from.acting is not None:
        raise Refused(_("Not while you are logged in as somebody else."))
