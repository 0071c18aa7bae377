"""Plugins: who contributes what, how they are, and how they are set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from inspect import getdoc
from typing import Any

import attrs
from attrs import frozen

from tenon_core.kernel.report import contributions
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.admin.base import Params, need, show
from tenon_core.web.pages.calls import PageCall
from tenon_sdk.errors import NotFound

MANAGE = "core.site.manage"
_ENTRY = re.compile(r"^(?P<name>\w+)\s{2,}(?P<text>\S.*)$")


@frozen(kw_only=True)
class Setting:
    """A value of `[plugins.<key>]`; `value` is None where it is a secret that is never shown."""

    name: str
    value: str | None
    default: str
    text: str
    changed: bool


def show_plugins(call: PageCall, _params: Params) -> Answer:
    need(call, MANAGE)
    return show(call, "plugins.html", rows=contributions(call.site.loaded))


def show_plugin(call: PageCall, params: Params) -> Answer:
    need(call, MANAGE)
    key = params["key"]
    found = next((c for c in contributions(call.site.loaded) if c.key == key), None)
    if found is None:
        raise NotFound("core.plugin", key)
    plugin = call.site.plugins.get(key)
    cls = plugin.settings if plugin is not None else None
    settings = settings_of(call.site.settings_of(cls)) if cls is not None else []
    return show(call, "plugin.html", one=found, settings=settings)


def settings_of(value: Any, prefix: str = "") -> list[Setting]:
    """The settings of an attrs instance with what its docstring says of each.

    Classes within are shown with dotted names. Fields without `repr` hold secrets.
    """
    cls = type(value)
    texts = documented(cls)
    found: list[Setting] = []
    for one in attrs.fields(cls):
        given, name = getattr(value, one.name), prefix + one.name
        if attrs.has(type(given)):
            found += settings_of(given, f"{name}.")
            continue
        default = _default(one)
        found.append(
            Setting(
                name=name,
                value=_shown(given) if one.repr else None,
                default=_shown(default) if one.repr else "",
                text=texts.get(one.name, ""),
                changed=given != default,
            )
        )
    return found


def documented(cls: type[Any]) -> Mapping[str, str]:
    """What the docstring says of each field: `name  text`, continued on indented lines."""
    found: dict[str, str] = {}
    last = ""
    for line in (getdoc(cls) or "").splitlines():
        entry = _ENTRY.match(line)
        if entry is not None:
            last = entry["name"]
            found[last] = entry["text"]
        elif last and line.startswith(" "):
            found[last] += " " + line.strip()
        else:
            last = ""
    return found


def _default(one: Any) -> Any:
    default = one.default
    if default is attrs.NOTHING:
        return None
    return default.factory() if isinstance(default, attrs.Factory) else default  # type: ignore[arg-type]


def _shown(value: Any) -> str:
    if value is None or value == "" or value in ((), {}, []):
        return ""
    if isinstance(value, (tuple, list, frozenset, set)):
        return ", ".join(str(one) for one in value)
    return str(value)
