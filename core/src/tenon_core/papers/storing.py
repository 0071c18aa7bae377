"""Keeping a paper with its record, as a document whose versions are its printings."""

from __future__ import annotations

import io
from hashlib import sha256
from typing import Any
from uuid import UUID

from attrs import evolve
from sqlalchemy import select

from tenon_core.customers import documents
from tenon_core.entities import Document, DocumentLink, DocumentVersion
from tenon_core.papers.printing import PaperRequest, print_paper
from tenon_sdk.errors import NotFound
from tenon_sdk.events import Subject


def store_paper(ctx: Any, request: PaperRequest) -> DocumentVersion:
    """Prints and attaches the paper to its record; returns the version that now holds it.

    A document of that name that is attached already gets the next version, and none if nothing
    has changed since the newest. Whoever sees the record sees the copy; of a record's sheet it
    leaves out what needs a permission of its own. Raises what printing and adding documents raise.
    """
    printed = print_paper(ctx, evolve(request, shared=True))
    name = request.entity.__tenon__.name
    known = _attached(ctx, name, request.id, printed.file_name)
    if known is not None:
        newest = _newest(ctx, known)
        if newest.sha256 == sha256(printed.content).hexdigest():
            return newest
    return documents.store(
        ctx,
        io.BytesIO(printed.content),
        printed.file_name,
        document_id=known,
        category=printed.category,
        subjects=() if known is not None else (Subject(name, request.id),),
    )


def _attached(ctx: Any, entity: str, id_: UUID, file_name: str) -> UUID | None:
    """The document of that name at the record, the oldest of several."""
    statement = (
        select(Document.id)
        .join(DocumentLink, DocumentLink.document_id == Document.id)
        .where(
            DocumentLink.entity == entity,
            DocumentLink.record_id == id_,
            Document.name == file_name,
            Document.archived_at.is_(None),
        )
        .order_by(Document.id)
        .limit(1)
    )
    found: UUID | None = ctx.session.scalar(statement)
    return found


def _newest(ctx: Any, document_id: UUID) -> DocumentVersion:
    with ctx.as_system("versions of a paper", bookkeeping=True) as system:
        statement = (
            select(DocumentVersion)
            .where(DocumentVersion.document_id == document_id)
            .order_by(DocumentVersion.number.desc())
            .limit(1)
        )
        found: DocumentVersion | None = system.session.scalar(statement)
        if found is None:
            raise NotFound("core.document_version", document_id)
        system.session.expunge(found)
        return found
