"""Core's own contributions, made through the public hooks, so that these hooks are proven."""

from __future__ import annotations

from collections.abc import Sequence

from tenon_core import entities
from tenon_core.access.roles import core_permissions
from tenon_sdk.entities import Entity
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.permissions import Permission


@implements(Hooks.register_entities)
def core_entities() -> Sequence[type[Entity]]:
    found = [getattr(entities, name) for name in entities.__all__]
    return [cls for cls in found if isinstance(cls, type) and issubclass(cls, Entity)]


@implements(Hooks.register_permissions)
def permissions() -> Sequence[Permission]:
    return core_permissions()
