"""Commands, groups and options as all of `tenon` has them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from tenon_sdk.text import LOCALES, Text, _, translate

F = TypeVar("F", bound=Callable[..., Any])
pass_app = click.pass_obj


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        original = self.help
        self.help = translate(original) if original else original
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = original


class _Everywhere(Option):
    """Read before the arguments are parsed, see `App.of`; here it is known and checked."""


def _everywhere() -> list[click.Parameter]:
    return [
        _Everywhere(["--site"], metavar="DIR", expose_value=False, help=_("The site's folder.")),
        _Everywhere(
            ["--lang"],
            type=click.Choice(LOCALES),
            expose_value=False,
            help=_("Language of all messages."),
        ),
        _Everywhere(
            ["--debug"],
            is_flag=True,
            expose_value=False,
            help=_("Show the traceback of an error."),
        ),
    ]


class Command(click.Command):
    """A command that takes `--site`, `--lang` and `--debug` too and is helped in any language."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += _everywhere()

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = translate(_("Show this message and exit."))
        return found

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        original = self.help
        self.help = translate(original) if original else original
        try:
            super().format_help_text(ctx, formatter)
        finally:
            self.help = original

    def get_short_help_str(self, limit: int = 45) -> str:
        return first_sentence(translate(self.help or ""), limit)


class Group(Command, click.Group):
    """Commands that are imported when they are asked for: name -> module of `tenon_core.cli`."""

    def __init__(
        self, name: str | None = None, modules: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name, **kwargs)
        self.modules = dict(modules or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return [*self.modules, *(name for name in self.commands if name not in self.modules)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = self.modules.get(cmd_name)
        if module is None:
            return super().get_command(ctx, cmd_name)
        commands = importlib.import_module(f"tenon_core.cli.{module}").COMMANDS
        found: click.Command = next(c for c in commands if c.name == cmd_name)
        return found


def first_sentence(text: str, limit: int) -> str:
    """The beginning of a help text, as long as a list of commands has room for it."""
    for end in (". ", "。", "; ", "；"):
        text = text.partition(end)[0]
    text = text.splitlines()[0] if text else ""
    text = text.rstrip(".")
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def command(name: str, help: Text, **kwargs: Any) -> Callable[[Callable[..., Any]], Command]:
    """A command of its own, as `click.command`."""
    return click.command(name, cls=Command, help=help, **kwargs)


def option(*names: str, help: Text, **kwargs: Any) -> Callable[[F], F]:
    return click.option(*names, cls=Option, help=help, **kwargs)


def argument(*names: str, **kwargs: Any) -> Callable[[F], F]:
    return click.argument(*names, **kwargs)


as_json = option("--json", "as_json", is_flag=True, help=_("Answer in JSON, for programs."))
as_user = option("--as", "login", metavar="LOGIN", help=_("Act as this user, with her rights."))
