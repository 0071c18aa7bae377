"""The life of a plugin: installed, enabled, disabled; `kernel.purging` has the rest.

Every function takes an `Installation`, see `kernel.installation.installation(folder)`, and says
what went wrong as a PluginError in the user's words. Running processes notice a change when they
are started again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from attrs import frozen
from sqlalchemy import delete, insert, update

from tenon_core.access.defaults import sync_defaults
from tenon_core.entities.plugins import PluginState
from tenon_core.kernel.discovery import PluginError
from tenon_core.kernel.installation import Installation
from tenon_core.kernel.loading import Loaded, load
from tenon_core.kernel.ordering import requiring
from tenon_core.manifest import plugin as core_plugin
from tenon_core.site import Site
from tenon_core.storage.auditing import audit_act
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
    """Reasons by key; {} also when the set as a whole cannot run, which `doctor` tells."""
    try:
        return {key: q.reason for key, q in trial(found).quarantined.items()}
    except PluginError:
        return {}


def trial(found: Installation) -> Loaded:
    """Loads the enabled plugins as a boot would, without a site around them."""
    return load(found.found, found.enabled(), core_plugin())


def boot(found: Installation, enabled: Sequence[str] | None = None) -> Site:
    """The site with the enabled plugins, or with exactly `enabled`; the caller closes it."""
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
    plugins = found.ordered(wanted)
    site = boot(found, wanted)
    try:
        _check_loaded(site, keys)
        steps = found.migrate(plugins)
        with site.system("plugins enabled") as ctx:
            locale = found.config.site.locale
            sync_defaults(ctx.session, site.registry, locale, _absent(found, wanted))
            for key in [key for key in site.plugins if key in keys]:
                _call(site.plugins[key], ctx)
                _remember(found, ctx, site, key)
                audit_act(ctx, "plugin_enabled", changes={key: [None, True]})
        return steps
    finally:
        site.close()


def migrate(found: Installation) -> list[Step]:
    """What `tenon migrate` does: all lines, then the defaults of roles and known versions.

    Returns the revisions that were run.
    """
    steps = found.migrate()
    site = boot(found)
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


def disable(found: Installation, key: str) -> None:
    """Stops a plugin; its data stays.

    Refused while another enabled plugin requires it, and while its `on_disable` names blockers;
    the error lists them. A plugin that cannot be loaded is disabled without being asked.
    """
    state = found.states().get(key)
    if state is None or not state.enabled:
        raise PluginError(_("Plugin “{key}” is not enabled.", key=key))
    dependants = requiring(key, {k: p for k, p in found.readable().items() if k in found.enabled()})
    if dependants:
        raise PluginError(
            _(
                "Plugin “{key}” is required by {others}. Disable them first.",
                key=key,
                others=", ".join(dependants),
            )
        )
    site = boot(found)
    try:
        with site.system("plugin disabled") as ctx:
            plugin = site.plugins.get(key)
            if plugin is not None:
                _ask_to_disable(plugin, ctx)
            values = {
                "enabled": False,
                "version": state.version,
                "protects": list(state.protects),
                "released": False,
                "changed_at": found.now(),
            }
            _store(ctx.connection, key, values)
            audit_act(ctx, "plugin_disabled", changes={key: [True, False]})
    finally:
        site.close()


def _ask_to_disable(plugin: Plugin, ctx: Context) -> None:
    if plugin.on_disable is None:
        return
    blockers = plugin.on_disable(ctx)
    if blockers:
        shown = "; ".join(
            f"{translate(b.message)} ({b.count})" if b.count else translate(b.message)
            for b in blockers
        )
        raise PluginError(
            _("Plugin “{key}” cannot be disabled: {reasons}", key=plugin.key, reasons=shown)
        )


def release(found: Installation, key: str) -> tuple[str, ...]:
    """Opens what a quarantined plugin protects although it does not run; returns the entities.

    The plugin protects them again as soon as it is enabled or disabled anew.
    """
    reason = _quarantined(found).get(key)
    if reason is None:
        raise PluginError(_("Plugin “{key}” is not quarantined.", key=key))
    state = found.states()[key]
    site = boot(found)
    try:
        with site.system(f"released {key}") as ctx:
            table: Any = PluginState.__table__
            ctx.connection.execute(
                update(table)
                .where(table.c.key == key)
                .values(released=True, changed_at=found.now())
            )
            audit_act(ctx, "plugin_released", changes={key: [False, True]})
    finally:
        site.close()
    return state.protects


def note(found: Installation, action: str, key: str) -> None:
    """Writes into the audit what was done to a plugin outside of a unit of work."""
    site = boot(found)
    try:
        with site.system(action.replace("_", " ")) as ctx:
            audit_act(ctx, action, changes={key: [True, None]})
    finally:
        site.close()
