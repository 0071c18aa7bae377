"""Sessions that see and change only what their guardian allows.

Every statement of a guarded session is given the guardian's conditions before it runs, wherever
an entity stands in it: list, count, aggregate, sub-query, relationship, update, delete. What
cannot be given conditions (plain SQL, plain tables) is refused, so that forgetting to ask for
permission shows nothing instead of everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, Engine, Select, event
from sqlalchemy.orm import (
    InstanceState,
    Mapper,
    ORMExecuteState,
    QueryContext,
    Session,
)
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql import util as sql_util
from sqlalchemy.sql import visitors

from tenon_core.storage.scanning import Unscoped, entities_in
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Forbidden


@frozen(kw_only=True)
class Way:
    """One way by which an actor reaches records: a condition on their columns, or their ids.

    `but` is further conditions; they leave out, too, what an earlier way reaches.
    """

    condition: ColumnElement[bool] | None = None
    ids: Select[Any] | None = None
    but: tuple[ColumnElement[bool], ...] = ()


class Guardian(Protocol):
    """Decides for one actor what a session may reach."""

    def criteria(self, entity: type[Entity], action: str) -> ColumnElement[bool] | None:
        """Condition on the entity's own columns for `view`, `edit`, `delete`; None for none."""

    def tested(self, entity: type[Entity]) -> ColumnElement[bool] | None:
        """The condition to `view`, in the form for rows that are known or mostly fit."""

    def ways(self, entity: type[Entity]) -> Sequence[Way]:
        """The ways to view it, of which each record has one; () if there is but one."""

    def sees_many(self, connection: Connection, entity: type[Entity]) -> bool:
        """Whether most rows of a list's order may be expected to fit."""

    def hidden(self, entity: type[Entity]) -> frozenset[str]:
        """Names of the fields that the actor may not read."""

    def check_flush(self, session: GuardedSession) -> None:
        """Raises Forbidden, NotFound or Invalid when a pending change is not allowed."""

    def check_update(self, entity: type[Entity], fields: Iterable[str]) -> None:
        """Raises Invalid for fields that no statement of the actor may set."""

    def may_insert_rows(self, entity: type[Entity]) -> bool:
        """Whether any record of the entity may be created, so that rows need no look."""


# Where a session keeps the changes that nobody was told of yet.
CHANGES = "tenon_changes"

FlushStep = Callable[["GuardedSession"], None]
BulkStep = Callable[["GuardedSession", ORMExecuteState, type[Entity]], Any]


@frozen
class FlushSteps:
    """What core does around each flush, in order, and around an update or delete statement."""

    before: Sequence[FlushStep] = ()
    after: Sequence[FlushStep] = ()
    bulk: BulkStep | None = None


class GuardedSession(Session):
    """A session with a guardian; with None it is the system's and unlimited."""

    def __init__(
        self,
        bind: Engine | Connection,
        guardian: Guardian | None,
        steps: FlushSteps | None = None,
    ) -> None:
        super().__init__(bind, expire_on_commit=False, join_transaction_mode="rollback_only")
        self.guardian = guardian
        self.steps = steps or FlushSteps()
        self._announcing = False

    def connection(self, *args: Any, **kwargs: Any) -> Connection:
        if self.guardian is not None:
            raise Unscoped("connection()")
        return super().connection(*args, **kwargs)

    def unguarded_connection(self) -> Connection:
        """The transaction's connection, for core's own writes beside the session."""
        return super().connection()

    def flush(self, objects: Any = None) -> None:
        """Writes what is pending, then tells whoever follows changes.

        Those may write as well, in this session or beside it; it goes on until all is said.
        """
        try:
            super().flush(objects)
        except BaseException:
            self.info.pop(CHANGES, None)
            raise
        self.announce()

    def settle(self) -> None:
        """Flushes, unless this is asked by a step of the flush itself."""
        if not self._flushing:
            self.flush()

    def announce(self) -> None:
        """Runs the steps after a flush while there are changes that nobody was told of."""
        if self._announcing:
            return
        self._announcing = True
        try:
            while self.info.get(CHANGES):
                for step in self.steps.after:
                    step(self)
        finally:
            self._announcing = False

    def bulk_save_objects(self, *args: Any, **kwargs: Any) -> None:
        raise Unscoped("bulk_save_objects()")

    def bulk_insert_mappings(self, *args: Any, **kwargs: Any) -> None:
        raise Unscoped("bulk_insert_mappings()")

    def bulk_update_mappings(self, *args: Any, **kwargs: Any) -> None:
        raise Unscoped("bulk_update_mappings()")


class ScopeCriteria(LoaderCriteriaOption):
    """`with_loader_criteria` whose condition follows aliases into joins.

    The option as SQLAlchemy 2.1 gives it leaves an expression in the ON clause of a joined alias
    on the unaliased table, which would let every row of the alias through.
    """

    __slots__ = ()
    _traverse_internals = LoaderCriteriaOption._traverse_internals

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        criteria: Any = self.where_criteria
        if ext_info.is_aliased_class:
            criteria = ext_info._adapter.traverse(criteria)
        found: ColumnElement[bool] = sql_util._deep_annotate(
            criteria, {"for_loader_criteria": self}, detect_subquery_cols=True
        )
        return found


def entity_of(mapper: Mapper[Any]) -> type[Entity] | None:
    cls = mapper.class_
    return cls if issubclass(cls, Entity) else None


@event.listens_for(GuardedSession, "do_orm_execute")
def _execute(state: ORMExecuteState) -> Any:
    session = state.session
    if not isinstance(session, GuardedSession):
        return None
    if session.guardian is not None:
        _scope(state, session.guardian)
    if (state.is_update or state.is_delete) and session.steps.bulk and state.is_orm_statement:
        cls = state.bind_mapper.class_ if state.bind_mapper is not None else None
        if cls is not None and issubclass(cls, Entity):
            return session.steps.bulk(session, state, cls)
    return None


def _scope(state: ORMExecuteState, guardian: Guardian) -> None:
    if state.is_column_load:
        _refuse_hidden_load(state, guardian)
        return
    found = entities_in(state.statement, from_loader=state.is_relationship_load)
    if state.is_relationship_load:
        found |= {m.class_ for m in state.all_mappers}
    if state.is_insert:
        for cls in found:
            _require_entity(cls)
            if not guardian.may_insert_rows(cls):
                raise Forbidden(cls.__tenon__.permission("create"))
        # Rows of a statement would be neither stamped nor guarded nor audited.
        raise Unscoped("insert")
    if not (state.is_select or state.is_update or state.is_delete):
        raise Unscoped(type(state.statement).__name__)
    if state.is_update and state.bind_mapper is not None:
        guardian.check_update(state.bind_mapper.class_, assigned(state.statement))
    action = "edit" if state.is_update else "delete" if state.is_delete else "view"
    target = state.bind_mapper.class_ if state.bind_mapper is not None else None
    options = []
    for cls in found:
        _require_entity(cls)
        criteria = guardian.criteria(cls, action if cls is target else "view")
        if criteria is not None:
            options.append(ScopeCriteria(cls, criteria, include_aliases=True))
    if options:
        state.statement = state.statement.options(*options)
    if not state.is_relationship_load:
        _refuse_hidden(state, guardian)


def assigned(statement: Any) -> dict[str, Any]:
    """Names and values that an update statement sets."""
    pairs = (statement._values or {}).items()
    return {getattr(column, "key", str(column)): value for column, value in pairs}


def _require_entity(cls: type[Any]) -> None:
    if not issubclass(cls, Entity):
        raise Unscoped(cls.__name__)


def _refuse_hidden(state: ORMExecuteState, guardian: Guardian) -> None:
    """A column that the actor may not read must not be selected, compared or sorted by."""
    statement: Any = state.statement
    for element in visitors.iterate(statement):
        if element.__visit_name__ != "column":
            continue
        owner = element._annotations.get("parententity")
        if owner is None:
            continue
        cls = owner.mapper.class_
        key = element._annotations.get("proxy_key") or getattr(element, "key", None)
        if issubclass(cls, Entity) and key in guardian.hidden(cls):
            raise Forbidden(_read_permission(cls, key))


def _refuse_hidden_load(state: ORMExecuteState, guardian: Guardian) -> None:
    """Reading a value that left the record at loading brings it here; nothing of it is given.

    A record that is read again as a whole, as after an elevation, comes back without it.
    """
    statement: Any = state.statement
    wanted = frozenset(statement._compile_options._only_load_props or ())
    for cls in {mapper.class_ for mapper in state.all_mappers if entity_of(mapper)}:
        hidden = guardian.hidden(cls).intersection(wanted)
        if hidden == wanted:
            for key in hidden:
                raise Forbidden(_read_permission(cls, key))
        if hidden:
            statement._compile_options += {"_only_load_props": wanted - hidden}


def _read_permission(cls: type[Entity], key: str) -> str:
    info = cls.__table__.c[key].info.get("tenon")
    return getattr(info, "read", None) or cls.__tenon__.permission("view")


@event.listens_for(Entity, "load", propagate=True)
def _hide_on_load(record: Entity, context: QueryContext) -> None:
    """Hidden values leave a loaded record at once; reading one asks again and is refused."""
    session = context.session
    if isinstance(session, GuardedSession) and session.guardian is not None:
        hidden = session.guardian.hidden(type(record))
        if hidden:
            state: InstanceState[Any] = instance_state(record)
            state._expire_attributes(state.dict, hidden)


@event.listens_for(GuardedSession, "before_flush")
def _before_flush(session: GuardedSession, _context: Any, instances: Any) -> None:
    if instances:
        raise Unscoped("flush(objects)")
    for step in session.steps.before:
        step(session)
    if session.guardian is not None:
        session.guardian.check_flush(session)
