"""Customers as companies: accounts, their addresses and invoice data, industries and regions."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, relationship, validates

from tenon_core.entities.tax_numbers import check_tax_number, normalize_credit_code
from tenon_sdk.entities import (
    Archived,
    Commented,
    Documented,
    Entity,
    Owned,
    Tagged,
    choice,
    field,
    money,
    number,
    reference,
)
from tenon_sdk.text import _
from tenon_sdk.types import Exact

ACCOUNT_STATUSES = (
    ("prospect", _("Prospect")),
    ("active", _("Active")),
    ("dormant", _("Dormant")),
    ("lost", _("Lost")),
)
ACCOUNT_SOURCES = (
    ("referral", _("Referral")),
    ("exhibition", _("Exhibition")),
    ("website", _("Website")),
    ("campaign", _("Campaign")),
    ("cold_call", _("Cold call")),
    ("tender", _("Tender")),
    ("partner", _("Partner")),
    ("import", _("Import")),
    ("other", _("Other")),
)
ADDRESS_KINDS = (
    ("registered", _("Registered office")),
    ("office", _("Office")),
    ("plant", _("Plant")),
    ("delivery", _("Delivery")),
    ("invoice", _("Invoice")),
)
REGION_LEVELS = (
    ("country", _("Country")),
    ("province", _("Province")),
    ("city", _("City")),
    ("county", _("County")),
    ("town", _("Town")),
)
READ_CREDIT = "core.account.read_credit"
WRITE_CREDIT = "core.account.write_credit"
READ_BANK = "core.invoice_profile.read_bank"


class Region(
    Entity,
    name="core.region",
    label=_("Region"),
    plural=_("Regions"),
    title="full_name",
    subtitle="code",
    icon="map",
):
    """An administrative division (行政区划); in China `code` is the one of GB/T 2260.

    Coordinates are degrees in WGS 84, here as everywhere.
    """

    code: Mapped[str] = field(String(20), label=_("Code"), search=True, unique=True)
    name: Mapped[str] = field(String(120), label=_("Name"), search=True, index=True)
    full_name: Mapped[str] = field(String(300), label=_("Full name"), search=True)
    level: Mapped[str] = choice(REGION_LEVELS, label=_("Level"))
    parent_id: Mapped[UUID | None] = reference("core.region", label=_("Part of"))
    country: Mapped[str] = field(String(2), label=_("Country"), default="CN")
    longitude: Mapped[Decimal | None] = field(
        Exact(9, 6), label=_("Longitude"), minimum=-180, maximum=180
    )
    latitude: Mapped[Decimal | None] = field(
        Exact(9, 6), label=_("Latitude"), minimum=-90, maximum=90
    )

    __table_args__ = (
        CheckConstraint("parent_id <> id", name="not_own_parent"),
        CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name="coordinates"),
    )


class Industry(
    Entity,
    name="core.industry",
    label=_("Industry"),
    plural=_("Industries"),
    title="name",
    subtitle="code",
    icon="building-factory-2",
):
    code: Mapped[str] = field(String(20), label=_("Code"), search=True, unique=True)
    name: Mapped[str] = field(String(120), label=_("Name"), search=True, index=True)
    parent_id: Mapped[UUID | None] = reference("core.industry", label=_("Part of"))

    __table_args__ = (CheckConstraint("parent_id <> id", name="not_own_parent"),)


class Account(
    Owned,
    Archived,
    Documented,
    Commented,
    Tagged,
    Entity,
    name="core.account",
    label=_("Account"),
    plural=_("Accounts"),
    title="name",
    subtitle="code",
    icon="building",
):
    """A customer (客户), past, present or hoped for.

    `status` is the category that rules rely on, `substate` what the site calls it in detail. An
    account with `pool_id` waits in that customer pool for somebody to claim it; what the pool's
    viewers learn of it before is decided by `customers/pool.py`, not by this entity's permission.
    """

    name: Mapped[str] = field(String(200), label=_("Name"), search=True)
    short_name: Mapped[str | None] = field(String(80), label=_("Short name"), search=True)
    code: Mapped[str] = number("C-{seq:06}", label=_("Code"))
    status: Mapped[str] = choice(
        ACCOUNT_STATUSES, label=_("Status"), default="prospect", index=True
    )
    substate: Mapped[str | None] = field(String(60), label=_("Sub-state"))
    tier_id: Mapped[UUID | None] = reference("core.tier", label=_("Tier"), on_delete="set_null")
    tier_fixed: Mapped[bool] = field(label=_("Tier set by hand"), default=False)
    industry_id: Mapped[UUID | None] = reference(
        "core.industry", label=_("Industry"), on_delete="set_null"
    )
    region_id: Mapped[UUID | None] = reference(
        "core.region", label=_("Region"), on_delete="set_null"
    )
    parent_id: Mapped[UUID | None] = reference(
        "core.account", label=_("Group parent"), on_delete="set_null"
    )
    pool_id: Mapped[UUID | None] = reference(
        "core.pool", label=_("Customer pool"), on_delete="set_null", system=True
    )
    phone: Mapped[str | None] = field(String(60), label=_("Phone"), kind="phone", search=True)
    email: Mapped[str | None] = field(String(254), label=_("E-mail"), kind="email", search=True)
    website: Mapped[str | None] = field(String(300), label=_("Website"), kind="url", search=True)
    source: Mapped[str | None] = choice(ACCOUNT_SOURCES, label=_("Source"))
    source_detail: Mapped[str | None] = field(String(200), label=_("Source in detail"))
    credit_limit: Mapped[Decimal | None] = money(
        label=_("Credit limit"), minimum=0, read=READ_CREDIT, write=WRITE_CREDIT
    )
    credit_days: Mapped[int | None] = field(
        label=_("Days of credit"), minimum=0, read=READ_CREDIT, write=WRITE_CREDIT
    )
    currency: Mapped[str | None] = field(String(3), label=_("Currency"))
    founded_year: Mapped[int | None] = field(label=_("Year of foundation"), minimum=1, maximum=9999)
    employees: Mapped[int | None] = field(label=_("Number of employees"), minimum=0)
    revenue: Mapped[Decimal | None] = money(label=_("Annual revenue"), minimum=0)
    description: Mapped[str | None] = field(
        String(10_000), label=_("Description"), kind="long_text", bulky=True
    )

    addresses: Mapped[list["Address"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, back_populates="account"
    )
    invoice_profile: Mapped["InvoiceProfile | None"] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, back_populates="account"
    )

    __table_args__ = (
        CheckConstraint("parent_id <> id", name="not_own_parent"),
        CheckConstraint("owner_id IS NULL OR pool_id IS NULL", name="owned_or_pooled"),
        CheckConstraint("name <> ''", name="named"),
        Index(None, "name", "id"),
        Index(None, "created_at", "id"),
    )


class Address(
    Entity,
    name="core.address",
    label=_("Address"),
    plural=_("Addresses"),
    title="lines",
    subtitle="kind",
    icon="map-pin",
    parent="account_id",
    search=False,
):
    """Where an account is; `country` is ISO 3166-1 alpha-2. One address may be the primary."""

    account_id: Mapped[UUID] = reference("core.account", label=_("Account"), on_delete="cascade")
    kind: Mapped[str] = choice(ADDRESS_KINDS, label=_("Kind"), default="office")
    is_primary: Mapped[bool] = field(label=_("Primary"), default=False)
    lines: Mapped[str] = field(String(400), label=_("Street and number"))
    postcode: Mapped[str | None] = field(String(20), label=_("Postcode"))
    region_id: Mapped[UUID | None] = reference(
        "core.region", label=_("Region"), on_delete="set_null"
    )
    country: Mapped[str] = field(String(2), label=_("Country"), default="CN")
    longitude: Mapped[Decimal | None] = field(
        Exact(9, 6), label=_("Longitude"), minimum=-180, maximum=180
    )
    latitude: Mapped[Decimal | None] = field(
        Exact(9, 6), label=_("Latitude"), minimum=-90, maximum=90
    )
    note: Mapped[str | None] = field(String(500), label=_("Note"))

    account: Mapped[Account] = relationship(back_populates="addresses")

    __table_args__ = (
        CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name="coordinates"),
        Index(
            "uq_core_address_primary",
            "account_id",
            unique=True,
            sqlite_where=text("is_primary"),
            postgresql_where=text("is_primary"),
        ),
    )


class InvoiceProfile(
    Entity,
    name="core.invoice_profile",
    label=_("Invoice profile"),
    plural=_("Invoice profiles"),
    title="title",
    subtitle="tax_number",
    icon="file-invoice",
    parent="account_id",
    search=False,
):
    """What stands on an account's invoices (开票资料); in China `tax_number` is the unified social
    credit code (统一社会信用代码, GB 32100-2015). `verified_at` is when it was last found right.
    """

    account_id: Mapped[UUID] = reference(
        "core.account", label=_("Account"), on_delete="cascade", index=False, unique=True
    )
    title: Mapped[str] = field(String(200), label=_("Invoice title"))
    tax_number: Mapped[str | None] = field(
        String(40), label=_("Tax number"), index=True, check=check_tax_number
    )
    bank: Mapped[str | None] = field(String(200), label=_("Bank"), read=READ_BANK)
    bank_account: Mapped[str | None] = field(String(60), label=_("Bank account"), read=READ_BANK)
    address: Mapped[str | None] = field(String(400), label=_("Address"))
    phone: Mapped[str | None] = field(String(60), label=_("Phone"), kind="phone")
    verified_at: Mapped[datetime | None] = field(label=_("Verified at"), system=True)

    account: Mapped[Account] = relationship(back_populates="invoice_profile")

    @validates("tax_number")
    def _normal_tax_number(self, _key: str, value: str | None) -> str | None:
        return normalize_credit_code(value) if value else None
