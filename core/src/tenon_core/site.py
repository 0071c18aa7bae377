"""A booted site: configuration, database, the enabled plugins and what they contribute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import evolve, frozen
from sqlalchemy import Engine, inspect, select

from tenon_core.access.clauses import Rules
from tenon_core.access.grants import AccessBook
from tenon_core.access.guarding import AccessGuardian
from tenon_core.access.searching import find_ids
from tenon_core.context import SYSTEM, WorkContext
from tenon_core.entities.people import User
from tenon_core.entities.plugins import PluginState
from tenon_core.events.deliver import delivery_jobs
from tenon_core.events.webhooks import WebhookBook
from tenon_core.jobs.queue import DbosQueue, RunQueue
from tenon_core.kernel.calling import HookBoard
from tenon_core.kernel.config import Config, ConfigError, read_config
from tenon_core.kernel.discovery import Found, discover
from tenon_core.kernel.inputs import structure
from tenon_core.kernel.loading import Loaded, load
from tenon_core.kernel.registry import Registry
from tenon_core.kernel.texts import Texts, load_texts
from tenon_core.manifest import plugin as core_plugin
from tenon_core.origins import Origin
from tenon_core.storage.custom import CustomDefinition, load_custom
from tenon_core.storage.engine import READ_ONLY, make_engine
from tenon_core.storage.labels import LabelBook, load_labels
from tenon_core.storage.reading import Readers
from tenon_core.storage.sessions import GuardedSession
from tenon_core.vault.keys import Vault
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.jobs import Job
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _, install_translator, use_locale

S = TypeVar("S")
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@frozen
class _Definitions:
    """What administrators defined, as it stood at `epoch`."""

    epoch: int
    custom: Mapping[str, Mapping[str, CustomDefinition]]
    labels: LabelBook


class Site:
    """What one installation runs on. Open it once a process; it is safe between threads."""

    def __init__(self, config: Config, engine: Engine, loaded: Loaded, clock: Clock) -> None:
        self.config, self.engine, self.loaded, self.clock = config, engine, loaded, clock
        self.read_engine = engine.execution_options(**_read_only(engine))
        self.vault = Vault(config.folder)
        self.readers = Readers(engine, config.database.list_seconds)
        self.texts: Texts = load_texts(["tenon_sdk", *(p.package for p in loaded.plugins.values())])
        install_translator(self.texts.translate)
        self._settings = _settings(config, loaded)
        self.rules = Rules(self.registry, self.hooks, loaded.plugins, loaded.locked)
        self.book = AccessBook(
            config.site.locale,
            config.site.zone,
            lambda access: AccessGuardian(access, self.rules),
        )
        self._statements: dict[Any, Any] = {}
        self._definitions: _Definitions | None = None
        self._jobs = {job.name: job for job in _jobs(self.registry)}
        self.webhooks = WebhookBook()
        self.queue: RunQueue = DbosQueue(self, clock)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        found: Mapping[str, Found] | None = None,
        enabled: Sequence[str] | None = None,
        clock: Clock = utc_now,
    ) -> Self:
        """Boots the site in `folder` with the plugins that its database says are enabled.

        Raises ConfigError for a wrong configuration, PluginError for an impossible set of
        plugins; a plugin that fails alone is quarantined, see `loaded.quarantined`.
        """
        config = read_config(folder)
        engine = make_engine(config.database_url, config.database.pool_size)
        states = read_states(engine)
        loaded = load(
            discover() if found is None else found,
            [s.key for s in states if s.enabled] if enabled is None else enabled,
            core_plugin(),
            protects={s.key: s.protects for s in states},
            released=[s.key for s in states if s.released],
        )
        return cls(config, engine, loaded, clock)

    @property
    def registry(self) -> Registry:
        return self.loaded.registry

    @property
    def hooks(self) -> HookBoard:
        return self.loaded.hooks

    @property
    def plugins(self) -> Mapping[str, Plugin]:
        return self.loaded.plugins

    @property
    def zone(self) -> ZoneInfo:
        return self.config.zone

    @property
    def jobs(self) -> Mapping[str, Job]:
        return self._jobs

    def settings_of(self, cls: type[S]) -> S:
        """A plugin's validated settings. Raises KeyError for a class that no manifest names."""
        return cast("S", self._settings[cls])

    def custom_fields(self, entity: str) -> Mapping[str, CustomDefinition]:
        """The custom fields of an entity, from memory unless an administrator changed one."""
        return self._defined().custom.get(entity, {})

    def labels(self) -> LabelBook:
        """What this site calls fixed codes, from memory unless an administrator changed one."""
        return self._defined().labels

    def _defined(self) -> _Definitions:
        with GuardedSession(self.read_engine, None) as session:
            epoch = self.book.current_epoch(session)
        if self._definitions is None or self._definitions.epoch != epoch:
            with self.read_engine.connect() as connection:
                self._definitions = _Definitions(
                    epoch, load_custom(connection), load_labels(connection)
                )
        return self._definitions

    def statements(self, guardian: AccessGuardian | None) -> dict[Any, Any]:
        """Compiled lists of a person, or of the system; they go when rights change."""
        return self._statements if guardian is None else guardian.statements

    def search_ids(
        self, guardian: AccessGuardian | None, entity: type[Entity], text: str, limit: int
    ) -> list[UUID]:
        """Ids of the records of an entity that match a typed text, best first."""
        return find_ids(self, guardian, entity, text, limit)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def system(
        self, reason: str, *, read_only: bool = False, origin: Origin | None = None
    ) -> Iterator[WorkContext]:
        """A unit of work without limits, audited with `reason`; commits when left normally."""
        engine = self.read_engine if read_only else self.engine
        context = WorkContext(
            self, engine, None, SYSTEM, self.clock(), origin=origin, reason=reason
        )
        with self._work(context, read_only=read_only) as open_context:
            yield open_context

    def open_context(self, reason: str) -> Any:
        """What a job runs in: `system` by the name that the job runner asks for."""
        return self.system(reason)

    @contextmanager
    def context(
        self,
        user_id: UUID,
        *,
        read_only: bool = False,
        permissions: Sequence[str] | None = None,
        origin: Origin | None = None,
        locale: str | None = None,
    ) -> Iterator[WorkContext]:
        """A unit of work of a user, limited to what she may do; commits when left normally.

        `permissions` narrows it further, as an API token does. Raises NotFound for a user that
        does not exist.
        """
        guardian = self.guardian(user_id)
        if permissions is not None:
            guardian = AccessGuardian(guardian.access.narrowed(permissions), guardian.rules)
        with self.acting(
            guardian, read_only=read_only, origin=origin, locale=locale
        ) as open_context:
            yield open_context

    @contextmanager
    def acting(
        self,
        guardian: AccessGuardian,
        *,
        read_only: bool = False,
        origin: Origin | None = None,
        locale: str | None = None,
    ) -> Iterator[WorkContext]:
        """`context` for rights that are at hand already; `locale` is that of the answer."""
        engine = self.read_engine if read_only else self.engine
        actor = guardian.access.actor
        if locale is not None and locale != actor.locale:
            actor = evolve(actor, locale=locale)
        context = WorkContext(self, engine, guardian, actor, self.clock(), origin=origin)
        with (
            use_locale(locale or context.locale),
            self._work(context, read_only=read_only) as open_context,
        ):
            yield open_context

    def guardian(self, user_id: UUID, now: datetime | None = None) -> AccessGuardian:
        """The rights of a user, from memory unless somebody's rights changed."""
        now = now or self.clock()
        known = self.book.known(user_id, now)
        if known is None:
            with GuardedSession(self.read_engine, None) as session:
                known = self.book.get(session, user_id, now)
        return cast("AccessGuardian", known)

    def user_id(self, login: str) -> UUID:
        """Raises NotFound for an unknown log-in name."""
        with GuardedSession(self.read_engine, None) as session:
            found = session.scalar(select(User.id).where(User.login == login.strip().lower()))
        if found is None:
            raise NotFound("core.user", login)
        return found

    @contextmanager
    def _work(self, context: WorkContext, *, read_only: bool) -> Iterator[WorkContext]:
        session = context.session
        try:
            yield context
            if read_only:
                session.rollback()
            else:
                session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()
            if context.session.info.get("rights_changed"):
                self.book.forget()


def _jobs(registry: Registry) -> list[Job]:
    return [*registry.jobs, *delivery_jobs(registry.event_handlers)]


def _read_only(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "postgresql":
        return {READ_ONLY: True, "postgresql_readonly": True}
    return {READ_ONLY: True}


def read_states(engine: Engine) -> list[PluginState]:
    """What the database knows of plugins, by key; [] before the first migration."""
    if not inspect(engine).has_table(PluginState.__tablename__):
        return []
    with GuardedSession(engine, None) as session:
        return list(session.scalars(select(PluginState).order_by(PluginState.key)))


def _settings(config: Config, loaded: Loaded) -> dict[type[Any], Any]:
    known: dict[type[Any], Any] = {}
    for key, plugin in loaded.plugins.items():
        given = config.plugins.get(key, {})
        if plugin.settings is None:
            if given:
                raise ConfigError(_("Plugin “{key}” has no settings.", key=key))
            continue
        try:
            known[plugin.settings] = structure(plugin.settings, given)
        except Invalid as error:
            raise ConfigError(
                _("Settings [plugins.{key}]: {error}", key=key, error=str(error))
            ) from None
    return known
