"""What the paint shop contributes."""

from __future__ import annotations

from collections.abc import Sequence

from tenon_paint.entities import Colour
from tenon_sdk.entities import Entity
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.permissions import ACTIONS, Permission, Scope, entity_permissions


@implements(Hooks.register_entities)
def entities() -> Sequence[type[Entity]]:
    return (Colour,)


@implements(Hooks.register_permissions)
def permissions() -> Sequence[Permission]:
    everything = dict.fromkeys(ACTIONS, Scope.ALL)
    roles = {"salesperson": {"view": Scope.ALL}, "administrator": everything}
    return entity_permissions("paint.colour", roles)
