"""`tenon export`: records into a file or onto standard output."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenon_core.cli.access import entity_of
from tenon_core.cli.app import App
from tenon_core.cli.base import argument, as_user, command, option, pass_app
from tenon_core.cli.output import warn
from tenon_core.cli.sites import split
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.transfer.exporting import ExportRequest

FORMS = ("csv", "xlsx", "jsonl")


@command("export", _("Write records as CSV, XLSX or JSON lines. What is written can be imported."))
@argument("entity", metavar="ENTITY")
@option(
    "--format", "form", type=click.Choice(FORMS),
    help=_("The form; by default that of the file's ending, else CSV."),
)  # fmt: skip
@option(
    "--filter", "filters", multiple=True, metavar="FIELD=VALUE",
    help=_("Only these, as in the API: amount__gte=1000; may be repeated."),
)  # fmt: skip
@option("--query", metavar="TEXT", help=_("Only what a search for this finds."))
@option("--sort", metavar="FIELDS", help=_("Order, as -date,name."))
@option("--fields", multiple=True, metavar="A,B", help=_("Only these fields."))
@option(
    "--headers", type=click.Choice(("labels", "names")), default="labels", show_default=True,
    help=_("Labels and titles for people, or names and ids for programs."),
)  # fmt: skip
@option("-o", "--output", type=Path, metavar="FILE", help=_("Into this file."))
@as_user
@pass_app
def export(
    app: App, /, *, entity: str, output: Path | None, login: str | None, **wanted: Any
) -> None:
    from tenon_core.transfer import exporting

    cls = entity_of(app, entity)
    form = _form(wanted["form"], output)
    pairs = tuple(_pairs(wanted))
    if form == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError(translate(_("A workbook needs a file: name it with -o.")))
    request: ExportRequest = exporting.ExportRequest(
        entity=cls,
        form=form,
        pairs=pairs,
        headers=wanted["headers"],
    )
    with app.work("tenon export", login) as ctx:
        if output is not None:
            count = exporting.export_file(ctx, request, output)
        else:
            count = exporting.export(ctx, request, sys.stdout.buffer)
            sys.stdout.buffer.flush()
    warn(_("{count} records were exported.", count=count))


def _form(given: str | None, output: Path | None) -> Any:
    ending = output.suffix.lower().removeprefix(".") if output is not None else ""
    return given or (ending if ending in FORMS else "csv")


def _pairs(wanted: dict[str, Any]) -> Sequence[tuple[str, str]]:
    """Filters and the like as the API takes them."""
    pairs: list[tuple[str, str]] = []
    for each in wanted["filters"]:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise Invalid({"filter": _("Write it as FIELD=VALUE.")})
        pairs.append((name, value))
    fields = ",".join(split(wanted["fields"]))
    named = (("q", wanted["query"]), ("sort", wanted["sort"]), ("fields", fields))
    return pairs + [(name, value) for name, value in named if value]


COMMANDS = (export,)
