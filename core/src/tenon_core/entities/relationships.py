"""Who knows whom: ties between contacts and employees."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, choice, field, reference
from tenon_sdk.text import _
from tenon_sdk.types import Exact

RELATIONSHIP_KINDS = (
    ("business", _("Business")),
    ("technical", _("Technical")),
    ("management", _("Management")),
    ("friend", _("Friend")),
    ("alumni", _("Fellow student")),
    ("former_colleague", _("Former colleague")),
    ("family", _("Family")),
)


class Relationship(
    Entity,
    name="core.relationship",
    label=_("Relationship"),
    plural=_("Relationships"),
    title="kind",
    icon="affiliate",
    parent="contact_id",
    search=False,
):
    """A tie (关系联接) between a contact and an employee, one row a pair.

    `score` is the decayed sum of dated activities as it was at `score_as_of`, `level` (0 none to
    5 close) its step then. `rank` orders ties by strength at any time (log2 of the score plus
    time in half-lives), None for a score of zero. These are computed, and so is the last contact.
    """

    contact_id: Mapped[UUID] = reference(
        "core.contact", label=_("Contact"), on_delete="cascade", index=False
    )
    user_id: Mapped[UUID] = reference("core.user", label=_("Employee"), index=False)
    kind: Mapped[str] = choice(RELATIONSHIP_KINDS, label=_("Kind"), default="business")
    since: Mapped[date | None] = field(label=_("Since"))
    note: Mapped[str | None] = field(String(500), label=_("Note"))
    score: Mapped[Decimal] = field(
        Exact(18, 6), label=_("Score"), system=True, default=Decimal(0), minimum=0
    )
    score_as_of: Mapped[datetime | None] = field(label=_("Score as of"), system=True)
    rank: Mapped[Decimal | None] = field(Exact(18, 9), label=_("Rank"), system=True)
    level: Mapped[int] = field(label=_("Level"), system=True, default=0, minimum=0, maximum=5)
    last_contact_at: Mapped[datetime | None] = field(label=_("Last contact"), system=True)

    __table_args__ = (
        UniqueConstraint("contact_id", "user_id"),
        Index(None, "user_id", "rank"),
    )
