"""The ways by which an actor reaches the records of an entity, each with an index of its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, or_

from tenon_core.access.clauses import Clauses, people_of, shared_ids, tested, units_of
from tenon_core.storage.sessions import Way
from tenon_sdk.entities import Entity, Owned
from tenon_sdk.permissions import Scope


def ways_to(entity: type[Entity], clauses: Clauses) -> tuple[Way, ...]:
    """The ways to view it: by its owner, its unit, a team, another record; () unless several.

    Together they reach what `criteria` lets through, and each record is reached by one alone. So
    the first page of a list is among the first pages of the ways, and of each of these an index
    gives the beginning; of their union it would have to be sorted out.
    """
    info = entity.__tenon__
    scope = clauses.access.scope(info.permission("view"))
    if info.internal or info.extends or info.parent or not issubclass(entity, Owned):
        return ()
    if scope is None or scope is Scope.ALL or info.name in clauses.rules.locked:
        return ()
    limit = clauses.limited(entity, "view")
    found: list[Way] = []
    but: list[ColumnElement[bool]] = [] if limit is None else [limit]
    for name, ids in _columns(scope, clauses):
        column = getattr(entity, name)
        found.append(Way(condition=column.in_(ids), but=tuple(but)))
        but.append(or_(column.is_(None), column.not_in(ids)))
    for some in _selects(entity, scope, clauses):
        found.append(Way(ids=some, but=tuple(but)))
        but.append(~tested(some, entity.id))
    return tuple(found) if len(found) > 1 else ()


def _columns(scope: Scope, clauses: Clauses) -> list[tuple[str, list[Any]]]:
    units = units_of(clauses.access, scope)
    by_owner = ("owner_id", sorted(people_of(clauses.access)))
    return [by_owner, ("unit_id", sorted(units))] if units else [by_owner]


def _selects(entity: type[Entity], scope: Scope, clauses: Clauses) -> list[Select[Any]]:
    team = scope.width >= Scope.TEAM.width
    shared = [shared_ids(entity, "view", clauses.access)] if team else []
    return [*shared, *clauses.seen_with(entity)]
