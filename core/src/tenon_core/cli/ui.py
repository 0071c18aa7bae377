"""`tenon ui`: what the browser gets, for those who work on a checkout."""

from __future__ import annotations

import time
from pathlib import Path

import click

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, command, option, pass_app
from tenon_core.cli.output import say
from tenon_sdk.text import _, translate


@command("build", _("Build the user interface from its sources; only in a checkout."))
@option("--dev", is_flag=True, help=_("Readable, with source maps, and built faster."))
@pass_app
def build(app: App, /, *, dev: bool) -> None:
    from tenon_core.web import building

    del app
    core = Path(__file__).resolve().parents[3]
    if not building.has_sources(core):
        told = _("Only a checkout of Tenon can build the user interface; a package carries it.")
        raise click.ClickException(translate(told))
    started = time.perf_counter()
    try:
        building.build(core, dev=dev, force=True)
    except building.BuildError as error:
        raise click.ClickException(str(error)) from error
    seconds = f"{time.perf_counter() - started:.1f}"
    say(_("The user interface was built in {seconds} s.", seconds=seconds))


@click.group("ui", cls=Group, help=_("Build what the browser gets."))
def ui() -> None:
    pass


ui.add_command(build)

COMMANDS = (ui,)
