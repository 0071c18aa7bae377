"""Permissions, scopes and what a role gets by default."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from attrs import field, frozen

from tenon_sdk.text import Text

ACTIONS = ("view", "create", "edit", "delete", "export")


class Scope(StrEnum):
    """How far a permission reaches, from narrow to wide; each includes the ones before it.

    own        records that the person, or somebody she stands in for, owns
    team       also those shared with her
    unit       also those of her unit
    unit_tree  also those of all units below hers
    all        every record
    """

    OWN = "own"
    TEAM = "team"
    UNIT = "unit"
    UNIT_TREE = "unit_tree"
    ALL = "all"

    @property
    def width(self) -> int:
        return list(Scope).index(self)


@frozen(kw_only=True)
class Permission:
    """Something that can be allowed.

    The five actions of an entity (`<entity>.view|create|edit|delete|export`) exist by themselves
    and each transition's as well; declare them only to give ready roles a default. `roles` maps
    a role's key to the scope it gets when the plugin is enabled; an administrator may change it.
    """

    name: str
    label: Text | None = None
    roles: Mapping[str, Scope] = field(factory=dict)


def entity_permissions(
    entity: str, roles: Mapping[str, Mapping[str, Scope]]
) -> tuple[Permission, ...]:
    """Defaults for an entity's actions: `{"salesperson": {"view": Scope.TEAM, …}, …}`."""
    by_action: dict[str, dict[str, Scope]] = {}
    for role, scopes in roles.items():
        for action, scope in scopes.items():
            by_action.setdefault(action, {})[role] = scope
    return tuple(
        Permission(name=f"{entity}.{action}", roles=granted)
        for action, granted in by_action.items()
    )
