"""Passwords: how they are kept, checked and set."""

from __future__ import annotations

import secrets
from functools import cache
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import update

from tenon_core.context import WorkContext
from tenon_core.entities.people import LoginSession, User
from tenon_core.settings import CoreSettings
from tenon_core.storage.auditing import audit_act
from tenon_core.web.auth.acting import as_oneself
from tenon_core.web.auth.identities import forget_on_commit
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import Text, _

LONGEST = 200
GENERATED_BYTES = 12
# RFC 9106's second recommended choice, as argon2-cffi has it.
HASHER = PasswordHasher()


def set_password(
    ctx: WorkContext, user_id: UUID, password: str, *, keep_session: UUID | None = None
) -> None:
    """Gives a user a new password and ends her log-ins, but for `keep_session`.

    Raises Invalid for a password that is too short, too long, or holds the log-in name; NotFound
    for no such user.
    """
    as_oneself(ctx)
    with ctx.as_system("password set") as inner:
        user = inner.session.get(User, user_id)
        if user is None:
            raise NotFound("core.user", user_id)
        check_password(password, user.login, ctx.settings(CoreSettings).password_min_length)
        user.password_hash = HASHER.hash(password)
        user.password_set_at = ctx.now
    end_sessions(ctx, user_id, but=keep_session)
    audit_act(ctx, "password_set", entity="core.user", record_id=user_id)


def generated() -> str:
    """A password of 16 characters, 96 random bits, for somebody who will change it."""
    return secrets.token_urlsafe(GENERATED_BYTES)


def end_sessions(ctx: WorkContext, user_id: UUID, *, but: UUID | None = None) -> None:
    """Ends the log-ins of a user, except one."""
    table: Any = LoginSession.__table__
    ended = update(table).where(table.c.user_id == user_id, table.c.revoked_at.is_(None))
    if but is not None:
        ended = ended.where(table.c.id != but)
    ctx.connection.execute(ended.values(revoked_at=ctx.now))
    forget_on_commit(ctx)


def check_password(password: str, login: str, shortest: int) -> None:
    """Length counts, not kinds of characters (NIST SP 800-63B, 3.1.1.2). Raises Invalid."""
    fault: Text | None = None
    if len(password) < shortest:
        fault = _("At least {minimum} characters.", minimum=shortest)
    elif len(password) > LONGEST:
        fault = _("At most {limit} characters.", limit=LONGEST)
    elif login and login.lower() in password.lower() and len(login) >= 4:
        fault = _("The password must not contain the log-in name.")
    elif len(set(password)) < 4:
        fault = _("The password is too simple.")
    if fault is not None:
        raise Invalid({"password": fault})


def verify(stored: str | None, password: str) -> bool:
    """Whether the password fits. Takes the same time when there is none to compare with."""
    if len(password) > LONGEST:
        password = ""
    try:
        HASHER.verify(stored or _no_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def renewed(stored: str, password: str) -> str | None:
    """A new hash of a password that was just verified, None while the stored one is as today's."""
    return HASHER.hash(password) if HASHER.check_needs_rehash(stored) else None


@cache
def _no_hash() -> str:
    return HASHER.hash("nobody has this password")
