"""Paths of entities, plugins' routes and log-in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import fields, resolve_types

from tenon_core.storage.lists.parse import ORDER_LOOKUPS, RESERVED, TEXT_KINDS, TEXT_LOOKUPS
from tenon_core.web.openapi.schemas import ID, REF, Schema, filterable, value_schema
from tenon_sdk.entities import Archived, Entity
from tenon_sdk.text import translate

ID_PARAMETER: Schema = {"name": "id", "in": "path", "required": True, "schema": ID}
IF_MATCH: Schema = {"name": "If-Match", "in": "header", "schema": {"type": "string"}}
IF_NONE_MATCH: Schema = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "maxLength": 200},
}
_TEXT: Schema = {"type": "string"}
AGGREGATE_PARAMETERS = ("group", "measure", "q")
# A field of such a name is compared as `<field>__eq`.
_TAKEN = RESERVED | set(AGGREGATE_PARAMETERS)


def problem(text: str) -> Schema:
    return {
        "description": text,
        "content": {"application/problem+json": {"schema": {"$ref": f"{REF}Problem"}}},
    }


def json_body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def answer(schema: Schema, text: str, *, tagged: bool = False) -> Schema:
    found: Schema = {"description": text, "content": {"application/json": {"schema": schema}}}
    if tagged:
        found["headers"] = {"ETag": {"schema": _TEXT, "description": "The version."}}
    return found


def operation(
    name: str,
    summary: str,
    tag: str,
    responses: Mapping[str, Schema],
    *,
    parameters: Sequence[Schema] = (),
    body: Schema | None = None,
    public: bool = False,
) -> Schema:
    found: Schema = {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "responses": {**responses, "default": problem("What went wrong")},
    }
    if parameters:
        found["parameters"] = list(parameters)
    if body is not None:
        found["requestBody"] = body
    if public:
        found["security"] = []
    return found


def entity_paths(entity: type[Entity]) -> dict[str, Schema]:
    """The paths that every entity has."""
    base = f"/api/v1/{entity.__tenon__.name.replace('.', '/')}"
    return {
        base: _collection(entity),
        f"{base}/aggregate": {"get": _aggregate(entity)},
        f"{base}/batch": {"post": _batch(entity)},
        f"{base}/{{id}}": _record(entity),
    }


def _op(
    entity: type[Entity], kind: str, summary: str, responses: Mapping[str, Schema], **more: Any
) -> Schema:
    info = entity.__tenon__
    text = f"{translate(info.label, 'en')}: {summary}"
    return operation(f"{info.name}.{kind}", text, info.plugin, responses, **more)


def _collection(entity: type[Entity]) -> Schema:
    name = entity.__tenon__.name
    record = {"$ref": f"{REF}{name}"}
    page = answer(_page(record), "A page of records")
    made = {
        "201": answer(record, "The record", tagged=True),
        "200": answer(record, "It was there already", tagged=True),
    }
    body = json_body({"$ref": f"{REF}{name}.create"})
    parameters = list_parameters(entity)
    return {
        "get": _op(entity, "list", "list", {"200": page}, parameters=parameters),
        "post": _op(entity, "create", "create", made, parameters=[KEY], body=body),
    }


def _aggregate(entity: type[Entity]) -> Schema:
    parameters = [
        *({"name": n, "in": "query", "schema": _TEXT} for n in AGGREGATE_PARAMETERS),
        *filters(entity),
    ]
    groups = {"200": answer(_AGGREGATED, "Groups")}
    return _op(entity, "aggregate", "counts and sums", groups, parameters=parameters)


def _batch(entity: type[Entity]) -> Schema:
    atomic = {"name": "atomic", "in": "query", "schema": {"type": "boolean"}}
    return _op(
        entity,
        "batch",
        "create, change and delete many",
        {"200": answer(_BATCH_RESULT, "What became of each")},
        parameters=[KEY, atomic],
        body=json_body({"$ref": f"{REF}{entity.__tenon__.name}.batch"}),
    )


def _record(entity: type[Entity]) -> Schema:
    name = entity.__tenon__.name
    one = answer({"$ref": f"{REF}{name}"}, "The record", tagged=True)
    chosen = {"name": "fields", "in": "query", "schema": _TEXT}
    return {
        "parameters": [ID_PARAMETER],
        "get": _op(
            entity,
            "get",
            "one",
            {"200": one, "304": {"description": "Unchanged"}},
            parameters=[chosen, IF_NONE_MATCH],
        ),
        "patch": _op(
            entity,
            "change",
            "change",
            {"200": one, "412": problem("Changed meanwhile")},
            parameters=[IF_MATCH],
            body=json_body({"$ref": f"{REF}{name}.update"}),
        ),
        "delete": _op(
            entity,
            "delete",
            "delete",
            {"204": {"description": "Done"}},
            parameters=[_PERMANENT, IF_MATCH],
        ),
    }


_PERMANENT: Schema = {"name": "permanent", "in": "query", "schema": {"type": "boolean"}}
_AGGREGATED: Schema = {
    "type": "object",
    "required": ["items"],
    "properties": {"items": {"type": "array", "items": {"type": "object"}}},
}
_BATCH_RESULT: Schema = {
    "type": "object",
    "required": ["results", "succeeded", "failed"],
    "properties": {
        "results": {"type": "array", "items": {"type": "object"}},
        "succeeded": {"type": "integer"},
        "failed": {"type": "integer"},
    },
}


def _page(record: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["items", "next", "count"],
        "properties": {
            "items": {"type": "array", "items": record},
            "next": {"type": ["string", "null"], "description": "Cursor of the next page"},
            "count": {"type": ["integer", "null"]},
        },
    }


def batch_schema(name: str) -> Schema:
    version = {"type": "integer"}
    create, update = {"$ref": f"{REF}{name}.create"}, {"$ref": f"{REF}{name}.update"}
    key = {"type": "array", "items": _TEXT, "minItems": 1}
    kinds = (
        ("create", {"data": create}, ["data"]),
        ("update", {"id": ID, "version": version, "data": update}, ["id", "data"]),
        ("delete", {"id": ID, "version": version}, ["id"]),
        ("upsert", {"key": key, "data": create}, ["key", "data"]),
    )
    operations = [
        {
            "type": "object",
            "required": ["op", *required],
            "properties": {"op": {"const": kind}, **properties},
            "additionalProperties": False,
        }
        for kind, properties, required in kinds
    ]
    return {
        "type": "object",
        "required": ["operations"],
        "properties": {"operations": {"type": "array", "items": {"oneOf": operations}}},
    }


def list_parameters(entity: type[Entity]) -> list[Schema]:
    found: list[Schema] = [
        {"name": name, "in": "query", "schema": _TEXT} for name in ("fields", "q", "sort", "cursor")
    ]
    found.append({"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1}})
    found.append({"name": "count", "in": "query", "schema": {"const": "exact"}})
    if issubclass(entity, Archived):
        choices = {"enum": ["true", "false", "all"]}
        found.append({"name": "archived", "in": "query", "schema": choices})
    return [*found, *filters(entity)]


def filters(entity: type[Entity]) -> Iterable[Schema]:
    """`<field>` and `<field>__<lookup>` for the lookups that the field takes."""
    yield {"name": "id__in", "in": "query", "schema": _TEXT}
    for column in filterable(entity):
        kind, schema = column.info.kind, value_schema(column.info, column.type)
        schema.pop("title", None)
        schema.pop("description", None)
        lookups = ["ne"]
        if kind not in {"boolean", "choice"}:
            lookups += sorted(ORDER_LOOKUPS)
        yield _filter(f"{column.name}__eq" if column.name in _TAKEN else column.name, schema)
        for lookup in lookups:
            yield _filter(f"{column.name}__{lookup}", schema)
        yield _filter(f"{column.name}__in", _TEXT)
        if kind in TEXT_KINDS:
            for lookup in sorted(TEXT_LOOKUPS):
                yield _filter(f"{column.name}__{lookup}", _TEXT)
        if column.nullable:
            yield _filter(f"{column.name}__isnull", {"type": "boolean"})


def _filter(name: str, schema: Schema) -> Schema:
    return {"name": name, "in": "query", "schema": schema}


def query_parameters(inputs: type[Any], schema: Schema, skip: Iterable[str]) -> list[Schema]:
    """The fields of an attrs class as parameters of a query."""
    required = set(schema.get("required", ()))
    return [
        {
            "name": attribute.name,
            "in": "query",
            "required": attribute.name in required,
            "schema": schema.get("properties", {}).get(attribute.name, {}),
        }
        for attribute in fields(resolve_types(inputs))
        if attribute.name not in set(skip)
    ]
