"""JSON schemas of entities and of the attrs classes that routes and transitions take."""

from __future__ import annotations

import typing
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Integer

from tenon_core.storage.validation import columns_of
from tenon_core.web.api.shapes import Shape, Slot
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.fields import FieldInfo
from tenon_sdk.text import translate
from tenon_sdk.types import Exact

Schema = dict[str, Any]

REF = "#/components/schemas/"
ID: Schema = {"type": "string", "format": "uuid"}
_PLAIN: Mapping[str, Schema] = {
    "email": {"type": "string", "format": "email"},
    "url": {"type": "string", "format": "uri"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "reference": ID,
    "any_reference": ID,
    "id": ID,
    "json": {},
}

PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457 problem document; texts are in the language that was asked for.",
    "required": ["type", "title", "status", "detail", "code", "fields"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "Stable, for programs."},
        "fields": {
            "type": "object",
            "description": "What is wrong, by the name of the field.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}


def value_schema(info: FieldInfo, type_: Any) -> Schema:
    """What one field's value looks like; exact numbers are texts."""
    if isinstance(type_, Exact):
        found: Schema = {"type": "string", "format": "decimal"}
    elif isinstance(type_, Integer):
        found = {"type": "integer"}
        if info.minimum is not None:
            found["minimum"] = int(info.minimum)
        if info.maximum is not None:
            found["maximum"] = int(info.maximum)
    elif info.choices is not None:
        found = {"type": "string", "enum": list(info.choices)}
    else:
        found = dict(_PLAIN.get(info.kind, {"type": "string"}))
        if found.get("type") == "string" and info.max_length and "format" not in found:
            found["maxLength"] = info.max_length
    found["title"] = translate(info.label, "en")
    if info.help is not None:
        found["description"] = translate(info.help, "en")
    return found


def nullable(schema: Schema) -> Schema:
    if "enum" in schema:
        return {**schema, "type": ["string", "null"], "enum": [*schema["enum"], None]}
    if "type" not in schema:
        return schema
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {**schema, "type": [*kinds, "null"]}


def read_schema(shape: Shape, titled: Mapping[str, Any]) -> Schema:
    """A record as it is read; a reference comes with the title of what it refers to."""
    properties: Schema = {"id": ID, "version": {"type": "integer"}}
    for slot in shape.slots.values():
        properties[slot.key] = _shown(slot)
        if slot.column.info.system:
            properties[slot.key]["readOnly"] = True
        if slot.side is None and slot.column.info.target in titled:
            properties[f"{slot.key}.title"] = {"type": ["string", "null"], "readOnly": True}
    properties["custom"] = {"type": "object", "additionalProperties": True}
    info = shape.entity.__tenon__
    found: Schema = {
        "type": "object",
        "title": translate(info.label, "en"),
        "properties": properties,
        "required": ["id", "version"],
    }
    return described(found, shape.entity)


def write_schema(shape: Shape, *, creating: bool) -> Schema:
    """What create or change takes. Nothing else is taken."""
    properties: Schema = {"id": ID} if creating else {"version": {"type": "integer"}}
    for slot in shape.slots.values():
        if not slot.column.info.system:
            schema = _written(slot)
            properties[slot.key] = nullable(schema) if slot.column.nullable else schema
    properties["custom"] = {"type": "object", "additionalProperties": True}
    found: Schema = {
        "type": "object",
        "properties": properties,
        "patternProperties": {r"^custom\.[a-z][a-z0-9_]*$": {}},
        "additionalProperties": False,
    }
    if creating and shape.required:
        found["required"] = [slot.key for slot in shape.required]
    return found


def _shown(slot: Slot) -> Schema:
    schema = value_schema(slot.column.info, slot.column.type)
    optional = slot.column.nullable or slot.side is not None or slot.column.info.read is not None
    return nullable(schema) if optional else schema


def _written(slot: Slot) -> Schema:
    schema = value_schema(slot.column.info, slot.column.type)
    if isinstance(slot.column.type, Exact):
        return {**schema, "type": ["string", "integer"]}
    return schema


def described(schema: Schema, cls: type[Any]) -> Schema:
    doc = (cls.__dict__.get("__doc__") or "").strip().partition("\n\n")[0]
    return {**schema, "description": " ".join(doc.split())} if doc else schema


def titled_entities(entities: Mapping[str, type[Entity]]) -> dict[str, type[Entity]]:
    """Entities whose records are called by a field that everybody may read."""
    return {
        name: cls
        for name, cls in entities.items()
        if (title := fields_of(cls).get(cls.__tenon__.title)) is not None and title.read is None
    }


def class_schema(cls: Any, prefix: str, components: Schema) -> Schema:
    """The schema of a type of a declaration; its parts become components under `prefix`.

    A type that JSON Schema cannot tell is left open.
    """
    try:
        (found,), parts = msgspec.json.schema_components(
            [cls], ref_template=f"{REF}{prefix}.{{name}}"
        )
    except (TypeError, RuntimeError, KeyError):
        return {}
    components.update({f"{prefix}.{name}": part for name, part in parts.items()})
    return found


def returned(run: Any, prefix: str, components: Schema) -> Schema:
    """The schema of what a handler returns, if its annotation tells."""
    try:
        hint = typing.get_type_hints(run).get("return")
    except (NameError, TypeError):
        return {}
    return {} if hint is None or hint is Any else class_schema(hint, prefix, components)


def filterable(entity: type[Entity]) -> list[Any]:
    return [c for c in columns_of(entity) if not c.info.internal and c.info.kind != "json"]
