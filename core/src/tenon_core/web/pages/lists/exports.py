"""A list as a file: the records and columns that one sees, by the export service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from tempfile import TemporaryFile
from typing import Any
from urllib.parse import quote

from tenon_core.transfer.exporting import MEDIA_TYPES, ExportRequest, export
from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Methods
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.gateway import Streamed
from tenon_core.web.pages.lists.keeping import state_in
from tenon_core.web.pages.lists.page import Lists
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate

Params = Mapping[str, str]
BLOCK = 256 * 1024


def export_list(call: PageCall, _params: Params) -> Answer:
    """The selection, or everything that the list found; audited. Raises Forbidden, Invalid."""
    form = call.form.get("form")
    if form not in {"csv", "xlsx"}:
        raise Invalid({"form": _("Choose one of: {choices}.", choices="csv, xlsx")})
    lists = Lists(call)
    state = lists.sorted(state_in(call))
    names = [
        lists.columns.title,
        *(_path(c) for c in lists.columns.chosen(state.fields) if c.shown),
    ]
    readable = [name for name in names if lists.fields.readable(name)]
    pairs = [*lists.reading.asked(state), ("fields", ",".join(dict.fromkeys(readable)))]
    if state.sort:
        pairs.append(("sort", state.sort))
    ids = call.form.all("ids")
    if ids and not call.form.get("matching"):
        pairs.append(("id__in", ",".join(ids)))
    file = TemporaryFile()  # noqa: SIM115 (closed when it was sent)
    try:
        with call.writing() as ctx:
            request = ExportRequest(entity=call.target, form=form, pairs=tuple(pairs))  # type: ignore[arg-type]
            export(ctx, request, file)
    except BaseException:
        file.close()
        raise
    return Streamed(200, b"", _headers(call, form), MEDIA_TYPES[form].encode(), _sent(file))


def _path(column: Any) -> str:
    """References leave by what they are called, not by id."""
    return str(column.shown.title or column.shown.name)


def _headers(call: PageCall, form: str) -> list[tuple[bytes, bytes]]:
    day = call.pages.renderer.formats(call).today.isoformat()
    name = quote(f"{translate(call.target.__tenon__.plural)} {day}.{form}")
    return [
        (b"content-disposition", f"attachment; filename*=UTF-8''{name}".encode()),
        (b"cache-control", b"no-store"),
    ]


def _sent(file: Any) -> Callable[[], AsyncIterator[bytes]]:
    async def parts() -> AsyncIterator[bytes]:
        with file:
            file.seek(0)
            while block := file.read(BLOCK):
                yield block

    return parts


PATTERNS: Mapping[tuple[str, ...], Methods] = {("export",): {"POST": Endpoint(export_list)}}
