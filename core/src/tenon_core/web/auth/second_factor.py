"""The second factor: codes by time (RFC 6238) and recovery codes for when the phone is lost."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import func, select, update

from tenon_core.context import WorkContext
from tenon_core.entities.people import LoginSession, User
from tenon_core.storage.auditing import audit_act
from tenon_core.vault.hidden import hide, place_of, shown
from tenon_core.web.auth.acting import as_oneself
from tenon_core.web.auth.identities import forget_on_commit
from tenon_core.web.auth.secrets import digest
from tenon_sdk.errors import Invalid, Refusal, Refused
from tenon_sdk.text import _

STEP = 30
RECOVERY_CODES = 10
WRONG_CODE = _("This code is wrong or was used already.")


def provisioning_uri(secret: str, login: str, issuer: str) -> str:
    """What the QR code for the authenticator application says."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def switch_on(
    ctx: WorkContext, user_id: UUID, session_id: UUID, secret: str, code: str
) -> list[str]:
    """Demands a second factor from now on, once a first code proves that the phone has it.

    The session counts as having shown it; others of the user have to. Returns the recovery
    codes; they are told here and never again. Raises Invalid, and Refused where one is demanded
    already: to replace it takes the password, as switching it off does.
    """
    as_oneself(ctx)
    if not 16 <= len(secret) <= 64 or set(secret) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        raise Invalid({"secret": _("This value cannot be read.")})
    step = _step(secret, code, ctx.now, datetime.fromtimestamp(0, UTC))
    if step is None:
        raise Invalid({"code": WRONG_CODE})
    codes = ["-".join(secrets.token_hex(4) for _part in range(2)) for _n in range(RECOVERY_CODES)]
    with ctx.as_system("second factor switched on") as inner:
        stored = inner.session.get_one(User, user_id)
        if stored.second_factor_secret is not None:
            raise Refused(Refusal(_("Switch the second factor off first."), code="second_factor"))
        stored.second_factor_secret = hide(ctx.site, inner.connection, secret, _place(user_id))
        stored.recovery_hashes = [digest(c) for c in codes]
    pass_session(ctx, session_id, step)
    audit_act(ctx, "second_factor_on", entity="core.user", record_id=user_id)
    return codes


def pass_session(ctx: WorkContext, session_id: UUID, at: datetime) -> None:
    """Notes that a session has shown its second factor."""
    table: Any = LoginSession.__table__
    passed = update(table).where(table.c.id == session_id).values(second_factor_at=at)
    ctx.connection.execute(passed)
    forget_on_commit(ctx)


def switch_off(ctx: WorkContext, user_id: UUID) -> None:
    as_oneself(ctx)
    with ctx.as_system("second factor switched off") as inner:
        stored = inner.session.get_one(User, user_id)
        stored.second_factor_secret, stored.recovery_hashes = None, None
    forget_on_commit(ctx)
    audit_act(ctx, "second_factor_off", entity="core.user", record_id=user_id)


def redeem(ctx: WorkContext, user_id: UUID, code: str) -> datetime | None:
    """Takes a code: the moment that a session notes as its second factor, None for a wrong one.

    A code by time is taken once: what is noted is its time step, and only later steps are good
    afterwards. A recovery code is used up. Raises KeyMissing where the key of the secret is not
    here: recovery codes are good without it.
    """
    code = code.strip().replace(" ", "")
    connection = ctx.connection
    table: Any = User.__table__
    sessions = LoginSession.__table__
    row = connection.execute(
        select(table.c.second_factor_secret, table.c.recovery_hashes)
        .where(table.c.id == user_id)
        .with_for_update()
    ).one()
    last = connection.execute(
        select(func.max(sessions.c.second_factor_at)).where(sessions.c.user_id == user_id)
    ).scalar()
    if row.second_factor_secret and code.isdigit():
        used = last or datetime.fromtimestamp(0, UTC)
        secret = shown(ctx.site, row.second_factor_secret, _place(user_id))
        return _step(secret, code, ctx.now, used)
    kept = row.recovery_hashes or []
    left = [h for h in kept if not hmac.compare_digest(h, digest(code))]
    if len(left) == len(kept):
        return None
    connection.execute(update(table).where(table.c.id == user_id).values(recovery_hashes=left))
    audit_act(ctx, "recovery_code_used", entity="core.user", record_id=user_id)
    # It belongs to no time step: one long past keeps the next code by time good.
    past = ctx.now - timedelta(seconds=2 * STEP)
    return max(last, past) if last else past


def _place(user_id: UUID) -> str:
    return place_of(User, "second_factor_secret", user_id)


def _step(secret: str, code: str, now: datetime, used: datetime) -> datetime | None:
    """The beginning of the time step that `code` is for: this one, or the one beside it."""
    if not code.isascii():  # nor can such texts be compared in constant time
        return None
    otp = pyotp.TOTP(secret, interval=STEP)
    here = int(now.timestamp()) // STEP
    for step in (here - 1, here, here + 1):
        start = datetime.fromtimestamp(step * STEP, UTC)
        if start > used and hmac.compare_digest(otp.generate_otp(step), code):
            return start
    return None
