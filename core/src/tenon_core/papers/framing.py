"""What stands around a paper's data: letterhead, title, number, the code that opens the record."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from tenon_core.papers.typesetting import Typesetter
from tenon_core.papers.writing import Writer, clean
from tenon_core.settings import CoreSettings
from tenon_core.settings.papers import Letterhead
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.papers import Paper, PaperSize
from tenon_sdk.text import _, translate

DRAFT = _("Draft")
TYPST_SIZE = {PaperSize.A4: "a4", PaperSize.LETTER: "us-letter"}
# A fifth of a code may be soiled or folded, and it is read nevertheless.
CORRECTION = "m"


def frame(
    ctx: Any, paper: Paper, record: Entity, writer: Writer, size: PaperSize | None
) -> dict[str, Any]:
    """What a template gets as `about`, without what only the typesetter knows."""
    settings = ctx.site.settings_of(CoreSettings).papers
    head = settings.letterhead(writer.locale)
    head = evolve(head, name=head.name or ctx.site.config.site.name)
    chinese = writer.locale.startswith("zh")
    address = record_address(ctx.site, record)
    return {
        "locale": writer.locale,
        "lang": "zh" if chinese else "en",
        "region": "cn" if chinese else None,
        "size": TYPST_SIZE[size or settings.size],
        "landscape": paper.landscape,
        "colour": settings.colour,
        "title": writer.plain(paper.label),
        "number": number_of(record),
        "subject": title_of(record),
        "company": _letterhead(head),
        "url": address,
        "qr": qr_code(address),
        "watermark": translate(DRAFT, writer.locale) if is_draft(ctx.site, paper, record) else None,
    }


def finished(about: Mapping[str, Any], setter: Typesetter) -> dict[str, Any]:
    """`about` with fonts, logo and the texts of all templates in its language."""
    locale = about["locale"]
    return {
        **about,
        "fonts": setter.families,
        "logo": f"/logo{setter.logo.suffix.lower()}" if setter.logo is not None else None,
        "texts": {message: translate(message, locale) for message in sorted(setter.messages())},
    }


def record_address(site: Any, record: Entity) -> str:
    """Where the record's page is."""
    base = site.config.site.base_url.rstrip("/")
    return f"{base}/{record.__tenon__.name.replace('.', '/')}/{record.id}"


def qr_code(text: str) -> str:
    """A QR code (ISO/IEC 18004) as SVG, drawn by its smallest modules, with its quiet zone."""
    import segno

    out = io.BytesIO()
    code = segno.make(text, error=CORRECTION, micro=False)
    code.save(out, kind="svg", xmldecl=False, svgclass=None, lineclass=None, border=4)
    return out.getvalue().decode("ascii")


def number_of(record: Entity) -> str | None:
    """The number that the record was given, if its entity has one."""
    names = [name for name, info in fields_of(type(record)).items() if info.kind == "number"]
    return clean(getattr(record, names[0])) if names else None


def title_of(record: Entity) -> str | None:
    """What names the record to people, if whoever prints may read it and it is a text."""
    name = record.__tenon__.title
    info = fields_of(type(record)).get(name)
    if info is None or info.read is not None or info.kind in {"reference", "id"}:
        return None
    value = getattr(record, name)
    return clean(value) if isinstance(value, str) else None


def is_draft(site: Any, paper: Paper, record: Entity) -> bool:
    """Whether the record's state, or `status` where it has no workflow, is one of drafts."""
    flow = site.registry.workflows.get(record.__tenon__.name)
    state = getattr(record, "state" if flow is not None else "status", None)
    if flow is not None and any(s.key == state and s.category == "draft" for s in flow.states):
        return True
    return state in paper.drafts


def _letterhead(head: Letterhead) -> dict[str, str | Sequence[str]]:
    lines = [clean(line) for line in head.lines]
    return {"name": clean(head.name), "lines": lines, "footer": clean(head.footer)}
