"""What approvals need of a context beyond what plugins see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from typing import Protocol, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from tenon_core.access.guarding import AccessGuardian
from tenon_core.storage.sessions import GuardedSession
from tenon_core.workflow.guards import GuardedWork
from tenon_sdk.context import Actor

ADMINISTER = "core.approval.administer"


class Work(GuardedWork, Protocol):
    """A context of core: with its transaction's connection, which no limits apply to."""

    @property
    def connection(self) -> Connection: ...
    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def guardian(self) -> AccessGuardian | None: ...

    def in_name_of(self, actor: Actor, reason: str) -> AbstractContextManager[Work]: ...


@contextmanager
def elevated(ctx: Work, reason: str) -> Iterator[Work]:
    with ctx.as_system(f"approval: {reason}") as system:
        yield cast("Work", system)


@contextmanager
def unlimited(ctx: Work) -> Iterator[GuardedSession]:
    """A session to read with in the same transaction, also where nothing may be written.

    What is read is limited by the statement itself, or masked before it is shown.
    """
    session = GuardedSession(ctx.connection, None)
    try:
        yield session
    finally:
        session.close()


def today(ctx: Work) -> date:
    """The site's calendar day."""
    return ctx.now.astimezone(ctx.zone).date()
