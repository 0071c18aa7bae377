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
from tenon_sdk.plugin import Plugin

GROUP = "tenon.testkit"

Values = Mapping[str, Any]
Filler = Callable[[int], Values]


class Life(Protocol):
    """What an administrator does with plugins."""

    def enable(self, *plugins: str) -> None: ...
    def disable(self, plugin: str) -> None: ...
    def purge(self, plugin: str) -> Path:
        """Returns the escrow archive."""

    def restore(self, archive: Path) -> None: ...
    def upgrade(self) -> None: ...
    def downgrade(self, plugin: str) -> None:
        """Takes a plugin's own line and its glue lines back to the beginning."""

    def differences(self, plugin: str) -> list[str]:
        """What the database lacks of what the plugin's entities declare."""

    def tables(self, plugin: str) -> list[str]:
        """The tables that the database holds for a plugin."""

    def rows(self, plugin: str) -> Mapping[str, list[tuple[Any, ...]]]:
        """Every row of these tables, sorted."""


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

    def manifests(self) -> Mapping[str, Plugin]:
        """Of every installed plugin that can be read."""

    def contributions(self, plugins: Sequence[str]) -> Mapping[str, Sequence[tuple[str, Any]]]:
        """(plugin, item) by kind, of core and these plugins. Raises when one does not load."""

    def violations(self, plugin: str) -> Sequence[str]:
        """What a plugin's tables do that they must not."""

    def schedule_fault(self, schedule: Any) -> str | None: ...

    def template_fault(self, source: str, name: str) -> str | None:
        """Why a template does not compile."""

    def core_messages(self, locale: str) -> Mapping[str, str]:
        """The translations that the SDK and the core bring."""

    def catalog_conflicts(self, plugin: str) -> Sequence[str]:
        """Messages that the plugin and another installed one translate differently."""

    def to_json(self, value: Any) -> Any:
        """What a value becomes in JSON."""

    def event_from_json(self, event: type[Event], payload: Values) -> Event: ...

    def structure(self, cls: type[Any], data: Values) -> Any:
        """Inputs or settings from JSON. Raises Invalid with the faults by field."""

    def life(self, folder: Path) -> AbstractContextManager[Life]:
        """The life cycle of the plugins of the site in `folder`, which does not run meanwhile."""

    def exits(self, site: Any, user_id: UUID, record: Any) -> Mapping[str, Callable[[], Any]]:
        """Ways by which a person gets at records besides session and API.

        Each call returns what the person is shown where `record` would stand.
        """

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
