"""`tenon <plugin> …`: commands that plugins register, their options made from attrs classes."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin

import attrs
import click

from tenon_core.cli.app import App
from tenon_core.cli.base import Command, Group, Option, as_user
from tenon_sdk.declarations import Command as Declared
from tenon_sdk.errors import Invalid
from tenon_sdk.plugin import ENTRY_POINT_GROUP
from tenon_sdk.text import Text, _

LISTS = (Sequence, AbstractSet, list, tuple, set, frozenset)


def plugin_group(key: str) -> click.Group | None:
    """The commands of an installed plugin; None when no plugin has the key."""
    from importlib_metadata import entry_points

    if key not in entry_points(group=ENTRY_POINT_GROUP).names:
        return None
    return PluginGroup(key, help=_("Commands of plugin “{key}”.", key=key))


class PluginGroup(Group):
    """Opens the site to know the commands, so it needs one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [command.name for command in self._declared(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for declared in self._declared(ctx):
            if declared.name == cmd_name:
                return command_of(declared, str(self.name))
        return None

    def _declared(self, ctx: click.Context) -> list[Declared]:
        app: App = ctx.obj
        site = app.site()
        if self.name not in site.plugins:
            raise Invalid({"plugin": _("Plugin “{key}” does not run here.", key=self.name)})
        return site.registry.commands.of(str(self.name))


def command_of(declared: Declared, plugin: str) -> click.Command:
    """The declared command with an option a field of its inputs."""

    def run(login: str | None, **given: Any) -> None:
        app: App = click.get_current_context().obj
        inputs = None if declared.inputs is None else _inputs(declared.inputs, given)
        with app.work(f"tenon {plugin} {declared.name}", login) as ctx:
            answer = declared.run(ctx, inputs)
        if answer is not None:
            print(answer)

    params: list[click.Parameter] = []
    if declared.inputs is not None:
        params = [_option(field) for field in _fields(declared.inputs)]
    command = Command(declared.name, callback=run, params=params, help=declared.help)
    return as_user(command)


def _fields(inputs: type[Any]) -> list[attrs.Attribute[Any]]:
    resolved = attrs.resolve_types(inputs)
    return [field for field in attrs.fields(resolved) if field.init]


def _inputs(cls: type[Any], given: Mapping[str, Any]) -> Any:
    from tenon_core.kernel.inputs import structure

    values = {
        field.name: _value(field, given[field.name])
        for field in _fields(cls)
        if given.get(field.name) not in {None, ()}
    }
    return structure(cls, values)


def _value(field: attrs.Attribute[Any], given: Any) -> Any:
    kind, many = _kind(field.type)
    if many:
        return [_one(kind, field.name, each) for each in given]
    return _one(kind, field.name, given)


def _one(kind: Any, name: str, given: Any) -> Any:
    if not _is_structured(kind):
        return given
    try:
        return json.loads(given)
    except ValueError as error:
        raise Invalid({name: _("This is no JSON: {error}", error=str(error))}) from None


def _is_structured(kind: Any) -> bool:
    return attrs.has(kind) or get_origin(kind) in {dict, Mapping} or kind in {dict, Mapping}


def _kind(declared: Any) -> tuple[Any, bool]:
    """(type of one value, whether there may be several), without `| None`."""
    origin = get_origin(declared)
    if origin in {Union, types.UnionType}:
        inner = [arg for arg in get_args(declared) if arg is not type(None)]
        return _kind(inner[0]) if len(inner) == 1 else (str, False)
    if origin in LISTS:
        return (get_args(declared) or (str,))[0], True
    return declared, False


def _option(field: attrs.Attribute[Any]) -> click.Option:
    kind, many = _kind(field.type)
    required = field.default is attrs.NOTHING
    flag = f"--{field.name.replace('_', '-')}"
    name = flag
    extra: dict[str, Any] = {}
    if kind is bool and not many:
        name = f"{flag}/--no-{flag[2:]}"
    else:
        extra = {"type": _type(kind), "metavar": _metavar(kind)}
    default = None if required or isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]
    help_ = str(field.metadata.get("help") or field.metadata.get("label") or "")
    shown = _shown(default)
    return Option(
        [name, field.name],
        multiple=many,
        required=required,
        default=None,
        show_default=shown or False,
        help=Text(help_) if help_ else None,
        **extra,
    )


def _shown(default: Any) -> str:
    if default is None or (isinstance(default, str | tuple | list) and not default):
        return ""
    if isinstance(default, bool):
        return "yes" if default else "no"
    if isinstance(default, Enum):
        return str(default.value)
    if isinstance(default, list | tuple):
        return ", ".join(map(str, default))
    return str(default)


def _type(kind: Any) -> click.ParamType[Any]:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return click.Choice([str(member.value) for member in kind])
    if get_origin(kind) is Literal:
        return click.Choice([str(value) for value in typing.get_args(kind)])
    return click.STRING


def _metavar(kind: Any) -> str | None:
    if get_origin(kind) is Literal or (isinstance(kind, type) and issubclass(kind, Enum)):
        return None
    if _is_structured(kind):
        return "JSON"
    known = {int: "NUMBER", date: "DATE", datetime: "TIME"}
    return known.get(kind, getattr(kind, "__name__", "TEXT").upper() if kind is not str else "TEXT")
