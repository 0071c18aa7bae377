"""Files (文件): documents, their versions, and the records they belong to."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, relationship

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import (
    Archived,
    Commented,
    Entity,
    Owned,
    Tagged,
    any_reference,
    choice,
    field,
    reference,
)
from tenon_sdk.text import _

DOCUMENT_CATEGORIES = (
    ("contract", _("Contract")),
    ("quotation", _("Quotation")),
    ("drawing", _("Drawing")),
    ("specification", _("Specification")),
    ("certificate", _("Certificate")),
    ("protocol", _("Protocol")),
    ("invoice", _("Invoice")),
    ("receipt", _("Receipt")),
    ("photo", _("Photo")),
    ("letter", _("Letter")),
    ("report", _("Report")),
    ("other", _("Other")),
)


class Document(
    Owned,
    Archived,
    Commented,
    Tagged,
    Entity,
    name="core.document",
    label=_("Document"),
    plural=_("Documents"),
    title="name",
    subtitle="category",
    icon="file",
    seen_with=("core.document_link.record_id",),
    periods=False,
):
    """A file with its versions; `current`, `media_type` and `size` are those of the newest.

    Whoever sees a record that it is attached to sees it.
    """

    name: Mapped[str] = field(String(255), label=_("Name"), search=True)
    category: Mapped[str] = choice(
        DOCUMENT_CATEGORIES, label=_("Category"), default="other", index=True
    )
    description: Mapped[str | None] = field(String(1000), label=_("Description"), search=True)
    current: Mapped[int] = field(label=_("Current version"), default=0, minimum=0, system=True)
    media_type: Mapped[str | None] = field(String(120), label=_("Media type"), system=True)
    size: Mapped[int | None] = field(BigInteger(), label=_("Size in bytes"), minimum=0, system=True)

    versions: Mapped[list["DocumentVersion"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="DocumentVersion.number"
    )
    links: Mapped[list["DocumentLink"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True
    )

    __table_args__ = (Index(None, "name", "id"),)


class DocumentVersion(
    Entity,
    name="core.document_version",
    label=_("Document version"),
    plural=_("Document versions"),
    title="file_name",
    subtitle="number",
    icon="versions",
    parent="document_id",
    search=False,
):
    """One content, never changed; equal contents share one stored object, named by `sha256`."""

    document_id: Mapped[UUID] = reference(
        "core.document", label=_("Document"), on_delete="cascade", index=False
    )
    number: Mapped[int] = field(label=_("Version"), minimum=1, system=True)
    file_name: Mapped[str] = field(String(255), label=_("File name"), system=True)
    media_type: Mapped[str] = field(String(120), label=_("Media type"), system=True)
    size: Mapped[int] = field(BigInteger(), label=_("Size in bytes"), minimum=0, system=True)
    sha256: Mapped[str] = field(String(64), label=_("SHA-256"), system=True, index=True)
    storage_key: Mapped[str] = field(String(300), label=_("Stored as"), internal=True)
    note: Mapped[str | None] = field(String(500), label=_("Note"))

    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        CheckConstraint("length(sha256) = 64", name="sha256_length"),
    )


class DocumentLink(
    Entity,
    name="core.document_link",
    label=_("Attachment"),
    plural=_("Attachments"),
    icon="paperclip",
    parent="record_id",
    search=False,
):
    """A document attached to a record of any kind."""

    document_id: Mapped[UUID] = reference(
        "core.document", label=_("Document"), on_delete="cascade", index=False
    )
    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    record_id: Mapped[UUID] = any_reference("entity", label=_("Record"))

    __table_args__ = (
        UniqueConstraint("document_id", "entity", "record_id"),
        Index(None, "entity", "record_id", "document_id"),
    )
