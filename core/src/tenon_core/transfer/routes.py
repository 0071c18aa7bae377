"""Imports over the API: start one, look how far it is, get the refused rows, end it."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal
from uuid import UUID

from attrs import field, frozen

from tenon_core.transfer.area import RunFiles
from tenon_core.transfer.opening import open_importer
from tenon_core.transfer.rows import Fault
from tenon_core.transfer.runs import (
    PERMISSION,
    ImportReport,
    ImportRequest,
    cancel_import,
    fetch,
    report_of,
    save_mapping,
    saved_mapping,
    start_import,
)
from tenon_sdk.declarations import Route
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _, translate

SHOWN_ROWS = 5


@frozen(kw_only=True)
class FileInput:
    """A file (`content` in base64) for an entity, with a mapping or the name of a saved one."""

    entity: str
    file_name: str
    content: str = field(repr=False)
    mapping: dict[str, Any] = field(factory=dict)
    saved_mapping: str | None = None


@frozen(kw_only=True)
class ImportInput(FileInput):
    mode: Literal["all_or_nothing", "row_by_row"] = "row_by_row"
    dry_run: bool = False
    duplicates: Literal["ignore", "warn", "refuse", "merge"] = "ignore"


@frozen(kw_only=True)
class RunInput:
    id: UUID


@frozen(kw_only=True)
class MappingInput:
    entity: str
    name: str
    mapping: dict[str, Any] = field(factory=dict)


def _entity(ctx: Any, name: str) -> type[Entity]:
    entity: type[Entity] | None = ctx.site.registry.entities.get(name)
    if entity is None:
        raise Invalid({"entity": _("There is no kind of record “{name}”.", name=name)})
    return entity


def _stored(folder: str, given: FileInput, limit: int) -> Path:
    if len(given.content) > limit * 4 // 3 + 4:
        raise Invalid({"content": _("The file is larger than {limit} bytes.", limit=limit)})
    try:
        data = base64.b64decode(given.content, validate=True)
    except binascii.Error:
        raise Invalid({"content": _("The file has to be given in base64.")}) from None
    path = Path(folder) / f"source{Path(given.file_name).suffix[:10]}"
    path.write_bytes(data)
    return path


def _mapping(ctx: Any, given: FileInput) -> tuple[UUID | None, dict[str, Any]]:
    if given.saved_mapping is None:
        return None, given.mapping
    return saved_mapping(ctx, given.entity, given.saved_mapping)


def start(ctx: Any, given: ImportInput) -> dict[str, Any]:
    """Stores the file and starts a job; the answer names the run."""
    entity = _entity(ctx, given.entity)
    mapping_id, mapping = _mapping(ctx, given)
    request = ImportRequest(
        entity=given.entity,
        mapping=mapping,
        mapping_id=mapping_id,
        mode=given.mode,
        dry_run=given.dry_run,
        duplicates=given.duplicates,
    )
    with TemporaryDirectory(prefix="tenon-import-") as folder:
        path = _stored(folder, given, ctx.site.config.files.max_size)
        run_id = start_import(ctx, entity, path, given.file_name, request, queue=True)
    return {"id": run_id, "state": "waiting"}


def preview(ctx: Any, given: FileInput) -> dict[str, Any]:
    """How the headers of a file are understood, and its first rows; nothing is stored."""
    entity = _entity(ctx, given.entity)
    _id, mapping = _mapping(ctx, given)
    request = ImportRequest(entity=given.entity, mapping=mapping)
    with TemporaryDirectory(prefix="tenon-import-") as folder:
        path = _stored(folder, given, ctx.site.config.files.max_size)
        importer = open_importer(ctx, path, entity, request.plan)
        rows = [row for _number, row in next(importer.portions(), [])[:SHOWN_ROWS]]
    return {
        "header_row": importer.header,
        "columns": [
            {"header": column.header, "field": column.slot.path}
            for column in importer.columns
            if column.position >= 0
        ],
        "ignored": list(importer.ignored),
        "key": list(importer.key),
        "rows": [["" if cell is None else str(cell) for cell in row] for row in rows],
    }


def status(ctx: Any, given: RunInput) -> dict[str, Any]:
    """How an import stands, with the first faults."""
    row = fetch(ctx.connection, given.id)
    if row is None or not (row.owner_id == ctx.actor.user_id or ctx.can("core.site.manage")):
        raise NotFound("core.import_run", given.id)
    return told(report_of(ctx.site, row))


def told(report: ImportReport) -> dict[str, Any]:
    """A report as plain data, in the present language."""
    return {
        "id": report.id,
        "state": report.state,
        "dry_run": report.dry_run,
        "total": report.total,
        "read": report.read,
        "created": report.created,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "failed": report.failed,
        "message": translate(report.message) if report.message else None,
        "faults": [_fault(one) for one in report.faults],
        "warnings": [_fault(one) for one in report.warnings],
        "has_errors_file": report.errors_key is not None,
        "following": report.following,
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {"row": fault.row, "header": fault.header, "message": translate(fault.message)}


def errors(ctx: Any, given: RunInput) -> dict[str, Any]:
    """The refused rows with their reasons, as a file in base64."""
    row = fetch(ctx.connection, given.id)
    mine = row is not None and row.owner_id == ctx.actor.user_id
    if row is None or not row.errors_key or not (mine or ctx.can("core.site.manage")):
        raise NotFound("core.import_run", given.id)
    with RunFiles(ctx.site, given.id).open(row.errors_key) as file:
        content = base64.b64encode(file.read()).decode()
    return {"file_name": f"errors-{row.file_name}", "content": content}


def cancel(ctx: Any, given: RunInput) -> dict[str, Any]:
    cancel_import(ctx, given.id)
    return {"id": given.id, "state": "cancelled"}


def keep_mapping(ctx: Any, given: MappingInput) -> dict[str, Any]:
    """Saves a mapping under a name."""
    _entity(ctx, given.entity)
    return {"id": save_mapping(ctx, given.entity, given.name, given.mapping)}


def _route(method: Any, path: str, run: Any, summary: Any, inputs: type[Any]) -> Route:
    return Route(
        method=method,
        path=f"core/import{path}",
        run=run,
        summary=summary,
        permission=PERMISSION,
        inputs=inputs,
        upload=inputs in {ImportInput, FileInput},
    )


ROUTES = (
    _route("POST", "", start, _("Import a file"), ImportInput),
    _route("POST", "/preview", preview, _("Look at a file before importing it"), FileInput),
    _route("POST", "/mapping", keep_mapping, _("Save an import mapping"), MappingInput),
    _route("GET", "/{id}", status, _("See how an import stands"), RunInput),
    _route("GET", "/{id}/errors", errors, _("Get the refused rows of an import"), RunInput),
    _route("POST", "/{id}/cancel", cancel, _("End an import"), RunInput),
)
