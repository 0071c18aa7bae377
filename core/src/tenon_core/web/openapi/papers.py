"""Paths of documents for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenon_core.papers.printing import RECORD
from tenon_core.web.openapi.paths import ID_PARAMETER, KEY, answer, json_body, operation
from tenon_core.web.openapi.schemas import ID, Schema
from tenon_sdk.entities import Entity
from tenon_sdk.papers import PaperSize
from tenon_sdk.text import LOCALES, translate

if TYPE_CHECKING:
    from tenon_core.site import Site

_TEXT: Schema = {"type": "string"}
_CHOSEN: dict[str, Schema] = {
    "locale": {"enum": list(LOCALES)},
    "size": {"enum": [size.value for size in PaperSize]},
}
_LISTED: Schema = {
    "type": "object",
    "required": ["items"],
    "properties": {
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "label", "url"],
                "properties": dict.fromkeys(("key", "label", "url"), _TEXT),
            },
        }
    },
}
_KEPT: Schema = {
    "type": "object",
    "required": ["document_id", "number", "file_name", "media_type", "size", "sha256"],
    "properties": {
        "document_id": ID,
        "number": {"type": "integer"},
        "size": {"type": "integer"},
        **dict.fromkeys(("file_name", "media_type", "sha256"), _TEXT),
    },
}


def paper_paths(site: Site, entity: type[Entity]) -> dict[str, Schema]:
    """What can be printed of an entity's records, and each paper of them."""
    info = entity.__tenon__
    base = f"/api/v1/{info.name.replace('.', '/')}/{{id}}/papers"
    known = {p.key: p.label for p in site.registry.papers if p.entity == info.name}
    listed = operation(
        f"{info.name}.papers",
        f"{translate(info.label, 'en')}: papers",
        info.plugin,
        {"200": answer(_LISTED, "What this person can print")},
    )
    found: dict[str, Schema] = {base: {"parameters": [ID_PARAMETER], "get": listed}}
    for key, label in {RECORD: info.label, **known}.items():
        name, text = f"{info.name}.papers.{key}", translate(label, "en")
        pdf = {"parameters": [ID_PARAMETER], "get": _printed(name, text, info.plugin)}
        kept = {"parameters": [ID_PARAMETER], "post": _kept(name, text, info.plugin)}
        found |= {f"{base}/{key}.pdf": pdf, f"{base}/{key}": kept}
    return found


def _printed(name: str, text: str, tag: str) -> Schema:
    file: Schema = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
    flag: Schema = {"name": "download", "in": "query", "schema": {"type": "boolean"}}
    chosen = [{"name": n, "in": "query", "schema": schema} for n, schema in _CHOSEN.items()]
    answers: dict[str, Schema] = {"200": {"description": "The PDF", "content": file}}
    return operation(name, f"{text} as PDF", tag, answers, parameters=[*chosen, flag])


def _kept(name: str, text: str, tag: str) -> Schema:
    chosen: Schema = {
        "type": "object",
        "properties": {n: {"oneOf": [s, {"type": "null"}]} for n, s in _CHOSEN.items()},
        "additionalProperties": False,
    }
    answers = {"201": answer(_KEPT, "The version of the document that holds it")}
    body = {**json_body(chosen), "required": False}
    title = f"Keep {text} with the record"
    return operation(f"{name}.keep", title, tag, answers, parameters=[KEY], body=body)
