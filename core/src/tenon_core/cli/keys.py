"""`tenon key …`: the keys with which stored secrets are encrypted."""

from __future__ import annotations

from typing import Any

import click

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, as_json, command, pass_app
from tenon_core.cli.output import say, show
from tenon_sdk.text import _


@command("list", _("Show the keys that there are, and what each is needed for."))
@as_json
@pass_app
def list_(app: App, /, *, as_json: bool) -> None:
    from tenon_core.vault.hidden import keys_used

    with app.work("tenon key list", read_only=True) as ctx:
        known = [key.id for key in ctx.site.vault.ring()]
        used = keys_used(ctx.connection)
    rows: list[dict[str, Any]] = [
        {"id": id_, "here": id_ in known, "encrypts": known[:1] == [id_], "secrets": used[id_]}
        for id_ in dict.fromkeys([*known, *sorted(id_ for id_ in used if id_)])
    ]
    columns = {
        "id": _("Key"), "here": _("Here"), "encrypts": _("Encrypts"), "secrets": _("Secrets"),
    }  # fmt: skip
    show(rows, columns, as_json=as_json, empty=_("There are no keys and no secrets."))


@command("rotate", _("Make a new key and encrypt all secrets with it; old keys stay readable."))
@pass_app
def rotate(app: App, /) -> None:
    from tenon_core.vault.keys import make_key

    with app.work("tenon key rotate", read_only=True) as ctx:
        vault = ctx.site.vault
        new = make_key()
        vault.store((new, *vault.ring()))
    say(_("Key {id} encrypts from now on.", id=new.id))
    _renew(app)


@command("renew", _("Encrypt with the first key what another one, or none, encrypted."))
@pass_app
def renew(app: App, /) -> None:
    _renew(app)


def _renew(app: App) -> None:
    from tenon_core.storage.auditing import audit_act
    from tenon_core.vault.hidden import renew as renew_all

    with app.work("tenon key renew") as ctx:
        count = renew_all(ctx.site.vault, ctx.connection)
        audit_act(ctx, "keys_renewed", changes={"secrets": [None, count]})
    say(_("{count} secrets were encrypted anew.", count=count))


@command("prune", _("Forget the keys that no secret needs any more; old backups may need them."))
@pass_app
def prune(app: App, /) -> None:
    from tenon_core.vault.hidden import keys_used

    with app.work("tenon key prune", read_only=True) as ctx:
        vault, used = ctx.site.vault, keys_used(ctx.connection)
        keys = vault.ring()
        kept = [key for n, key in enumerate(keys) if n == 0 or used[key.id]]
        if len(kept) < len(keys):
            vault.store(kept)
    say(_("{count} keys were forgotten.", count=len(keys) - len(kept)))


@click.group("key", cls=Group, help=_("The keys with which stored secrets are encrypted."))
def key() -> None:
    pass


for each in (list_, rotate, renew, prune):
    key.add_command(each)

COMMANDS = (key,)
