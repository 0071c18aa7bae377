"""`tenon handover …`: everything a person is responsible for goes to others."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from attrs import asdict

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, argument, as_json, as_user, command, option, pass_app
from tenon_core.cli.output import say, show, show_json
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _


@command("preview", _("Make a hand-over in draft and show what it would move."))
@argument("name", metavar="LOGIN")
@option("--to", metavar="LOGIN", help=_("Who receives what no rule names."))
@option(
    "--rules", metavar="FILE", type=Path,
    help=_("JSON list of rules; each names entity, region, tier or account, and a receiver."),
)  # fmt: skip
@option(
    "--reason", type=click.Choice(("leaving", "transfer", "absence", "reorganisation")),
    default="leaving", show_default=True, help=_("Why."),
)  # fmt: skip
@option(
    "--on", "planned_on", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help=_("The day for which it is planned."),
)  # fmt: skip
@as_json
@as_user
@pass_app
def preview(
    app: App,
    /,
    *,
    name: str,
    to: str | None,
    rules: Path | None,
    reason: str,
    planned_on: datetime | None,
    as_json: bool,
    login: str | None,
) -> None:
    from tenon_core.customers.handover import Plan, plan

    given = Plan(
        giver_id=app.user_id(name),
        receiver_id=app.user_id(to) if to else None,
        rules=_rules(app, rules) if rules else (),
        reason=reason,
        planned_on=planned_on.date() if planned_on else None,
    )
    with app.work("tenon handover preview", login) as ctx:
        made = plan(ctx, given)
        people = _names(ctx)
    if as_json:
        show_json(asdict(made))
    else:
        _show(made, people)


def _rules(app: App, path: Path) -> list[dict[str, Any]]:
    """Rules of a file; a receiver may be named by log-in."""
    try:
        rules = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise Invalid({"rules": _("{file}: {error}", file=str(path), error=str(error))}) from None
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        raise Invalid({"rules": _("A list of rules is expected.")})
    for rule in rules:
        receiver = rule.get("receiver")
        if isinstance(receiver, str) and not _is_id(receiver):
            rule["receiver"] = str(app.user_id(receiver))
    return rules


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


def _names(ctx: Any) -> dict[str, str]:
    from sqlalchemy import select

    from tenon_core.entities.people import User

    table: Any = User.__table__
    rows = ctx.connection.execute(select(table.c.id, table.c.name))
    return {str(id_): name for id_, name in rows}


def _show(made: Any, people: dict[str, str]) -> None:
    rows: list[dict[str, Any]] = [
        {"entity": entity, "fate": people.get(str(receiver), str(receiver)), "rows": count}
        for entity, receivers in made.moves.items()
        for receiver, count in receivers.items()
    ]
    rows += [
        {"entity": e, "fate": _("nobody yet"), "rows": count} for e, count in made.unrouted.items()
    ]
    rows += [
        {"entity": e, "fate": _("stays, as history"), "rows": count}
        for e, count in made.kept.items()
    ]
    columns = {"entity": _("Kind of record"), "rows": _("Records"), "fate": _("Receiver")}
    show(rows, columns, empty=_("There is nothing to hand over."))
    say(_("Hand-over {id}. Execute it with “tenon handover execute {id}”.", id=made.handover_id))


@command("execute", _("Move everything of a hand-over at once, or nothing."))
@argument("handover", metavar="ID", type=click.UUID)
@as_user
@pass_app
def execute(app: App, /, *, handover: UUID, login: str | None) -> None:
    from tenon_core.customers.handover import execute as move

    with app.work("tenon handover execute", login) as ctx:
        moved = move(ctx, handover)
    say(_("{count} records were handed over.", count=moved))


@click.group("handover", cls=Group, help=_("Hand over what a person is responsible for."))
def handover() -> None:
    pass


for each in (preview, execute):
    handover.add_command(each)

COMMANDS = (handover,)
