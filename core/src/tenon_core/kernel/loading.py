"""Loading enabled plugins: import, register, collect; what fails is quarantined alone."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from attrs import define, field

from tenon_core.kernel.calling import HookBoard
from tenon_core.kernel.discovery import Found, PluginError, Quarantine, fault_of
from tenon_core.kernel.ordering import order
from tenon_core.kernel.registry import Registry
from tenon_sdk.errors import TenonError
from tenon_sdk.hooks import CONTRIBUTIONS, DECISIONS, Hooks
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _, translate

# Contributions that lead people to data; a menu item only points at one of them.
WAYS_IN = frozenset({"routes", "panels", "papers", "actions", "widgets"})


class Unguarded(TenonError):
    """A plugin opens a way in and does not say who may take it."""


@define
class Loaded:
    """What a boot found: plugins in order, their contributions, and who stayed out.

    `locked` maps an entity to the quarantined plugins that protect it: nobody but the system
    reaches its records until an administrator releases it.
    """

    plugins: dict[str, Plugin] = field(factory=dict)
    versions: dict[str, str] = field(factory=dict)
    quarantined: dict[str, Quarantine] = field(factory=dict)
    hooks: HookBoard = field(factory=HookBoard)
    registry: Registry = field(factory=Registry)
    locked: dict[str, tuple[str, ...]] = field(factory=dict)

    def quarantine(self, key: str, reason: str, details: str = "") -> None:
        self.hooks.unregister(key)
        self.registry.drop(key)
        self.plugins.pop(key, None)
        self.quarantined[key] = Quarantine(key, reason, details)


def load(
    found: Mapping[str, Found],
    enabled: Sequence[str],
    core: Plugin,
    *,
    protects: Mapping[str, Iterable[str]] | None = None,
    released: Iterable[str] = (),
) -> Loaded:
    """Boots core and the enabled plugins.

    A plugin that fails, or that opens a way in without a permission, is quarantined alone.
    `protects` is what each plugin was known to protect when it last ran, for the case that its
    manifest cannot be read any more; `released` are the quarantined ones whose locks an
    administrator opened. A plugin that requires a quarantined one is quarantined with it.
    Raises PluginError for what concerns the set as a whole: a missing or circular requirement
    and two plugins that declare the same thing.
    """
    loaded = Loaded()
    manifests = _manifests(found, enabled, loaded)
    for key in order(_whole(manifests, loaded)):
        loaded.plugins[key] = manifests[key]
    loaded.plugins = {core.key: core, **loaded.plugins}
    loaded.versions = {key: found[key].version for key in loaded.plugins if key in found}
    for plugin in list(loaded.plugins.values()):
        if plugin.key in loaded.plugins:
            _attempt(loaded, plugin, _register)
    _collect(loaded)
    loaded.hooks.check()
    _lock(loaded, found, protects or {}, frozenset(released))
    return loaded


def _manifests(
    found: Mapping[str, Found], enabled: Sequence[str], loaded: Loaded
) -> dict[str, Plugin]:
    manifests: dict[str, Plugin] = {}
    for key in enabled:
        entry = found.get(key)
        if entry is None:
            loaded.quarantine(key, translate(_("The package that provides it is not installed.")))
        elif entry.manifest is None:
            loaded.quarantine(key, entry.fault or "")
        else:
            manifests[key] = entry.manifest
    return manifests


def _whole(manifests: Mapping[str, Plugin], loaded: Loaded) -> dict[str, Plugin]:
    """Without those that require, at any distance, a quarantined plugin."""
    whole = dict(manifests)
    while lost := [
        (key, required)
        for key, plugin in whole.items()
        for required in plugin.requires
        if required in loaded.quarantined
    ]:
        for key, required in lost:
            whole.pop(key, None)
            loaded.quarantine(key, translate(_("It requires “{key}”, which failed.", key=required)))
    return whole


def _attempt(loaded: Loaded, plugin: Plugin, step: Callable[[Loaded, Plugin], None]) -> None:
    """Runs one step of one plugin; core must not fail, others are quarantined with it."""
    try:
        step(loaded, plugin)
    except PluginError:
        raise
    except Exception as error:
        if plugin.key == "core":
            raise
        loaded.quarantine(plugin.key, *fault_of(error))
        _quarantine_dependants(loaded)


def _quarantine_dependants(loaded: Loaded) -> None:
    whole = _whole(loaded.plugins, loaded)
    for key in [key for key in loaded.plugins if key not in whole]:
        loaded.plugins.pop(key)


def _register(loaded: Loaded, plugin: Plugin) -> None:
    if plugin.hookspecs is not None:
        module, _sep, name = plugin.hookspecs.partition(":")
        loaded.hooks.add_specs(getattr(importlib.import_module(module), name), plugin.key)
    modules = [f"{plugin.package}.hooks"] if find_spec(f"{plugin.package}.hooks") else []
    modules += [
        f"{plugin.package}.{module}"
        for other, module in sorted(plugin.glue.items())
        if other in loaded.plugins
    ]
    for module in modules:
        loaded.hooks.register(importlib.import_module(module), plugin.key)


def _collect(loaded: Loaded) -> None:
    for name in CONTRIBUTIONS:
        kind = name.removeprefix("register_")
        for key, call in list(loaded.hooks.each(getattr(Hooks, name))):
            if key not in loaded.plugins:
                continue
            _attempt(loaded, loaded.plugins[key], _adder(kind, call))


def _adder(kind: str, call: Callable[[], Any]) -> Callable[[Loaded, Plugin], None]:
    def add(loaded: Loaded, plugin: Plugin) -> None:
        for item in call():
            if kind in WAYS_IN:
                _check_guarded(item)
            loaded.registry.add(plugin.key, kind, item)

    return add


def _check_guarded(item: Any) -> None:
    """Raises Unguarded: what names no permission would be open to everybody by an oversight."""
    if item.permission or getattr(item, "public", False):
        return
    raise Unguarded(
        _(
            "{kind} “{name}” names no permission. It has to name one, or to say that it is public.",
            kind=type(item).__name__,
            name=getattr(item, "path", None) or item.key,
        )
    )


def _lock(
    loaded: Loaded,
    found: Mapping[str, Found],
    protects: Mapping[str, Iterable[str]],
    released: frozenset[str],
) -> None:
    for key in loaded.quarantined:
        if key in released:
            continue
        entry = found.get(key)
        manifest = entry.manifest if entry else None
        guarded = manifest.protects if manifest else protects.get(key, ())
        for entity in guarded:
            loaded.locked[entity] = (*loaded.locked.get(entity, ()), key)


def decisions_of(loaded: Loaded, key: str) -> list[str]:
    """Names of the decisions that a plugin answers."""
    return [name for name in DECISIONS if any(a.plugin == key for a in loaded.hooks.answers(name))]
