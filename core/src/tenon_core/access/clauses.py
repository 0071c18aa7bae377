"""Compiling grants into conditions on an entity's own columns."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from attrs import define, field
from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, false, or_, select, union_all

from tenon_core.access.grants import Access
from tenon_core.entities.people import TeamMember
from tenon_core.kernel.calling import HookBoard
from tenon_core.kernel.registry import Registry
from tenon_sdk.entities import Entity, Owned, fields_of
from tenon_sdk.hooks import Hooks, LimitContext
from tenon_sdk.permissions import Scope
from tenon_sdk.plugin import Plugin

log = logging.getLogger(__name__)

Clause = ColumnElement[bool] | None


@define
class Rules:
    """What conditions are made from; the same for every actor of a site."""

    registry: Registry
    hooks: HookBoard
    plugins: Mapping[str, Plugin]
    locked: Mapping[str, tuple[str, ...]] = field(factory=dict)

    def concerns(self, plugin: str, entity: str) -> bool:
        """Whether a plugin's decisions speak about an entity."""
        if plugin in {"core", entity.partition(".")[0]}:
            return True
        return entity in self.plugins[plugin].protects


@define
class Clauses:
    """The conditions of one actor. Asked once each, then kept.

    They name the records that the actor reaches, as a union of look-ups in indexes: good for
    finding few records among many. `rowwise` ones say the same in a form that is asked of one row
    after the other: good where the rows are known, or where most of them fit. What a database
    does with the wrong one takes time in proportion to what the actor sees, or to the table.
    """

    access: Access
    rules: Rules
    rowwise: bool = False
    _known: dict[tuple[str, str], Clause] = field(factory=dict, init=False)

    def criteria(self, entity: type[Entity], action: str) -> Clause:
        """Which records the actor may `view`, `edit`, `delete`, `export` or move; None for all."""
        key = (entity.__tenon__.name, action)
        if key not in self._known:
            self._known[key] = self._build(entity, action)
        return self._known[key]

    def _build(self, entity: type[Entity], action: str) -> Clause:
        info = entity.__tenon__
        if info.name in self.rules.locked or info.name not in self._stored():
            return false()
        if info.extends is not None:
            return self._through(entity, "id", self.rules.registry.entity(info.extends), action)
        if info.parent is not None:
            clause = self._of_parent(entity, info.parent, _on_parent(action))
            return self._or_seen_with(entity, clause) if action == "view" else clause
        if info.internal:
            return false()
        return _all_of(self._granted(entity, action), self.limited(entity, action))

    def _stored(self) -> set[str]:
        registry = self.rules.registry
        return {*registry.entities.keys(), *registry.extensions.keys()}

    def _granted(self, entity: type[Entity], action: str) -> Clause:
        info = entity.__tenon__
        scope = self.access.scope(info.permission(action))
        if scope is None:
            return false()
        if scope is Scope.ALL or not issubclass(entity, Owned):
            return None
        also = self.seen_with(entity) if action in {"view", "export"} else []
        if scope is Scope.OWN and not also:
            people = sorted(people_of(self.access))
            mine: ColumnElement[bool] = _column(entity, "owner_id").in_(people)
            return mine
        if self.rowwise:
            ids = _column(entity, "id")
            tests = (tested(part, ids) for part in self._shared(entity, scope, action, also))
            return or_(*_owned_tests(entity, scope, self.access), *tests)
        parts = [*owned_parts(entity, scope, action, self.access), *also]
        reached: ColumnElement[bool] = entity.id.in_(union_all(*parts))
        return reached

    def _shared(
        self, entity: type[Entity], scope: Scope, action: str, also: list[Select[Any]]
    ) -> list[Select[Any]]:
        """Ids that are reached by other rows than their own."""
        team = [shared_ids(entity, action, self.access)] if scope.width >= Scope.TEAM.width else []
        return [*team, *also]

    def reached_ids(self, entity: type[Entity]) -> Select[Any] | CompoundSelect[Any] | None:
        """Ids of all that the actor sees by owner, team, unit or another record; repeated ones
        too. None for an entity where nothing is limited in this way.
        """
        info = entity.__tenon__
        scope = self.access.scope(info.permission("view"))
        if info.internal or info.extends or info.parent or not issubclass(entity, Owned):
            return None
        if scope is None or scope is Scope.ALL:
            return None
        return union_all(*owned_parts(entity, scope, "view", self.access), *self.seen_with(entity))

    def seen_with(self, entity: type[Entity]) -> list[Select[Any]]:
        """Ids of records that are seen because another record is."""
        parts: list[Select[Any]] = []
        for path in entity.__tenon__.seen_with:
            owner, _dot, name = path.rpartition(".")
            link = self.rules.registry.entity(owner) if owner else entity
            table = link.__table__.alias()
            key = "id" if not owner else _reference_to(link, entity.__tenon__.name)
            visible = self._referenced(link, name, table, entity)
            if visible is not None:
                parts.append(select(table.c[key]).where(visible))
        return parts

    def _referenced(
        self, link: type[Entity], name: str, table: Any, entity: type[Entity]
    ) -> Clause:
        """Condition that the record which `name` refers to is seen; None if none ever is.

        A reference to any record does not lead from `entity` to itself: that would never end.
        """
        info = fields_of(link)[name]
        if info.target is None:
            kind = table.c[info.entity_field]
            return self._any_visible(kind, table.c[name], "view", but=entity)
        target = self.rules.registry.entity(info.target)
        clause = self.criteria(target, "view")
        if clause is None:
            given: ColumnElement[bool] = table.c[name].is_not(None)
            return given
        if _is_false(clause):
            return None
        return self._leads(table.c[name], target, clause)

    def _or_seen_with(self, entity: type[Entity], clause: Clause) -> Clause:
        """A part is seen with its whole, and with what else its declaration names."""
        if clause is None:
            return None
        clauses = [clause]
        for name in entity.__tenon__.seen_with:
            target = self.rules.registry.entity(fields_of(entity)[name].target or "")
            other = self._through(entity, name, target, "view")
            if other is None:
                return None
            clauses.append(other)
        return or_(*clauses)

    def limited(self, entity: type[Entity], action: str) -> Clause:
        """What plugins' limits let through, None where no plugin limits."""
        decision = LimitContext(actor=self.access.actor, entity=entity, action=action)
        clause: Clause = None
        for plugin, call in self.rules.hooks.each(Hooks.limit_records, decision):
            if self.rules.concerns(plugin, entity.__tenon__.name):
                clause = _all_of(clause, _closed(plugin, call))
        return clause

    def _of_parent(self, entity: type[Entity], name: str, action: str) -> Clause:
        info = fields_of(entity)[name]
        if info.target is not None:
            return self._through(entity, name, self.rules.registry.entity(info.target), action)
        kind = _column(entity, info.entity_field or "")
        return self._any_visible(kind, _column(entity, name), action)

    def _any_visible(
        self, kind: Any, reference: Any, action: str, but: type[Entity] | None = None
    ) -> ColumnElement[bool]:
        """Condition that a reference to any record leads to one that the actor reaches."""
        free, some = [], []
        for target in self.rules.registry.entities:
            if _nested(target) or target is but:
                continue
            clause = self.criteria(target, action)
            if clause is None:
                free.append(target.__tenon__.name)
            elif not _is_false(clause):
                leads = self._leads(reference, target, clause)
                some.append(and_(kind == target.__tenon__.name, leads))
        return or_(kind.in_(free), *some)

    def _through(
        self, entity: type[Entity], reference: str, target: type[Entity], action: str
    ) -> Clause:
        clause = self.criteria(target, action)
        if clause is None or _is_false(clause):
            return clause
        return self._leads(_column(entity, reference), target, clause)

    def _leads(
        self, reference: Any, target: type[Entity], clause: ColumnElement[bool]
    ) -> ColumnElement[bool]:
        """Condition that a reference leads to a record that `clause` lets through."""
        found = select(target.id).where(clause)
        table = reference.expression.table
        if self.rowwise and table is not target.__table__:
            return found.where(target.id == reference).correlate(table).exists()
        leads: ColumnElement[bool] = reference.in_(found)
        return leads


def tested(ids: Select[Any], id_: Any) -> ColumnElement[bool]:
    """Condition that a record's id is among some."""
    column = ids.selected_columns[0]
    return ids.where(column == id_).correlate(id_.expression.table).exists()


def _owned_tests(entity: type[Entity], scope: Scope, access: Access) -> list[ColumnElement[bool]]:
    tests = [_column(entity, "owner_id").in_(sorted(people_of(access)))]
    units = units_of(access, scope)
    if units:
        tests.append(_column(entity, "unit_id").in_(sorted(units)))
    return tests


_FALSE = false()


def _is_false(clause: ColumnElement[bool]) -> bool:
    return clause.compare(_FALSE)


def _nested(entity: type[Entity]) -> bool:
    """Parts of other records are not themselves commented, tagged or documented."""
    info = entity.__tenon__
    return info.internal or info.parent is not None


def _on_parent(action: str) -> str:
    """Who may edit the whole may add, change and take away its parts."""
    return action if action in {"view", "export"} else "edit"


def _all_of(*clauses: Clause) -> Clause:
    given = [clause for clause in clauses if clause is not None]
    return and_(*given) if len(given) > 1 else given[0] if given else None


def _closed(plugin: str, call: Callable[[], Clause]) -> Clause:
    """A limit that fails shows nothing: the plugin's author sees why in the log."""
    try:
        return call()
    except Exception:
        log.exception("limit_records of plugin %s failed; no rows are shown", plugin)
        return false()


def owned_parts(
    entity: type[Entity], scope: Scope, action: str, access: Access
) -> list[Select[Any]]:
    """Ids that `own`, `team`, `unit` or `unit_tree` reach on an entity with owner and unit.

    They are joined by a union of index look-ups and not by OR: PostgreSQL answers an OR with a
    sub-query by reading the whole table.
    """
    people = sorted(people_of(access))
    table = entity.__table__.alias()
    parts = [select(table.c.id).where(table.c.owner_id.in_(people))]
    if scope.width >= Scope.TEAM.width:
        parts.append(shared_ids(entity, action, access))
    units = units_of(access, scope)
    if units:
        parts.append(select(table.c.id).where(table.c.unit_id.in_(sorted(units))))
    return parts


def shared_ids(entity: type[Entity], action: str, access: Access) -> Select[Any]:
    """Ids of records that a team of which the actor is one looks after."""
    shared = select(TeamMember.record_id).where(
        TeamMember.user_id.in_(sorted(people_of(access))),
        TeamMember.entity == entity.__tenon__.name,
    )
    if action not in {"view", "export"}:
        shared = shared.where(TeamMember.level == "edit")
    return shared


def _column(entity: type[Entity], name: str) -> Any:
    return getattr(entity, name)


def _reference_to(link: type[Entity], entity: str) -> str:
    return next(name for name, info in fields_of(link).items() if info.target == entity)


def units_of(access: Access, scope: Scope) -> frozenset[UUID]:
    """The units whose records a scope reaches."""
    actor = access.actor
    units = actor.unit_tree if scope is Scope.UNIT_TREE else frozenset()
    if scope.width >= Scope.UNIT.width and actor.unit_id is not None:
        units |= {actor.unit_id}
    return units


def people_of(access: Access) -> frozenset[UUID]:
    """The actor and those she stands in for."""
    actor = access.actor
    return actor.for_users | ({actor.user_id} if actor.user_id else frozenset())
