"""An import under way and its result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

from tenon_core.transfer.area import RunFiles
from tenon_core.transfer.exporting import MEDIA_TYPES
from tenon_core.transfer.runs import FINISHED, ImportRequest, cancel_import, report_of
from tenon_core.web.api.calls import Answer, json_answer
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.imports import keeping
from tenon_sdk.errors import NotFound
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
# Asked for while rows are read; a second is soon enough for a person.
POLL = 1_000


def show_run(call: PageCall, ctx: Any, row: Any) -> Answer:
    """How an import stands, or how it went; the faults are the first of those there are."""
    cls = call.site.registry.entities.get(row.entity)
    if cls is None:
        raise NotFound("core.import_run", row.id)
    standing = keeping.standing(ctx, row)
    finished = standing.state in FINISHED
    report = report_of(call.site, row) if finished else None
    return call.pages.renderer.page(
        call,
        "core/imports/result.html" if finished else "core/imports/running.html",
        run=row,
        info=cls.__tenon__,
        state=standing.state,
        report=report,
        mine=row.owner_id == ctx.actor.user_id,
        poll=POLL,
    )


def progress(call: PageCall, params: Params) -> Answer:
    """What `<tenon-progress>` asks for: the share of rows, then where to go."""
    with call.reading() as ctx:
        row = keeping.own_run(ctx, _id(params))
        standing = keeping.standing(ctx, row)
    fmt = call.pages.renderer.formats(call)
    if standing.state in FINISHED:
        ended = "failed" if standing.state == "failed" else "done"
        return json_answer({ended: True, "redirect": f"/import/{row.id}"})
    if standing.done and standing.total:
        label = translate(
            _("{done} of {total} rows", done=fmt.number(standing.done),
              total=fmt.number(standing.total))
        )  # fmt: skip
        return json_answer({"percent": 100 * standing.done / standing.total, "label": label})
    waiting = standing.state == "waiting"
    label = translate(_("Waiting for its turn …") if waiting else _("Reading the file …"))
    return json_answer({"label": label})


def carry_out(call: PageCall, params: Params) -> Answer:
    """Imports what was checked, with the same mapping and options."""
    with call.writing() as ctx:
        row = keeping.own_run(ctx, _id(params))
        request = ImportRequest(
            entity=row.entity,
            mapping=row.options.get("mapping") or {},
            mapping_id=row.mapping_id,
            mode=row.mode,
            duplicates=row.options.get("duplicates", "ignore"),
            dry_run=False,
        )
        with keeping.source(ctx, row) as path:
            run_id = keeping.start(ctx, row, path, request)
    return redirect(f"/import/{run_id}")


def cancel(call: PageCall, params: Params) -> Answer:
    with call.writing() as ctx:
        row = keeping.own_run(ctx, _id(params))
        cancel_import(ctx, _id(params))
    return redirect(f"/import?entity={quote(row.entity)}")


def errors_file(call: PageCall, params: Params) -> Answer:
    """The refused rows with their reasons; corrected, the file can be imported as it is."""
    with call.reading() as ctx:
        row = keeping.own_run(ctx, _id(params))
        if not row.errors_key:
            raise NotFound("core.import_run", row.id)
        try:
            with RunFiles(call.site, row.id).open(row.errors_key) as file:
                body = file.read()
        except FileNotFoundError:
            raise NotFound("core.import_run", row.id) from None
    suffix = row.errors_key.rpartition(".")[2]
    stem = row.file_name.rpartition(".")[0] or row.file_name
    name = quote(translate(_("Refused rows of {file}", file=stem)) + f".{suffix}", safe="")
    headers = [
        (b"content-disposition", f"attachment; filename*=UTF-8''{name}".encode()),
        (b"cache-control", b"no-store"),
    ]
    return Answer(200, body, headers, MEDIA_TYPES[suffix].encode())


def _id(params: Params) -> UUID:
    try:
        return UUID(params["run"])
    except ValueError:
        raise NotFound("core.import_run", params["run"]) from None
