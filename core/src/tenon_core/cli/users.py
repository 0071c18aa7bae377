"""`tenon user …`: who may log in."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, argument, as_json, as_user, command, option, pass_app
from tenon_core.cli.output import say, show
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate

PASSWORD_STDIN = option(
    "--password-stdin",
    "from_stdin",
    is_flag=True,
    help=_("Read the password from standard input; else one is made and printed."),
)
# 16 characters of 64: 96 bits.
GENERATED_BYTES = 12


@command("add", _("Create a user with a role. The password is printed unless it is given."))
@argument("name", metavar="LOGIN")
@option("--role", "roles", multiple=True, required=True, metavar="KEY", help=_("Her role."))
@option("--unit", metavar="CODE", help=_("Her unit, by code or name."))
@option("--name", "full_name", metavar="NAME", help=_("Her name."))
@option("--email", metavar="ADDRESS", help=_("Her e-mail."))
@PASSWORD_STDIN
@as_user
@pass_app
def add(
    app: App,
    /,
    *,
    name: str,
    roles: Sequence[str],
    unit: str | None,
    full_name: str | None,
    email: str | None,
    from_stdin: bool,
    login: str | None,
) -> None:
    from tenon_core.entities.people import User, UserRole
    from tenon_core.web.auth.passwords import set_password

    password = read_password() if from_stdin else None
    with app.work("tenon user add", login) as ctx:
        ctx.require("core.user.create")
        _check_new(ctx, name)
        user = User(login=name, name=full_name or name, email=email, unit_id=_unit_id(ctx, unit))
        ctx.session.add(user)
        ctx.session.flush()
        for role_id in _role_ids(ctx, roles):
            ctx.session.add(UserRole(user_id=user.id, role_id=role_id))
        chosen = password or generated()
        set_password(ctx, user.id, chosen)
        said = user.login
    say(_("User “{login}” was created.", login=said))
    if password is None:
        say(_("Password: {password}", password=chosen))


def generated() -> str:
    return secrets.token_urlsafe(GENERATED_BYTES)


def read_password() -> str:
    """One line of standard input, asked for twice if somebody sits there."""
    if sys.stdin.isatty():
        asked: str = click.prompt(
            translate(_("Password")), hide_input=True, confirmation_prompt=True
        )
        return asked
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Invalid({"password": _("Standard input holds no password.")})
    return password


def _check_new(ctx: Any, name: str) -> None:
    from sqlalchemy import select

    from tenon_core.entities.people import User

    table: Any = User.__table__
    known = select(table.c.id).where(table.c.login == name.strip().lower())
    if not name.strip() or any(sign.isspace() for sign in name.strip()):
        raise Invalid({"login": _("A log-in name has no spaces.")})
    if ctx.connection.execute(known).first() is not None:
        raise Invalid({"login": _("There is a user “{login}” already.", login=name)})


def _unit_id(ctx: Any, given: str | None) -> UUID | None:
    from sqlalchemy import or_, select

    from tenon_core.entities.people import Unit

    if given is None:
        return None
    found = ctx.session.scalars(
        select(Unit.id).where(or_(Unit.code == given, Unit.name == given)).limit(2)
    ).all()
    if len(found) != 1:
        message = _("Several units are called “{unit}”; name its code.", unit=given)
        if not found:
            message = _("There is no unit “{unit}”.", unit=given)
        raise Invalid({"unit": message})
    unit: UUID = found[0]
    return unit


def _role_ids(ctx: Any, keys: Sequence[str]) -> list[UUID]:
    from sqlalchemy import select

    from tenon_core.entities.people import Role

    rows = ctx.session.execute(select(Role.key, Role.id).order_by(Role.key))
    known: dict[str, UUID] = {row.key: row.id for row in rows}
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise Invalid(
            {
                "role": _(
                    "There is no role “{role}”; there are {roles}.",
                    role=unknown[0],
                    roles=", ".join(known),
                )
            }
        )
    return [known[key] for key in dict.fromkeys(keys)]


@command("disable", _("Close a log-in. Refused while the person has work left to hand over."))
@argument("name", metavar="LOGIN")
@option(
    "--last-day", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help=_("The last day on which she may log in; else it ends at once."),
)  # fmt: skip
@as_user
@pass_app
def disable(app: App, /, *, name: str, last_day: datetime | None, login: str | None) -> None:
    from tenon_core.customers.handover import close_login

    with app.work("tenon user disable", login) as ctx:
        close_login(ctx, app.user_id(name), last_day.date() if last_day else None)
    if last_day is None:
        say(_("User “{login}” cannot log in any more.", login=name))
    else:
        day = last_day.date().isoformat()
        say(_("User “{login}” can log in until {day}.", login=name, day=day))


@command("password", _("Give a user a new password and end her log-ins."))
@argument("name", metavar="LOGIN")
@PASSWORD_STDIN
@as_user
@pass_app
def password(app: App, /, *, name: str, from_stdin: bool, login: str | None) -> None:
    from tenon_core.web.auth.passwords import set_password

    given = read_password() if from_stdin else None
    chosen = given or generated()
    with app.work("tenon user password", login) as ctx:
        ctx.require("core.user.edit")
        set_password(ctx, app.user_id(name), chosen)
    say(_("User “{login}” has a new password.", login=name))
    if given is None:
        say(_("Password: {password}", password=chosen))


@command("list", _("List the users who can log in."))
@option("--all", "every", is_flag=True, help=_("Those who left or come later, too."))
@as_json
@as_user
@pass_app
def list_(app: App, /, *, every: bool, as_json: bool, login: str | None) -> None:
    with app.work("tenon user list", login, read_only=True) as ctx:
        rows = _users(ctx, every=every)
    columns = {
        "login": _("Log-in name"), "name": _("Name"), "unit": _("Unit"), "roles": _("Roles"),
        "email": _("E-mail"), "active_from": _("Active from"), "active_until": _("Active until"),
    }  # fmt: skip
    show(rows, columns, as_json=as_json, empty=_("There are no users."))


def _users(ctx: Any, *, every: bool) -> list[dict[str, Any]]:
    from sqlalchemy import select

    from tenon_core.entities.people import Role, Unit, User, UserRole

    today = ctx.now.astimezone(ctx.zone).date()
    statement = (
        select(
            User.id, User.login, User.name, User.email, User.active_from, User.active_until,
            Unit.name.label("unit"),
        )
        .outerjoin(Unit, Unit.id == User.unit_id)
        .order_by(User.login)
    )  # fmt: skip
    if not every:
        statement = statement.where(User.active_on(today))
    held: dict[UUID, list[str]] = {}
    pairs = select(UserRole.user_id, Role.key).join(Role, Role.id == UserRole.role_id)
    for user_id, key in ctx.session.execute(pairs.order_by(Role.key)):
        held.setdefault(user_id, []).append(key)
    return [
        {**row, "roles": held.get(row["id"], [])}
        for row in ctx.session.execute(statement).mappings()
    ]


@click.group("user", cls=Group, help=_("Create users and close their log-ins."))
def user() -> None:
    pass


for each in (add, list_, password, disable):
    user.add_command(each)

COMMANDS = (user,)
