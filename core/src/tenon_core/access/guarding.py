"""The guardian of a session: reads are conditions, writes are looked at before they flush."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import define, field
from sqlalchemy import CompoundSelect, Connection, Select, func, inspect, select

from tenon_core.access.clauses import Clause, Clauses, Rules, people_of, units_of
from tenon_core.access.fields import FieldRights
from tenon_core.access.grants import Access
from tenon_core.access.ways import ways_to
from tenon_core.storage.sessions import GuardedSession, Way
from tenon_sdk.entities import Entity, Owned, Workflowed, fields_of
from tenon_sdk.errors import Forbidden, Invalid, NotFound
from tenon_sdk.permissions import Scope
from tenon_sdk.text import _

# Values in one statement; SQLite takes 32,766 and PostgreSQL 65,535.
MOST_VALUES = 10_000

# From so many visible records on, a list tries row after row in its order until it has a page.
MANY = 5_000

_Ids = dict[type[Entity], dict[UUID, Entity]]


@define(eq=False)
class AccessGuardian:
    """Holds one actor's rights over a session; shared by all her requests.

    `statements` are the compiled lists that depend on these rights, `requests` what was read from
    query strings.
    """

    access: Access
    rules: Rules
    clauses: Clauses = field(init=False)
    rowwise: Clauses = field(init=False)
    fields: FieldRights = field(init=False)
    statements: dict[Any, Any] = field(factory=dict, init=False)
    requests: dict[Any, Any] = field(factory=dict, init=False)
    _many: dict[str, bool] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.clauses = Clauses(self.access, self.rules)
        self.rowwise = Clauses(self.access, self.rules, rowwise=True)
        self.fields = FieldRights(self.access)

    def criteria(self, entity: type[Entity], action: str) -> Clause:
        return self.clauses.criteria(entity, action)

    def tested(self, entity: type[Entity]) -> Clause:
        """`criteria` to view, for rows that are known or of which most fit."""
        return self.rowwise.criteria(entity, "view")

    def ways(self, entity: type[Entity]) -> Sequence[Way]:
        return ways_to(entity, self.clauses)

    def sees_many(self, connection: Connection, entity: type[Entity]) -> bool:
        """Whether the actor sees so many records that to gather them costs more than to try."""
        info = entity.__tenon__
        target = fields_of(entity)[info.parent].target if info.parent else info.extends
        if target is not None:
            return self.sees_many(connection, self.rules.registry.entity(target))
        known = self._many.get(info.name)
        if known is None:
            ids = self.clauses.reached_ids(entity)
            known = ids is not None and _count(connection, ids, MANY + 1) > MANY
            self._many[info.name] = known
        return known

    def hidden(self, entity: type[Entity]) -> frozenset[str]:
        return self.fields.hidden(entity)

    def may_insert_rows(self, entity: type[Entity]) -> bool:
        return self.clauses.criteria(entity, "create") is None

    def check_update(self, entity: type[Entity], fields: Iterable[str]) -> None:
        """A statement sets plain fields only: who may own or be referred to needs a look."""
        described = fields_of(entity)
        for name in fields:
            info = described.get(name)
            references = info is not None and info.kind in {"reference", "any_reference"}
            moves = name == "state" and issubclass(entity, Workflowed)
            if (
                info is None
                or info.system
                or references
                or moves
                or name in self.fields.fixed(entity)
            ):
                raise Invalid({name: _("You may not change this field.")})

    def check_flush(self, session: GuardedSession) -> None:
        """Raises Forbidden, NotFound or Invalid unless every pending change is allowed.

        One statement per entity and action, whatever the number of records.
        """
        self._check_new(session)
        moving = session.info.get("tenon_moving", ())
        edited = [record for record in _changed(session) if record.id not in moving]
        self._check_stored(session, _grouped(edited), "edit")
        self._check_stored(session, _grouped(session.deleted), "delete")
        self._check_parents(session, [r for r in _changed(session) if _rehung(r)])
        self._check_references(session)

    def _check_new(self, session: GuardedSession) -> None:
        parts = []
        for record in session.new:
            cls = _entity(record)
            info = cls.__tenon__
            self._check_fields(record, new=True)
            if info.extends or info.parent:
                parts.append(record)
            elif issubclass(cls, Owned):
                self._check_owner(record, info.permission("create"))
            elif self.clauses.criteria(cls, "create") is not None:
                raise Forbidden(info.permission("create"))
        self._check_parents(session, parts)

    def _check_parents(self, session: GuardedSession, parts: Iterable[Any]) -> None:
        """Who hangs a part on a record changes that record."""
        parents: dict[type[Entity], set[UUID]] = defaultdict(set)
        for record in parts:
            for target, id_ in self._parent_ids(record):
                parents[target].add(id_)
        new = _new(session)
        for target, ids in parents.items():
            self._reach(session, target, ids - new[target.__tenon__.name], "edit")

    def _parent_ids(self, record: Any) -> Iterable[tuple[type[Entity], UUID]]:
        info = type(record).__tenon__
        if info.extends is not None:
            base = self.rules.registry.entity(info.extends)
            if record.id is not None:
                yield base, record.id
            return
        entity: type[Entity] = type(record)
        described = fields_of(entity)[info.parent]
        id_ = getattr(record, info.parent)
        name = described.target or getattr(record, described.entity_field or "", None)
        if id_ is not None and name is not None:
            yield self.rules.registry.entity(name), id_

    def _check_stored(self, session: GuardedSession, groups: _Ids, action: str) -> None:
        for cls, records in groups.items():
            if cls.__tenon__.extends is not None:
                base = self.rules.registry.entity(cls.__tenon__.extends)
                self._reach(session, base, set(records), "edit")
            else:
                self._reach(session, cls, set(records), action)
            if action == "edit":
                for record in records.values():
                    if inspect(record).attrs.id.history.has_changes():
                        raise Invalid({"id": _("The id of a record never changes.")})
                    self._check_fields(record, new=False)
                    if issubclass(cls, Owned) and _moved(record):
                        self._check_owner(record, cls.__tenon__.permission("edit"))

    def _reach(
        self, session: GuardedSession, cls: type[Entity], ids: set[UUID], action: str
    ) -> None:
        if not ids or self.clauses.criteria(cls, action) is None:
            return
        missing = ids - self.reached(session, cls, ids, action)
        if missing:
            if self.reached(session, cls, missing, "view"):
                raise Forbidden(cls.__tenon__.permission(action))
            raise NotFound(cls.__tenon__.name, next(iter(missing)))

    def reached(
        self, session: GuardedSession, cls: type[Entity], ids: Collection[UUID], action: str
    ) -> set[UUID]:
        """Which of the stored records the actor may `action`."""
        return self.reached_on(session.unguarded_connection(), cls, ids, action)

    def reached_on(
        self, connection: Connection, cls: type[Entity], ids: Collection[UUID], action: str
    ) -> set[UUID]:
        """`reached` without a session."""
        clause = self.rowwise.criteria(cls, action)
        found: set[UUID] = set()
        for some in batched(list(ids), MOST_VALUES):
            statement = select(cls.id).where(cls.id.in_(some))
            if clause is not None:
                statement = statement.where(clause)
            found.update(connection.scalars(statement))
        return found

    def _check_owner(self, record: Any, permission: str) -> None:
        """An owned record must lie within the scope of the permission after the change, too."""
        scope = self.access.scope(permission)
        if scope is None:
            raise Forbidden(permission)
        if scope is Scope.ALL or record.owner_id in people_of(self.access):
            return
        if record.unit_id is None or record.unit_id not in units_of(self.access, scope):
            raise Forbidden(permission)

    def _check_fields(self, record: Any, *, new: bool) -> None:
        fixed = self.fields.fixed(type(record))
        if not fixed:
            return
        state = inspect(record)
        for name in fixed:
            history = state.attrs[name].history
            if history.has_changes() and not (new and _unsaid(type(record), name, history.added)):
                raise Invalid({name: _("You may not change this field.")})

    def _check_references(self, session: GuardedSession) -> None:
        """Nobody may point at a record that she cannot see."""
        wanted: dict[str, dict[UUID, str]] = defaultdict(dict)
        new = _new(session)
        for record in (*session.new, *_changed(session)):
            state = inspect(record)
            entity: type[Entity] = type(record)
            for name, info in fields_of(entity).items():
                if info.kind not in {"reference", "any_reference"}:
                    continue
                if not _set_anew(state, name, info.entity_field):
                    continue
                id_ = getattr(record, name)
                target = info.target or getattr(record, info.entity_field or "", None)
                if id_ is not None and target is not None and id_ not in new[target]:
                    wanted[target][id_] = name
        for target, ids in wanted.items():
            self._check_visible(session, target, ids)

    def _check_visible(self, session: GuardedSession, target: str, ids: dict[UUID, str]) -> None:
        try:
            cls = self.rules.registry.entity(target)
        except KeyError:
            raise Invalid(
                dict.fromkeys(ids.values(), _("There is no kind of record “{name}”.", name=target))
            ) from None
        seen = self.reached(session, cls, ids, "view")
        missing = {name for id_, name in ids.items() if id_ not in seen}
        if missing:
            raise Invalid(
                dict.fromkeys(missing, _("There is no such record, or you may not see it."))
            )


def _count(connection: Connection, ids: Select[Any] | CompoundSelect[Any], most: int) -> int:
    """How many there are, counted up to `most`."""
    few = ids.limit(most).subquery()
    return connection.scalar(select(func.count()).select_from(few)) or 0


def _entity(record: Any) -> type[Entity]:
    if not isinstance(record, Entity):
        raise Forbidden(type(record).__name__)
    return type(record)


def _changed(session: GuardedSession) -> list[Any]:
    return [r for r in session.dirty if session.is_modified(r)]


def _new(session: GuardedSession) -> Mapping[str, set[UUID]]:
    """Ids of the records that are not stored yet, by entity: each kind may use any id."""
    found: dict[str, set[UUID]] = defaultdict(set)
    for record in session.new:
        found[_entity(record).__tenon__.name].add(record.id)
    return found


def _set_anew(state: Any, name: str, entity_field: str | None) -> bool:
    """Whether a reference leads to another record than before: its id changed, or its kind."""
    names = (name, entity_field) if entity_field else (name,)
    return any(state.attrs[n].history.added for n in names)


def _rehung(record: Any) -> bool:
    """Whether a stored part is to hang on another record."""
    entity: type[Entity] = type(record)
    name = entity.__tenon__.parent
    if name is None:
        return False
    return _set_anew(inspect(record), name, fields_of(entity)[name].entity_field)


def _grouped(records: Iterable[Any]) -> _Ids:
    groups: _Ids = defaultdict(dict)
    for record in records:
        groups[_entity(record)][record.id] = record
    return groups


def _moved(record: Any) -> bool:
    state = inspect(record)
    return any(state.attrs[name].history.has_changes() for name in ("owner_id", "unit_id"))


def batched(items: list[UUID], size: int) -> Iterator[list[UUID]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _unsaid(cls: type[Entity], name: str, added: Any) -> bool:
    """Whether a new record's value is what the framework fills in where nothing is said.

    An internal default may differ each time, as a secret does; no input reaches such a field.
    """
    value = added[0] if added else None
    default: Any = cls.__table__.c[name].default
    if value is None or default is None:
        return value is None
    if default.is_callable:
        return fields_of(cls)[name].internal or bool(value == default.arg(None))
    return bool(value == default.arg)
