"""A site before it is booted: what the life cycle of plugins works on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen
from sqlalchemy import Engine, inspect, select

from tenon_core.entities.plugins import PluginState
from tenon_core.jobs.setup import install
from tenon_core.kernel.config import Config, read_config
from tenon_core.kernel.discovery import Found, PluginError, discover
from tenon_core.kernel.ordering import order
from tenon_core.manifest import plugin as core_plugin
from tenon_core.storage.engine import make_engine
from tenon_core.storage.migrate import Step, reading, upgrade
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _

ESCROW = "escrow"


@frozen
class State:
    """What the database knows of a plugin, see `PluginState`."""

    key: str
    enabled: bool
    version: str
    protects: tuple[str, ...]
    released: bool


@frozen
class Installation:
    """Configuration, database and installed plugins of the site in a folder."""

    config: Config
    engine: Engine
    found: Mapping[str, Found]

    @property
    def folder(self) -> Path:
        return self.config.folder

    @property
    def escrow(self) -> Path:
        return self.folder / ESCROW

    def now(self) -> datetime:
        return datetime.now(UTC)

    def states(self) -> dict[str, State]:
        """By key; {} before the first migration."""
        if not inspect(self.engine).has_table(PluginState.__tablename__):
            return {}
        table = PluginState.__table__
        with reading(self.engine) as connection:
            rows = connection.execute(select(table).order_by(table.c.key)).all()
        return {
            row.key: State(row.key, row.enabled, row.version, tuple(row.protects), row.released)
            for row in rows
        }

    def enabled(self) -> list[str]:
        return [state.key for state in self.states().values() if state.enabled]

    def manifest(self, key: str) -> Plugin:
        """Raises PluginError when the package is missing or its manifest cannot be read."""
        entry = self.found.get(key)
        if entry is None:
            raise PluginError(_("No plugin “{key}” is installed.", key=key))
        if entry.manifest is None:
            raise PluginError(
                _("Plugin “{key}” cannot be read: {reason}", key=key, reason=entry.fault or "")
            )
        return entry.manifest

    def readable(self) -> dict[str, Plugin]:
        """Manifests of all installed plugins that can be read, enabled or not."""
        return {key: f.manifest for key, f in self.found.items() if f.manifest is not None}

    def running(self) -> list[Plugin]:
        """Core and the enabled plugins that can be read, in dependency order.

        One that requires another that cannot run is left out with it.
        """
        return [core_plugin(), *_whole(self.readable(), self.enabled())]

    def ordered(self, keys: Sequence[str]) -> list[Plugin]:
        """Core and exactly these plugins in dependency order; raises PluginError if impossible."""
        manifests = {key: self.manifest(key) for key in keys}
        return [core_plugin(), *(manifests[key] for key in order(manifests))]

    def migrate(self, plugins: Sequence[Plugin] | None = None) -> list[Step]:
        """Brings core, all enabled plugins (or `plugins`) and the tables of jobs up to date."""
        steps = upgrade(self.engine, self.running() if plugins is None else plugins)
        install(self.engine)
        return steps


def required_by(manifests: Mapping[str, Plugin], keys: Iterable[str]) -> list[Plugin]:
    """Core, the plugins `keys` and all that these require, in dependency order.

    Raises PluginError for one that is not among `manifests`.
    """
    wanted: dict[str, Plugin] = {}
    waiting = list(keys)
    while waiting:
        key = waiting.pop()
        if key not in manifests:
            raise PluginError(_("No plugin “{key}” is installed.", key=key))
        if key not in wanted:
            wanted[key] = manifests[key]
            waiting += manifests[key].requires
    return [core_plugin(), *(wanted[key] for key in order(wanted))]


def _whole(readable: Mapping[str, Plugin], enabled: list[str]) -> list[Plugin]:
    kept = {key: readable[key] for key in enabled if key in readable}
    while lost := [k for k, p in kept.items() if any(r not in kept for r in p.requires)]:
        for key in lost:
            del kept[key]
    return [kept[key] for key in order(kept)]


@contextmanager
def installation(
    folder: Path, *, found: Mapping[str, Found] | None = None
) -> Iterator[Installation]:
    """Opens the site in `folder` for the life cycle, without importing any plugin's code."""
    config = read_config(folder)
    engine = make_engine(config.database_url, config.database.pool_size)
    try:
        yield Installation(config, engine, discover() if found is None else found)
    finally:
        engine.dispose()
