"""Finding installed plugins by their entry points, before anything of them runs."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable

from attrs import field, frozen
from importlib_metadata import EntryPoint, entry_points

from tenon_sdk.errors import TenonError
from tenon_sdk.plugin import ENTRY_POINT_GROUP, Plugin
from tenon_sdk.text import _


class PluginError(TenonError):
    """The set of plugins cannot be run as it is configured."""

    code = "plugin_error"


@frozen
class Found:
    """An installed plugin: its manifest, or the reason why that could not be read."""

    key: str
    distribution: str
    version: str
    manifest: Plugin | None = None
    fault: str | None = None


@frozen
class Quarantine:
    """A plugin that is enabled but does not run, and why."""

    key: str
    reason: str
    details: str = field(default="", repr=False)


def fault_of(error: BaseException) -> tuple[str, str]:
    """One line for the health page, and the traceback for who repairs it."""
    return f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error))


def discover(
    find: Callable[[], Iterable[EntryPoint]] = lambda: entry_points(group=ENTRY_POINT_GROUP),
) -> dict[str, Found]:
    """All installed plugins by key, in the order of their keys.

    Raises PluginError when two distributions provide one key. A manifest that cannot be read, or
    that carries another key than its entry point, is a fault of that plugin alone.
    """
    found: dict[str, Found] = {}
    for point in sorted(find(), key=lambda p: (p.name, _distribution(p)[0])):
        name, version = _distribution(point)
        if point.name in found:
            raise PluginError(
                _(
                    "Plugin “{key}” is provided by both {first} and {second}. Uninstall one.",
                    key=point.name,
                    first=found[point.name].distribution,
                    second=name,
                )
            )
        found[point.name] = _read(point, name, version)
    return found


def _distribution(point: EntryPoint) -> tuple[str, str]:
    dist = point.dist
    return (dist.name, dist.version) if dist is not None else (point.value, "0")


def _read(point: EntryPoint, distribution: str, version: str) -> Found:
    fault: str | None = None
    manifest: object = None
    try:
        manifest = point.load()()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this plugin's fault alone
        fault = fault_of(error)[0]
    if isinstance(manifest, Plugin) and manifest.key == point.name:
        return Found(point.name, distribution, version, manifest=manifest)
    if isinstance(manifest, Plugin):
        fault = f"ValueError: entry point {point.name!r} leads to plugin {manifest.key!r}"
    elif fault is None:
        fault = f"TypeError: {point.value} returned {type(manifest).__name__}, not a Plugin"
    return Found(point.name, distribution, version, fault=fault)
