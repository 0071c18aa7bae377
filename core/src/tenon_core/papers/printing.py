"""Printing: which paper, of what record, in which language, with whose rights."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from tenon_core.customers.documents import safe_name
from tenon_core.papers.errors import UnknownPaper
from tenon_core.papers.framing import finished, frame
from tenon_core.papers.record import record_sheet
from tenon_core.papers.typesetting import Form, typesetter
from tenon_core.papers.writing import Writer
from tenon_sdk.entities import Entity, entity_named, fields_of
from tenon_sdk.errors import Forbidden, Invalid, NotFound
from tenon_sdk.papers import Paper, PaperSize
from tenon_sdk.text import LOCALES, _, use_locale

RECORD = "record"
CONTACT = "core.contact"
LANGUAGE = "language"


@frozen(kw_only=True)
class PaperRequest:
    """Which paper; `locale` and `size` are found from record and settings when not given.

    With `shared` the sheet of a record leaves out what needs a permission of its own: a copy is
    seen by everybody who sees the record.
    """

    entity: type[Entity]
    id: UUID
    key: str = RECORD
    locale: str | None = None
    size: PaperSize | None = None
    shared: bool = False


@frozen(kw_only=True)
class Composed:
    """All that a template is given, and what becomes of the result."""

    template: str
    data: Mapping[str, Any]
    about: Mapping[str, Any]
    file_name: str
    locale: str
    category: str


@frozen(kw_only=True)
class Printed:
    content: bytes
    file_name: str
    locale: str
    category: str


def papers_of(ctx: Any, entity: type[Entity]) -> list[Paper]:
    """What can be printed of a record by this person, the sheet of the record last."""
    name = entity.__tenon__.name
    found = [p for p in ctx.site.registry.papers if p.entity == name and ctx.can(p.permission)]
    if all(paper.key != RECORD for paper in found):
        found.append(_record_paper(entity, shared=False))
    return sorted(found, key=lambda paper: (paper.order, paper.key))


def compose(ctx: Any, request: PaperRequest) -> Composed:
    """Reads the paper's data under the rights of `ctx`.

    Raises NotFound for a record that is not there for this person, UnknownPaper, Forbidden without
    the paper's permission, Invalid for an unknown language.
    """
    if request.locale is not None and request.locale not in LOCALES:
        raise Invalid({"locale": _("Choose one of: {choices}.", choices=", ".join(LOCALES))})
    paper = _paper(ctx.site, request)
    record = ctx.session.get(request.entity, request.id)
    if record is None:
        raise NotFound(request.entity.__tenon__.name, request.id)
    ctx.require(paper.permission, record)
    locale = request.locale or _language(ctx, paper, record)
    writer = Writer(locale, ctx.site.zone)
    with use_locale(locale):
        data = writer.plain(paper.load(ctx, request.id))
    about = frame(ctx, paper, record, writer, request.size)
    named = about["number"] or about["subject"] or str(record.id)
    return Composed(
        template=paper.template,
        data=data,
        about=about,
        file_name=safe_name(f"{about['title']} {named}".replace("/", "-") + ".pdf"),
        locale=locale,
        category=paper.category,
    )


def print_paper(ctx: Any, request: PaperRequest) -> Printed:
    """The paper as a PDF. Raises what `compose` raises, and PaperError."""
    composed = compose(ctx, request)
    content = draw(ctx.site, composed)
    assert isinstance(content, bytes)  # noqa: S101 (a PDF is one file)
    return Printed(
        content=content,
        file_name=composed.file_name,
        locale=composed.locale,
        category=composed.category,
    )


def draw(
    site: Any, composed: Composed, form: Form = "pdf", ppi: float = 144.0
) -> bytes | list[bytes]:
    """The composed paper as a PDF, or as PNG pictures of its pages. Raises PaperError."""
    setter = typesetter(site)
    inputs = {"data": composed.data, "about": finished(composed.about, setter)}
    return setter.lay_out(composed.template, inputs, form, ppi)


def _paper(site: Any, request: PaperRequest) -> Paper:
    entity = request.entity
    info = entity.__tenon__
    found: Paper | None = site.registry.papers.get(f"{info.name}:{request.key}")
    if found is not None:
        return found
    if request.key != RECORD or info.internal or info.extends is not None:
        raise UnknownPaper(request.key)
    return _record_paper(entity, shared=request.shared)


def _record_paper(entity: type[Entity], *, shared: bool) -> Paper:
    """The sheet of any record."""
    info = entity.__tenon__
    return Paper(
        entity=info.name,
        key=RECORD,
        label=info.label,
        template="core/record.typ",
        load=partial(record_sheet, entity=entity, shared=shared),
        permission=info.permission("view"),
        order=1_000,
    )


def _language(ctx: Any, paper: Paper, record: Entity) -> str:
    """That of the reader of the paper as far as the record tells, else of whoever prints."""
    told = paper.locale(ctx, record.id) if paper.locale is not None else None
    told = told or _readable(record, LANGUAGE) or _contact_language(ctx, record)
    if told:
        # Of the languages that we have, English is the one that others read.
        return "zh_CN" if told.lower().startswith(("zh", "cn", "中")) else "en"
    own: str = ctx.site.config.site.locale if ctx.actor.is_system else ctx.locale
    return own if own in LOCALES else LOCALES[0]


def _contact_language(ctx: Any, record: Entity) -> str | None:
    contact: Any = entity_named(CONTACT)
    for name, info in fields_of(type(record)).items():
        if info.target == CONTACT and (id_ := _readable(record, name)) is not None:
            found: str | None = ctx.session.scalar(
                select(contact.language).where(contact.id == id_)
            )
            return found
    return None


def _readable(record: Entity, name: str) -> Any:
    try:
        return getattr(record, name, None)
    except Forbidden:
        return None
