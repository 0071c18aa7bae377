"""Papers of core's own entities: the sheet of a customer, the report of an activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from tenon_core.entities import (
    Account,
    Activity,
    ActivityParticipant,
    Address,
    Contact,
    ContactAccount,
    InvoiceProfile,
)
from tenon_core.papers.reading import Fields, paths_to
from tenon_core.papers.tables import table_of
from tenon_core.storage.lists import Filter, Sort, record_json
from tenon_sdk.entities import Entity
from tenon_sdk.errors import NotFound
from tenon_sdk.papers import Paper
from tenon_sdk.text import _

RECENT = 12
PEOPLE = 200
COMPANY = ("status", "tier_id", "industry_id", "region_id", "parent_id", "owner_id", "founded_year",
           "employees", "revenue", "credit_limit", "credit_days", "phone", "email",
           "website")  # fmt: skip
INVOICES = ("title", "tax_number", "bank", "bank_account", "address", "phone")
WHEN = ("kind", "status", "account_id", "owner_id", "actual_start", "actual_end", "planned_start",
        "planned_end", "place", "result")  # fmt: skip
TEXTS = ("description", "outcome", "next_step")


def facts_of(
    ctx: Any, entity: type[Entity], id_: UUID, names: Sequence[str]
) -> dict[str, tuple[str, Any]]:
    """(label, value) of the fields that have one and may be read, by name. Raises NotFound."""
    shown = Fields(ctx, entity).all(names)
    found = record_json(
        ctx.site, ctx.guardian, entity, id_, ("id", *paths_to(shown)), connection=ctx.connection
    )
    if found is None:
        raise NotFound(entity.__tenon__.name, id_)
    row, currency = msgspec.json.decode(found[0]), ctx.site.config.site.currency
    values = ((each, each.value(row, currency)) for each in shown)
    return {each.name: (each.label, value) for each, value in values if value is not None}


def customer(ctx: Any, id_: UUID) -> Mapping[str, Any]:
    """Who the customer is, where, whom we know there, and what we did last; seven statements."""
    mine = (Filter("account_id", "eq", id_),)
    tables = (
        table_of(
            ctx, Address, _("Addresses"), ("kind", "lines", "postcode", "region_id", "note"),
            where=mine,
        ),
        _people(ctx, id_),
        table_of(
            ctx, Activity, _("Planned"), ("planned_end", "kind", "subject", "owner_id"),
            where=(*mine, Filter("status", "eq", "planned")), sort=(Sort("planned_end"),),
            limit=RECENT,
        ),
        table_of(
            ctx, Activity, _("Done last"), ("actual_start", "kind", "subject", "owner_id"),
            where=(*mine, Filter("status", "eq", "done")),
            sort=(Sort("actual_start", descending=True),), limit=RECENT,
        ),
    )  # fmt: skip
    told = facts_of(ctx, Account, id_, ("name", "short_name", *COMPANY, "description"))
    return {
        "name": told["name"][1],
        "short_name": told.get("short_name", ("", ""))[1],
        "facts": [told[name] for name in COMPANY if name in told],
        "texts": [told["description"]] if "description" in told else [],
        "invoices": _invoices(ctx, id_),
        "tables": [{**table, "more": False} for table in tables if table is not None],
    }


def _invoices(ctx: Any, account_id: UUID) -> list[tuple[str, Any]]:
    statement = select(InvoiceProfile.id).where(InvoiceProfile.account_id == account_id)
    found = ctx.session.scalar(statement)
    return list(facts_of(ctx, InvoiceProfile, found, INVOICES).values()) if found else []


def _people(ctx: Any, account_id: UUID) -> dict[str, Any] | None:
    """The contacts who are there now, those who matter most first."""
    rows = ctx.session.execute(
        select(
            Contact.name, ContactAccount.position, ContactAccount.department, Contact.mobile,
            Contact.phone, Contact.email,
        )
        .join(Contact, Contact.id == ContactAccount.contact_id)
        .where(
            ContactAccount.account_id == account_id,
            ContactAccount.active.is_(True),
            Contact.archived_at.is_(None),
        )
        .order_by(ContactAccount.importance.desc(), Contact.name, Contact.id)
        .limit(PEOPLE)
    ).all()  # fmt: skip
    if not rows:
        return None
    heads = (_("Name"), _("Position"), _("Phone"), _("E-mail"))
    return {
        "label": _("Contacts"),
        "columns": [{"label": head, "number": False} for head in heads],
        "rows": [
            [name, " · ".join(filter(None, (position, unit))), mobile or phone, email]
            for name, position, unit, mobile, phone, email in rows
        ],
        "sums": None,
    }


def activity_report(ctx: Any, id_: UUID) -> Mapping[str, Any]:
    """What was done, with whom, what came of it, and what comes next; three statements."""
    told = facts_of(ctx, Activity, id_, ("subject", *WHEN, *TEXTS, "next_step_on"))
    planned = {"planned_start", "planned_end"} if "actual_start" in told else set()
    people = Fields(ctx, ActivityParticipant).all(("user_id", "contact_id"))
    return {
        "subject": told["subject"][1],
        "facts": [told[name] for name in WHEN if name in told and name not in planned],
        "texts": [told[name] for name in TEXTS if name in told],
        "until": told.get("next_step_on"),
        "ours": _attending(ctx, id_, people[:1]),
        "theirs": _attending(ctx, id_, people[1:]),
    }


def _attending(ctx: Any, activity_id: UUID, column: Sequence[Any]) -> list[str]:
    where = (Filter("activity_id", "eq", activity_id), Filter("attended", "eq", True))
    names = [each.name for each in column]
    table = table_of(ctx, ActivityParticipant, _("Participants"), names, where=where)
    return [row[0] for row in table["rows"] if row[0] is not None] if table is not None else []


PAPERS = (
    Paper(
        entity="core.account",
        key="customer",
        label=_("Customer sheet"),
        template="core/customer.typ",
        load=customer,
        permission="core.account.view",
        category="report",
    ),
    Paper(
        entity="core.activity",
        key="report",
        label=_("Activity report"),
        template="core/report.typ",
        load=activity_report,
        permission="core.activity.view",
        drafts=("planned",),
        category="report",
    ),
)
