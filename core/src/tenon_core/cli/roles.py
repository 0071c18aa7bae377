"""`tenon role …`: what users can be."""

from __future__ import annotations

from typing import Any

import click

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, argument, as_json, as_user, command, pass_app
from tenon_core.cli.output import show
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _


@command("list", _("List the roles, with how many users and grants each has."))
@as_json
@as_user
@pass_app
def list_(app: App, /, *, as_json: bool, login: str | None) -> None:
    with app.work("tenon role list", login, read_only=True) as ctx:
        rows = _roles(ctx)
    columns = {
        "key": _("Key"), "name": _("Name"), "users": _("Users"), "grants": _("Grants"),
        "description": _("Description"),
    }  # fmt: skip
    show(rows, columns, as_json=as_json, empty=_("There are no roles."))


def _roles(ctx: Any) -> list[dict[str, Any]]:
    from sqlalchemy import func, select

    from tenon_core.entities.people import Grant, Role, UserRole

    users = select(func.count()).where(UserRole.role_id == Role.id).scalar_subquery()
    grants = (
        select(func.count())
        .where(Grant.role_id == Role.id, Grant.revoked.is_(False))
        .scalar_subquery()
    )
    statement = select(
        Role.key, Role.name, Role.description, users.label("users"), grants.label("grants")
    ).order_by(Role.key)
    return [dict(row) for row in ctx.session.execute(statement).mappings()]


@command("show", _("List what a role may do, and how far."))
@argument("key")
@as_json
@as_user
@pass_app
def show_role(app: App, /, *, key: str, as_json: bool, login: str | None) -> None:
    from sqlalchemy import select

    from tenon_core.entities.people import Grant, Role

    with app.work("tenon role show", login, read_only=True) as ctx:
        role_id = ctx.session.scalar(select(Role.id).where(Role.key == key))
        if role_id is None:
            raise Invalid({"role": _("There is no role “{role}”.", role=key)})
        statement = (
            select(Grant.permission, Grant.scope)
            .where(Grant.role_id == role_id, Grant.revoked.is_(False))
            .order_by(Grant.permission)
        )
        rows = [dict(row) for row in ctx.session.execute(statement).mappings()]
    columns = {"permission": _("Permission"), "scope": _("Scope")}
    show(rows, columns, as_json=as_json, empty=_("The role may do nothing."))


@click.group("role", cls=Group, help=_("See the roles and what each may do."))
def role() -> None:
    pass


for each in (list_, show_role):
    role.add_command(each)

COMMANDS = (role,)
