"""Records that search does not know although it should: found, and made known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, MetaData, func, select

from tenon_core.storage.following import SEARCH, postpone, waiting
from tenon_core.storage.search import table as entries_table
from tenon_core.transfer.following import Chosen, Report, follow
from tenon_sdk.entities import Archived, Entity

PORTION = 5_000


def missing_entries(site: Any, connection: Connection) -> int:
    """How many records have no search entry and wait for none; one statement for each entity.

    Takes a few seconds for a million records.
    """
    lacking = 0
    for entity in _searched(site):
        counted = select(func.count()).select_from(_lacking(entity).subquery())
        lacking += int(connection.execute(counted).scalar_one())
    return max(0, lacking - waiting(connection, kind=SEARCH)) if lacking else 0


def repair_search(site: Any, *, report: Report | None = None) -> int:
    """Makes all entries that are missing; returns of how many records."""
    found = 0
    with site.system("repair the search") as ctx:
        for entity in _searched(site):
            ids: list[UUID] = list(ctx.connection.scalars(_lacking(entity)))
            for start in range(0, len(ids), PORTION):
                postpone(ctx, SEARCH, entity.__tenon__.name, ids[start : start + PORTION])
            found += len(ids)
    follow(site, Chosen(kind=SEARCH), report=report)
    return found


def _searched(site: Any) -> Iterator[type[Entity]]:
    return (entity for entity in site.registry.entities if entity.__tenon__.search)


def _lacking(entity: type[Entity]) -> Any:
    table, entry = entity.__table__, entries_table(MetaData())
    known = select(entry.c.id).where(
        entry.c.record_id == table.c.id, entry.c.entity == entity.__tenon__.name
    )
    lacking = select(table.c.id).where(~known.exists())
    if issubclass(entity, Archived):
        lacking = lacking.where(table.c.archived_at.is_(None))
    return lacking
