"""Endpoints that plugins declare as `Route`."""

from __future__ import annotations

import collections.abc
import typing
from collections.abc import Mapping
from functools import partial
from typing import Any

from attrs import fields, has, resolve_types

from tenon_core.context import WorkContext
from tenon_core.kernel.inputs import structure
from tenon_core.kernel.registry import Registry
from tenon_core.web.api.calls import Answer, Body, Call, Endpoint, json_answer
from tenon_core.web.api.repeated import write
from tenon_core.web.api.routing import Router
from tenon_sdk.declarations import Route
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

_MANY = (collections.abc.Sequence, collections.abc.Set, list, tuple, set, frozenset)
_IN_QUERY = frozenset({"GET", "DELETE"})


def add_routes(router: Router, registry: Registry) -> None:
    for route in registry.routes:
        if isinstance(route, Route):
            takes: Body = "file" if route.upload else "json"
            body = "none" if route.method in _IN_QUERY else takes
            endpoint = Endpoint(partial(run_route, route), body, public=route.public)
            router.add(route.method, f"v1/{route.path.strip('/')}", endpoint)


def run_route(route: Route, call: Call, params: Mapping[str, str]) -> Answer:
    """Fills `inputs`, checks the permission, answers with what `run` returns; None is a 204."""
    inputs = _inputs(route, call, params)
    if route.method == "GET":
        with call.site.acting(
            call.guardian, read_only=True, origin=call.origin, locale=call.locale
        ) as ctx:
            return _answer(route, ctx, inputs)
    return write(call, lambda ctx: _answer(route, ctx, inputs))


def _answer(route: Route, ctx: WorkContext, inputs: Any) -> Answer:
    if route.permission is not None:
        ctx.require(route.permission)
    found = route.run(ctx, inputs)
    return Answer(204) if found is None else json_answer(found)


def _inputs(route: Route, call: Call, params: Mapping[str, str]) -> Any:
    if route.method in _IN_QUERY:
        given = _from_query(route.inputs, call)
    else:
        call.no_query()
        given = dict(call.object)
    clashing = set(given) & set(params)
    if clashing:
        raise Invalid(dict.fromkeys(clashing, _("This is part of the address.")))
    given.update(params)
    if route.inputs is None:
        unknown = set(given) - set(params)
        if unknown:
            raise Invalid({k: _("There is no parameter “{name}”.", name=k) for k in unknown})
        return None
    return structure(route.inputs, given)


def _from_query(inputs: type[Any] | None, call: Call) -> dict[str, Any]:
    """A parameter that is given once is a value, unless its field holds several."""
    many = many_valued(inputs) if inputs is not None else frozenset[str]()
    found: dict[str, Any] = {}
    for name, value in call.query:
        if name in many:
            found.setdefault(name, []).append(value)
        elif name in found:
            raise Invalid({name: _("This parameter may be given once.")})
        else:
            found[name] = value
    return found


def many_valued(inputs: type[Any]) -> frozenset[str]:
    """Names of the fields of an attrs class that hold a sequence or a set."""
    if not has(inputs):
        return frozenset()
    return frozenset(
        attribute.alias or attribute.name
        for attribute in fields(resolve_types(inputs))
        if any(_holds_many(part) for part in (attribute.type, *typing.get_args(attribute.type)))
    )


def _holds_many(annotation: Any) -> bool:
    origin = typing.get_origin(annotation) or annotation
    return isinstance(origin, type) and origin is not str and issubclass(origin, _MANY)
