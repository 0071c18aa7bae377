"""What the framework hands to every function of a plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, ParamSpec, Protocol, TypeVar, runtime_checkable
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import field, frozen
from sqlalchemy.orm import Session

from tenon_sdk.events import Event, Subject
from tenon_sdk.text import Text
from tenon_sdk.workflows import Outcome

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")


@frozen(kw_only=True)
class Actor:
    """Who acts. The system has no `user_id`; `for_users` are those she stands in for now."""

    user_id: UUID | None
    login: str
    name: str
    unit_id: UUID | None = None
    unit_tree: frozenset[UUID] = frozenset()
    for_users: frozenset[UUID] = frozenset()
    roles: frozenset[str] = frozenset()
    locale: str = "en"
    zone: ZoneInfo = field(factory=lambda: ZoneInfo("UTC"))

    @property
    def is_system(self) -> bool:
        return self.user_id is None


@runtime_checkable
class Context(Protocol):
    """One unit of work: one transaction, one actor, one moment.

    session    a SQLAlchemy session that sees and changes only what the actor may
    now        the moment the unit of work began, aware, UTC; every time stamp of it
    locale     language of texts that are made for the actor
    """

    @property
    def session(self) -> Session: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def now(self) -> datetime: ...
    @property
    def locale(self) -> str: ...

    def settings(self, cls: type[S]) -> S:
        """The validated settings of the plugin whose manifest names `cls`."""

    def can(self, permission: str, record: Any | None = None) -> bool:
        """Whether the actor has the permission, and for `record` if one is given."""

    def require(self, permission: str, record: Any | None = None) -> None:
        """Raises Forbidden unless `can`."""

    def publish(self, event: Event, *, evidence: Sequence[UUID] = ()) -> UUID:
        """Stores the fact in this transaction and runs its handlers; returns its id.

        `evidence` are the ids of the documents that prove it. Raises what a handler refuses.
        """

    def notify(
        self,
        users: Sequence[UUID],
        message: Text,
        *,
        subject: Subject | None = None,
        key: str | None = None,
    ) -> None:
        """Tells people, on the page at once and by the channels they chose, after commit.

        A second notification with the same `key` to the same person is dropped.
        """

    def number(self, pattern: str) -> str:
        """Draws the next number of a pattern such as `P-{yyyy}-{seq:04}`; no gaps, no doubles."""

    def enqueue(
        self,
        job: str,
        args: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        delay: timedelta | None = None,
    ) -> str:
        """Starts a job when this transaction commits; one run for one `key`. Returns its id."""

    def progress(self, done: int, total: int | None = None, note: Text | None = None) -> None:
        """Shows how far a long job is; nothing outside of a job."""

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Commits what a job has done so far and keeps `state`; nothing outside of a job.

        After a crash the job begins again with that state in `resumed`, so no portion is done
        twice. A long job calls it every few seconds, above all before it waits for a network:
        on SQLite nobody else writes until then.
        """

    @property
    def resumed(self) -> Mapping[str, Any] | None:
        """The state of the last checkpoint of this run; None at its first start."""

    def transition(self, record: Any, name: str, inputs: Any = None) -> Outcome:
        """Moves a record by its workflow: permission, guards, approval, then the change.

        Where a flow demands an approval first, nothing moves yet: the outcome names the request
        that was made, and the move follows in the actor's name once everybody agreed.
        """

    def ask(self, spec: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> list[R]:
        """Asks a hook that a plugin publishes; answers in the order of dependencies."""

    def as_system(self, reason: str) -> AbstractContextManager[Context]:
        """The same transaction without limits, audited with `reason`; its own identity map."""

    def at(self, moment: datetime, user_id: UUID | None = None) -> AbstractContextManager[Context]:
        """The same transaction at another `now`, in a user's name: for history written afterwards.

        Demo data and the take-over of another system's data need it. Raises Forbidden unless this
        context is without limits itself, NotFound for an unknown user.
        """
