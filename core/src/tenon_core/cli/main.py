"""The root of all commands, and where their errors end."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from tenon_core.cli import language
from tenon_core.cli.app import App
from tenon_core.cli.base import Group, option
from tenon_core.cli.errors import code_of, line_of
from tenon_sdk.text import _, use_locale

MODULES = {
    "init": "sites",
    "demo": "demo",
    "serve": "serving",
    "worker": "serving",
    "migrate": "sites",
    "plugin": "plugins",
    "user": "users",
    "role": "roles",
    "token": "tokens",
    "import": "importing",
    "export": "exporting",
    "paper": "papers",
    "dump": "carrying",
    "load": "carrying",
    "backup": "backups",
    "restore": "backups",
    "access": "access",
    "audit": "audit",
    "handover": "handovers",
    "duplicates": "duplicates",
    "jobs": "jobs",
    "key": "keys",
    "ui": "ui",
    "doctor": "doctor",
}


class Root(Group):
    """`tenon` itself; a plugin's key is a group of the commands that the plugin registers."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is None:
            from tenon_core.cli.contributed import plugin_group

            found = plugin_group(cmd_name)
        return found

    def main(self, args: Sequence[str] | None = None, **extra: Any) -> NoReturn:  # type: ignore[override]
        """Runs the command and ends the process with its exit code."""
        given = list(sys.argv[1:] if args is None else args)
        language.install()
        app = App.of(given)
        with use_locale(app.locale):
            code = self._guarded(app, given, extra)
        sys.exit(code)

    def _guarded(self, app: App, args: list[str], extra: dict[str, Any]) -> int:
        extra = {**extra, "standalone_mode": False, "obj": app}
        try:
            try:
                return int(super().main(args, **{"prog_name": "tenon", **extra}) or 0)
            finally:
                app.close()
        except BrokenPipeError:
            _let_go(sys.stdout)
            return 0
        except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 (this is where all errors end)
            if app.debug and not isinstance(error, click.UsageError):
                import traceback

                traceback.print_exc()
            failure = click.Abort() if isinstance(error, KeyboardInterrupt) else error
            print(line_of(failure), file=sys.stderr)
            return code_of(failure)


def _let_go(stream: Any) -> None:
    """Whoever read our output has gone; what is left of it goes nowhere."""
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (a device, not a file)
        os.dup2(nowhere.fileno(), stream.fileno())


def _show_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 (click's own form)
    if wanted:
        from importlib.metadata import version

        print(version("tenon-core"))
        ctx.exit()


@click.command(
    "tenon",
    cls=Root,
    modules=MODULES,
    help=_("A CRM of plugins for industrial manufacturers."),
)
@option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help=_("Show the version and exit."),
)
def root() -> None:
    pass


def run() -> None:
    """What the script `tenon` calls."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    root.main()
