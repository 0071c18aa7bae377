"""The manifest: what concerns one plugin."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import Attribute, field, frozen

from tenon_sdk.errors import Blocker
from tenon_sdk.text import Text

if TYPE_CHECKING:
    from tenon_sdk.context import Context

ENTRY_POINT_GROUP = "tenon.plugins"
KEY = re.compile(r"[a-z][a-z0-9]{1,29}")


def _valid_key(_: Plugin, attribute: Attribute[str], value: str) -> None:
    if not KEY.fullmatch(value):
        raise ValueError(f"plugin {attribute.name} {value!r}: 2 to 30 of a-z and 0-9, letter first")


@frozen(kw_only=True)
class Plugin:
    """What the entry point's function returns; read before anything heavy is imported.

    key         prefix of the plugin's entities, permissions, tables, routes and settings
    package     the import package, where hooks, migrations, locales, templates, static lie
    requires    keys of the plugins that must be enabled too
    glue        other plugin's key -> module that is loaded only when that plugin is enabled
    settings    attrs class for `[plugins.<key>]` of tenon.toml; unknown keys are refused
    protects    names of others' entities that its decisions (guards and limits) speak about; they
                are asked about these and its own entities only, and if it cannot be loaded these
                stay locked until an administrator releases them
    hookspecs   `module:Class` with the questions that this plugin asks others
    on_enable   called after migrating; on_disable names what forbids disabling; on_purge is
                called before the tables go
    """

    key: str = field(validator=_valid_key)
    title: Text
    package: str
    requires: Sequence[str] = ()
    glue: Mapping[str, str] = field(factory=dict)
    protects: Sequence[str] = ()
    settings: type[Any] | None = None
    hookspecs: str | None = None
    on_enable: Callable[[Context], None] | None = None
    on_disable: Callable[[Context], Sequence[Blocker]] | None = None
    on_purge: Callable[[Context], None] | None = None
