"""The documents of a record: attached by dropping them, with versions and a safe preview."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from tenon_core.customers.documents import INLINE, open_content, store
from tenon_core.entities.documents import Document, DocumentLink, DocumentVersion
from tenon_core.entities.people import User
from tenon_core.web.api.calls import Answer, encode
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.fields import Fields
from tenon_core.web.pages.record.heading import Heading, part, read_heading
from tenon_core.web.problems import Fault
from tenon_core.workflow.archiving import remove
from tenon_sdk.entities import Documented
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.events import Subject
from tenon_sdk.text import _

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
MOST = 200
ICONS = {
    "application/pdf": "file-type-pdf",
    "image": "photo",
    "video": "video",
    "text/csv": "file-type-csv",
    "application/zip": "file-zip",
}
# A file of a person's must never act as a page of ours.
PREVIEW_POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; object-src 'self'; "
    b"frame-ancestors 'self'"
)


@frozen(kw_only=True)
class Version:
    number: int
    file_name: str
    size: int
    by: str
    at: datetime
    note: str | None


@frozen(kw_only=True)
class FileShown:
    """A document of the record, its newest version first."""

    id: UUID
    name: str
    category: str
    media_type: str
    size: int | None
    icon: str
    preview: bool
    versions: Sequence[Version]

    @property
    def image(self) -> bool:
        return self.preview and self.media_type.startswith("image/")


def show_files(call: PageCall, params: Params) -> Answer:
    heading = _heading(call, params)
    return _show(call, heading)


def upload(call: PageCall, params: Params) -> Answer:
    """Stores what was dropped or chosen; as JSON where a script sends one file after another."""
    heading = _heading(call, params)
    files = [f for name in ("file", "files") for f in call.form.files.get(name, ()) if f.name]
    if not files:
        raise Invalid({"file": _("Choose a file.")})
    document = call.form.get("document_id") or None
    category = call.form.get("category") or "other"
    subjects = [] if document else [Subject(heading.info.name, heading.id)]
    with call.writing() as ctx:
        if document is not None:
            _require_attached(ctx, heading, _id(document))
        stored = [
            store(
                ctx,
                io.BytesIO(file.content),
                file.name,
                document_id=_id(document) if document else None,
                category=category,
                subjects=subjects,
                note=call.form.get("note")[:500] or None,
            )
            for file in files
        ]
        made = [{"id": str(v.document_id), "name": v.file_name} for v in stored]
    if call.header(b"accept") == "application/json":
        return Answer(201, encode({"items": made}))
    if not call.fragment:
        return redirect(f"{heading.url}?tab=documents")
    return _show(call, heading)


def change_file(call: PageCall, params: Params) -> Answer:
    """Another name or category, or taken off this record; what is nowhere else goes to the bin."""
    heading = _heading(call, params)
    id_ = _id(params["document"])
    with call.writing() as ctx:
        _require_attached(ctx, heading, id_)
        document = ctx.session.get(Document, id_)
        if document is None:
            raise NotFound("core.document", id_)
        if "remove" in call.form:
            _take_off(ctx, heading, document)
        else:
            document.category = call.form.get("category") or document.category
            document.name = call.form.get("name").strip() or document.name
    if not call.fragment:
        return redirect(f"{heading.url}?tab=documents")
    return _show(call, heading)


def _take_off(ctx: Any, heading: Heading, document: Document) -> None:
    ctx.require(heading.info.permission("edit"))
    links = list(
        ctx.session.scalars(select(DocumentLink).where(DocumentLink.document_id == document.id))
    )
    mine = [link for link in links if link.record_id == heading.id]
    if len(mine) == len(links) and ctx.can("core.document.delete", document):
        remove(ctx, document)
        return
    for link in mine:
        ctx.session.delete(link)


def show_preview(call: PageCall, params: Params) -> Answer:
    """A harmless file in a dialog."""
    heading = _heading(call, params)
    id_ = _id(params["document"])
    with call.reading() as ctx:
        _require_attached(ctx, heading, id_)
        found = [one for one in files_of(ctx, heading.info.name, heading.id) if one.id == id_]
    if not found:
        raise NotFound("core.document", id_)
    return part(call, "core/record/_preview.html", heading, file=found[0])


def show_content(call: PageCall, params: Params) -> Answer:
    """The content for a frame of ours; harmless kinds only, everything else is a download."""
    query = dict(call.query)
    number = query.get("version", "")
    id_ = UUID(params["id"])
    with call.reading() as ctx:
        opened = open_content(ctx, id_, int(number) if number.isdigit() else None)
        with opened.stream as stream:
            body = stream.read()
    kind = "inline" if opened.inline and "download" not in query else "attachment"
    name = quote(opened.file_name, safe="")
    headers = [
        (b"content-disposition", f"{kind}; filename*=UTF-8''{name}".encode()),
        (b"content-security-policy", PREVIEW_POLICY),
        (b"cache-control", b"private, max-age=300"),
    ]
    return Answer(200, body, headers, opened.media_type.encode())


def _heading(call: PageCall, params: Params) -> Heading:
    if not issubclass(call.target, Documented):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return read_heading(call, UUID(params["id"]))


def _require_attached(ctx: Any, heading: Heading, id_: UUID) -> None:
    found = ctx.session.scalar(
        select(DocumentLink.id).where(
            DocumentLink.document_id == id_,
            DocumentLink.entity == heading.info.name,
            DocumentLink.record_id == heading.id,
        )
    )
    if found is None:
        raise NotFound("core.document", id_)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("core.document") from None


def _show(call: PageCall, heading: Heading) -> Answer:
    with call.reading() as ctx:
        found = files_of(ctx, heading.info.name, heading.id)
        access = call.guardian.access
        may_add = access.scope("core.document.create") is not None
    shown = Fields(call, Document).find("category")
    return part(
        call,
        "core/record/_file_list.html" if ("list", "1") in call.query else "core/record/_files.html",
        heading,
        files=found,
        may_add=may_add,
        categories=dict(shown.choices) if shown is not None else {},
        limit=call.site.config.files.max_size,
    )


def files_of(ctx: Any, entity: str, id_: UUID) -> list[FileShown]:
    """The documents that the person sees on a record, the newest first; two statements."""
    rows = ctx.session.execute(
        select(Document.id, Document.name, Document.category, Document.media_type, Document.size)
        .join(DocumentLink, DocumentLink.document_id == Document.id)
        .where(
            DocumentLink.entity == entity,
            DocumentLink.record_id == id_,
            Document.archived_at.is_(None),
        )
        .order_by(Document.id.desc())
        .limit(MOST)
    ).all()
    versions = _versions(ctx, [row.id for row in rows])
    return [
        FileShown(
            id=row.id,
            name=row.name,
            category=row.category,
            media_type=row.media_type or "",
            size=row.size,
            icon=_icon(row.media_type or ""),
            preview=row.media_type in INLINE,
            versions=versions.get(row.id, ()),
        )
        for row in rows
    ]


def _icon(media_type: str) -> str:
    return ICONS.get(media_type) or ICONS.get(media_type.partition("/")[0]) or "file"


def _versions(ctx: Any, ids: Sequence[UUID]) -> dict[UUID, list[Version]]:
    """Of documents that the person sees, read without asking again for each."""
    found: dict[UUID, list[Version]] = {}
    if not ids:
        return found
    v = DocumentVersion
    rows = ctx.connection.execute(
        select(v.document_id, v.number, v.file_name, v.size, v.created_at, v.note, User.name)
        .outerjoin(User, User.id == v.created_by)
        .where(v.document_id.in_(ids))
        .order_by(v.document_id, v.number.desc())
    )
    for row in rows:
        one = Version(
            number=row.number, file_name=row.file_name, size=row.size, by=row.name or "–",
            at=row.created_at, note=row.note,
        )  # fmt: skip
        found.setdefault(row.document_id, []).append(one)
    return found
