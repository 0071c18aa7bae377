"""Keeping the search index in step with the records, in their transaction, and asking it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from attrs import define, field
from sqlalchemy import Connection, select

from tenon_core.entities.people import TeamMember
from tenon_core.kernel.registry import Registry
from tenon_core.storage.changes import Change
from tenon_core.storage.following import SEARCH, later, postpone
from tenon_core.storage.search import Entry, remove, upsert
from tenon_sdk.entities import Entity, Owned, fields_of

CHUNK = 1_000
OWNING = frozenset({"owner_id", "unit_id"})
# What a service writes that changes records beside the session.
ANYTHING = "merged"


@define
class Reach:
    """Through whom a record may be seen."""

    owners: set[UUID] = field(factory=set)
    members: set[UUID] = field(factory=set)
    units: set[UUID] = field(factory=set)

    def add(self, other: Reach) -> None:
        self.owners |= other.owners
        self.members |= other.members
        self.units |= other.units


def index_changes(ctx: Any, changes: Sequence[Change]) -> None:
    """Takes changed records into the search index and deleted ones out of it.

    Records that are seen because of a changed one (the contacts of an account that gets another
    owner) follow. The number of statements does not depend on the number of records.
    """
    indexer = Indexer(ctx.connection, ctx.site.registry, ctx.site.custom_fields)
    postponed = later(ctx.session, SEARCH) is not None
    indexer.take(changes, keep=not postponed)
    if postponed:
        for entity, ids in indexer.wanted.items():
            postpone(ctx, SEARCH, entity.__tenon__.name, ids - indexer.gone[entity])
        indexer.wanted.clear()
    indexer.write()


def index_records(ctx: Any, entity: type[Entity], ids: Collection[UUID]) -> None:
    """Makes the entries of records anew, also of such as may be gone meanwhile."""
    indexer = Indexer(ctx.connection, ctx.site.registry, ctx.site.custom_fields)
    indexer.wanted[entity] = set(ids)
    indexer.write()


@cache
def looked_at(entity: type[Entity]) -> frozenset[str]:
    """Columns whose change changes a record's entry."""
    info = entity.__tenon__
    named = {info.title, info.subtitle, "owner_id", "unit_id", "archived_at", "custom", ANYTHING}
    searched = {name for name, described in fields_of(entity).items() if described.search}
    return frozenset(name for name in named | searched if name is not None)


@cache
def shown_in(entity: type[Entity]) -> tuple[str, ...]:
    """Columns that an entry is made of."""
    named = {"id", "updated_at", *looked_at(entity)}
    return tuple(column.name for column in entity.__table__.columns if column.name in named)


def _values_of(record: Entity) -> Mapping[str, Any]:
    return {name: getattr(record, name) for name in shown_in(type(record))}


class Indexer:
    """Gathers what has to be written, then writes it."""

    def __init__(self, connection: Connection, registry: Registry, custom_fields: Any) -> None:
        self.connection, self.registry = connection, registry
        self.custom_fields = custom_fields
        self.wanted: dict[type[Entity], set[UUID]] = defaultdict(set)
        self.gone: dict[type[Entity], set[UUID]] = defaultdict(set)
        # What has just been created is at hand and need not be read again.
        self.fresh: dict[UUID, Mapping[str, Any]] = {}

    def take(self, changes: Iterable[Change], *, keep: bool = True) -> None:
        """`keep` what is at hand of new records, for `write`."""
        moved: dict[type[Entity], set[UUID]] = defaultdict(set)
        links: dict[type[Entity], list[Change]] = defaultdict(list)
        for change in changes:
            entity = change.entity
            if entity.__tenon__.search:
                if keep and change.kind == "created" and change.record is not None:
                    self.fresh[change.id] = _values_of(change.record)
                if change.kind == "deleted":
                    self.gone[entity].add(change.id)
                elif change.kind == "created" or looked_at(entity) & change.values.keys():
                    self.wanted[entity].add(change.id)
            if change.kind == "changed" and not change.values.keys().isdisjoint(
                (*OWNING, ANYTHING)
            ):
                moved[entity].add(change.id)
            links[entity].append(change)
        for entity, some in links.items():
            self._take_links(entity, some)
        for entity, ids in moved.items():
            self._take_dependants(entity, ids)

    def _take_links(self, link: type[Entity], changes: Sequence[Change]) -> None:
        """Rows that make one record seen with another: team members, positions, attachments."""
        if link is TeamMember:
            for entity, ids in self._shared(changes).items():
                self.wanted[entity] |= ids
                self._take_dependants(entity, ids)
            return
        name = link.__tenon__.name
        for entity in self.registry.entities:
            for path in entity.__tenon__.seen_with:
                if path.rpartition(".")[0] == name:
                    column = reference_to(link, entity.__tenon__.name)
                    self.wanted[entity] |= set(self._values(link, column, changes))

    def _shared(self, changes: Sequence[Change]) -> dict[type[Entity], set[UUID]]:
        found: dict[type[Entity], set[UUID]] = defaultdict(set)
        kinds = self._values(TeamMember, "entity", changes)
        for kind, id_ in zip(kinds, self._values(TeamMember, "record_id", changes), strict=True):
            if kind in self.registry.entities:
                found[self.registry.entity(kind)].add(id_)
        return found

    def _values(self, link: type[Entity], column: str, changes: Sequence[Change]) -> list[Any]:
        """A column of the changed rows: from the objects, else from the table."""
        known = [getattr(c.record, column) for c in changes if c.record is not None]
        others = [c.id for c in changes if c.record is None]
        table = link.__table__
        for ids in portions(others):
            statement = select(table.c[column]).where(table.c.id.in_(ids))
            known += self.connection.scalars(statement.order_by(table.c.id)).all()
        return known

    def _take_dependants(self, target: type[Entity], ids: Collection[UUID]) -> None:
        name = target.__tenon__.name
        for entity in self.registry.entities:
            info = entity.__tenon__
            for link, shown, path in self._paths(entity):
                described = fields_of(link)[path]
                if described.target not in {name, None} or not info.search:
                    continue
                self.wanted[entity] |= self._ids(link, shown, path, name, ids)

    def _paths(self, entity: type[Entity]) -> Iterator[tuple[type[Entity], str, str]]:
        """(table, column with this entity's id, column with the other's) of each dependence."""
        info = entity.__tenon__
        if info.parent is not None:
            yield entity, "id", info.parent
        for path in info.seen_with:
            owner, _dot, name = path.rpartition(".")
            if owner:
                link = self.registry.entity(owner)
                yield link, reference_to(link, info.name), name
            else:
                yield entity, "id", name

    def _ids(
        self, link: type[Entity], shown: str, path: str, name: str, ids: Collection[UUID]
    ) -> set[UUID]:
        table, described = link.__table__, fields_of(link)[path]
        found: set[UUID] = set()
        for some in portions(list(ids)):
            statement = select(table.c[shown]).where(table.c[path].in_(some))
            if described.entity_field is not None:
                statement = statement.where(table.c[described.entity_field] == name)
            found.update(self.connection.scalars(statement))
        return found

    def write(self) -> None:
        for entity, ids in self.gone.items():
            remove(self.connection, entity.__tenon__.name, ids)
        for entity, ids in self.wanted.items():
            for some in portions(list(ids - self.gone.get(entity, set()))):
                entries = list(self.entries(entity, some))
                upsert(self.connection, entries)
                missing = set(some) - {entry.record_id for entry in entries}
                if missing:
                    remove(self.connection, entity.__tenon__.name, missing)

    def entries(self, entity: type[Entity], ids: Sequence[UUID]) -> Iterator[Entry]:
        """Entries of records that can be found; what is in the recycle bin cannot."""
        info = entity.__tenon__
        custom = [key for key, one in self.custom_fields(info.name).items() if one.searchable]
        reach = self.reach(entity, ids)
        for row in self._rows(entity, ids):
            if row.get("archived_at") is not None:
                continue
            seen = reach.get(row["id"], Reach())
            yield Entry(
                entity=info.name,
                record_id=row["id"],
                title=str(row[info.title] or ""),
                subtitle=_subtitle(entity, row),
                keywords=_keywords(entity, row, custom),
                owners=tuple(seen.owners),
                members=tuple(seen.members),
                units=tuple(seen.units),
                updated_at=row["updated_at"],
            )

    def _rows(self, entity: type[Entity], ids: Sequence[UUID]) -> Iterator[Any]:
        """What entries are made of, by column."""
        yield from (self.fresh[id_] for id_ in ids if id_ in self.fresh)
        others = [id_ for id_ in ids if id_ not in self.fresh]
        if others:
            table = entity.__table__
            statement = select(*(table.c[name] for name in shown_in(entity)))
            yield from self.connection.execute(statement.where(table.c.id.in_(others))).mappings()

    def reach(
        self, entity: type[Entity], ids: Collection[UUID], *, direct: bool = False
    ) -> dict[UUID, Reach]:
        """Through whom records may be seen; `direct` leaves out what is seen with others."""
        found: dict[UUID, Reach] = defaultdict(Reach)
        if issubclass(entity, Owned):
            self._own(entity, ids, found)
        if direct and entity.__tenon__.parent is None:
            return found
        for link, shown, path in self._paths(entity):
            for name, pairs in self._linked(link, shown, path, ids).items():
                if name not in self.registry.entities:
                    continue
                others = {other for _one, other in pairs}
                seen = self.reach(self.registry.entity(name), others, direct=True)
                for one, other in pairs:
                    if other in seen:
                        found[one].add(seen[other])
        return found

    def _own(self, entity: type[Entity], ids: Collection[UUID], found: dict[UUID, Reach]) -> None:
        table = entity.__table__
        member: Any = TeamMember.__table__
        for some in portions(list(ids)):
            columns = (table.c.id, table.c.owner_id, table.c.unit_id)
            known = [(i, self.fresh[i]) for i in some if i in self.fresh]
            owning = [(i, row["owner_id"], row["unit_id"]) for i, row in known]
            others = [id_ for id_ in some if id_ not in self.fresh]
            if others:
                statement = select(*columns).where(table.c.id.in_(others))
                owning += [(row[0], row[1], row[2]) for row in self.connection.execute(statement)]
            for id_, owner, unit in owning:
                found[id_].owners |= {owner} - {None}
                found[id_].units |= {unit} - {None}
            shared = select(member.c.record_id, member.c.user_id).where(
                member.c.entity == entity.__tenon__.name, member.c.record_id.in_(some)
            )
            for id_, user in self.connection.execute(shared):
                found[id_].members.add(user)

    def _linked(
        self, link: type[Entity], shown: str, path: str, ids: Collection[UUID]
    ) -> Mapping[str, list[tuple[UUID, UUID]]]:
        """(record, other) by the kind of the other."""
        table, described = link.__table__, fields_of(link)[path]
        found: dict[str, list[tuple[UUID, UUID]]] = defaultdict(list)
        for some in portions(list(ids)):
            columns = [table.c[shown], table.c[path]]
            if described.entity_field is not None:
                columns.append(table.c[described.entity_field])
            statement = select(*columns).where(table.c[shown].in_(some), table.c[path].is_not(None))
            for one, other, *kind in self.connection.execute(statement):
                found[kind[0] if kind else described.target or ""].append((one, other))
        return found


def reference_to(link: type[Entity], entity: str) -> str:
    """The field of a link that refers to an entity."""
    return next(name for name, info in fields_of(link).items() if info.target == entity)


def portions(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def _subtitle(entity: type[Entity], row: Any) -> str:
    name = entity.__tenon__.subtitle
    info = fields_of(entity).get(name or "")
    if name is None or info is None or info.kind in {"reference", "any_reference"} or info.read:
        return ""
    return str(row[name] or "")


def _keywords(entity: type[Entity], row: Any, custom: Sequence[str]) -> tuple[str, ...]:
    title = entity.__tenon__.title
    values = [
        row[name]
        for name, info in fields_of(entity).items()
        if info.search and name != title and info.read is None
    ]
    values += [(row["custom"] or {}).get(key) for key in custom]
    return tuple(str(value) for value in values if value)
