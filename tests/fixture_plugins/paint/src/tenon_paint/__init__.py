"""Colours: a fixture of Tenon's own tests."""

from __future__ import annotations

from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _


def plugin() -> Plugin:
    return Plugin(key="paint", title=_("Paint shop"), package="tenon_paint")
