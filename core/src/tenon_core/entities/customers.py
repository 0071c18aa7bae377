"""How customers are shared out and looked after: tiers, care, pools, ownership over time."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import Entity, Owned, any_reference, choice, field, reference
from tenon_sdk.text import _
from tenon_sdk.types import Json

OWNERSHIP_REASONS = (
    ("created", _("Created")),
    ("assigned", _("Assigned")),
    ("claimed", _("Claimed")),
    ("handover", _("Handed over")),
    ("released", _("Released")),
    ("recycled", _("Recycled")),
    ("merged", _("Merged")),
)
POOL_REASONS = (
    ("released", _("Released")),
    ("recycled", _("Recycled")),
    ("imported", _("Imported")),
    ("assigned", _("Assigned")),
)


class Tier(
    Entity,
    name="core.tier",
    label=_("Tier"),
    plural=_("Tiers"),
    title="name",
    subtitle="code",
    icon="stairs",
    search=False,
):
    """A class of customers (客户等级); `rank` 1 is the most important."""

    code: Mapped[str] = field(String(20), label=_("Code"), unique=True)
    name: Mapped[str] = field(String(80), label=_("Name"))
    rank: Mapped[int] = field(label=_("Rank"), minimum=1)
    colour: Mapped[str | None] = field(String(20), label=_("Colour"))


class TierRule(
    Entity,
    name="core.tier_rule",
    label=_("Tier rule"),
    plural=_("Tier rules"),
    title="name",
    icon="list-numbers",
    search=False,
):
    """An account belongs to the tier of the first active rule whose `condition` holds."""

    name: Mapped[str] = field(String(120), label=_("Name"))
    tier_id: Mapped[UUID] = reference("core.tier", label=_("Tier"), on_delete="cascade")
    position: Mapped[int] = field(label=_("Sort order"), default=100)
    condition: Mapped[dict[str, Any]] = field(label=_("Condition"), default=dict)
    active: Mapped[bool] = field(label=_("Active"), default=True)


class CarePolicy(
    Entity,
    name="core.care_policy",
    label=_("Care policy"),
    plural=_("Care policies"),
    title="name",
    icon="heart-handshake",
    search=False,
):
    """Accounts of a tier are due one of some kinds of activity every so many calendar days.

    With an `importance` it is due to each contact of that importance there, else to the account.
    Without a tier it is for all. `kinds` are those of activities.
    """

    name: Mapped[str] = field(String(120), label=_("Name"))
    tier_id: Mapped[UUID | None] = reference("core.tier", label=_("Tier"), on_delete="cascade")
    importance: Mapped[int | None] = field(
        label=_("Importance of the contact"), minimum=1, maximum=5
    )
    kinds: Mapped[list[str]] = field(label=_("Kinds of activities"))
    every_days: Mapped[int] = field(label=_("Every so many days"), minimum=1, maximum=3660)
    active: Mapped[bool] = field(label=_("Active"), default=True)


class CareDue(
    Entity,
    name="core.care_due",
    label=_("Care due"),
    plural=_("Care due"),
    title="due_on",
    icon="alarm",
    parent="account_id",
    audited=False,
    search=False,
):
    """When an account, or one of its contacts, is due by a policy; kept in step by core."""

    account_id: Mapped[UUID] = reference(
        "core.account", label=_("Account"), on_delete="cascade", index=False, system=True
    )
    contact_id: Mapped[UUID | None] = reference(
        "core.contact", label=_("Contact"), on_delete="cascade", system=True
    )
    policy_id: Mapped[UUID] = reference(
        "core.care_policy", label=_("Care policy"), on_delete="cascade", system=True
    )
    last_at: Mapped[datetime | None] = field(label=_("Last done at"), system=True)
    due_on: Mapped[date] = field(label=_("Due on"), system=True)

    __table_args__ = (
        UniqueConstraint("account_id", "policy_id", "contact_id"),
        Index(
            "uq_core_care_due_account",
            "account_id",
            "policy_id",
            unique=True,
            sqlite_where=text("contact_id IS NULL"),
            postgresql_where=text("contact_id IS NULL"),
        ),
        Index(None, "due_on", "account_id"),
    )


class Pool(
    Owned,
    Entity,
    name="core.pool",
    label=_("Customer pool"),
    plural=_("Customer pools"),
    title="name",
    subtitle="code",
    icon="ripple",
    search=False,
):
    """A customer pool (公海): accounts without owner that its viewers may claim.

    A person owns at most `capacity` accounts and claims at most `claim_limit` in
    `claim_window_days`. An owned account that `condition` describes (an empty one all) and that
    nobody did anything for in `recycle_after_days` comes in here, its owner warned `warn_days`
    before and kept from claiming it for `ban_days` after. `hidden_fields` are masked until it is
    claimed. An empty limit is none.
    """

    code: Mapped[str] = field(String(40), label=_("Code"), unique=True)
    name: Mapped[str] = field(String(120), label=_("Name"))
    condition: Mapped[dict[str, Any]] = field(label=_("Condition"), default=dict)
    capacity: Mapped[int | None] = field(label=_("Accounts per person"), minimum=0)
    claim_limit: Mapped[int | None] = field(label=_("Claims per person"), minimum=0)
    claim_window_days: Mapped[int] = field(label=_("Days of the claim limit"), default=1, minimum=1)
    recycle_after_days: Mapped[int | None] = field(
        label=_("Recycled after days without activity"), minimum=1
    )
    warn_days: Mapped[int] = field(label=_("Days of warning"), default=7, minimum=0)
    ban_days: Mapped[int] = field(label=_("Days the previous owner waits"), default=30, minimum=0)
    hidden_fields: Mapped[list[str] | None] = field(Json(), label=_("Hidden fields"))
    active: Mapped[bool] = field(label=_("Active"), default=True)

    __table_args__ = (CheckConstraint("warn_days < recycle_after_days", name="warned_before"),)


class PoolEntry(
    Entity,
    name="core.pool_entry",
    label=_("Stay in a pool"),
    plural=_("Stays in pools"),
    title="entered_at",
    icon="history",
    parent="account_id",
    search=False,
):
    """An account's time in a pool, from entering until it is claimed or taken out."""

    pool_id: Mapped[UUID] = reference(
        "core.pool", label=_("Customer pool"), on_delete="cascade", system=True
    )
    account_id: Mapped[UUID] = reference(
        "core.account", label=_("Account"), on_delete="cascade", system=True
    )
    reason: Mapped[str] = choice(POOL_REASONS, label=_("Reason"), system=True)
    entered_at: Mapped[datetime] = field(label=_("Entered at"), system=True)
    previous_owner_id: Mapped[UUID | None] = reference(
        "core.user", label=_("Previous owner"), on_delete="set_null", system=True
    )
    banned_until: Mapped[datetime | None] = field(label=_("Banned until"), system=True)
    left_at: Mapped[datetime | None] = field(label=_("Left at"), system=True)
    claimed_by_id: Mapped[UUID | None] = reference(
        "core.user", label=_("Claimed by"), on_delete="set_null", index=False, system=True
    )

    __table_args__ = (
        CheckConstraint("entered_at <= left_at", name="times"),
        CheckConstraint("claimed_by_id IS NULL OR left_at IS NOT NULL", name="claimed_has_left"),
        Index(None, "claimed_by_id", "left_at"),
        Index(
            "uq_core_pool_entry_open",
            "account_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )


class OwnershipPeriod(
    Entity,
    name="core.ownership_period",
    label=_("Ownership period"),
    plural=_("Ownership periods"),
    title="starts_at",
    icon="timeline",
    parent="record_id",
    internal=True,
    audited=False,
):
    """Who owned a record from when until when; the open one is the owner of today."""

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    record_id: Mapped[UUID] = any_reference("entity", label=_("Record"))
    user_id: Mapped[UUID | None] = reference(
        "core.user", label=_("Owner"), on_delete="set_null", index=False
    )
    unit_id: Mapped[UUID | None] = reference("core.unit", label=_("Unit"), on_delete="set_null")
    starts_at: Mapped[datetime] = field(label=_("From"))
    ends_at: Mapped[datetime | None] = field(label=_("Until"))
    reason: Mapped[str] = choice(OWNERSHIP_REASONS, label=_("Reason"))
    handover_id: Mapped[UUID | None] = reference(
        "core.handover", label=_("Hand-over"), on_delete="set_null"
    )

    __table_args__ = (
        CheckConstraint("starts_at <= ends_at", name="times"),
        Index(None, "entity", "record_id", "starts_at"),
        Index(None, "user_id", "starts_at"),
        Index(
            "uq_core_ownership_period_open",
            "entity",
            "record_id",
            unique=True,
            sqlite_where=text("ends_at IS NULL"),
            postgresql_where=text("ends_at IS NULL"),
        ),
    )
