"""What any record can carry: tags, comments, saved views, notifications, fields, labels."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import Archived, Entity, Owned, any_reference, choice, field, reference
from tenon_sdk.text import _
from tenon_sdk.types import Json

VIEW_KINDS = (
    ("list", _("List")),
    ("board", _("Board")),
    ("calendar", _("Calendar")),
    ("map", _("Map")),
    ("chart", _("Chart")),
)
SHARING = (("private", _("Only me")), ("unit", _("My unit")), ("all", _("Everybody")))
NOTIFICATION_KINDS = (
    ("mention", _("Mention")),
    ("approval", _("Approval")),
    ("reminder", _("Reminder")),
    ("warning", _("Warning")),
    ("change", _("Change")),
)
CUSTOM_KINDS = (
    ("text", _("Text")),
    ("long_text", _("Long text")),
    ("integer", _("Whole number")),
    ("decimal", _("Decimal number")),
    ("boolean", _("Yes or no")),
    ("date", _("Date")),
    ("datetime", _("Date and time")),
    ("choice", _("Choice")),
    ("reference", _("Reference")),
    ("url", _("Web address")),
)


class Tag(Entity, name="core.tag", label=_("Tag"), plural=_("Tags"), title="name", icon="tag"):
    """A word that people put on records (标签); with an `entity` it fits that kind only."""

    name: Mapped[str] = field(String(60), label=_("Name"), search=True)
    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"), default="")
    colour: Mapped[str | None] = field(String(20), label=_("Colour"))

    __table_args__ = (UniqueConstraint("name", "entity"),)


class Tagging(
    Entity,
    name="core.tagging",
    label=_("Tag of a record"),
    plural=_("Tags of records"),
    icon="tags",
    parent="record_id",
    search=False,
):
    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    record_id: Mapped[UUID] = any_reference("entity", label=_("Record"))
    tag_id: Mapped[UUID] = reference("core.tag", label=_("Tag"), on_delete="cascade", index=False)

    __table_args__ = (
        UniqueConstraint("entity", "record_id", "tag_id"),
        Index(None, "tag_id", "entity", "record_id"),
    )


class Comment(
    Archived,
    Entity,
    name="core.comment",
    label=_("Comment"),
    plural=_("Comments"),
    title="text",
    icon="message",
    parent="record_id",
):
    """What somebody said about a record; `author_id` stays when `created_by` is an integration."""

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    record_id: Mapped[UUID] = any_reference("entity", label=_("Record"))
    author_id: Mapped[UUID] = reference("core.user", label=_("Author"), actor=True)
    text: Mapped[str] = field(String(10_000), label=_("Text"), kind="long_text", search=True)
    reply_to_id: Mapped[UUID | None] = reference(
        "core.comment", label=_("Answer to"), on_delete="cascade"
    )
    mentions: Mapped[list["Mention"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (Index(None, "entity", "record_id", "id"),)


class Mention(
    Entity,
    name="core.mention",
    label=_("Mention"),
    plural=_("Mentions"),
    icon="at",
    parent="comment_id",
    internal=True,
):
    """A user named in a comment, who is notified."""

    comment_id: Mapped[UUID] = reference(
        "core.comment", label=_("Comment"), on_delete="cascade", index=False
    )
    user_id: Mapped[UUID] = reference("core.user", label=_("User"), on_delete="cascade")

    __table_args__ = (UniqueConstraint("comment_id", "user_id"),)


class SavedView(
    Owned,
    Entity,
    name="core.saved_view",
    label=_("Saved view"),
    plural=_("Saved views"),
    title="name",
    subtitle="entity",
    icon="layout-list",
    search=False,
    periods=False,
):
    """A list as somebody set it up: `definition` holds fields, filters, sort and grouping."""

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"), index=True)
    name: Mapped[str] = field(String(120), label=_("Name"))
    kind: Mapped[str] = choice(VIEW_KINDS, label=_("Kind"), default="list")
    shared: Mapped[str] = choice(SHARING, label=_("Shared with"), default="private")
    definition: Mapped[dict[str, Any]] = field(label=_("Definition"), default=dict)
    is_default: Mapped[bool] = field(label=_("Opens first"), default=False)
    position: Mapped[int] = field(label=_("Sort order"), default=0)


class Notification(
    Entity,
    name="core.notification",
    label=_("Notification"),
    plural=_("Notifications"),
    title="message",
    icon="bell",
    internal=True,
    audited=False,
):
    """Something a user is told, in the application and by the channels she chose.

    `message` is the English message id and `args` its arguments, so that it is shown in the
    language of whoever reads it. One with `key` is sent to a user once.
    """

    user_id: Mapped[UUID] = reference(
        "core.user", label=_("User"), on_delete="cascade", index=False
    )
    kind: Mapped[str] = choice(NOTIFICATION_KINDS, label=_("Kind"))
    message: Mapped[str] = field(String(500), label=_("Message"))
    args: Mapped[dict[str, Any]] = field(label=_("Arguments"), default=dict)
    entity: Mapped[str | None] = field(String(ENTITY_NAME), label=_("Kind of record"))
    record_id: Mapped[UUID | None] = any_reference("entity", label=_("Record"))
    link: Mapped[str | None] = field(String(500), label=_("Link"))
    key: Mapped[str | None] = field(String(200), label=_("Key"), system=True)
    read_at: Mapped[datetime | None] = field(label=_("Read at"))
    sent_at: Mapped[datetime | None] = field(label=_("Sent at"), system=True)

    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        Index(None, "user_id", "read_at", "id"),
        Index(None, "entity", "record_id"),
    )


class CustomField(
    Entity,
    name="core.custom_field",
    label=_("Custom field"),
    plural=_("Custom fields"),
    title="key",
    subtitle="entity",
    icon="forms",
    search=False,
):
    """A field that an administrator added to an entity; values are in the record's `custom`.

    `labels` and the values of `choices` are texts by locale: `{"en": …, "zh_CN": …}`.
    """

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    key: Mapped[str] = field(String(40), label=_("Key"))
    labels: Mapped[dict[str, Any]] = field(label=_("Names by language"))
    kind: Mapped[str] = choice(CUSTOM_KINDS, label=_("Kind"))
    choices: Mapped[dict[str, Any] | None] = field(Json(), label=_("Choices"))
    target: Mapped[str | None] = field(String(ENTITY_NAME), label=_("Refers to"))
    required: Mapped[bool] = field(label=_("Required"), default=False)
    in_list: Mapped[bool] = field(label=_("Shown in lists"), default=False)
    searchable: Mapped[bool] = field(label=_("Found by search"), default=False)
    position: Mapped[int] = field(label=_("Sort order"), default=0)
    active: Mapped[bool] = field(label=_("Active"), default=True)

    __table_args__ = (
        UniqueConstraint("entity", "key"),
        CheckConstraint("kind <> 'choice' OR choices IS NOT NULL", name="choices_given"),
        CheckConstraint("kind <> 'reference' OR target IS NOT NULL", name="target_given"),
    )


class Label(
    Entity,
    name="core.label",
    label=_("Label"),
    plural=_("Labels"),
    title="code",
    subtitle="entity",
    icon="abc",
    search=False,
):
    """What this site calls a fixed code, or a sub-state of its own below that code.

    `substate` is empty for the code's own name. `labels` are texts by locale.
    """

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    field_name: Mapped[str] = field(String(60), label=_("Field"))
    code: Mapped[str] = field(String(60), label=_("Code"))
    substate: Mapped[str] = field(String(60), label=_("Sub-state"), default="")
    labels: Mapped[dict[str, Any]] = field(label=_("Names by language"))
    colour: Mapped[str | None] = field(String(20), label=_("Colour"))
    position: Mapped[int] = field(label=_("Sort order"), default=0)
    active: Mapped[bool] = field(label=_("Active"), default=True)

    __table_args__ = (UniqueConstraint("entity", "field_name", "code", "substate"),)
