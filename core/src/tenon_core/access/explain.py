"""Why somebody may or may not reach a record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from attrs import field, frozen
from sqlalchemy import select

from tenon_core.access.clauses import owned_parts
from tenon_core.access.guarding import AccessGuardian
from tenon_core.entities.people import Grant, Role, User, UserRole
from tenon_sdk.entities import Entity, Owned, fields_of
from tenon_sdk.errors import NotFound
from tenon_sdk.hooks import Hooks, LimitContext
from tenon_sdk.permissions import ACTIONS, Scope
from tenon_sdk.text import Text, _


@frozen(kw_only=True)
class Granted:
    """A role of the person that gives the permission, and how far."""

    role: str
    scope: Scope


@frozen(kw_only=True)
class Explanation:
    """One action: whether it is allowed, and everything that speaks for or against it.

    `reached` says through what the record lies within the scope; `refused` what forbids it.
    """

    action: str
    permission: str
    allowed: bool
    grants: tuple[Granted, ...] = ()
    reached: tuple[Text, ...] = ()
    refused: tuple[Text, ...] = ()
    hidden_fields: tuple[str, ...] = field(default=())


def explain(
    ctx: Any, user_id: UUID, entity: type[Entity], record_id: UUID, actions: Iterable[str] = ACTIONS
) -> list[Explanation]:
    """What a user may do with a record and why; needs a system context or `core.site.manage`.

    The answer is made from the same conditions that lists and sessions use. Raises NotFound for a
    record that does not exist.
    """
    ctx.require("core.site.manage")
    with ctx.as_system("access explained") as system:
        if system.session.get(entity, record_id) is None:
            raise NotFound(entity.__tenon__.name, record_id)
        guardian: AccessGuardian = system.site.guardian(user_id)
        return [_explain(system, guardian, entity, record_id, action) for action in actions]


def _explain(
    system: Any, guardian: AccessGuardian, entity: type[Entity], record_id: UUID, action: str
) -> Explanation:
    source, record, needed = _decisive(system, entity, record_id, action)
    permission = source.__tenon__.permission(needed)
    reached, refused = _reasons(system, guardian, source, record, needed)
    allowed = bool(guardian.reached(system.session, entity, [record_id], action))
    if source is not entity:
        reached.insert(0, _("It is part of: {label}.", label=source.__tenon__.label))
    return Explanation(
        action=action,
        permission=permission,
        allowed=allowed,
        grants=tuple(_grants(system, guardian, permission)),
        reached=tuple(reached),
        refused=tuple(refused),
        hidden_fields=tuple(sorted(guardian.hidden(entity))) if action == "view" else (),
    )


def _decisive(
    system: Any, entity: type[Entity], record_id: UUID, action: str
) -> tuple[type[Entity], UUID, str]:
    """The record whose permission decides: the whole for a part, the base for an extension."""
    info = entity.__tenon__
    registry = system.site.registry
    if info.extends is not None:
        return _decisive(system, registry.entity(info.extends), record_id, action)
    if info.parent is None:
        return entity, record_id, action
    row = system.session.get(entity, record_id)
    described = fields_of(entity)[info.parent]
    name = described.target or getattr(row, described.entity_field or "")
    parent = getattr(row, info.parent)
    above = action if action in {"view", "export"} else "edit"
    return _decisive(system, registry.entity(name), parent, above)


def _grants(system: Any, guardian: AccessGuardian, permission: str) -> Iterable[Granted]:
    rows = system.session.execute(
        select(Role.name, Grant.scope)
        .join(Grant, Grant.role_id == Role.id)
        .join(UserRole, UserRole.role_id == Role.id)
        .where(
            UserRole.user_id == guardian.access.actor.user_id,
            Grant.permission == permission,
            Grant.revoked.is_(False),
        )
        .order_by(Role.name)
    )
    return [Granted(role=role, scope=Scope(scope)) for role, scope in rows]


def _reasons(
    system: Any, guardian: AccessGuardian, entity: type[Entity], record_id: UUID, action: str
) -> tuple[list[Text], list[Text]]:
    info = entity.__tenon__
    rules = guardian.rules
    refused: list[Text] = []
    if info.name in rules.locked:
        plugins = ", ".join(rules.locked[info.name])
        refused.append(_("Locked by plugin “{plugins}”, which does not run.", plugins=plugins))
    scope = guardian.access.scope(info.permission(action))
    if scope is None:
        refused.append(
            _("No role gives the permission “{permission}”.", permission=info.permission(action))
        )
        return [], refused
    reached = _paths(system, guardian, entity, record_id, scope=scope, action=action)
    if not reached:
        refused.append(_("The record lies outside the scope “{scope}”.", scope=scope.value))
    refused += _limits(system, guardian, entity, record_id, action)
    return reached, refused


def _paths(
    system: Any,
    guardian: AccessGuardian,
    entity: type[Entity],
    record_id: UUID,
    *,
    scope: Scope,
    action: str,
) -> list[Text]:
    if scope is Scope.ALL or not issubclass(entity, Owned):
        return [_("The permission reaches every record.")]
    found: list[Text] = []
    texts = (
        _("She owns the record, or stands in for its owner."),
        _("The record is shared with her."),
        _("The record belongs to a unit within her scope."),
    )
    connection = system.connection
    parts = owned_parts(entity, scope, action, guardian.access)
    for part, text in zip(parts, texts, strict=False):
        if _holds(connection, part, record_id):
            found.append(text)
    if action in {"view", "export"}:
        found.extend(
            _("She sees a record that it belongs to.")
            for part in guardian.clauses.seen_with(entity)
            if _holds(connection, part, record_id)
        )
    return found


def _holds(connection: Any, part: Any, record_id: UUID) -> bool:
    ids = part.subquery()
    key = next(iter(ids.c))
    return connection.scalar(select(key).where(key == record_id).limit(1)) is not None


def _limits(
    system: Any, guardian: AccessGuardian, entity: type[Entity], record_id: UUID, action: str
) -> list[Text]:
    decision = LimitContext(actor=guardian.access.actor, entity=entity, action=action)
    refused: list[Text] = []
    for plugin, call in guardian.rules.hooks.each(Hooks.limit_records, decision):
        if guardian.rules.concerns(plugin, entity.__tenon__.name) and not _passes(
            system, entity, record_id, call
        ):
            refused.append(_("Plugin “{plugin}” limits it.", plugin=plugin))
    return refused


def _passes(system: Any, entity: type[Entity], record_id: UUID, call: Callable[[], Any]) -> bool:
    try:
        clause = call()
    except Exception:  # noqa: BLE001 - a limit that fails lets nothing pass
        return False
    if clause is None:
        return True
    found = system.connection.scalar(select(entity.id).where(entity.id == record_id, clause))
    return found is not None


def who_sees(ctx: Any, entity: type[Entity], record_id: UUID) -> list[tuple[UUID, str]]:
    """(id, name) of every active user who may view a record, by name.

    For whoever may view the record herself. Asks each active user's conditions: some tens of
    microseconds a user whose conditions are known. Raises NotFound.
    """
    if ctx.session.scalar(select(entity.id).where(entity.id == record_id)) is None:
        raise NotFound(entity.__tenon__.name, record_id)
    with ctx.as_system("who sees a record", bookkeeping=True) as system:
        today = system.now.astimezone(system.zone).date()
        users = system.session.execute(
            select(User.id, User.name).where(User.active_on(today)).order_by(User.name)
        ).all()
        return [
            (id_, name)
            for id_, name in users
            if system.site.guardian(id_).reached(system.session, entity, [record_id], "view")
        ]
