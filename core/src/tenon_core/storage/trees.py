"""Trees stay trees: nothing is above itself, at any distance."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from tenon_core.entities.products import BomLine
from tenon_core.storage.changes import Change
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.text import Text, _


@cache
def upward(entity: type[Entity]) -> tuple[str, ...]:
    """References of an entity to itself."""
    name = entity.__tenon__.name
    return tuple(field for field, info in fields_of(entity).items() if info.target == name)


def check_trees(connection: Connection, change: Change) -> dict[str, Text]:
    """Faults of changed references that would close a circle; one statement for each."""
    faults: dict[str, Text] = {}
    if change.kind == "changed":
        for field in upward(change.entity):
            above = change.values.get(field, (None, None))[1]
            if above is not None and _reaches(connection, change.entity, field, above, change.id):
                faults[field] = _("This would put the record above itself.")
    if change.entity is BomLine and not change.values.keys().isdisjoint(_BOM):
        line: Any = change.record
        if _contains(connection, line.component_id, line.product_id):
            faults["component_id"] = _("The component contains this product.")
    return faults


_BOM = ("product_id", "component_id")


def _reaches(
    connection: Connection, entity: type[Entity], field: str, start: UUID, wanted: UUID
) -> bool:
    table = entity.__table__
    walk = (
        select(table.c.id, table.c[field].label("above"))
        .where(table.c.id == start)
        .cte("walk", recursive=True)
    )
    step = select(table.c.id, table.c[field]).join(walk, table.c.id == walk.c.above)
    walk = walk.union(step)
    return connection.scalar(select(walk.c.id).where(walk.c.id == wanted)) is not None


def _contains(connection: Connection, product: UUID, wanted: UUID) -> bool:
    """Whether `product` is `wanted` or has it in its bill of materials, at any depth."""
    table = BomLine.__table__
    below = (
        select(table.c.component_id.label("id"))
        .where(table.c.product_id == product)
        .cte("below", recursive=True)
    )
    below = below.union(select(table.c.component_id).join(below, table.c.product_id == below.c.id))
    found = connection.scalar(select(below.c.id).where(below.c.id == wanted).limit(1))
    return product == wanted or found is not None
