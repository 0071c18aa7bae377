"""Fields that need a permission of their own to be read or written."""

from __future__ import annotations

from attrs import define, field

from tenon_core.access.grants import Access
from tenon_sdk.entities import Entity, fields_of


@define
class FieldRights:
    """One actor's rights on fields. Asked once for each entity, then kept."""

    access: Access
    _hidden: dict[type[Entity], frozenset[str]] = field(factory=dict, init=False)
    _fixed: dict[type[Entity], frozenset[str]] = field(factory=dict, init=False)

    def hidden(self, entity: type[Entity]) -> frozenset[str]:
        """Fields that the actor may not read; every exit masks them."""
        if entity not in self._hidden:
            self._hidden[entity] = frozenset(
                name
                for name, info in fields_of(entity).items()
                if info.internal or (info.read is not None and not self._has(info.read))
            )
        return self._hidden[entity]

    def fixed(self, entity: type[Entity]) -> frozenset[str]:
        """Fields that the actor may not write."""
        if entity not in self._fixed:
            self._fixed[entity] = frozenset(
                name
                for name, info in fields_of(entity).items()
                if info.internal or (info.write is not None and not self._has(info.write))
            )
        return self._fixed[entity]

    def _has(self, permission: str) -> bool:
        return self.access.scope(permission) is not None
