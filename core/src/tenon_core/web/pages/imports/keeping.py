"""Imports as the wizard keeps them: a run that waits with its file until it is mapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Row, select

from tenon_core.entities.imports import ImportMapping, ImportRun
from tenon_core.jobs.runs import State, job_run
from tenon_core.transfer.area import RunFiles
from tenon_core.transfer.runs import (
    FINISHED,
    JOB,
    PERMISSION,
    ImportRequest,
    change,
    fetch,
    start_import,
)
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid, NotFound, Refusal, Refused
from tenon_sdk.text import Text, _

DRAFT = "draft"
EARLIER = 20


@frozen(kw_only=True)
class Standing:
    """How far the job of a run is; rows of the file."""

    state: str
    done: int | None
    total: int | None


def own_run(ctx: Any, run_id: UUID) -> Row[Any]:
    """A run of the person's own, any for who manages the site. Raises Forbidden, NotFound."""
    ctx.require(PERMISSION)
    row = fetch(ctx.connection, run_id)
    if row is None or not (row.owner_id == ctx.actor.user_id or ctx.can("core.site.manage")):
        raise NotFound("core.import_run", run_id)
    return row


def is_draft(row: Any) -> bool:
    return row.state == "waiting" and bool(row.options.get(DRAFT))


def importable(ctx: Any) -> list[Any]:
    """Kinds of records that the person may import, by their infos."""
    return [
        cls.__tenon__
        for cls in ctx.site.registry.entities
        if may_import(ctx, cls) and cls.__tenon__.search
    ]


def may_import(ctx: Any, entity: type[Entity]) -> bool:
    info = entity.__tenon__
    if info.internal or info.extends:
        return False
    return bool(ctx.can(info.permission("create")) or ctx.can(info.permission("edit")))


def keep_file(
    ctx: Any, entity: type[Entity], name: str, content: bytes, mapping: Mapping[str, Any]
) -> UUID:
    """Stores an uploaded file as a run that waits for its mapping."""
    request = ImportRequest(entity=entity.__tenon__.name, mapping=mapping, dry_run=True)
    with TemporaryDirectory(prefix="tenon-import-") as folder:
        path = Path(folder) / f"source{Path(name).suffix[:10]}"
        path.write_bytes(content)
        run_id = start_import(ctx, entity, path, name, request, queue=False)
    options = {"mapping": dict(mapping), "duplicates": "ignore", DRAFT: True}
    change(ctx.connection, run_id, options=options)
    return run_id


@contextmanager
def source(ctx: Any, row: Any) -> Iterator[Path]:
    """The file of a run. Raises Refused once it was cleaned away."""
    gone = Refused(Refusal(_("The file is not kept any more. Upload it again."), code="gone"))
    if row.source_key is None:
        raise gone
    try:
        with RunFiles(ctx.site, row.id).local(row.source_key) as path:
            yield path
    except FileNotFoundError:
        raise gone from None


def start(ctx: Any, row: Any, path: Path, request: ImportRequest) -> UUID:
    """Carries out what a run waits for; of one that has ended, the same file in a new run."""
    if row.state not in FINISHED and not is_draft(row):
        raise Refused(Refusal(_("This import is being carried out."), code="wrong_state"))
    entity = ctx.site.registry.entity(row.entity)
    if not is_draft(row):
        return start_import(ctx, entity, path, row.file_name, request, queue=True)
    options = {"mapping": dict(request.mapping), "duplicates": request.duplicates}
    change(
        ctx.connection,
        row.id,
        options=options,
        mode=request.mode,
        dry_run=request.dry_run,
        mapping_id=request.mapping_id,
    )
    ctx.enqueue(JOB, {"run": str(row.id)}, key=str(row.id))
    return UUID(str(row.id))


def standing(ctx: Any, row: Any) -> Standing:
    """The state of the run and how far its job is; one statement."""
    found = ctx.connection.execute(
        select(job_run.c.state, job_run.c.done, job_run.c.total).where(
            job_run.c.job == JOB, job_run.c.key == str(row.id)
        )
    ).one_or_none()
    state = row.state
    if found is not None and state not in FINISHED and found.state == State.FAILED:
        state = "failed"
    done = found.done if found is not None and found.done is not None else row.read
    return Standing(state=state, done=done, total=row.total or (found.total if found else None))


def earlier(ctx: Any, entity: str | None) -> list[Row[Any]]:
    """The person's last runs, the newest first; one statement."""
    table: Any = ImportRun.__table__
    statement = select(table).where(table.c.owner_id == ctx.actor.user_id)
    if entity is not None:
        statement = statement.where(table.c.entity == entity)
    statement = statement.order_by(table.c.created_at.desc(), table.c.id.desc()).limit(EARLIER)
    return list(ctx.connection.execute(statement))


def mapping_names(ctx: Any, entity: str) -> list[str]:
    """Saved mappings of a kind that the person sees."""
    statement = select(ImportMapping.name).where(ImportMapping.entity == entity)
    return list(ctx.session.scalars(statement.order_by(ImportMapping.name)))


def entity_of(ctx: Any, name: str) -> type[Entity]:
    entity: type[Entity] | None = ctx.site.registry.entities.get(name)
    if entity is None or not may_import(ctx, entity):
        message: Text = _("Records of “{entity}” cannot be imported.", entity=name)
        raise Invalid({"entity": message})
    return entity
