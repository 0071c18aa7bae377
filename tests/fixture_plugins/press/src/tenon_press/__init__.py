"""Machines that press metal: a fixture that uses everything a plugin can."""

from __future__ import annotations

from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _


def plugin() -> Plugin:
    from tenon_press.services import life
    from tenon_press.settings import PressSettings

    return Plugin(
        key="press",
        title=_("Press shop"),
        package="tenon_press",
        glue={"paint": "with_paint"},
        protects=("core.account",),
        settings=PressSettings,
        hookspecs="tenon_press.hookspecs:PressHooks",
        on_enable=life.enabled,
        on_disable=life.blockers,
        on_purge=life.purged,
    )
