"""Sites for tests: booted on copies of a template, with jobs, mails and statements captured."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from jinja2 import TemplateError
from sqlalchemy import Engine, select

from tenon_core.access.roles import READY_ROLES
from tenon_core.entities.facts import StoredEvent
from tenon_core.events.deliver import restore
from tenon_core.events.notify import Message, captured_messages
from tenon_core.jobs.captured import CapturedQueue
from tenon_core.jobs.schedules import cron_of
from tenon_core.kernel.config import write_config
from tenon_core.kernel.discovery import Found, PluginError, discover
from tenon_core.kernel.inputs import structure
from tenon_core.kernel.installation import installation
from tenon_core.kernel.lifecycle import enable, migrate
from tenon_core.kernel.loading import Loaded, load
from tenon_core.kernel.ordering import order
from tenon_core.kernel.texts import load_texts, read_catalog
from tenon_core.manifest import plugin as core_plugin
from tenon_core.site import Site
from tenon_core.storage.engine import make_engine
from tenon_core.storage.ownership import violations
from tenon_core.testkit.exits import exits_of
from tenon_core.testkit.fillers import FILLERS
from tenon_core.testkit.life import CoreLife, open_life
from tenon_core.testkit.listening import Tap, tap
from tenon_core.testkit.web import open_client, template_environment
from tenon_sdk.context import Context
from tenon_sdk.events import Event
from tenon_sdk.plugin import Plugin
from tenon_sdk.testing.backend import Filler
from tenon_sdk.text import _

CHANNEL = {"email": "mailto://tests:none@127.0.0.1?to={email}"}


class BootedSite(Site):
    """A site of a test with what was captured of it."""

    captured: CapturedQueue
    mails: list[Message]
    tap: Tap
    app: Any
    effects: ExitStack


def _check_whole(loaded: Loaded) -> None:
    broken = loaded.quarantined.values()
    if broken:
        faults = "\n".join(f"{q.key}: {q.reason}\n{q.details}" for q in broken)
        raise AssertionError(f"plugins of the test do not load:\n{faults}")


class CoreBackend:
    """See `tenon_sdk.testing.backend.Backend` for what each method promises."""

    def __init__(self) -> None:
        self._found: Mapping[str, Found] | None = None

    @property
    def found(self) -> Mapping[str, Found]:
        """The installed plugins, looked for once: the environment stays as it is."""
        if self._found is None:
            self._found = discover()
        return self._found

    def forget(self) -> None:
        """Looks for installed plugins again."""
        self._found = None

    def order(self, plugins: Sequence[str]) -> list[str]:
        wanted = list(plugins)
        manifests = {}
        while wanted:
            key = wanted.pop()
            entry = self.found.get(key)
            if entry is None:
                raise PluginError(_("Plugin “{key}” is not installed.", key=key))
            if entry.manifest is None:
                raise PluginError(_("Plugin “{key}”: {fault}", key=key, fault=entry.fault))
            if key not in manifests:
                manifests[key] = entry.manifest
                wanted += entry.manifest.requires
        return order(manifests)

    def write_config(self, folder: Path, **sections: Mapping[str, Any]) -> None:
        plugins = {"core": {"notify_urls": CHANNEL}, **sections.pop("plugins", {})}
        write_config(folder, **sections, plugins=plugins)

    def make_engine(self, url: str) -> Engine:
        return make_engine(url, 2)

    def prepare(self, folder: Path, plugins: Sequence[str]) -> None:
        with installation(folder, found=self.found) as site:
            migrate(site)
            if plugins:
                enable(site, plugins)

    def open_site(
        self, folder: Path, plugins: Sequence[str], clock: Callable[[], datetime]
    ) -> BootedSite:
        site = BootedSite.open(folder, found=self.found, enabled=plugins, clock=clock)
        _check_whole(site.loaded)
        site.queue = site.captured = CapturedQueue(site, clock)
        site.tap, site.app = tap(site.engine), None
        site.effects = ExitStack()
        site.mails = site.effects.enter_context(captured_messages())
        return site

    def close_site(self, site: BootedSite) -> None:
        site.effects.close()
        site.close()

    def context(
        self, site: BootedSite, user_id: UUID | None, *, read_only: bool = False
    ) -> AbstractContextManager[Context]:
        if user_id is None:
            return site.system("test", read_only=read_only)
        return site.context(user_id, read_only=read_only)

    def client(self, site: BootedSite, user_id: UUID | None, base_url: str) -> Any:
        return open_client(site, user_id, base_url)

    def close_client(self, client: Any) -> None:
        client.__exit__(None, None, None)

    def ready_roles(self) -> Sequence[str]:
        return [role.key for role in READY_ROLES]

    def events(self, site: BootedSite) -> list[Event]:
        columns = (StoredEvent.name, StoredEvent.schema, StoredEvent.payload)
        statement = select(*columns).order_by(StoredEvent.recorded_at, StoredEvent.id)
        with site.read_engine.connect() as connection:
            return [restore(*row) for row in connection.execute(statement)]

    def jobs(self, site: BootedSite) -> CapturedQueue:
        return site.captured

    def mails(self, site: BootedSite) -> list[Message]:
        return site.mails

    def fillers(self) -> Mapping[str, Filler]:
        return FILLERS

    def manifests(self) -> Mapping[str, Plugin]:
        known = {key: f.manifest for key, f in self.found.items() if f.manifest is not None}
        return {"core": core_plugin(), **known}

    def contributions(self, plugins: Sequence[str]) -> Mapping[str, Sequence[tuple[str, Any]]]:
        loaded = load(self.found, plugins, core_plugin())
        _check_whole(loaded)
        return {
            kind: [(key, item) for key in loaded.plugins for item in shelf.of(key)]
            for kind, shelf in loaded.registry.shelves().items()
        }

    def violations(self, plugin: str) -> Sequence[str]:
        return violations(self.manifests()[plugin])

    def schedule_fault(self, schedule: Any) -> str | None:
        try:
            cron_of(schedule)
        except ValueError as error:
            return str(error)
        return None

    def template_fault(self, source: str, name: str) -> str | None:
        try:
            template_environment().compile(source, name)
        except TemplateError as error:
            return str(error)
        return None

    def core_messages(self, locale: str) -> Mapping[str, str]:
        return {**read_catalog("tenon_core", locale), **read_catalog("tenon_sdk", locale)}

    def catalog_conflicts(self, plugin: str) -> Sequence[str]:
        manifests = self.manifests()
        texts = load_texts(["tenon_sdk", *(m.package for m in manifests.values())])
        package = manifests[plugin].package
        mine = [c for c in texts.conflicts if package in {c.first, c.second}]
        return [f"{c.message!r} in {c.locale} of {c.first} and {c.second}" for c in mine]

    def to_json(self, value: Any) -> Any:
        return msgspec.to_builtins(value)

    def event_from_json(self, event: type[Event], payload: Mapping[str, Any]) -> Event:
        return restore(event.name, event.schema, payload)

    def structure(self, cls: type[Any], data: Mapping[str, Any]) -> Any:
        return structure(cls, data)

    def life(self, folder: Path) -> AbstractContextManager[CoreLife]:
        return open_life(folder, self.found)

    def exits(
        self, site: BootedSite, user_id: UUID, record: Any
    ) -> Mapping[str, Callable[[], Any]]:
        return exits_of(site, user_id, record)

    @contextmanager
    def statements(self, site: BootedSite, heard: Callable[[str], None]) -> Iterator[None]:
        with site.tap.heard_by(heard):
            yield
