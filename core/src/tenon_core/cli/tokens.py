"""`tenon token …`: keys of integrations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import click

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, argument, as_json, as_user, command, option, pass_app
from tenon_core.cli.output import say, show
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _

DEFAULT_NAME = "tenon token add"


@command("add", _("Make a token that acts as a user. It is printed alone on the last line."))
@argument("name", metavar="LOGIN")
@option("--name", "label", metavar="TEXT", default=DEFAULT_NAME, help=_("What it is for."))
@option("--expires", metavar="DATE", help=_("The last day on which it works."))
@option(
    "--permission", "permissions", multiple=True, metavar="NAME",
    help=_("Only this of what the user may do; may be repeated."),
)  # fmt: skip
@as_user
@pass_app
def add(
    app: App,
    /,
    *,
    name: str,
    label: str,
    expires: str | None,
    permissions: Sequence[str],
    login: str | None,
) -> None:
    from tenon_core.web.auth.tokens import make_token

    user_id = app.user_id(name)
    with app.work("tenon token add", login) as ctx:
        if ctx.actor.user_id != user_id:
            ctx.require("core.api_token.create")
        until = _end_of(expires, ctx.zone) if expires else None
        token = make_token(ctx, user_id, label, permissions or None, until)
    say(_("The token acts as “{login}”. It is shown only once:", login=name))
    print(token)


def _end_of(given: str, zone: Any) -> datetime:
    """The first moment after the day in the site's zone."""
    try:
        day = datetime.strptime(given, "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        raise Invalid({"expires": _("Enter a date, such as 2026-11-23.")}) from None
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


@command("list", _("List the tokens of a user, or of everybody."))
@argument("name", metavar="LOGIN", required=False)
@as_json
@as_user
@pass_app
def list_(app: App, /, *, name: str | None, as_json: bool, login: str | None) -> None:
    from tenon_core.web.auth.tokens import tokens_of

    with app.work("tenon token list", login) as ctx:
        users = _owners(ctx, None if name is None else app.user_id(name))
        rows = [
            {"login": owner, **token}
            for user_id, owner in users
            for token in tokens_of(ctx, user_id)
        ]
    columns = {
        "prefix": _("Begins with"), "login": _("Log-in name"), "name": _("Name"),
        "permissions": _("Only these permissions"), "expires_at": _("Expires at"),
        "last_used_at": _("Last used at"), "created_at": _("Created at"),
    }  # fmt: skip
    show(rows, columns, as_json=as_json, empty=_("There are no tokens."))


def _owners(ctx: Any, user_id: UUID | None) -> list[tuple[UUID, str]]:
    from sqlalchemy import select

    from tenon_core.entities.people import ApiToken, User

    if user_id is None or ctx.actor.user_id != user_id:
        ctx.require("core.api_token.view")
    users, tokens = User.__table__, ApiToken.__table__
    statement = select(users.c.id, users.c.login).order_by(users.c.login)
    if user_id is None:
        statement = statement.where(users.c.id.in_(select(tokens.c.user_id)))
    else:
        statement = statement.where(users.c.id == user_id)
    return [(row[0], row[1]) for row in ctx.connection.execute(statement)]


@command("revoke", _("End a token."))
@argument("token", metavar="ID|PREFIX")
@as_user
@pass_app
def revoke(app: App, /, *, token: str, login: str | None) -> None:
    from tenon_core.web.auth.tokens import revoke_token

    with app.work("tenon token revoke", login) as ctx:
        token_id, owner = _token(ctx, token)
        if ctx.actor.user_id != owner:
            ctx.require("core.api_token.delete")
        revoke_token(ctx, token_id)
    say(_("The token was revoked."))


def _token(ctx: Any, given: str) -> tuple[UUID, UUID]:
    """(token, its user) by id, or by what it begins with if that is one token's alone."""
    from sqlalchemy import select

    from tenon_core.entities.people import ApiToken

    table: Any = ApiToken.__table__
    wanted = table.c.prefix.startswith(given, autoescape=True)
    try:
        wanted = table.c.id == UUID(given)
    except ValueError:
        wanted &= table.c.revoked_at.is_(None)
    statement = select(table.c.id, table.c.user_id).where(wanted).limit(2)
    found = ctx.connection.execute(statement).all()
    if not found:
        raise NotFound("core.api_token", given)
    if len(found) > 1:
        raise Invalid({"token": _("Several tokens begin with “{prefix}”.", prefix=given)})
    return found[0][0], found[0][1]


@click.group("token", cls=Group, help=_("Make and revoke keys of integrations."))
def token() -> None:
    pass


for each in (add, list_, revoke):
    token.add_command(each)

COMMANDS = (token,)
