"""What accounts and contacts are compared by, read from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenon_core.customers.duplicates import Party
from tenon_core.entities import (
    Account,
    Address,
    Contact,
    ContactAccount,
    ContactChannel,
    InvoiceProfile,
)
from tenon_sdk.entities import Entity

ACCOUNT, CONTACT = "core.account", "core.contact"
COMPARED: Mapping[str, type[Entity]] = {ACCOUNT: Account, CONTACT: Contact}
# Of their parts these hold what is compared, too.
PARTS_COMPARED: Mapping[str, tuple[type[Entity], ...]] = {
    ACCOUNT: (Address, InvoiceProfile),
    CONTACT: (ContactChannel,),
}


def parties(ctx: Any, entity: str, ids: Sequence[UUID]) -> dict[UUID, Party]:
    """What records are compared by; three statements for accounts, three for contacts.

    Needs a system context. Records in the recycle bin are left out.
    """
    return _accounts(ctx, ids) if entity == ACCOUNT else _contacts(ctx, ids)


def _accounts(ctx: Any, ids: Sequence[UUID]) -> dict[UUID, Party]:
    session = ctx.session
    places: dict[UUID, list[str]] = defaultdict(list)
    for id_, lines in session.execute(
        select(Address.account_id, Address.lines).where(Address.account_id.in_(ids))
    ):
        places[id_].append(lines)
    profiles = {
        row.account_id: row
        for row in session.execute(
            select(
                InvoiceProfile.account_id,
                InvoiceProfile.title,
                InvoiceProfile.tax_number,
                InvoiceProfile.phone,
            ).where(InvoiceProfile.account_id.in_(ids))
        )
    }
    found = {}
    for row in session.execute(
        select(Account.id, Account.name, Account.short_name, Account.phone, Account.email).where(
            Account.id.in_(ids), Account.archived_at.is_(None)
        )
    ):
        profile = profiles.get(row.id)
        others = (row.short_name, profile.title if profile else None)
        found[row.id] = Party(
            id=str(row.id),
            name=row.name,
            other_names=tuple(name for name in others if name and name != row.name),
            tax_number=(profile.tax_number or "") if profile else "",
            phones=_given(row.phone, profile.phone if profile else None),
            emails=_given(row.email),
            addresses=tuple(places.get(row.id, ())),
        )
    return found


def _contacts(ctx: Any, ids: Sequence[UUID]) -> dict[UUID, Party]:
    session = ctx.session
    numbers: dict[UUID, list[str]] = defaultdict(list)
    for id_, value in session.execute(
        select(ContactChannel.contact_id, ContactChannel.value).where(
            ContactChannel.contact_id.in_(ids)
        )
    ):
        numbers[id_].append(value)
    employed = (
        select(ContactAccount.contact_id, Account.name)
        .join(Account, Account.id == ContactAccount.account_id)
        .where(ContactAccount.contact_id.in_(ids), ContactAccount.active)
    )
    employers: dict[UUID, str] = dict(session.execute(employed).all())
    found = {}
    for row in session.execute(
        select(
            Contact.id, Contact.name, Contact.mobile, Contact.phone, Contact.email, Contact.wechat
        ).where(Contact.id.in_(ids), Contact.archived_at.is_(None))
    ):
        more = numbers.get(row.id, [])
        employer = {"employer": employers[row.id]} if row.id in employers else {}
        found[row.id] = Party(
            id=str(row.id),
            name=row.name,
            phones=_given(row.mobile, row.phone, *(n for n in more if "@" not in n)),
            emails=_given(row.email, *(n for n in more if "@" in n)),
            attributes={**employer, **({"wechat": row.wechat} if row.wechat else {})},
        )
    return found


def _given(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value)
