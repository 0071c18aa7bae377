"""All permissions that a site knows."""

from __future__ import annotations

from collections.abc import Iterator

from tenon_core.kernel.registry import Registry
from tenon_sdk.entities import fields_of
from tenon_sdk.permissions import ACTIONS


def known_permissions(registry: Registry) -> frozenset[str]:
    """Declared ones, the actions of entities, and whatever a contribution names."""
    return frozenset(_all(registry))


def _all(registry: Registry) -> Iterator[str]:
    yield from registry.permissions.keys()
    for cls in registry.stored():
        info = cls.__tenon__
        if not info.internal and info.extends is None:
            yield from (info.permission(action) for action in ACTIONS)
        for described in fields_of(cls).values():
            yield from filter(None, (described.read, described.write))
    for workflow in registry.workflows:
        yield from (workflow.permission_for(t) for t in workflow.transitions)
    for shelf in (registry.routes, registry.actions, registry.panels, registry.menu):
        yield from (item.permission for item in shelf if item.permission is not None)
