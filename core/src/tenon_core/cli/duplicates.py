"""`tenon duplicates sweep`: all records that look alike."""

from __future__ import annotations

import click

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, command, option, pass_app
from tenon_core.cli.output import progress, say
from tenon_sdk.text import _


@command("sweep", _("Compare all customers and contacts, and note the pairs that look alike."))
@option("--entity", metavar="ENTITY", help=_("Only of this kind of record."))
@pass_app
def sweep(app: App, /, *, entity: str | None) -> None:
    from tenon_core.cli.access import entity_of
    from tenon_core.cli.running import shown_as_job
    from tenon_core.customers.compared import COMPARED
    from tenon_core.customers.finding import SWEEP, find_duplicates
    from tenon_sdk.errors import Invalid

    if entity is not None and entity_of(app, entity).__tenon__.name not in COMPARED:
        raise Invalid({"entity": _("Records of “{entity}” are not compared.", entity=entity)})
    with (
        app.work("tenon duplicates sweep") as ctx,
        progress(_("Comparing")) as tell,
        shown_as_job(ctx, SWEEP, tell),
    ):
        new = find_duplicates(ctx, {} if entity is None else {"entity": entity})
    say(_("{count} new pairs look alike.", count=new))


@click.group("duplicates", cls=Group, help=_("Find records that stand twice."))
def duplicates() -> None:
    pass


duplicates.add_command(sweep)

COMMANDS = (duplicates,)
