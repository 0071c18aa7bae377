"""What background work needs of a site."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from tenon_sdk.context import Context
from tenon_sdk.jobs import Job


class JobSite(Protocol):
    """The part of a site that runs are executed with.

    engine       the site's own database, to which every other process of the site connects too
    read_engine  the same for reading alone: on SQLite it never waits for the write lock
    jobs         the jobs of the enabled plugins by name
    zone         the time zone in which schedules are read
    """

    @property
    def engine(self) -> Engine: ...
    @property
    def read_engine(self) -> Engine: ...
    @property
    def jobs(self) -> Mapping[str, Job]: ...
    @property
    def zone(self) -> ZoneInfo: ...

    def open_context(self, reason: str) -> AbstractContextManager[Context]:
        """A system context in a transaction of its own, audited with `reason`.

        Leaving it commits; leaving it by any exception, `BaseException` too, rolls back. Its
        session may be committed inside and goes on with the next transaction.
        """
