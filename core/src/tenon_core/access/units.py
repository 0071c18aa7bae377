"""The path of each unit, by which `unit_tree` finds what is below."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from tenon_core.entities.people import Unit
from tenon_sdk.events import RecordsSaved, on


@on(RecordsSaved)
def keep_paths(ctx: Any, event: RecordsSaved) -> None:
    """Recomputes the paths of units that came or moved, and of all below them.

    A path is the ids from the root down to the unit itself, each followed by `/`.
    """
    if event.entity != Unit.__tenon__.name or not (event.created or "parent_id" in event.fields):
        return
    table: Any = Unit.__table__
    connection = ctx.connection
    rows = connection.execute(select(table.c.id, table.c.parent_id, table.c.path)).all()
    parents = {row.id: row.parent_id for row in rows}
    for row in rows:
        path = _path(row.id, parents)
        if path != row.path:
            connection.execute(update(table).where(table.c.id == row.id).values(path=path))


def _path(unit: UUID, parents: dict[UUID, UUID | None]) -> str:
    chain: list[str] = []
    current: UUID | None = unit
    while current is not None:
        chain.append(f"{current}/")
        current = parents[current]
    return "".join(reversed(chain))
