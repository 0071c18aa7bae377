"""Who contributes what, and how the plugins of a running site are."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Literal

from attrs import frozen

from tenon_core.kernel.calling import HookBoard
from tenon_core.kernel.discovery import Quarantine
from tenon_core.kernel.loading import Loaded, decisions_of
from tenon_sdk.text import Text

Health = Literal["running", "quarantined"]


@frozen
class Contributions:
    """One plugin of a booted site.

    items       keys of what it contributes, by kind (`entities`, `routes`, …), empty kinds left out
    decisions   the decisions that it takes part in
    asks        questions of its own that other plugins may answer, with the keys of who does
    order       its place in the order of hooks, from 0; None for a quarantined plugin
    locks       entities that are locked because it does not run
    """

    key: str
    title: Text | str
    version: str
    health: Health
    requires: tuple[str, ...] = ()
    order: int | None = None
    items: Mapping[str, tuple[str, ...]] = {}
    decisions: tuple[str, ...] = ()
    asks: Mapping[str, tuple[str, ...]] = {}
    reason: str = ""
    details: str = ""
    locks: tuple[str, ...] = ()


def contributions(loaded: Loaded) -> list[Contributions]:
    """The running plugins in their order, core first, then the quarantined ones by key."""
    running = [_running(loaded, key, place) for place, key in enumerate(loaded.plugins)]
    return running + [_failed(loaded, q) for _key, q in sorted(loaded.quarantined.items())]


def _running(loaded: Loaded, key: str, place: int) -> Contributions:
    plugin = loaded.plugins[key]
    shelves = loaded.registry.shelves().items()
    items = {kind: tuple(k for k in s.keys() if s.owner(k) == key) for kind, s in shelves}  # noqa: SIM118 (a shelf iterates over its items)
    return Contributions(
        key=key,
        title=plugin.title,
        version=loaded.versions.get(key, ""),
        health="running",
        requires=tuple(plugin.requires),
        order=place,
        items={kind: keys for kind, keys in items.items() if keys},
        decisions=tuple(decisions_of(loaded, key)),
        asks=_questions(loaded.hooks, plugin.hookspecs),
    )


def _questions(hooks: HookBoard, specs: str | None) -> dict[str, tuple[str, ...]]:
    if specs is None:
        return {}
    module, _sep, name = specs.partition(":")
    published: Sequence[str] = dir(getattr(importlib.import_module(module), name))
    return {
        hook: tuple(dict.fromkeys(answer.plugin for answer in hooks.answers(hook)))
        for hook in published
        if not hook.startswith("_")
    }


def _failed(loaded: Loaded, quarantine: Quarantine) -> Contributions:
    locked = (entity for entity, keys in loaded.locked.items() if quarantine.key in keys)
    return Contributions(
        key=quarantine.key,
        title=quarantine.key,
        version="",
        health="quarantined",
        reason=quarantine.reason,
        details=quarantine.details,
        locks=tuple(sorted(locked)),
    )
