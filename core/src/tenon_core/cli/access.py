"""`tenon access explain`: why somebody may or may not reach a record."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import click
from attrs import asdict

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, argument, as_json, as_user, command, pass_app
from tenon_core.cli.output import show, show_json
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate


def entity_of(app: App, name: str) -> Any:
    """An entity or extension of the enabled plugins; raises Invalid that names it."""
    try:
        return app.site().registry.entity(name)
    except KeyError:
        raise Invalid({"entity": _("There is no kind of record “{name}”.", name=name)}) from None


@command("explain", _("Explain what a user may do with a record, and why."))
@argument("name", metavar="LOGIN")
@argument("entity", metavar="ENTITY")
@argument("record", metavar="ID", type=click.UUID)
@as_json
@as_user
@pass_app
def explain(
    app: App,
    /,
    *,
    name: str,
    entity: str,
    record: UUID,
    as_json: bool,
    login: str | None,
) -> None:
    from tenon_core.access.explain import explain as explain_access

    cls = entity_of(app, entity)
    with app.work("tenon access explain", login) as ctx:
        found = explain_access(ctx, app.user_id(name), cls, record)
    if as_json:
        show_json([{**asdict(e), **_texts(e)} for e in found])
        return
    rows = [
        {
            "action": each.action,
            "allowed": each.allowed,
            "grants": [f"{grant.role}: {grant.scope.value}" for grant in each.grants],
            "why": _texts(each)["reached" if each.allowed else "refused"],
            "hidden": each.hidden_fields,
        }
        for each in found
    ]
    columns = {
        "action": _("Action"), "allowed": _("Allowed"), "grants": _("Granted by"),
        "why": _("Why"), "hidden": _("Hidden fields"),
    }  # fmt: skip
    if not any(row["hidden"] for row in rows):
        del columns["hidden"]
    show(rows, columns)


def _texts(each: Any) -> dict[str, list[str]]:
    return {
        "reached": [translate(text) for text in each.reached],
        "refused": [translate(text) for text in each.refused],
    }


@click.group("access", cls=Group, help=_("Explain who may do what."))
def access() -> None:
    pass


access.add_command(explain)

COMMANDS = (access,)
