"""Putting the document together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from tenon_core.web.api.shapes import shape_of
from tenon_core.web.auth.endpoints import INPUTS
from tenon_core.web.auth.identity import COOKIE, CSRF_HEADER
from tenon_core.web.openapi.papers import paper_paths
from tenon_core.web.openapi.paths import (
    ID_PARAMETER,
    IF_MATCH,
    KEY,
    answer,
    batch_schema,
    entity_paths,
    json_body,
    operation,
    query_parameters,
)
from tenon_core.web.openapi.schemas import (
    PROBLEM,
    REF,
    Schema,
    class_schema,
    read_schema,
    returned,
    titled_entities,
    write_schema,
)
from tenon_sdk.declarations import Action, Panel, Route
from tenon_sdk.entities import Archived, Entity
from tenon_sdk.text import translate
from tenon_sdk.workflows import Workflow

if TYPE_CHECKING:
    from tenon_core.site import Site

_PART = re.compile(r"\{(\w+)\}")
_OBJECT: Schema = {"type": "object"}
_DONE: Schema = {"204": {"description": "Done"}}


def document(site: Site, entities: Mapping[str, type[Entity]]) -> Schema:
    """The API of exactly the enabled plugins, the same for everybody who asks."""
    components: Schema = {"Problem": PROBLEM}
    paths: dict[str, Schema] = dict(_fixed(components))
    titled = titled_entities(entities)
    for name, cls in entities.items():
        shape = shape_of(site.registry, cls)
        components[name] = read_schema(shape, titled)
        components[f"{name}.create"] = write_schema(shape, creating=True)
        components[f"{name}.update"] = write_schema(shape, creating=False)
        components[f"{name}.batch"] = batch_schema(name)
        paths.update(entity_paths(cls))
        paths.update(_record_acts(site, cls, components))
        paths.update(paper_paths(site, cls))
    for route in site.registry.routes:
        if isinstance(route, Route):
            path = f"/api/v1/{route.path.strip('/')}"
            paths.setdefault(path, {})[route.method.lower()] = _route(route, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": site.config.site.name, "version": version("tenon-core")},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"cookie": [], "csrf": []}],
        "tags": [{"name": key} for key in [*site.plugins, "auth", "site"]],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }


_SECURITY: Schema = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "tnn_…"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER.decode(),
        "description": "For what changes something; log-in and `auth/me` tell it.",
    },
}


def _record_acts(site: Site, cls: type[Entity], components: Schema) -> dict[str, Schema]:
    """Transitions, actions and panels of one entity."""
    name = cls.__tenon__.name
    base = f"/api/v1/{name.replace('.', '/')}"
    found: dict[str, Schema] = {}
    workflow = site.registry.workflows.get(name)
    if workflow is not None:
        found.update(_transitions(base, name, workflow, components))
    if issubclass(cls, Archived):
        act = _act(name, "restore", "take out of the recycle bin", {})
        found.setdefault(f"{base}/{{id}}/restore", {"parameters": [ID_PARAMETER], "post": act})
    for action in site.registry.actions:
        if action.entity == name:
            found[f"{base}/actions/{action.key}"] = {"post": _action(name, action, components)}
    for panel in site.registry.panels:
        if panel.entity == name:
            path = f"{base}/{{id}}/panels/{panel.key}"
            found[path] = {"parameters": [ID_PARAMETER], "get": _panel(name, panel)}
    return found


def _transitions(base: str, name: str, workflow: Workflow, components: Schema) -> dict[str, Schema]:
    found: dict[str, Schema] = {}
    for move in workflow.transitions:
        prefix = f"{name}.transitions.{move.name}"
        inputs = class_schema(move.inputs, prefix, components) if move.inputs else {}
        act = _act(name, move.name, translate(move.label, "en"), inputs)
        act["responses"]["202"] = answer(_OBJECT, "An approval was asked for")
        found[f"{base}/{{id}}/{move.name}"] = {"parameters": [ID_PARAMETER], "post": act}
    return found


def _act(name: str, key: str, summary: str, inputs: Schema) -> Schema:
    return operation(
        f"{name}.{key}",
        summary,
        name.partition(".")[0],
        {"200": answer({"$ref": f"{REF}{name}"}, "The record", tagged=True)},
        parameters=[KEY, IF_MATCH],
        body=json_body(inputs) if inputs else None,
    )


def _action(name: str, action: Action, components: Schema) -> Schema:
    prefix = f"{name}.actions.{action.key}"
    inputs = class_schema(action.inputs, prefix, components) if action.inputs else _OBJECT
    ids = {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 1}
    if not action.bulk:
        ids["maxItems"] = 1
    body = {"type": "object", "required": ["ids"], "properties": {"ids": ids, "inputs": inputs}}
    result = returned(action.run, f"{prefix}.result", components)
    return operation(
        f"{name}.actions.{action.key}",
        translate(action.label, "en"),
        name.partition(".")[0],
        {"200": answer(result, "What the action returns")},
        parameters=[KEY],
        body=json_body(body),
    )


def _panel(name: str, panel: Panel) -> Schema:
    return operation(
        f"{name}.panels.{panel.key}",
        translate(panel.label, "en"),
        name.partition(".")[0],
        {"200": answer(_OBJECT, "The data of the panel")},
    )


def _route(route: Route, components: Schema) -> Schema:
    path = route.path.strip("/")
    name = f"{path.replace('/', '.')}.{route.method.lower()}"
    prefix = re.sub(r"[^\w.-]", "", name)
    in_path = _PART.findall(path)
    parameters: list[Schema] = [
        {"name": part, "in": "path", "required": True, "schema": {"type": "string"}}
        for part in in_path
    ]
    body = None
    if route.inputs is not None:
        schema = class_schema(route.inputs, prefix, components)
        if route.method in {"GET", "DELETE"}:
            whole = components.get(schema.get("$ref", "").removeprefix(REF), schema)
            parameters += query_parameters(route.inputs, whole, in_path)
        else:
            body = json_body(schema)
    result = returned(route.run, f"{prefix}.result", components)
    return operation(
        name,
        translate(route.summary, "en"),
        path.partition("/")[0],
        {"200": answer(result, "The answer"), **_DONE},
        parameters=parameters,
        body=body,
        public=route.public,
    )


def _fixed(components: Schema) -> dict[str, Schema]:
    """Log-in, search and health."""
    paths: dict[str, Schema] = {}
    results = {"200": answer(_OBJECT, "The answer"), **_DONE}
    for key, inputs in INPUTS.items():
        schema = class_schema(inputs, f"auth.{key.replace('/', '.')}", components)
        paths[f"/api/v1/auth/{key}"] = {
            "post": operation(
                f"auth.{key.replace('/', '.')}",
                key.replace("_", " ").replace("/", ": "),
                "auth",
                results,
                body=json_body(schema),
                public=key == "login",
            )
        }
    gets: dict[str, Any] = {"me": "who asks", "tokens": "own tokens"}
    for key, summary in gets.items():
        act = operation(f"auth.{key}.get", summary, "auth", results)
        paths.setdefault(f"/api/v1/auth/{key}", {})["get"] = act
    paths["/api/v1/auth/logout"] = {"post": operation("auth.logout", "log out", "auth", results)}
    paths["/api/v1/auth/tokens/{id}"] = {
        "parameters": [ID_PARAMETER],
        "delete": operation("auth.tokens.delete", "revoke a token", "auth", results),
    }
    query: list[Schema] = [
        {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}},
        {"name": "entities", "in": "query", "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "schema": {"type": "integer"}},
    ]
    found = operation("search", "search everything", "site", results, parameters=query)
    paths["/api/v1/search"] = {"get": found}
    for path, summary in (("health", "whether it works"), ("schema", "this document")):
        act = operation(path, summary, "site", results, public=True)
        paths[f"/api/{path}"] = {"get": act}
    return paths
