"""What people do for customers: visits, calls, meetings, tasks, with whom and about what."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import (
    Archived,
    Commented,
    Documented,
    Entity,
    Owned,
    Tagged,
    any_reference,
    choice,
    field,
    reference,
)
from tenon_sdk.text import _
from tenon_sdk.types import Exact

ACTIVITY_KINDS = (
    ("visit", _("Visit")),
    ("call", _("Call")),
    ("meeting", _("Meeting")),
    ("email", _("E-mail")),
    ("message", _("Message")),
    ("task", _("Task")),
    ("survey", _("Survey")),
    ("demonstration", _("Demonstration")),
    ("training", _("Training")),
    ("exhibition", _("Exhibition")),
    ("hospitality", _("Hospitality")),
    ("other", _("Other")),
)
ACTIVITY_STATUSES = (
    ("planned", _("Planned")),
    ("done", _("Done")),
    ("cancelled", _("Cancelled")),
)
RESULTS = (("good", _("Good")), ("neutral", _("Neutral")), ("bad", _("Bad")))
PRIORITIES = (("low", _("Low")), ("normal", _("Normal")), ("high", _("High")))


class Activity(
    Owned,
    Archived,
    Documented,
    Commented,
    Tagged,
    Entity,
    name="core.activity",
    label=_("Activity"),
    plural=_("Activities"),
    title="subject",
    subtitle="kind",
    icon="calendar-event",
    seen_with=("account_id",),
    settled=("status", ("done", "cancelled")),
    periods=False,
):
    """Something planned or done (活动) for a customer.

    Times are to the minute; what is done has its actual start. A task is due at `planned_end`.
    `account_id` is the customer it mainly concerns, and whoever sees that one sees it; what
    else it is about stands in `core.activity_subject`. Coordinates are those of the check-in.
    """

    kind: Mapped[str] = choice(ACTIVITY_KINDS, label=_("Kind"))
    subject: Mapped[str] = field(String(200), label=_("Subject"), search=True)
    status: Mapped[str] = choice(ACTIVITY_STATUSES, label=_("Status"), default="planned")
    substate: Mapped[str | None] = field(String(60), label=_("Sub-state"))
    priority: Mapped[str] = choice(PRIORITIES, label=_("Priority"), default="normal")
    account_id: Mapped[UUID | None] = reference(
        "core.account", label=_("Account"), on_delete="set_null", index=False
    )
    planned_start: Mapped[datetime | None] = field(label=_("Planned start"))
    planned_end: Mapped[datetime | None] = field(label=_("Planned end"))
    actual_start: Mapped[datetime | None] = field(label=_("Actual start"))
    actual_end: Mapped[datetime | None] = field(label=_("Actual end"))
    all_day: Mapped[bool] = field(label=_("All day"), default=False)
    remind_at: Mapped[datetime | None] = field(label=_("Remind at"))
    place: Mapped[str | None] = field(String(300), label=_("Place"))
    checked_in_at: Mapped[datetime | None] = field(label=_("Checked in at"))
    longitude: Mapped[Decimal | None] = field(
        Exact(9, 6), label=_("Longitude"), minimum=-180, maximum=180
    )
    latitude: Mapped[Decimal | None] = field(
        Exact(9, 6), label=_("Latitude"), minimum=-90, maximum=90
    )
    description: Mapped[str | None] = field(
        String(10_000), label=_("Description"), kind="long_text", bulky=True
    )
    result: Mapped[str | None] = choice(RESULTS, label=_("Result"))
    outcome: Mapped[str | None] = field(
        String(10_000), label=_("Outcome"), kind="long_text", search=True, bulky=True
    )
    next_step: Mapped[str | None] = field(String(500), label=_("Next step"))
    next_step_on: Mapped[date | None] = field(label=_("Next step on"))
    follows_id: Mapped[UUID | None] = reference(
        "core.activity", label=_("Follows"), on_delete="set_null"
    )
    external_id: Mapped[str | None] = field(
        String(255), label=_("Identifier elsewhere"), unique=True
    )

    # Loaded before they are deleted: the ties of those who took part are computed anew.
    participants: Mapped[list["ActivityParticipant"]] = relationship(
        cascade="all, delete-orphan", back_populates="activity"
    )
    subjects: Mapped[list["ActivitySubject"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, back_populates="activity"
    )

    __table_args__ = (
        CheckConstraint("planned_start <= planned_end", name="planned_times"),
        CheckConstraint("actual_start <= actual_end", name="actual_times"),
        CheckConstraint("status <> 'done' OR actual_start IS NOT NULL", name="done_has_time"),
        CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name="coordinates"),
        CheckConstraint("follows_id <> id", name="not_own_follow_up"),
        Index(None, "account_id", "actual_start"),
        Index(None, "owner_id", "status", "planned_end"),
        Index(None, "owner_id", "planned_start"),
        Index(
            "ix_core_activity_open",
            "planned_end",
            sqlite_where=text("status = 'planned'"),
            postgresql_where=text("status = 'planned'"),
        ),
    )


class ActivityParticipant(
    Entity,
    name="core.activity_participant",
    label=_("Participant"),
    plural=_("Participants"),
    icon="users",
    parent="activity_id",
    search=False,
):
    """Somebody who takes part: one of us (`user_id`) or of the customer (`contact_id`)."""

    activity_id: Mapped[UUID] = reference(
        "core.activity", label=_("Activity"), on_delete="cascade", index=False
    )
    user_id: Mapped[UUID | None] = reference("core.user", label=_("Employee"), index=False)
    contact_id: Mapped[UUID | None] = reference(
        "core.contact", label=_("Contact"), on_delete="cascade", index=False
    )
    attended: Mapped[bool] = field(label=_("Attended"), default=True)

    activity: Mapped[Activity] = relationship(back_populates="participants")

    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (contact_id IS NULL)", name="one_person"),
        UniqueConstraint("activity_id", "user_id"),
        UniqueConstraint("activity_id", "contact_id"),
        Index(None, "contact_id", "activity_id"),
        Index(None, "user_id", "activity_id"),
    )


class ActivitySubject(
    Entity,
    name="core.activity_subject",
    label=_("Subject of an activity"),
    plural=_("Subjects of activities"),
    icon="link",
    parent="activity_id",
    search=False,
):
    """A record of any kind that an activity is about."""

    activity_id: Mapped[UUID] = reference(
        "core.activity", label=_("Activity"), on_delete="cascade", index=False
    )
    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    record_id: Mapped[UUID] = any_reference("entity", label=_("Record"))

    activity: Mapped[Activity] = relationship(back_populates="subjects")

    __table_args__ = (
        UniqueConstraint("activity_id", "entity", "record_id"),
        Index(None, "entity", "record_id"),
    )
