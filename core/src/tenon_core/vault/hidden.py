"""Which fields hold encrypted secrets, and encrypting all of them anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Connection, select, update

from tenon_core.entities.facts import Webhook
from tenon_core.entities.people import User
from tenon_core.vault.keys import Vault, key_of
from tenon_sdk.declarations import Health, HealthCheck, Level
from tenon_sdk.text import _

HIDDEN: tuple[tuple[type[Any], str], ...] = (
    (User, "second_factor_secret"),
    (Webhook, "secret"),
)


@frozen
class Stored:
    """One stored secret."""

    entity: type[Any]
    name: str
    id: UUID
    value: str

    @property
    def place(self) -> str:
        return place_of(self.entity, self.name, self.id)


def place_of(entity: type[Any], name: str, id_: UUID) -> str:
    """What a secret is bound to: it does not open in another row or column."""
    return f"{entity.__tenon__.name}.{name}:{id_}"


def hide(site: Any, connection: Connection, text: str, place: str) -> str:
    """`text` as it is stored at `place`, see `place_of`. The first secret of a site makes its key.

    Raises KeyMissing where secrets are stored already and the key is not here: a new one beside
    it would only hide that.
    """
    vault: Vault = site.vault
    if not vault.ring() and not any(key_of(s.value) for s in stored_secrets(connection)):
        vault.begin()
    return vault.encrypt(text, place)


def shown(site: Any, value: str, place: str) -> str:
    """What `hide` was given. Raises KeyMissing."""
    return str(site.vault.decrypt(value, place))


def stored_secrets(connection: Connection) -> Iterator[Stored]:
    """All that is stored now; few, as not everybody has one. One statement a field."""
    for entity, name in HIDDEN:
        column = entity.__table__.c[name]
        rows = connection.execute(
            select(entity.__table__.c.id, column).where(column.is_not(None), column != "")
        )
        for id_, value in rows.all():
            yield Stored(entity, name, id_, value)


def renew(vault: Vault, connection: Connection) -> int:
    """Encrypts everything with the first key; tells how many were not before.

    What is not encrypted yet is from now on. Raises KeyMissing, and then nothing has changed.
    """
    vault.begin()
    first = vault.ring()[0].id
    changed = 0
    for secret in stored_secrets(connection):
        used = key_of(secret.value)
        if used == first:
            continue
        text = secret.value if used is None else vault.decrypt(secret.value, secret.place)
        table = secret.entity.__table__
        connection.execute(
            update(table)
            .where(table.c.id == secret.id)
            .values({secret.name: vault.encrypt(text, secret.place)})
        )
        changed += 1
    return changed


def keys_used(connection: Connection) -> Counter[str | None]:
    """How many secrets need each key; None for what is not encrypted."""
    return Counter(key_of(secret.value) for secret in stored_secrets(connection))


def _keys_are_here(ctx: Any) -> Health:
    known = {key.id for key in ctx.site.vault.ring()}
    used = keys_used(ctx.connection)
    missing = sorted(str(id_) for id_ in used.keys() - known - {None})
    if missing:
        return Health(
            level=Level.ERROR,
            message=_("Keys of stored secrets are missing: {ids}.", ids=", ".join(missing)),
        )
    if used[None]:
        return Health(
            level=Level.WARNING,
            message=_("{count} stored secrets are not encrypted; run “tenon key renew”.",
                      count=used[None]),
        )  # fmt: skip
    return Health(level=Level.OK, message=_("The keys of all stored secrets are here."))


HEALTH_CHECKS = (
    HealthCheck(key="core.keys", label=_("Keys of stored secrets"), run=_keys_are_here),
)
