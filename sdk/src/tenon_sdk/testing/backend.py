"""What the kit needs of the core, which the SDK does not import.

The core offers an object of this shape through the entry point group `tenon.testkit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, cast
from uuid import UUID

from tenon_sdk.context import Context
from tenon_sdk.entities import Base
from tenon_sdk.events import Event

GROUP = "tenon.testkit"

Values = Mapping[str, Any]
Filler = Callable[[int], Values]


class Backend(Protocol):
    """Boots sites and tells what happened in them.

    A *site* is whatever `open_site` returned; only the backend looks into it.
    """

    def order(self, plugins: Sequence[str]) -> list[str]:
        """`plugins` with all that they require, in dependency order. Raises for a missing one."""

    def prepare(self, folder: Path, plugins: Sequence[str]) -> None:
        """Migrates the database that `tenon.toml` names and syncs permissions and ready roles."""

    def write_config(self, folder: Path, **sections: Values) -> None: ...

    def make_engine(self, url: str) -> Any: ...

    def open_site(self, folder: Path, plugins: Sequence[str], clock: Callable[[], datetime]) -> Any:
        """A running site with a queue that keeps its jobs until they are drained."""

    def close_site(self, site: Any) -> None: ...

    def context(
        self, site: Any, user_id: UUID | None, *, read_only: bool = False
    ) -> AbstractContextManager[Context]:
        """A unit of work of a user, or with None of the system."""

    def client(self, site: Any, user_id: UUID | None, base_url: str) -> Any:
        """An HTTP client that is logged in by a bearer token, or with None not at all."""

    def close_client(self, client: Any) -> None: ...

    def ready_roles(self) -> Sequence[str]: ...

    def events(self, site: Any) -> list[Event]:
        """The stored facts in the order in which they were recorded."""

    def jobs(self, site: Any) -> Any:
        """The queue of captured jobs, with `waiting` and `drain()`."""

    def mails(self, site: Any) -> list[Any]:
        """What would have left the house: one entry a message, with `to`, `title` and `body`."""

    def fillers(self) -> Mapping[str, Filler]:
        """What the rules of single entities demand beyond what their fields declare."""

    def statements(self, site: Any, heard: Callable[[str], None]) -> AbstractContextManager[None]:
        """Tells `heard` of each statement that the site sends to its database meanwhile."""


def find_backend() -> Backend:
    """The core's part of the kit. Raises LookupError when no core is installed."""
    for point in entry_points(group=GROUP):
        return cast("Backend", point.load()())
    raise LookupError("tenon-core is not installed: tests with a booted site need it")


def mapped_class(table: str) -> type[Base]:
    """The class that maps a table. Raises KeyError for a table that nobody imported."""
    for mapper in Base.registry.mappers:
        if getattr(mapper.local_table, "name", None) == table:
            return cast("type[Base]", mapper.class_)
    raise KeyError(table)
