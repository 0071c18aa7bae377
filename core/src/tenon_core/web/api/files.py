"""Contents of documents: in as the bytes of the body, out as a download."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from tenon_core.context import WorkContext
from tenon_core.customers import documents
from tenon_core.entities import DocumentVersion
from tenon_core.web.api.calls import Answer, Call, Endpoint, json_answer
from tenon_core.web.api.repeated import write
from tenon_core.web.api.routing import Router
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.events import Subject
from tenon_sdk.text import _

ASKED = ("file_name", "category", "document_id", "entity", "record_id", "note")


def add_files(router: Router) -> None:
    router.add("POST", "v1/core/document/upload", Endpoint(upload, "file"))
    router.add("GET", "v1/core/document/{id}/content", Endpoint(download))


def upload(call: Call, _params: Mapping[str, str]) -> Answer:
    """Stores the body as a document, or as the next version of `document_id`.

    `entity` and `record_id` attach it to a record.
    """
    given = call.no_query(*ASKED)
    document_id = _id("document_id", given.get("document_id"))
    record_id = _id("record_id", given.get("record_id"))
    if (record_id is None) != ("entity" not in given):
        raise Invalid({"entity": _("Give the kind of record and its id together.")})
    subjects = [Subject(given["entity"], record_id)] if record_id is not None else []

    def work(ctx: WorkContext) -> Answer:
        version = documents.store(
            ctx,
            io.BytesIO(call.body),
            given.get("file_name", ""),
            document_id=document_id,
            category=given.get("category", "other"),
            subjects=subjects,
            note=given.get("note"),
        )
        return json_answer(version_data(version), 201)

    return write(call, work)


def version_data(version: DocumentVersion) -> dict[str, Any]:
    """What an answer tells of a version of a document."""
    names = ("document_id", "number", "file_name", "media_type", "size", "sha256")
    return {name: getattr(version, name) for name in names}


def download(call: Call, params: Mapping[str, str]) -> Answer:
    """The content of the newest version, or of `version`; shown in place only if harmless."""
    given = call.no_query("version")
    number = given.get("version")
    if number is not None and not (number.isascii() and number.isdigit() and len(number) < 9):
        raise Invalid({"version": _("Enter a whole number.")})
    document_id = _id("id", params["id"])
    if document_id is None:
        raise NotFound("core.document")
    with call.site.acting(
        call.guardian, read_only=True, origin=call.origin, locale=call.locale
    ) as ctx:
        content = documents.open_content(ctx, document_id, int(number) if number else None)
        with content.stream as stream:
            body = stream.read()
    kind = "inline" if content.inline else "attachment"
    name = quote(content.file_name, safe="")
    headers = [
        (b"content-disposition", f"{kind}; filename*=UTF-8''{name}".encode()),
        (b"etag", f'"{content.sha256}"'.encode()),
    ]
    return Answer(200, body, headers, content.media_type.encode())


def _id(field: str, given: str | None) -> UUID | None:
    if given is None:
        return None
    try:
        return UUID(given)
    except ValueError:
        raise Invalid({field: _("Enter the id of a record.")}) from None
