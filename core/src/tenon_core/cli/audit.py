"""`tenon audit …`: the trail of changes and its seal."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import click
from attrs import asdict

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, as_json, as_user, command, option, pass_app
from tenon_core.cli.output import progress, say, show, show_json, warn
from tenon_sdk.text import _, translate


@command(
    "verify",
    _("Find out whether sealed entries were changed, deleted or put in. Exit code 1 if so."),
)
@option(
    "--expected", metavar="ANCHOR",
    help=_("The anchor of an earlier call, kept elsewhere; shows a trail cut off or made anew."),
)  # fmt: skip
@as_json
@pass_app
def verify(app: App, /, *, expected: str | None, as_json: bool) -> None:
    from tenon_core.storage.verifying import verify as verify_trail

    with (
        app.work("tenon audit verify", read_only=True) as ctx,
        progress(_("Verifying")) as tell,
    ):
        report = verify_trail(ctx, tell, expected=expected)
    if as_json:
        problems = [{**asdict(p), "message": translate(p.message)} for p in report.problems]
        show_json({**asdict(report), "sound": report.sound, "problems": problems})
    else:
        _show_report(report)
    if not report.sound:
        raise click.exceptions.Exit(1)


def _show_report(report: Any) -> None:
    for problem in report.problems:
        warn(problem.message)
    if report.found > len(report.problems):
        warn(_("{count} more problems.", count=report.found - len(report.problems)))
    counts = {"entries": report.entries, "blocks": report.blocks, "unsealed": report.unsealed}
    say(
        _(
            "{entries} entries in {blocks} blocks were compared; {unsealed} are not sealed yet.",
            **counts,
        )
    )
    if report.anchor is not None:
        say(_("Anchor: {anchor}", anchor=report.anchor))
    if report.sound:
        say(_("Nothing was changed after it was sealed."))
    else:
        say(_("The audit trail is NOT what was sealed."))


@command("seal", _("Seal what is not sealed yet, as a job does every ten minutes."))
@pass_app
def seal(app: App, /) -> None:
    from tenon_core.storage.sealing import seal as seal_trail

    with app.work("tenon audit seal") as ctx:
        count = seal_trail(ctx.connection, ctx.now)
    say(_("{count} entries were sealed.", count=count))


@command("show", _("Show what was changed by whom, newest first."))
@option("--entity", metavar="ENTITY", help=_("Only of this kind of record."))
@option("--record", metavar="ID", type=click.UUID, help=_("Only of this record."))
@option("--user", "user", metavar="LOGIN", help=_("Only by this user."))
@option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True,
    help=_("At most so many."),
)  # fmt: skip
@as_json
@as_user
@pass_app
def show_entries(
    app: App,
    /,
    *,
    entity: str | None,
    record: UUID | None,
    user: str | None,
    limit: int,
    as_json: bool,
    login: str | None,
) -> None:
    from sqlalchemy import select

    from tenon_core.entities.audit import AuditEntry

    table: Any = AuditEntry.__table__
    statement = select(table).order_by(table.c.seq.desc()).limit(limit)
    if entity is not None:
        statement = statement.where(table.c.entity == entity)
    if record is not None:
        statement = statement.where(table.c.record_id == record)
    if user is not None:
        statement = statement.where(table.c.actor_id == app.user_id(user))
    with app.work("tenon audit show", login, read_only=True) as ctx:
        ctx.require("core.audit.view")
        rows = [dict(row) for row in ctx.connection.execute(statement).mappings()]
    if as_json:
        show_json(rows)
        return
    for row in rows:
        row["changed"] = ", ".join(sorted(row["changes"]))
    columns = {
        "seq": _("Number"), "at": _("When"), "actor_name": _("Who"), "origin": _("From where"),
        "action": _("Action"), "entity": _("Kind of record"), "record_id": _("Record"),
        "changed": _("Fields"), "reason": _("Reason"),
    }  # fmt: skip
    show(rows, columns, empty=_("There are no entries."))


@click.group("audit", cls=Group, help=_("See, seal and verify the trail of changes."))
def audit() -> None:
    pass


for each in (verify, seal, show_entries):
    audit.add_command(each)

COMMANDS = (audit,)
