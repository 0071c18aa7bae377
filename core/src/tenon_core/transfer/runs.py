"""The record of an import: started, carried on where it was left, cancelled, told about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from attrs import define, field, frozen
from sqlalchemy import Connection, Row, select, update

from tenon_core.entities.imports import ImportMapping, ImportRun
from tenon_core.events.messages import dump_message, load_message
from tenon_core.storage.auditing import audit_act
from tenon_core.storage.following import waiting
from tenon_core.transfer.area import RunFiles
from tenon_core.transfer.importer import Duplicates, Portion
from tenon_core.transfer.mapping import ImportPlan, parse_mapping
from tenon_core.transfer.rows import Fault
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Forbidden, Invalid, NotFound
from tenon_sdk.text import Text, _

Mode = Literal["all_or_nothing", "row_by_row"]
JOB = "core.run_import"
PERMISSION = "core.import.run"
UNFINISHED = ("waiting", "running")
FINISHED = ("done", "failed", "cancelled")
SHOWN = 100
MESSAGE = 1_000


@frozen(kw_only=True)
class ImportRequest:
    """What is wanted of an import; `mapping` is in the form that `parse_mapping` reads."""

    entity: str
    mapping: Mapping[str, Any] = field(factory=dict)
    mapping_id: UUID | None = None
    mode: Mode = "row_by_row"
    dry_run: bool = False
    duplicates: Duplicates = "ignore"

    @property
    def plan(self) -> ImportPlan:
        return parse_mapping(dict(self.mapping))


@define(kw_only=True)
class ImportReport:
    """How an import went, or stands; `faults` are the first of those there are.

    `read` counts rows; each is created, updated, unchanged or failed. `ignored` are headers.
    `following` tells how much of what is derived from the records (search, keys of duplicates,
    ownership periods) is still to be made; 0 when all is up to date.
    """

    id: UUID
    state: str
    dry_run: bool = False
    total: int | None = None
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    message: Text | None = None
    faults: list[Fault] = field(factory=list)
    warnings: list[Fault] = field(factory=list)
    ignored: tuple[str, ...] = ()
    errors_key: str | None = None
    following: int = 0

    def add(self, portion: Portion, rows: int) -> None:
        self.read += rows
        self.created += portion.created
        self.updated += portion.updated
        self.unchanged += portion.unchanged
        self.failed += portion.failed
        self.faults += portion.faults[: max(0, SHOWN - len(self.faults))]
        self.warnings += portion.warnings[: max(0, SHOWN - len(self.warnings))]


def start_import(
    ctx: Any, entity: type[Entity], source: Path, name: str, request: ImportRequest, *, queue: bool
) -> UUID:
    """Stores the file and the run's record; with `queue` a job carries it out after commit.

    Raises Forbidden for who may not import or neither create nor edit such records, Invalid for
    a mapping that cannot be used.
    """
    info = entity.__tenon__
    ctx.require(PERMISSION)
    if not (ctx.can(info.permission("create")) or ctx.can(info.permission("edit"))):
        raise Forbidden(info.permission("create"))
    if info.internal or info.extends or request.entity != info.name:
        raise Invalid({"entity": _("Records of “{entity}” cannot be imported.", entity=info.name)})
    parse_mapping(dict(request.mapping))
    run = ImportRun(
        entity=info.name,
        mapping_id=request.mapping_id,
        file_name=name[:255],
        mode=request.mode,
        dry_run=request.dry_run,
        options={"mapping": dict(request.mapping), "duplicates": request.duplicates},
    )
    ctx.session.add(run)
    ctx.session.flush()
    key = RunFiles(ctx.site, run.id).put(f"source{source.suffix[:10]}", source)
    change(ctx.connection, run.id, source_key=key)
    if queue:
        ctx.enqueue(JOB, {"run": str(run.id)}, key=str(run.id))
    return UUID(str(run.id))


def saved_mapping(ctx: Any, entity: str, name: str) -> tuple[UUID, dict[str, Any]]:
    """A saved mapping that the person sees, in the form of a file. Raises NotFound."""
    found = ctx.session.scalars(
        select(ImportMapping).where(ImportMapping.entity == entity, ImportMapping.name == name)
    ).one_or_none()
    if found is None:
        raise NotFound("core.import_mapping", name)
    return found.id, {**found.options, "columns": found.columns}


def save_mapping(ctx: Any, entity: str, name: str, mapping: Mapping[str, Any]) -> UUID:
    """Keeps a mapping under a name, over one of that name. Raises Invalid for a faulty one."""
    parse_mapping(dict(mapping))
    options = {key: value for key, value in mapping.items() if key not in {"columns", "name"}}
    found = ctx.session.scalars(
        select(ImportMapping).where(ImportMapping.entity == entity, ImportMapping.name == name)
    ).one_or_none()
    record = found or ImportMapping(entity=entity, name=name)
    record.columns, record.options = dict(mapping.get("columns") or {}), options
    ctx.session.add(record)
    ctx.session.flush()
    return UUID(str(record.id))


def cancel_import(ctx: Any, run_id: UUID) -> None:
    """Ends an import of the person's own, or any for who manages the site.

    All or nothing leaves nothing; row by row keeps the portions that were stored, and the counts
    tell them. Raises NotFound if there is no such unfinished run.
    """
    row = fetch(ctx.connection, run_id)
    mine = row is not None and row.owner_id == ctx.actor.user_id
    if row is None or not (mine or ctx.can("core.site.manage")):
        raise NotFound("core.import_run", run_id)
    if not change(ctx.connection, run_id, state="cancelled", finished_at=ctx.now):
        raise NotFound("core.import_run", run_id)
    audit_act(ctx, "import cancelled", entity="core.import_run", record_id=run_id)


# ------------------------------------------------------------------------------ the record's row
# The counts of a run change with every portion: they are bookkeeping and are not audited.


def fetch(connection: Connection, run_id: UUID) -> Row[Any] | None:
    table: Any = ImportRun.__table__
    return connection.execute(select(table).where(table.c.id == run_id)).one_or_none()


def change(
    connection: Connection, run_id: UUID, *, standing_at: int | None = None, **values: Any
) -> bool:
    """Changes an unfinished run, if one is given only at this row; False if it is not so."""
    table: Any = ImportRun.__table__
    statement = update(table).where(table.c.id == run_id, table.c.state.in_(UNFINISHED))
    if standing_at is not None:
        statement = statement.where(table.c.read == standing_at)
    result: Any = connection.execute(statement.values(version=table.c.version + 1, **values))
    return bool(result.rowcount)


def counts(report: ImportReport) -> dict[str, int]:
    """The counts as the record's columns are called."""
    return {
        "read": report.read,
        "created": report.created,
        "updated": report.updated,
        "skipped": report.unchanged,
        "failed": report.failed,
    }


def report_of(site: Any, row: Row[Any]) -> ImportReport:
    """The report of a run as it stands, with its first faults from the notes."""
    report = ImportReport(
        id=row.id,
        state=row.state,
        dry_run=row.dry_run,
        total=row.total,
        read=row.read,
        created=row.created,
        updated=row.updated,
        unchanged=row.skipped,
        failed=row.failed,
        message=Text(row.message) if row.message else None,
        errors_key=row.errors_key,
    )
    with site.read_engine.connect() as connection:
        report.following = waiting(connection, row.id)
    for note in RunFiles(site, row.id).notes():
        faults, warnings = read_note(note)
        report.faults += faults[: SHOWN - len(report.faults)]
        report.warnings += warnings[: SHOWN - len(report.warnings)]
        if len(report.faults) == SHOWN:
            break
    return report


def note_of(portion: Portion) -> dict[str, Any]:
    """What has to be known of a portion when the import ends, as JSON."""
    return {
        "faults": [_dump(fault) for fault in portion.faults],
        "warnings": [_dump(fault) for fault in portion.warnings],
        "later": [[w.row, str(w.id), w.column, w.field, w.text] for w in portion.later],
    }


def read_note(note: Mapping[str, Any]) -> tuple[list[Fault], list[Fault]]:
    """(faults, warnings)."""
    return [_load(one) for one in note["faults"]], [_load(one) for one in note["warnings"]]


def _dump(fault: Fault) -> list[Any]:
    return [fault.row, fault.header, dump_message(fault.message)]


def _load(stored: list[Any]) -> Fault:
    row, header, message = stored
    return Fault(row, header, load_message(message["message"], message["args"], "UTC"))


def audit_end(ctx: Any, row: Row[Any], report: ImportReport) -> None:
    told = {name: [None, value] for name, value in counts(report).items()}
    audit_act(
        ctx,
        "imported",
        entity=row.entity,
        record_id=row.id,
        changes={**told, "file": [None, row.file_name], "state": [None, report.state]},
    )
