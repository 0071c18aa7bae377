"""Hand-over packages (交接包): everything a person is responsible for, and who gets it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import Entity, Owned, any_reference, choice, field, number, reference
from tenon_sdk.text import _

HANDOVER_REASONS = (
    ("leaving", _("Leaving")),
    ("transfer", _("Transfer")),
    ("absence", _("Absence")),
    ("reorganisation", _("Reorganisation")),
)
HANDOVER_STATES = (
    ("draft", _("Draft")),
    ("executed", _("Executed")),
    ("confirmed", _("Confirmed")),
    ("cancelled", _("Cancelled")),
)
ITEM_STATES = (
    ("planned", _("Planned")),
    ("moved", _("Moved")),
    ("kept", _("Kept")),
    ("gone", _("Gone before")),
)


class Handover(
    Owned,
    Entity,
    name="core.handover",
    label=_("Hand-over"),
    plural=_("Hand-overs"),
    title="number",
    subtitle="state",
    icon="transfer",
    periods=False,
    settled=("state", ("executed", "confirmed", "cancelled")),
):
    """A hand-over of what `giver_id` owns or has open, executed at once or not at all.

    `rules` route in order, the first that fits an item names its receiver; what none fits goes
    to `receiver_id`.
    """

    number: Mapped[str] = number("H-{yyyy}-{seq:04}", label=_("Number"))
    giver_id: Mapped[UUID] = reference("core.user", label=_("Hands over"))
    receiver_id: Mapped[UUID | None] = reference("core.user", label=_("Receives the rest"))
    reason: Mapped[str] = choice(HANDOVER_REASONS, label=_("Reason"), default="leaving")
    state: Mapped[str] = choice(
        HANDOVER_STATES, label=_("Status"), default="draft", system=True, index=True
    )
    planned_on: Mapped[date | None] = field(label=_("Planned on"))
    rules: Mapped[list[Any]] = field(label=_("Routing rules"), default=list)
    note: Mapped[str | None] = field(String(2000), label=_("Note"), kind="long_text")
    executed_at: Mapped[datetime | None] = field(label=_("Executed at"), system=True)
    executed_by_id: Mapped[UUID | None] = reference(
        "core.user", label=_("Executed by"), system=True
    )
    confirmed_at: Mapped[datetime | None] = field(label=_("Confirmed at"), system=True)

    __table_args__ = (
        CheckConstraint("giver_id <> receiver_id", name="two_people"),
        CheckConstraint(
            "(executed_at IS NOT NULL) = (state IN ('executed', 'confirmed'))", name="executed"
        ),
        CheckConstraint("(confirmed_at IS NOT NULL) = (state = 'confirmed')", name="confirmed"),
    )


class HandoverItem(
    Entity,
    name="core.handover_item",
    label=_("Item of a hand-over"),
    plural=_("Items of hand-overs"),
    title="record_title",
    subtitle="entity",
    icon="checklist",
    parent="handover_id",
    audited=False,
    search=False,
):
    """One reference to the giver: `field_name` of a record, and who holds it afterwards.

    Both sides confirm it on the check list once it has moved. `record_title` is what the record
    was called, for those who cannot see it any more.
    """

    handover_id: Mapped[UUID] = reference(
        "core.handover", label=_("Hand-over"), on_delete="cascade", index=False, system=True
    )
    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"), system=True)
    record_id: Mapped[UUID] = any_reference("entity", label=_("Record"), system=True)
    field_name: Mapped[str] = field(String(60), label=_("Field"), system=True)
    record_title: Mapped[str] = field(String(300), label=_("Title"), system=True, default="")
    receiver_id: Mapped[UUID | None] = reference("core.user", label=_("Receiver"))
    state: Mapped[str] = choice(ITEM_STATES, label=_("Status"), default="planned", system=True)
    giver_confirmed_at: Mapped[datetime | None] = field(
        label=_("Confirmed by the giver at"), system=True
    )
    receiver_confirmed_at: Mapped[datetime | None] = field(
        label=_("Confirmed by the receiver at"), system=True
    )
    note: Mapped[str | None] = field(String(1000), label=_("Note"))

    __table_args__ = (
        UniqueConstraint("handover_id", "entity", "record_id", "field_name"),
        CheckConstraint("state <> 'moved' OR receiver_id IS NOT NULL", name="moved_to_somebody"),
        CheckConstraint(
            "state = 'moved' OR (giver_confirmed_at IS NULL AND receiver_confirmed_at IS NULL)",
            name="confirmed_was_moved",
        ),
        Index(None, "entity", "record_id"),
    )
