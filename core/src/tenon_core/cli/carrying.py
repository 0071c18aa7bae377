"""`tenon dump` and `tenon load`: all data, from one kind of database into the other."""

from __future__ import annotations

from pathlib import Path

from tenon_core.cli.app import App
from tenon_core.cli.base import argument, command, pass_app
from tenon_core.cli.output import progress, say
from tenon_core.cli.plugins import existing
from tenon_sdk.text import _


@command("dump", _("Write all records into one file that SQLite and PostgreSQL can load."))
@argument("file", type=Path)
@pass_app
def dump(app: App, /, *, file: Path) -> None:
    from tenon_core.transfer.dump import DumpError
    from tenon_core.transfer.dump import dump as write

    if file.exists():
        raise DumpError(_("{file} exists already.", file=str(file)))
    with progress(_("Dump")) as tell:
        manifest = write(app.site(), file, tell)
    rows = sum(table.rows for table in manifest.tables)
    say(_("{rows} rows are in {file}. It holds secrets.", rows=rows, file=str(file)))


@command("load", _("Load a dump into a site that has the same plugins and no users yet."))
@argument("file", type=Path)
@pass_app
def load(app: App, /, *, file: Path) -> None:
    from tenon_core.transfer.load import load as read

    with progress(_("Load")) as tell:
        manifest = read(app.site(), existing(file), tell)
    rows = sum(table.rows for table in manifest.tables)
    say(_("{rows} rows were loaded.", rows=rows))


COMMANDS = (dump, load)
