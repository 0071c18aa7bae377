"""Core as a plugin of itself: what it contributes goes through the public hooks."""

from __future__ import annotations

from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _


def plugin() -> Plugin:
    from tenon_core.settings import CoreSettings

    return Plugin(key="core", title=_("Core"), package="tenon_core", settings=CoreSettings)
