"""Tokens of integrations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenon_core.context import WorkContext
from tenon_core.entities.people import ApiToken, User
from tenon_core.web.auth.acting import as_oneself
from tenon_core.web.auth.identities import forget_on_commit
from tenon_core.web.auth.permissions import known_permissions
from tenon_core.web.auth.secrets import SHOWN, digest, new_token
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _


def make_token(
    ctx: WorkContext,
    user_id: UUID,
    name: str,
    permissions: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> str:
    """A new token that acts as a user; it is told here and never again.

    `permissions` narrows what the user's roles grant, None leaves all of it. Raises Invalid for a
    permission that does not exist or an expiry in the past, NotFound for no such user.
    """
    as_oneself(ctx)
    _check(ctx, name, permissions, expires_at)
    token = new_token()
    with ctx.as_system("token made") as inner:
        if inner.session.get(User, user_id) is None:
            raise NotFound("core.user", user_id)
        inner.session.add(
            ApiToken(
                user_id=user_id,
                name=name.strip(),
                prefix=token[:SHOWN],
                token_hash=digest(token),
                permissions=None if permissions is None else sorted(set(permissions)),
                expires_at=expires_at,
            )
        )
        inner.session.flush()
    return token


def tokens_of(ctx: WorkContext, user_id: UUID) -> list[dict[str, Any]]:
    """What may be shown of a user's tokens that are not revoked, newest first."""
    table = ApiToken.__table__
    shown = ("id", "name", "prefix", "permissions", "expires_at", "last_used_at", "created_at")
    rows = ctx.connection.execute(
        select(*(table.c[name] for name in shown))
        .where(table.c.user_id == user_id, table.c.revoked_at.is_(None))
        .order_by(table.c.id.desc())
    )
    return [dict(row) for row in rows.mappings()]


def revoke_token(ctx: WorkContext, token_id: UUID, *, user_id: UUID | None = None) -> None:
    """Ends a token; one of `user_id` if given. Raises NotFound."""
    with ctx.as_system("token revoked") as inner:
        token = inner.session.get(ApiToken, token_id)
        if token is None or (user_id is not None and token.user_id != user_id):
            raise NotFound("core.api_token", token_id)
        token.revoked_at = token.revoked_at or ctx.now
    forget_on_commit(ctx)


def _check(
    ctx: WorkContext,
    name: str,
    permissions: Sequence[str] | None,
    expires_at: datetime | None,
) -> None:
    if not 0 < len(name.strip()) <= 120:
        raise Invalid({"name": _("Enter a name of at most {limit} characters.", limit=120)})
    if expires_at is not None and expires_at <= ctx.now:
        raise Invalid({"expires_at": _("The expiry must lie in the future.")})
    unknown = sorted(set(permissions or ()) - known_permissions(ctx.site.registry))
    if unknown:
        raise Invalid({"permissions": _("There is no permission “{name}”.", name=unknown[0])})
