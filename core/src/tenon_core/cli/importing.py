"""`tenon import`: records from files."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from attrs import asdict

from tenon_core.cli.access import entity_of
from tenon_core.cli.app import App
from tenon_core.cli.base import argument, as_json, as_user, command, option, pass_app
from tenon_core.cli.caller import called
from tenon_core.cli.output import progress, say, show_json, warn
from tenon_core.cli.plugins import existing
from tenon_core.cli.sites import split
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import Text, _, translate

MODES = {"rows": "row_by_row", "all": "all_or_nothing"}
SHOWN = 20


@command(
    "import",
    _("Read records from a CSV or XLSX file. Headers are known in either language."),
)
@argument("entity", metavar="ENTITY")
@argument("file", type=Path)
@option(
    "--map", "mapping", metavar="FILE|NAME",
    help=_("A mapping of headers to fields: a TOML or JSON file, or the name of a saved one."),
)  # fmt: skip
@option("--dry-run", is_flag=True, help=_("Store nothing, tell only what would be."))
@option(
    "--key", "keys", multiple=True, metavar="FIELD",
    help=_("Update the record that has the same value here; may be several, with commas."),
)  # fmt: skip
@option(
    "--mode", type=click.Choice(tuple(MODES)), default="rows", show_default=True,
    help=_("Store the rows that are right, or all or nothing."),
)  # fmt: skip
@option(
    "--duplicates", type=click.Choice(("ignore", "warn", "refuse", "merge")), default="ignore",
    show_default=True, help=_("What to do with a new record that looks like one stored."),
)  # fmt: skip
@option(
    "--errors", type=Path, metavar="FILE", help=_("Write the refused rows there, with reasons.")
)
@as_json
@as_user
@pass_app
def import_(
    app: App,
    /,
    *,
    entity: str,
    file: Path,
    mapping: str | None,
    keys: Sequence[str],
    errors: Path | None,
    as_json: bool,
    login: str | None,
    **options: Any,
) -> None:
    from tenon_core.transfer.following import Chosen, follow
    from tenon_core.transfer.importing import import_file
    from tenon_core.transfer.runs import ImportRequest

    cls = entity_of(app, entity)
    user_id = None if login is None else app.user_id(login)
    plan = _mapping(app, entity, mapping, login)
    if keys:
        plan = {**plan, "key": split(keys)}
    request = ImportRequest(
        entity=entity,
        mapping=plan,
        mode=MODES[options["mode"]],  # type: ignore[arg-type]
        dry_run=options["dry_run"],
        duplicates=options["duplicates"],
    )
    with called(), progress(_("Import")) as tell:
        report = import_file(app.site(), user_id, cls, existing(file), request, report=tell)
    if report.following:
        with progress(_("Bringing the search up to date")) as tell:
            follow(app.site(), Chosen(report.id), report=tell)
        report.following = 0
    if errors is not None and report.errors_key is not None:
        _copy_errors(app, report, errors)
    _tell(report, errors, as_json=as_json)
    if report.state != "done" or report.failed:
        raise click.exceptions.Exit(1)


def _mapping(app: App, entity: str, given: str | None, login: str | None) -> dict[str, Any]:
    from tenon_core.transfer.mapping import read_mapping
    from tenon_core.transfer.runs import saved_mapping

    if given is None:
        return {}
    path = Path(given)
    if path.is_file() or path.suffix:
        return read_mapping(path)
    with app.work("tenon import", login, read_only=True) as ctx:
        try:
            return saved_mapping(ctx, entity, given)[1]
        except NotFound:
            raise Invalid(
                {"map": _("There is no file and no saved mapping “{name}”.", name=given)}
            ) from None


def _copy_errors(app: App, report: Any, target: Path) -> None:
    from tenon_core.transfer.area import RunFiles

    with (
        RunFiles(app.site(), report.id).open(report.errors_key) as source,
        target.open("wb") as file,
    ):
        shutil.copyfileobj(source, file)


def _tell(report: Any, errors: Path | None, *, as_json: bool) -> None:
    if as_json:
        faults = [_fault(fault) for fault in report.faults]
        warnings = [_fault(fault) for fault in report.warnings]
        message = None if report.message is None else translate(report.message)
        show_json({**asdict(report), "faults": faults, "warnings": warnings, "message": message})
        return
    for heading, faults in ((None, report.faults), (_("Warning"), report.warnings)):
        for fault in faults[:SHOWN]:
            warn(_line(fault, heading))
    if report.failed > SHOWN:
        warn(_("{count} further rows were refused.", count=report.failed - SHOWN))
    if report.ignored:
        warn(_("Nothing was read of: {headers}.", headers=", ".join(report.ignored)))
    if report.message is not None:
        warn(report.message)
    if report.state == "failed" and not report.read:
        return
    counts = {
        "read": report.read, "created": report.created, "updated": report.updated,
        "unchanged": report.unchanged, "failed": report.failed,
    }  # fmt: skip
    say(
        _(
            "{read} rows: {created} created, {updated} updated, {unchanged} unchanged, "
            "{failed} refused.",
            **counts,
        )
    )
    if report.dry_run:
        say(_("This was a dry run: nothing was stored."))
    if errors is not None and report.errors_key is not None:
        say(_("The refused rows are in {file}.", file=str(errors)))


def _fault(fault: Any) -> dict[str, Any]:
    return {"row": fault.row, "header": fault.header, "message": translate(fault.message)}


def _line(fault: Any, heading: Text | None) -> str:
    place = translate(_("Row {row}", row=fault.row))
    if fault.header:
        place = f"{place}, {fault.header}"
    before = "" if heading is None else f"{translate(heading)}: "
    return f"{before}{place}: {translate(fault.message)}"


COMMANDS = (import_,)
