"""Roles, and how far each reaches: a matrix of permissions by plugin and kind of record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import func, select

from tenon_core.access.defaults import ADMINISTRATOR, default_grants, permission_names
from tenon_core.entities.people import SCOPES, Grant, Role, UserRole
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.admin.base import Params, done, id_of, need, show
from tenon_core.web.pages.calls import PageCall
from tenon_sdk.errors import Invalid, NotFound, Refused
from tenon_sdk.permissions import ACTIONS, Scope
from tenon_sdk.text import Text, _

VIEW = ("core.role.edit", "core.grant.view")
CHANGE = ("core.role.edit", "core.grant.create", "core.grant.edit", "core.grant.delete")
LABELS: Mapping[str, Text] = {
    "view": _("See"),
    "create": _("Create"),
    "edit": _("Edit"),
    "delete": _("Delete"),
    "export": _("Export"),
}
SHORT = (
    (Scope.OWN.value, _("own")),
    (Scope.TEAM.value, _("own and shared")),
    (Scope.UNIT.value, _("unit")),
    (Scope.UNIT_TREE.value, _("unit and below")),
    (Scope.ALL.value, _("all")),
)
Granted = Mapping[str, Grant]


@frozen(kw_only=True)
class Cell:
    """A permission as the matrix shows it; `changed` says that it is not as it came."""

    permission: str
    label: Text | str
    scope: str
    changed: bool


@frozen(kw_only=True)
class Line:
    """A kind of record with its five actions (None where there is no such), and what is more."""

    name: str
    label: Text | str
    cells: tuple[Cell | None, ...]
    others: tuple[Cell, ...]


@frozen(kw_only=True)
class Group:
    """What one plugin has to be permitted."""

    key: str
    title: Text | str
    lines: tuple[Line, ...]


def show_roles(call: PageCall, _params: Params) -> Answer:
    need(call, *VIEW)
    role: Any = Role.__table__
    held, grant = UserRole.__table__.c, Grant.__table__.c
    users = select(func.count(held.id)).where(held.role_id == role.c.id).scalar_subquery()
    given = grant.revoked.is_(False) & (grant.role_id == role.c.id)
    grants = select(func.count(grant.id)).where(given).scalar_subquery()
    columns = (*role.c, users.label("users"), grants.label("grants"))
    with call.reading() as ctx:
        rows = ctx.connection.execute(select(*columns).order_by(role.c.name)).mappings().all()
    return show(call, "roles.html", rows=rows)


def show_role(call: PageCall, params: Params) -> Answer:
    need(call, *VIEW)
    return role_page(call, id_of(params, "core.role"))


def role_page(
    call: PageCall, role_id: UUID, status: int = 200, error: Text | None = None
) -> Answer:
    with call.reading() as ctx:
        role, granted = _read(ctx, role_id)
        groups = _groups(call, role.key, granted)
        seen = _fingerprint(granted)
        facts = {"id": role.id, "key": role.key, "name": role.name, "ready": role.ready}
        facts["description"] = role.description
    return show(
        call,
        "role.html",
        status,
        role=facts,
        groups=groups,
        seen=seen,
        error=error,
        fixed=facts["key"] == ADMINISTRATOR,
        actions=[LABELS[action] for action in ACTIONS],
        scopes=SHORT,
        long_scopes=SCOPES,
    )


def save_role(call: PageCall, params: Params) -> Answer:
    """Stores what differs. Refused when somebody else changed the role meanwhile."""
    need(call, *CHANGE)
    role_id, form = id_of(params, "core.role"), dict(call.form.pairs)
    known = set(permission_names(call.site.registry))
    scopes = {"", *(scope.value for scope in Scope)}
    try:
        with call.writing() as ctx:
            role, granted = _read(ctx, role_id)
            _may_change(role)
            if form.get("seen") != _fingerprint(granted):
                _refuse_stale()
            defaults = _defaults(call, role.key)
            for name, scope in form.items():
                kind, _colon, permission = name.partition(":")
                if kind != "grant":
                    continue
                if permission not in known or scope not in scopes:
                    raise Invalid({permission: _("There is no such permission or scope.")})
                new = Grant(role_id=role_id, permission=permission, scope=scope)
                _give(ctx, granted.get(permission), new, defaults)
    except Refused as refused:
        return role_page(call, role_id, status=409, error=refused.message)
    return done(call, f"/admin/roles/{role_id}", _("The role was stored."))


def restore_role(call: PageCall, params: Params) -> Answer:
    """Makes a ready role again what the enabled plugins say."""
    need(call, *CHANGE)
    role_id = id_of(params, "core.role")
    with call.writing() as ctx:
        role, granted = _read(ctx, role_id)
        if not role.ready:
            raise Refused(_("This role did not come with the system."))
        defaults = _defaults(call, role.key)
        for permission, grant in granted.items():
            if permission not in defaults:
                ctx.session.delete(grant)
        for permission, scope in defaults.items():
            found = granted.get(permission)
            if found is None:
                found = Grant(role_id=role_id, permission=permission, scope=scope, ready=True)
                ctx.session.add(found)
            found.scope, found.ready, found.revoked = scope, True, False
    return done(call, f"/admin/roles/{role_id}", _("The role is again as it came."))


def _read(ctx: Any, role_id: UUID) -> tuple[Role, dict[str, Grant]]:
    role = ctx.session.get(Role, role_id)
    if role is None:
        raise NotFound("core.role", role_id)
    grants = ctx.session.scalars(select(Grant).where(Grant.role_id == role_id))
    return role, {grant.permission: grant for grant in grants}


def _may_change(role: Role) -> None:
    if role.key == ADMINISTRATOR:
        raise Refused(_("The administrator may do everything; this role stays as it is."))


def _refuse_stale() -> None:
    raise Refused(_("Somebody else changed this role meanwhile; nothing was stored."))


def _give(
    ctx: Any,
    grant: Grant | None,
    new: Grant,
    defaults: Mapping[str, str],
) -> None:
    """One cell. What was taken away of the defaults stays noted, so that it does not come back."""
    now = "" if grant is None or grant.revoked else grant.scope
    scope = new.scope
    if scope == now:
        return
    if grant is None:
        ctx.session.add(new)
    elif scope:
        grant.scope, grant.revoked, grant.ready = scope, False, False
    elif new.permission in defaults:
        grant.revoked, grant.ready = True, False
    else:
        ctx.session.delete(grant)


def _defaults(call: PageCall, role: str) -> dict[str, str]:
    found = default_grants(call.site.registry).items()
    return {permission: scope.value for (key, permission), scope in found if key == role}


def _fingerprint(granted: Granted) -> str:
    """Of what a person sees before her change, so that she overwrites nobody's."""
    lines = sorted(f"{g.permission} {g.scope} {g.revoked}" for g in granted.values())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def _groups(call: PageCall, role: str, granted: Granted) -> list[Group]:
    registry, defaults = call.site.registry, _defaults(call, role)
    declared = {one.name: one.label for one in registry.permissions}
    by_entity: dict[str, dict[str, Cell]] = {}
    for permission in permission_names(registry):
        entity, _dot, action = permission.rpartition(".")
        grant = granted.get(permission)
        scope = "" if grant is None or grant.revoked else grant.scope
        label = LABELS.get(action) or declared.get(permission) or _move(registry, entity, action)
        by_entity.setdefault(entity, {})[action] = Cell(
            permission=permission,
            label=label,
            scope=scope,
            changed=scope != defaults.get(permission, ""),
        )
    labels = {cls.__tenon__.name: cls.__tenon__.plural for cls in registry.entities}
    lines: dict[str, list[Line]] = {}
    for entity, cells in by_entity.items():
        line = Line(
            name=entity,
            label=labels.get(entity, entity),
            cells=tuple(cells.get(action) for action in ACTIONS),
            others=tuple(cell for action, cell in cells.items() if action not in ACTIONS),
        )
        lines.setdefault(entity.partition(".")[0], []).append(line)
    titles = {key: plugin.title for key, plugin in call.site.plugins.items()}
    return [
        Group(key=key, title=titles.get(key, key), lines=tuple(found))
        for key, found in lines.items()
    ]


def _move(registry: Any, entity: str, action: str) -> Text | str:
    flow = registry.workflows.get(entity)
    move = flow.by_name.get(action) if flow is not None else None
    return move.label if move is not None else action
