"""The order of plugins: what is required comes first, ties by key."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from tenon_core.kernel.discovery import PluginError
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _


def order(plugins: Mapping[str, Plugin]) -> list[str]:
    """Keys in dependency order; independent plugins follow each other by key.

    Raises PluginError for a requirement that is not among `plugins`, and for a cycle with its
    members.
    """
    for key, plugin in sorted(plugins.items()):
        for required in plugin.requires:
            if required not in plugins:
                raise PluginError(
                    _(
                        "Plugin “{key}” requires “{required}”, which is not enabled.",
                        key=key,
                        required=required,
                    )
                )
    sorter = TopologicalSorter({key: set(p.requires) for key, p in plugins.items()})
    try:
        sorter.prepare()
    except CycleError as error:
        cycle = " → ".join(reversed(error.args[1]))
        raise PluginError(
            _("Plugins require each other in a circle: {cycle}", cycle=cycle)
        ) from None
    result: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        result += ready
        sorter.done(*ready)
    return result


def requiring(key: str, plugins: Mapping[str, Plugin]) -> list[str]:
    """Keys of the plugins that require `key`, directly or through others, sorted."""
    found: set[str] = set()
    waiting: list[str] = [key]
    while waiting:
        waiting = [
            name
            for name, plugin in plugins.items()
            if name not in found and set(plugin.requires) & {key, *found}
        ]
        found.update(waiting)
    return sorted(found)
