"""Imports: saved mappings of headers to fields, and what each run did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import Entity, Owned, choice, field, reference
from tenon_sdk.text import _

IMPORT_STATES = (
    ("waiting", _("Waiting")),
    ("running", _("Running")),
    ("done", _("Done")),
    ("failed", _("Failed")),
    ("cancelled", _("Cancelled")),
)
IMPORT_MODES = (("all_or_nothing", _("All or nothing")), ("row_by_row", _("Row by row")))


class ImportMapping(
    Owned,
    Entity,
    name="core.import_mapping",
    label=_("Import mapping"),
    plural=_("Import mappings"),
    title="name",
    subtitle="entity",
    icon="arrows-split",
    search=False,
):
    """Which column of a file goes to which field, and how its values are repaired."""

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    name: Mapped[str] = field(String(120), label=_("Name"))
    columns: Mapped[dict[str, Any]] = field(label=_("Columns"), default=dict)
    options: Mapped[dict[str, Any]] = field(label=_("Options"), default=dict)

    __table_args__ = (UniqueConstraint("entity", "name"),)


class ImportRun(
    Owned,
    Entity,
    name="core.import_run",
    label=_("Import run"),
    plural=_("Import runs"),
    title="file_name",
    subtitle="state",
    icon="file-import",
    search=False,
):
    """One file read into one entity; every row is created, updated, skipped or failed."""

    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"), system=True)
    mapping_id: Mapped[UUID | None] = reference(
        "core.import_mapping", label=_("Import mapping"), on_delete="set_null", system=True
    )
    file_name: Mapped[str] = field(String(255), label=_("File name"), system=True)
    mode: Mapped[str] = choice(IMPORT_MODES, label=_("Mode"), system=True)
    dry_run: Mapped[bool] = field(label=_("Dry run"), default=False, system=True)
    options: Mapped[dict[str, Any]] = field(label=_("Options"), default=dict, system=True)
    state: Mapped[str] = choice(IMPORT_STATES, label=_("Status"), default="waiting", system=True)
    total: Mapped[int | None] = field(label=_("Rows"), minimum=0, system=True)
    read: Mapped[int] = field(label=_("Rows read"), default=0, minimum=0, system=True)
    created: Mapped[int] = field(label=_("Created"), default=0, minimum=0, system=True)
    updated: Mapped[int] = field(label=_("Updated"), default=0, minimum=0, system=True)
    skipped: Mapped[int] = field(label=_("Skipped"), default=0, minimum=0, system=True)
    failed: Mapped[int] = field(label=_("Failed"), default=0, minimum=0, system=True)
    message: Mapped[str | None] = field(String(1000), label=_("Message"), system=True)
    source_key: Mapped[str | None] = field(String(300), label=_("Stored as"), internal=True)
    errors_key: Mapped[str | None] = field(String(300), label=_("Error file"), internal=True)
    started_at: Mapped[datetime | None] = field(label=_("Started at"), system=True)
    finished_at: Mapped[datetime | None] = field(label=_("Finished at"), system=True)

    __table_args__ = (
        CheckConstraint("started_at <= finished_at", name="times"),
        CheckConstraint("created + updated + skipped + failed <= read", name="rows"),
        Index(None, "entity", "created_at"),
    )
