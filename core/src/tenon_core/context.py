"""The context that core hands to plugins: one unit of work of one actor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import ORMExecuteState

from tenon_core.access.clauses import Rules
from tenon_core.access.grants import bump_epoch, changes_rights, load_access
from tenon_core.access.guarding import AccessGuardian
from tenon_core.events.notify import notify
from tenon_core.events.publish import publish, publish_saved
from tenon_core.jobs.running import current_run
from tenon_core.origins import Origin, origin_here
from tenon_core.storage.auditing import audit_act, audit_changes, run_bulk
from tenon_core.storage.changes import gather, taken
from tenon_core.storage.engine import READ_ONLY
from tenon_core.storage.indexing import index_changes
from tenon_core.storage.sequences import draw
from tenon_core.storage.sessions import FlushSteps, GuardedSession
from tenon_core.storage.stamping import stamp
from tenon_core.workflow.guards import guard_bulk, guard_changes, start_workflows
from tenon_core.workflow.transitions import perform
from tenon_sdk.context import Actor
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Forbidden, NotFound
from tenon_sdk.events import Event, Subject
from tenon_sdk.text import Text
from tenon_sdk.workflows import Outcome

if TYPE_CHECKING:
    from tenon_core.site import Site

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")

SYSTEM = Actor(user_id=None, login="system", name="System")


class WorkContext:
    """A `tenon_sdk.context.Context`; see there for what each method promises.

    `reason` says for the audit why there is no guardian, and who sat at the command line.
    """

    def __init__(
        self,
        site: Site,
        bind: Engine | Connection,
        guardian: AccessGuardian | None,
        actor: Actor,
        now: datetime,
        *,
        origin: Origin | None = None,
        reason: str | None = None,
    ) -> None:
        self.site = site
        self.guardian = guardian
        self.came_from, self._reason = origin or origin_here(), reason
        self._actor, self._now = actor, now
        steps = FlushSteps(
            before=(self._before_flush,),
            after=(self._after_flush,),
            bulk=self._bulk,
        )
        self._session = GuardedSession(bind, guardian, steps)
        self._session.info["context"] = self

    @property
    def session(self) -> GuardedSession:
        return self._session

    @property
    def actor(self) -> Actor:
        return self._actor

    @property
    def now(self) -> datetime:
        return self._now

    @property
    def rules(self) -> Rules:
        return self.site.rules

    @property
    def zone(self) -> ZoneInfo:
        return self.site.config.zone

    @property
    def locale(self) -> str:
        return self._actor.locale

    @property
    def origin(self) -> str:
        return self.came_from.kind

    @property
    def reason(self) -> str | None:
        return self.came_from.told(self._reason)

    @property
    def ip(self) -> str | None:
        return self.came_from.ip

    @property
    def request_id(self) -> str | None:
        return self.came_from.request_id

    @property
    def connection(self) -> Connection:
        """The transaction's connection without limits, for core's own bookkeeping."""
        return self._session.unguarded_connection()

    def settings(self, cls: type[S]) -> S:
        return self.site.settings_of(cls)

    def can(self, permission: str, record: Any | None = None) -> bool:
        if self.guardian is None:
            return True
        if record is None:
            return self.guardian.access.scope(permission) is not None
        cls = type(record)
        entity, _dot, action = permission.rpartition(".")
        if entity != cls.__tenon__.name:
            return self.can(permission) and self._reaches(record, "view")
        return self._reaches(record, action)

    def _reaches(self, record: Any, action: str) -> bool:
        guardian, cls = self.guardian, type(record)
        if guardian is None or guardian.criteria(cls, action) is None:
            return True
        if not inspect(record).persistent:
            return guardian.access.scope(cls.__tenon__.permission(action)) is not None
        return bool(guardian.reached(self._session, cls, [record.id], action))

    def require(self, permission: str, record: Any | None = None) -> None:
        if not self.can(permission, record):
            raise Forbidden(permission)

    def publish(self, event: Event, *, evidence: Sequence[UUID] = ()) -> UUID:
        return publish(self, event, evidence)

    def notify(
        self,
        users: Sequence[UUID],
        message: Text,
        *,
        subject: Subject | None = None,
        key: str | None = None,
    ) -> None:
        notify(self, users, message, subject=subject, key=key)

    def number(self, pattern: str) -> str:
        return draw(self.connection, pattern, self._now.astimezone(self.zone).date())[0]

    def enqueue(
        self,
        job: str,
        args: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        delay: timedelta | None = None,
    ) -> str:
        run = self.site.queue.enqueue(
            self.connection, job, args, key=key, delay=delay, requested_by=self._actor.user_id
        )
        return str(run)

    def progress(self, done: int, total: int | None = None, note: Text | None = None) -> None:
        running = current_run()
        if running is not None:
            running.progress(done, total, note)

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        running = current_run()
        if running is not None:
            running.checkpoint(dict(state))

    @property
    def resumed(self) -> Mapping[str, Any] | None:
        running = current_run()
        return running.resumed if running is not None else None

    def transition(self, record: Any, name: str, inputs: Any = None) -> Outcome:
        return perform(self, record, name, inputs)

    def ask(self, spec: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> list[R]:
        return self.site.hooks.ask(spec, *args, **kwargs)

    @contextmanager
    def as_system(self, reason: str, *, bookkeeping: bool = False) -> Iterator[WorkContext]:
        """As the SDK says; `bookkeeping` of core itself, on rows that no session of a person has
        loaded, leaves no entry of its own.
        """
        if self.guardian is None and not bookkeeping:
            yield self
            return
        with self._unlimited(self._actor, reason, bookkeeping=bookkeeping) as inner:
            yield inner

    @contextmanager
    def in_name_of(self, actor: Actor, reason: str) -> Iterator[WorkContext]:
        """Like `as_system`, for what another person asked for: the changes are hers."""
        with self._unlimited(actor, reason) as inner:
            yield inner

    @contextmanager
    def at(self, moment: datetime, user_id: UUID | None = None) -> Iterator[WorkContext]:
        if self.guardian is not None:
            raise Forbidden("core.site.manage")
        actor = self._actor if user_id is None else self._actor_of(user_id, moment)
        with self._unlimited(actor, self._reason or "", bookkeeping=True, moment=moment) as inner:
            yield inner
        self._session.expire_all()

    def _actor_of(self, user_id: UUID, moment: datetime) -> Actor:
        day = moment.astimezone(self.zone).date()
        try:
            return load_access(self._session, user_id, day, self.locale, str(self.zone)).actor
        except NoResultFound:
            raise NotFound("core.user", user_id) from None

    @contextmanager
    def _unlimited(
        self,
        actor: Actor,
        reason: str,
        *,
        bookkeeping: bool = False,
        moment: datetime | None = None,
    ) -> Iterator[WorkContext]:
        self._session.settle()
        if not bookkeeping:
            self._audit_elevation(reason)
        inner = WorkContext(
            self.site,
            self.connection,
            None,
            actor,
            moment or self._now,
            origin=self.came_from,
            reason=reason,
        )
        try:
            yield inner
            inner.session.flush()
        finally:
            inner.session.close()
        if inner.session.info.get("rights_changed"):
            self._session.info["rights_changed"] = True
        if not bookkeeping:
            self._session.expire_all()

    def _audit_elevation(self, reason: str) -> None:
        """In the transaction itself, or, where that only reads, in one of its own."""
        reason = self.came_from.told(reason) or reason
        if not self.connection.get_execution_options().get(READ_ONLY, False):
            audit_act(self, "elevated", reason=reason)
            return
        with self.site.engine.begin() as connection:
            audit_act(self, "elevated", reason=reason, connection=connection)

    def _before_flush(self, session: GuardedSession) -> None:
        start_workflows(self)
        stamp(session, self._actor, self._now, self.zone)
        changes = gather(session)
        guard_changes(self, changes)
        audit_changes(self, changes)
        if changes_rights(change.entity for change in changes):
            bump_epoch(self.connection)
            session.info["rights_changed"] = True

    def _after_flush(self, session: GuardedSession) -> None:
        changes = taken(session)
        index_changes(self, changes)
        publish_saved(self, changes)

    def _bulk(self, session: GuardedSession, state: ORMExecuteState, cls: type[Entity]) -> Any:
        guard_bulk(self, cls)
        if changes_rights((cls,)):
            bump_epoch(self.connection)
            session.info["rights_changed"] = True
        return run_bulk(self, session, state, cls)
