"""`tenon paper`: a record as a PDF."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from tenon_core.cli.access import entity_of
from tenon_core.cli.app import App
from tenon_core.cli.base import argument, as_user, command, option, pass_app
from tenon_core.cli.output import say
from tenon_sdk.papers import PaperSize
from tenon_sdk.text import LOCALES, _


@command("paper", _("Print a record as a PDF: one of its papers, or the sheet that all have."))
@argument("entity", metavar="ENTITY")
@argument("record", metavar="ID", type=click.UUID)
@option("--paper", "key", metavar="KEY", default="record", show_default=True,
        help=_("Which paper."))  # fmt: skip
@option("-o", "--out", type=Path, metavar="FILE",
        help=_("Into this file; by default one named after the paper and the record."))  # fmt: skip
@option("--locale", type=click.Choice(LOCALES),
        help=_("Its language; by default that of whom the record is for."))  # fmt: skip
@option("--size", type=click.Choice([size.value for size in PaperSize]),
        help=_("Its sheet; by default that of the settings."))  # fmt: skip
@option("--store", is_flag=True, help=_("Keep it with the record instead of writing a file."))
@as_user
@pass_app
def paper(
    app: App,
    /,
    *,
    entity: str,
    record: UUID,
    key: str,
    out: Path | None,
    locale: str | None,
    size: str | None,
    store: bool,
    login: str | None,
) -> None:
    from tenon_core.papers.printing import PaperRequest, print_paper
    from tenon_core.papers.storing import store_paper

    request = PaperRequest(
        entity=entity_of(app, entity),
        id=record,
        key=key,
        locale=locale,
        size=PaperSize(size) if size is not None else None,
    )
    with app.work("tenon paper", login, read_only=not store) as ctx:
        if store:
            version = store_paper(ctx, request)
            named = {"file": version.file_name, "number": version.number}
            say(_("{file} is kept with the record, version {number}.", **named))
            return
        printed = print_paper(ctx, request)
    target = out or Path(printed.file_name)
    target.write_bytes(printed.content)
    say(_("The paper is in {file}.", file=str(target)))


COMMANDS = (paper,)
