"""Documents: contents on disk or in a bucket, named by their hash; versions in the database."""

from __future__ import annotations

import hashlib
import mimetypes
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatch
from pathlib import PurePath
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from uuid import UUID

from attrs import frozen
from fsspec.core import url_to_fs
from sqlalchemy import func, select

from tenon_core.entities import Document, DocumentLink, DocumentVersion
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.events import Event, Subject
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import _

FOLDER = "contents"
PORTION = 1 << 20
IN_MEMORY = 1 << 20
CLEAN = "core.clean_documents"
# Contents that no version names are left alone for so long: their transaction may still run.
GRACE = timedelta(days=1)
UNKNOWN = "application/octet-stream"
# What a browser may show in its own frame; everything else is handed out as a download, and
# markup and scripts always as bytes of no type.
INLINE = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp"})
ACTIVE = ("text/html", "application/xhtml+xml", "image/svg+xml", "*/xml", "*javascript*")


@frozen(kw_only=True)
class DocumentStored(
    Event,
    name="core.document.stored",
    label=_("Document added"),
    subjects={"document_id": "core.document"},
    icon="file-plus",
):
    document_id: UUID
    number: int
    file_name: str


@frozen(kw_only=True)
class Content:
    """A version's content with how it is to be handed out: `inline` only for harmless types."""

    file_name: str
    media_type: str
    size: int
    sha256: str
    inline: bool
    stream: IO[bytes]


class Contents:
    """The files area of a site. A content is written once and never changed."""

    def __init__(self, site: Any) -> None:
        self._fs, root = url_to_fs(site.config.files_url)
        self._folder = f"{root.rstrip('/')}/{FOLDER}"

    def put(self, stream: IO[bytes], limit: int) -> tuple[str, str, int]:
        """Stores what the stream holds; returns (key, SHA-256, bytes).

        Raises Invalid as soon as more than `limit` bytes came, with nothing stored.
        """
        digest, size = hashlib.sha256(), 0
        with SpooledTemporaryFile(max_size=IN_MEMORY) as kept:
            while portion := stream.read(PORTION):
                size += len(portion)
                if size > limit:
                    raise Invalid(
                        {"file": _("The file is larger than {limit} MB.", limit=limit >> 20)}
                    )
                digest.update(portion)
                kept.write(portion)
            if not size:
                raise Invalid({"file": _("The file is empty.")})
            name = digest.hexdigest()
            key = f"{name[:2]}/{name}"
            self._write(key, kept)
        return key, name, size

    def _write(self, key: str, kept: Any) -> None:
        path = f"{self._folder}/{key}"
        if self._fs.exists(path):
            return
        self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        kept.seek(0)
        partial = f"{path}.{id(kept):x}.part"
        with self._fs.open(partial, "wb") as target:
            while portion := kept.read(PORTION):
                target.write(portion)
        self._fs.mv(partial, path)

    def open(self, key: str) -> IO[bytes]:
        opened: IO[bytes] = self._fs.open(f"{self._folder}/{key}", "rb")
        return opened

    def remove(self, key: str) -> None:
        self._fs.rm_file(f"{self._folder}/{key}")

    def keys(self) -> Iterator[tuple[str, Any]]:
        """(key, when it was written) of every content."""
        if not self._fs.exists(self._folder):
            return
        for path, info in self._fs.find(self._folder, detail=True).items():
            yield "/".join(path.rsplit("/", 2)[-2:]), self._fs.modified(info["name"])


def store(
    ctx: Any,
    stream: IO[bytes],
    file_name: str,
    *,
    document_id: UUID | None = None,
    category: str = "other",
    subjects: Sequence[Subject] = (),
    note: str | None = None,
) -> DocumentVersion:
    """Adds a document, or the next version of one, and attaches it to records.

    The content is written before the transaction commits; what a rollback leaves is cleaned by a
    job. Raises Invalid for an empty, too large or not accepted file, and what the permissions on
    the document and on each record that it is attached to say.
    """
    name = safe_name(file_name)
    media_type = media_type_of(name)
    accepted = ctx.site.config.files.media_types
    if not any(fnmatch(media_type, pattern) for pattern in accepted):
        raise Invalid({"file": _("Files of type {type} are not accepted.", type=media_type)})
    document = _document(ctx, document_id, name, category)
    key, digest, size = Contents(ctx.site).put(stream, ctx.site.config.files.max_size)
    document.current += 1
    document.media_type, document.size = media_type, size
    version = DocumentVersion(
        document_id=document.id,
        number=document.current,
        file_name=name,
        media_type=media_type,
        size=size,
        sha256=digest,
        storage_key=key,
        note=note,
    )
    for subject in subjects:
        ctx.session.add(
            DocumentLink(document_id=document.id, entity=subject.entity, record_id=subject.id)
        )
    ctx.session.flush()
    with ctx.as_system("document version", bookkeeping=True) as system:
        system.session.add(version)
        system.session.flush()
        system.session.expunge(version)
    ctx.publish(DocumentStored(document_id=document.id, number=version.number, file_name=name))
    return version


def _document(ctx: Any, document_id: UUID | None, name: str, category: str) -> Document:
    if document_id is None:
        document = Document(name=name, category=category, current=0)
        ctx.session.add(document)
        ctx.session.flush()
        return document
    found: Document | None = ctx.session.get(Document, document_id, with_for_update=True)
    if found is None:
        raise NotFound("core.document", document_id)
    ctx.require("core.document.edit", found)
    return found


def open_content(ctx: Any, document_id: UUID, number: int | None = None) -> Content:
    """The content of a version, the newest by default, for who may see the document.

    The caller closes the stream. Raises NotFound.
    """
    if ctx.session.scalar(select(Document.id).where(Document.id == document_id)) is None:
        raise NotFound("core.document", document_id)
    with ctx.as_system("document opened", bookkeeping=True) as system:
        statement = select(DocumentVersion).where(DocumentVersion.document_id == document_id)
        if number is not None:
            statement = statement.where(DocumentVersion.number == number)
        version = system.session.scalar(statement.order_by(DocumentVersion.number.desc()).limit(1))
        if version is None:
            raise NotFound("core.document_version", document_id)
        shown = UNKNOWN if is_active(version.media_type) else version.media_type
        return Content(
            file_name=version.file_name,
            media_type=shown,
            size=version.size,
            sha256=version.sha256,
            inline=shown in INLINE,
            stream=Contents(system.site).open(version.storage_key),
        )


def is_active(media_type: str) -> bool:
    """Whether a browser might run what is in it."""
    return any(fnmatch(media_type, pattern) for pattern in ACTIVE)


def media_type_of(file_name: str) -> str:
    return mimetypes.guess_type(file_name)[0] or UNKNOWN


def safe_name(file_name: str) -> str:
    """The last part of a path, without control characters, at most 255 characters long."""
    name = PurePath(file_name.replace("\\", "/")).name
    name = "".join(c for c in unicodedata.normalize("NFC", name) if c.isprintable()).strip(". ")
    if not name:
        raise Invalid({"file_name": _("The file needs a name.")})
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: 254 - len(ending)]}{dot}{ending}" if len(name) > 255 else name


def clean(ctx: Any, _args: Mapping[str, Any]) -> int:
    """Removes contents that no version names any more; returns how many."""
    contents = Contents(ctx.site)
    removed = 0
    for key, written in list(contents.keys()):
        if written > ctx.now - GRACE:
            continue
        named = ctx.session.scalar(
            select(func.count())
            .select_from(DocumentVersion)
            .where(DocumentVersion.storage_key == key)
        )
        if not named:
            contents.remove(key)
            removed += 1
    return removed


JOBS = (
    Job(name=CLEAN, title=_("Clean document contents"), run=clean, schedule=Cron("15 4 * * 0")),
)
