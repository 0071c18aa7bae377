"""Stored events, whom they concern, and the webhooks that carry them outside."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import Base, Entity, any_reference, choice, field, reference
from tenon_sdk.text import _
from tenon_sdk.types import Guid, Json

DELIVERY_STATES = (
    ("pending", _("Pending")),
    ("delivered", _("Delivered")),
    ("failed", _("Failed")),
    ("given_up", _("Given up")),
)


class StoredEvent(Base):
    """A fact as it was published: `payload` is the event's values, `evidence` document ids.

    `occurred_at` is when it happened in the world, `recorded_at` when it was told.
    """

    __tablename__ = "core_stored_event"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    schema: Mapped[int] = mapped_column(Integer(), default=1)
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any]]
    evidence: Mapped[list[str] | None] = mapped_column(Json())

    subjects: Mapped[list["StoredEventSubject"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (Index(None, "name", "occurred_at"), Index(None, "recorded_at", "id"))


class StoredEventSubject(Base):
    """A record whose timeline shows the event; `occurred_at` is the event's, for the order."""

    __tablename__ = "core_stored_event_subject"

    event_id: Mapped[UUID] = mapped_column(
        ForeignKey("core_stored_event.id", ondelete="CASCADE"), primary_key=True
    )
    entity: Mapped[str] = mapped_column(String(ENTITY_NAME), primary_key=True)
    record_id: Mapped[UUID] = any_reference("entity", label=_("Record"), primary_key=True)
    occurred_at: Mapped[datetime]

    __table_args__ = (
        Index(
            "ix_core_stored_event_subject_timeline",
            "entity",
            "record_id",
            text("occurred_at DESC"),
            text("event_id DESC"),
        ),
    )


def make_webhook_secret() -> str:
    return f"whs_{secrets.token_urlsafe(32)}"


class Webhook(
    Entity,
    name="core.webhook",
    label=_("Webhook"),
    plural=_("Webhooks"),
    title="name",
    subtitle="url",
    icon="webhook",
    search=False,
):
    """An address that is told of events (`events` holds names, or `sales.*` for a whole plugin).

    It is told what its user may see, signed by HMAC-SHA-256 with `secret`, which is
    stored encrypted. After too many `failures` in a row it is paused, that is, no longer active.
    """

    name: Mapped[str] = field(String(120), label=_("Name"))
    url: Mapped[str] = field(String(500), label=_("Address"), kind="url")
    events: Mapped[list[str]] = field(label=_("Events"), default=list)
    user_id: Mapped[UUID] = reference("core.user", label=_("Sees what this user sees"))
    secret: Mapped[str] = field(String(120), label=_("Secret"), internal=True, default="")
    active: Mapped[bool] = field(label=_("Active"), default=True)
    failures: Mapped[int] = field(label=_("Failures in a row"), default=0, system=True)


class WebhookDelivery(
    Entity,
    name="core.webhook_delivery",
    label=_("Delivery"),
    plural=_("Deliveries"),
    title="state",
    icon="send",
    parent="webhook_id",
    audited=False,
    search=False,
):
    """One event for one webhook, with the last attempt's answer; it can be sent again."""

    webhook_id: Mapped[UUID] = reference(
        "core.webhook", label=_("Webhook"), on_delete="cascade", index=False, system=True
    )
    event_id: Mapped[UUID] = mapped_column(
        Guid(), ForeignKey("core_stored_event.id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = choice(DELIVERY_STATES, label=_("Status"), default="pending", system=True)
    attempts: Mapped[int] = field(label=_("Attempts"), default=0, minimum=0, system=True)
    attempted_at: Mapped[datetime | None] = field(label=_("Last attempt"), system=True)
    next_at: Mapped[datetime | None] = field(label=_("Next attempt"), system=True)
    status_code: Mapped[int | None] = field(label=_("Answer code"), system=True)
    duration_ms: Mapped[int | None] = field(label=_("Duration in ms"), system=True)
    answer: Mapped[str | None] = field(String(2000), label=_("Answer"), system=True, bulky=True)

    __table_args__ = (
        CheckConstraint("state <> 'delivered' OR attempts > 0", name="delivered_was_sent"),
        Index(None, "webhook_id", "id"),
        Index(
            "ix_core_webhook_delivery_due",
            "next_at",
            sqlite_where=text("state IN ('pending', 'failed')"),
            postgresql_where=text("state IN ('pending', 'failed')"),
        ),
    )
