"""Documents for paper: what a record can be printed as, the PDF, a copy kept with the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from attrs import frozen

from tenon_core.context import WorkContext
from tenon_core.kernel.inputs import structure
from tenon_core.papers.printing import PaperRequest, papers_of, print_paper
from tenon_core.papers.storing import store_paper
from tenon_core.web.api.calls import Answer, Call, json_answer
from tenon_core.web.api.files import version_data
from tenon_core.web.api.repeated import write
from tenon_core.web.problems import Fault
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.papers import PaperSize
from tenon_sdk.text import _, translate

PDF = ".pdf"
MEDIA_TYPE = b"application/pdf"
_FLAGS = {"true": True, "false": False}


@frozen
class StoreInput:
    """The body of a request to keep a paper."""

    locale: str | None = None
    size: PaperSize | None = None


def list_papers(call: Call, params: Mapping[str, str]) -> Answer:
    """What this person can print of the record, with the addresses of the PDFs."""
    call.no_query()
    entity, id_ = call.target, UUID(params["id"])
    with call.site.acting(
        call.guardian, read_only=True, origin=call.origin, locale=call.locale
    ) as ctx:
        if ctx.session.get(entity, id_) is None:
            raise NotFound(entity.__tenon__.name, id_)
        base = f"/api/v1/{entity.__tenon__.name.replace('.', '/')}/{id_}/papers"
        items = [
            {"key": p.key, "label": translate(p.label), "url": f"{base}/{p.key}{PDF}"}
            for p in papers_of(ctx, entity)
        ]
    return json_answer({"items": items})


def show_paper(call: Call, params: Mapping[str, str]) -> Answer:
    """The PDF, shown in place; `download=true` hands it out as a file."""
    given = call.no_query("locale", "size", "download")
    if not params["key"].endswith(PDF):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    download = _FLAGS.get(given.get("download", "false"))
    if download is None:
        raise Invalid({"download": _("Enter yes or no.")})
    wanted = _request(call, params, params["key"].removesuffix(PDF), _options(given))
    with call.site.acting(
        call.guardian, read_only=True, origin=call.origin, locale=call.locale
    ) as ctx:
        printed = print_paper(ctx, wanted)
    kind = "attachment" if download else "inline"
    headers = [
        (b"content-disposition", f"{kind}; filename*=UTF-8''{quote(printed.file_name, safe='')}"),
        (b"content-language", printed.locale.replace("_", "-")),
    ]
    return Answer(200, printed.content, [(n, v.encode()) for n, v in headers], MEDIA_TYPE)


def keep_paper(call: Call, params: Mapping[str, str]) -> Answer:
    """Keeps the PDF with the record: 201 with the version of the document that now holds it."""
    call.no_query()
    wanted = _request(call, params, params["key"], structure(StoreInput, call.object))

    def work(ctx: WorkContext) -> Answer:
        return json_answer(version_data(store_paper(ctx, wanted)), 201)

    return write(call, work)


def _options(given: Mapping[str, str]) -> StoreInput:
    return structure(StoreInput, {k: v for k, v in given.items() if k != "download"})


def _request(call: Call, params: Mapping[str, Any], key: str, options: StoreInput) -> PaperRequest:
    return PaperRequest(
        entity=call.target,
        id=UUID(params["id"]),
        key=key,
        locale=options.locale,
        size=options.size,
    )
