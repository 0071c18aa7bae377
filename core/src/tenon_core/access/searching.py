"""Search for one person: narrowed by the index to what she may see, then asked for each hit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import String, any_, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from tenon_core.access.clauses import people_of, units_of
from tenon_core.access.guarding import AccessGuardian
from tenon_core.storage.lists.compile import Compiled, compile_statement
from tenon_core.storage.lists.paths import hole, kept
from tenon_core.storage.reading import Cursor
from tenon_core.storage.search import Hit, Narrowing, Scope, search
from tenon_sdk.entities import Entity, Owned, fields_of
from tenon_sdk.permissions import Scope as Reach
from tenon_sdk.types import Guid

# Longer typed texts are not looked for; nobody types them.
MAX_TEXT = 200
ALL = Scope(everything=True)


def find(
    site: Any,
    guardian: AccessGuardian | None,
    text: str,
    *,
    entities: Collection[str] | None = None,
    limit: int = 20,
) -> list[Hit]:
    """Records that match a typed text, best first; None as guardian finds everything."""
    with Cursor(site) as cursor:
        if guardian is None:
            return search(cursor, text[:MAX_TEXT], entities=entities, limit=limit)

        def permit(entity: str, ids: Sequence[UUID]) -> Collection[UUID]:
            if entity not in site.registry.entities:  # of a plugin that is switched off
                return ()
            return _seen(guardian, site.registry.entity(entity), cursor, ids)

        return search(
            cursor,
            text[:MAX_TEXT],
            narrowing=narrowing(guardian),
            entities=entities,
            limit=limit,
            permit=permit,
        )


def _seen(
    guardian: AccessGuardian, entity: type[Entity], cursor: Cursor, ids: Sequence[UUID]
) -> Collection[UUID]:
    """Those of the ids whose records the person may view."""
    if guardian.criteria(entity, "view") is None:
        return ids
    statement: Compiled = kept(
        guardian.statements,
        ("seen", entity),
        lambda: _seen_statement(guardian, entity, cursor.dialect),
    )
    native = cursor.dialect == "postgresql"
    given = list(ids) if native else msgspec.json.encode([str(one) for one in ids]).decode()
    found = [row[0] for row in statement.run(cursor, {"p_ids": given})]
    return found if native else [UUID(one) for one in found]


def _seen_statement(guardian: AccessGuardian, entity: type[Entity], dialect: str) -> Compiled:
    """Made once a person, with the ids as one value however many they are."""
    id_: Any = entity.__table__.c.id
    if dialect == "postgresql":
        among = id_ == any_(hole("p_ids", ARRAY(Guid())))
    else:
        among = id_.in_(select(func.json_each(hole("p_ids", String())).table_valued("value")))
    condition = guardian.tested(entity)
    statement = select(id_).where(among)
    return compile_statement(
        dialect, statement if condition is None else statement.where(condition)
    )


def find_ids(
    site: Any, guardian: AccessGuardian | None, entity: type[Entity], text: str, limit: int
) -> list[UUID]:
    """Ids of matching records of one entity, best first."""
    name = entity.__tenon__.name
    return [hit.record_id for hit in find(site, guardian, text, entities=[name], limit=limit)]


def narrowing(guardian: AccessGuardian) -> Narrowing | None:
    """What the index leaves out beforehand, None for nothing; kept with the person's rights."""
    known: tuple[Narrowing | None] | None = guardian.statements.get("narrowing")
    if known is None:
        known = guardian.statements["narrowing"] = (_narrowing(guardian),)
    return known[0]


def _narrowing(guardian: AccessGuardian) -> Narrowing | None:
    """To name every kind of record would cost the index more than the search itself."""
    found: dict[str, Scope] = {}
    limited = False
    for entity in guardian.rules.registry.entities:
        info = entity.__tenon__
        if not info.search:
            continue
        scope = None if info.name in guardian.rules.locked else _scope(guardian, entity)
        if scope is not None:
            found[info.name] = scope
        limited = limited or scope is None or not scope.everything
    return found if limited else None


def _scope(guardian: AccessGuardian, entity: type[Entity]) -> Scope | None:
    """At least as wide as the permission itself; None where there is none."""
    info = entity.__tenon__
    registry = guardian.rules.registry
    if info.parent is not None:
        described = fields_of(entity)[info.parent]
        if described.target is None:
            return ALL
        return _scope(guardian, registry.entity(described.target))
    reach = guardian.access.scope(info.permission("view"))
    if info.internal or reach is None:
        return None
    if reach is Reach.ALL or not issubclass(entity, Owned):
        return ALL
    return _joined([_owned(guardian, reach), *_seen_with(guardian, entity)])


def _owned(guardian: AccessGuardian, reach: Reach) -> Scope:
    people = people_of(guardian.access)
    return Scope(
        owners=people,
        members=people if reach.width >= Reach.TEAM.width else frozenset(),
        units=units_of(guardian.access, reach),
    )


def _seen_with(guardian: AccessGuardian, entity: type[Entity]) -> list[Scope]:
    found = []
    for path in entity.__tenon__.seen_with:
        owner, _dot, name = path.rpartition(".")
        link = guardian.rules.registry.entity(owner) if owner else entity
        target = fields_of(link)[name].target
        scope = _scope(guardian, guardian.rules.registry.entity(target)) if target else ALL
        if scope is not None:
            found.append(scope)
    return found


def _joined(scopes: Sequence[Scope]) -> Scope:
    return Scope(
        owners=frozenset().union(*(scope.owners for scope in scopes)),
        members=frozenset().union(*(scope.members for scope in scopes)),
        units=frozenset().union(*(scope.units for scope in scopes)),
        everything=any(scope.everything for scope in scopes),
    )
