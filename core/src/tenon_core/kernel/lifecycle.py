"""The life of a plugin: installed, enabled, disabled; `kernel.purging` has the rest.

Every function takes an `Installation`, see `kernel.installation.installation(folder)`, and says
what went wrong as a PluginError in the user's words. Running processes notice a change when they
are started again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import import_module
from typing import Any, Literal

from attrs import frozen
from sqlalchemy import delete, insert

from tenon_core.access.defaults import sync_defaults
from tenon_core.entities.plugins import PluginState
from tenon_core.kernel.discovery import PluginError
from tenon_core.kernel.installation import Installation
from tenon_core.kernel.ordering import requiring
from tenon_core.site import Site
from tenon_core.storage.migrate import Step
from tenon_core.storage.ownership import violations
from tenon_sdk.context import Context
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text, _, translate

Status = Literal["enabled", "quarantined", "disabled", "installed", "missing"]


@frozen
class Listed:
    """One plugin as `tenon plugin list` shows it.

    status   installed: never enabled here; missing: known to the database, package gone;
             quarantined: enabled and unable to run, for `reason`
    """

    key: str
    title: Text | str
    version: str
    status: Status
    requires: tuple[str, ...] = ()
    reason: str = ""
    released: bool = False


def list_plugins(found: Installation) -> list[Listed]:
    """All plugins that are installed or that the database knows, by key."""
    states = found.states()
    quarantined = _quarantined(found)
    listed: list[Listed] = []
    for key in sorted({*found.found, *states}):
        entry, state = found.found.get(key), states.get(key)
        manifest = entry.manifest if entry else None
        status: Status = "installed"
        if key in quarantined:
            status = "quarantined"
        elif state is not None:
            status = "enabled" if state.enabled else "disabled"
        if entry is None and status != "quarantined":
            status = "missing"
        listed.append(
            Listed(
                key=key,
                title=manifest.title if manifest else key,
                version=entry.version if entry else (state.version if state else ""),
                status=status,
                requires=tuple(manifest.requires) if manifest else (),
                reason=quarantined.get(key) or (entry.fault or "" if entry else ""),
                released=state.released if state else False,
            )
        )
    return listed


def _quarantined(found: Installation) -> dict[str, str]:
    if not found.enabled():
        return {}
    site = _boot(found)
    try:
        return {key: q.reason for key, q in site.loaded.quarantined.items()}
    finally:
        site.close()


def _boot(found: Installation, enabled: Sequence[str] | None = None) -> Site:
    return Site.open(found.folder, found=found.found, enabled=enabled)


def enable(found: Installation, keys: Sequence[str]) -> list[Step]:
    """Enables plugins: checks them, migrates, gives roles their defaults, calls `on_enable`.

    Nothing is written before requirements, settings, contributions and table ownership have been
    checked. Migrating is one step, the rest another: if `on_enable` fails, its tables are there
    and the plugin is not enabled. Returns the revisions that were run.
    """
    wanted = list(dict.fromkeys([*(p.key for p in found.running()[1:]), *keys]))
    for key in keys:
        found.manifest(key)
    found.ordered(wanted)
    site = _boot(found, wanted)
    try:
        _check_loaded(site, keys)
        steps = found.migrate() if _same_set(found, wanted) else _migrate(found, wanted)
        with site.system("plugins enabled") as ctx:
            locale = found.config.site.locale
            sync_defaults(ctx.session, site.registry, locale, _absent(found, wanted))
            for key in [key for key in site.plugins if key in keys]:
                _call(site.plugins[key], ctx)
                _remember(found, ctx, site, key)
        return steps
    finally:
        site.close()


def migrate(found: Installation) -> list[Step]:
    """What `tenon migrate` does: all lines, then the defaults of roles and known versions.

    Returns the revisions that were run.
    """
    steps = found.migrate()
    site = _boot(found)
    try:
        with site.system("migrated") as ctx:
            enabled = list(site.plugins)
            locale = found.config.site.locale
            sync_defaults(ctx.session, site.registry, locale, _absent(found, enabled))
            for key in enabled[1:]:
                _remember(found, ctx, site, key)
    finally:
        site.close()
    return steps


def _same_set(found: Installation, wanted: Iterable[str]) -> bool:
    return set(wanted) == {plugin.key for plugin in found.running()[1:]}


def _migrate(found: Installation, wanted: list[str]) -> list[Step]:
    from tenon_core.jobs.setup import install
    from tenon_core.storage.migrate import upgrade

    steps = upgrade(found.engine, found.ordered(wanted))
    install(found.engine)
    return steps


def _absent(found: Installation, present: Iterable[str]) -> set[str]:
    return {*found.states()} - {*present}


def _check_loaded(site: Site, keys: Iterable[str]) -> None:
    for key in keys:
        quarantine = site.loaded.quarantined.get(key)
        if quarantine is not None:
            raise PluginError(
                _("Plugin “{key}” cannot be loaded: {reason}", key=key, reason=quarantine.reason)
            )
        wrong = violations(site.plugins[key])
        if wrong:
            raise PluginError(wrong[0])


def _call(plugin: Plugin, ctx: Context) -> None:
    if plugin.on_enable is None:
        return
    try:
        plugin.on_enable(ctx)
    except Exception as error:
        raise PluginError(
            _(
                "Plugin “{key}” failed when it was enabled: {error}",
                key=plugin.key,
                error=f"{type(error).__name__}: {error}",
            )
        ) from error


def _remember(found: Installation, ctx: Any, site: Site, key: str) -> None:
    values = {
        "enabled": True,
        "version": site.loaded.versions.get(key, ""),
        "protects": list(site.plugins[key].protects),
        "released": False,
        "changed_at": found.now(),
    }
    _store(ctx.connection, key, values)


def _store(connection: Any, key: str, values: dict[str, Any]) -> None:
    table: Any = PluginState.__table__
    connection.execute(delete(table).where(table.c.key == key))
    connection.execute(insert(table).values(key=key, **values))
