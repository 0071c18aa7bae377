"""Giving the ready roles what plugins say they should have, without undoing an administrator.

A grant that was made here is `ready` and follows the plugin's defaults. One that an administrator
made or changed is not, and one that was taken away is `revoked`: both stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenon_core.access.roles import READY_ROLES
from tenon_core.entities.people import Grant, Role
from tenon_core.kernel.registry import Registry
from tenon_sdk.permissions import ACTIONS, Scope
from tenon_sdk.text import translate

ADMINISTRATOR = "administrator"


def permission_names(registry: Registry) -> list[str]:
    """Every permission there is: the actions of entities, transitions and declared ones."""
    found: dict[str, None] = {}
    for cls in registry.entities:
        if not cls.__tenon__.internal:
            found |= dict.fromkeys(cls.__tenon__.permission(action) for action in ACTIONS)
    for flow in registry.workflows:
        names = (t.permission or f"{flow.entity}.{t.name}" for t in flow.transitions)
        found |= dict.fromkeys(names)
    found |= dict.fromkeys(registry.permissions.keys())
    return list(found)


def default_grants(registry: Registry) -> dict[tuple[str, str], Scope]:
    """(role, permission) -> scope as declared; the administrator has every permission."""
    wanted = {(ADMINISTRATOR, name): Scope.ALL for name in permission_names(registry)}
    for permission in registry.permissions:
        for role, scope in permission.roles.items():
            wanted[role, permission.name] = scope
    return wanted


def sync_defaults(
    session: Session, registry: Registry, locale: str, absent: Iterable[str] = ()
) -> int:
    """Makes ready roles and ready grants what the registry says; returns how many changed.

    Ready grants on permissions that no plugin knows any more are taken back, except those of
    plugins in `absent`, which are only disabled. A role that a plugin names and nobody made is
    made, called by its key.
    """
    wanted = default_grants(registry)
    roles = _roles(session, {role for role, _permission in wanted}, locale)
    stored = {(g.role_id, g.permission): g for g in session.scalars(select(Grant))}
    changed = 0
    for (role, permission), scope in wanted.items():
        grant = stored.get((roles[role].id, permission))
        if grant is None:
            made = Grant(
                role_id=roles[role].id, permission=permission, scope=scope.value, ready=True
            )
            session.add(made)
            changed += 1
        elif grant.ready and not grant.revoked and grant.scope != scope.value:
            grant.scope = scope.value
            changed += 1
    kept = {(roles[role].id, permission) for role, permission in wanted}
    changed += _take_back(session, stored, kept, frozenset(absent))
    session.flush()
    return changed


def _take_back(
    session: Session,
    stored: Mapping[tuple[UUID, str], Grant],
    kept: set[tuple[UUID, str]],
    absent: frozenset[str],
) -> int:
    gone = [
        grant
        for at, grant in stored.items()
        if grant.ready and not grant.revoked and at not in kept
        and grant.permission.partition(".")[0] not in absent
    ]  # fmt: skip
    for grant in gone:
        session.delete(grant)
    return len(gone)


def _roles(session: Session, keys: set[str], locale: str) -> dict[str, Role]:
    ready = {role.key: role for role in READY_ROLES}
    roles = {role.key: role for role in session.scalars(select(Role))}
    for key in sorted({*keys, *ready} - set(roles)):
        declared = ready.get(key)
        name = translate(declared.name, locale) if declared else key.replace("_", " ").capitalize()
        roles[key] = Role(
            key=key,
            name=name,
            description=translate(declared.description, locale) if declared else None,
            ready=True,
        )
        session.add(roles[key])
    session.flush()
    return roles
