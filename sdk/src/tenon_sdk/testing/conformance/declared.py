"""Checks of what a plugin declares: names, tables, permissions, workflows, jobs."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from tenon_sdk.declarations import Page, Route
from tenon_sdk.entities import Owned, Workflowed, fields_of
from tenon_sdk.testing.conformance.facts import Facts, where

PREFIXED = {
    "permissions": "name",
    "jobs": "name",
    "menu": "key",
    "widgets": "key",
    "demo_data": "key",
    "health_checks": "key",
}


def check_names(facts: Facts) -> Iterator[str]:
    """Everything that is named begins with the plugin's key."""
    key = facts.key
    for cls in facts.entities:
        if cls.__tenon__.plugin != key:
            yield f"entity {cls.__tenon__.name} must be called {key}.…"
    for event in facts.events:
        if not event.name.startswith(f"{key}."):
            yield f"event {event.name} must be called {key}.…"
    for kind, attribute in PREFIXED.items():
        for item in facts.own(kind):
            name = getattr(item, attribute)
            if name != key and not name.startswith(f"{key}."):
                yield f"{kind}: {name!r} must be called {key}.…, or it may collide with another's"
    yield from _check_places(facts)


def _check_places(facts: Facts) -> Iterator[str]:
    for route in facts.own("routes"):
        if route.path.strip("/").partition("/")[0] != facts.key:
            yield f"path {route.path!r} must begin with {facts.key}/"
    for kind in ("panels", "papers", "actions", "measures"):
        for item in facts.own(kind):
            mine = item.entity.partition(".")[0] == facts.key
            if not mine and not item.key.startswith(f"{facts.key}."):
                yield f"{kind}: {item.key!r} on {item.entity} must be called {facts.key}.…"


def check_tables(facts: Facts) -> Iterator[str]:
    """Own tables only, and no foreign key that keeps another plugin from deleting."""
    yield from map(str, facts.core.violations(facts.key))
    for cls in facts.entities:
        info = cls.__tenon__
        for name, described in fields_of(cls).items():
            column = cls.__table__.c[name]
            if described.kind == "reference" and not (column.index or column.unique):
                indexes: Any = cls.__table__.indexes  # type: ignore[attr-defined]
                unique: Any = cls.__table__.constraints  # type: ignore[attr-defined]
                firsts = [list(i.columns)[:1] for i in (*indexes, *unique) if i.columns]
                if not any(first and first[0].name == name for first in firsts):
                    yield f"{info.name}.{name} is not indexed: drop index=False"


def check_declarations(facts: Facts) -> Iterator[str]:
    """What an entity says of itself names fields and permissions that exist."""
    known = {cls.__tenon__.name for cls in facts.all("entities")}
    for cls in facts.entities:
        info, fields = cls.__tenon__, fields_of(cls)
        for attribute in ("title", "subtitle", "parent"):
            value = getattr(info, attribute)
            if value is not None and value != "id" and value not in fields:
                yield f"{info.name}: {attribute}={value!r} is not one of its fields"
        if info.extends is None and info.title == "id" and not info.parent:
            yield f"{info.name} has no title: name the field that tells records apart"
        if info.search and not any(field.search for field in fields.values()):
            yield f"{info.name} is searched by nothing: set search=True on a field, or search=False"
        for name, field in fields.items():
            if field.target is not None and field.target not in known:
                yield f"{info.name}.{name} refers to {field.target}, which nobody registers"
            for permission in filter(None, (field.read, field.write)):
                if permission not in facts.permissions:
                    yield (
                        f"{info.name}.{name} needs {permission!r}, which does not exist: "
                        "register it"
                    )


def check_permissions(facts: Facts) -> Iterator[str]:
    """Every way in names a permission that exists, or says that it is public."""
    for kind in ("routes", "menu", "panels", "papers", "actions", "widgets"):
        for item in facts.own(kind):
            name = getattr(item, "path", None) or getattr(item, "key", None)
            if item.permission is None:
                if not getattr(item, "public", False):
                    yield f"{kind}: {name} names no permission: name one, or say public=True"
            elif item.permission not in facts.permissions:
                yield (
                    f"{kind}: {name} needs {item.permission!r}, which does not exist: register it "
                    "or correct the name"
                )
    for flow in facts.own("workflows"):
        for transition in flow.transitions:
            if flow.permission_for(transition) not in facts.permissions:
                wanted = flow.permission_for(transition)
                yield f"{flow.entity}.{transition.name} needs {wanted!r}: register it"
    for permission in facts.own("permissions"):
        unknown = sorted(set(permission.roles) - set(_roles(facts)))
        if unknown:
            yield f"{permission.name} is given to {', '.join(unknown)}: no such ready roles exist"
        if permission.label is None and not _of_entity(facts, permission.name):
            yield f"{permission.name} has no label: administrators have to know what they grant"


def _roles(facts: Facts) -> list[str]:
    return list(facts.core.ready_roles())


def _of_entity(facts: Facts, permission: str) -> bool:
    entity, _sep, action = permission.rpartition(".")
    flows = {flow.entity: flow for flow in facts.all("workflows")}
    actions = {"view", "create", "edit", "delete", "export"}
    if entity in flows:
        actions |= set(flows[entity].by_name)
    return action in actions and entity in {c.__tenon__.name for c in facts.all("entities")}


def check_workflows(facts: Facts) -> Iterator[str]:
    """Each entity with a status has a workflow, and each of its states can be reached."""
    flows = {flow.entity: flow for flow in facts.own("workflows")}
    workflowed = {
        cls.__tenon__.name for cls in facts.own("entities") if issubclass(cls, Workflowed)
    }
    for name in sorted(workflowed - flows.keys()):
        yield f"{name} is Workflowed and has no workflow: register one"
    for name in sorted(flows.keys() - workflowed):
        yield f"the workflow of {name} has no status to move: derive the entity from Workflowed"
    for flow in flows.values():
        reached, waiting = {flow.initial}, [flow.initial]
        while waiting:
            state = waiting.pop()
            targets = {t.target for t in flow.transitions if state in t.source}
            waiting += targets - reached
            reached |= targets
        for state in flow.states:
            if state.key not in reached:
                yield f"{flow.entity}: no transition leads to {state.key!r}"


def check_functions(facts: Facts) -> Iterator[str]:
    """What runs later is found again by its name, so it is a function of a module."""
    for job in facts.own("jobs"):
        yield from _named(f"job {job.name}", job.run)
        if job.schedule is not None:
            fault = facts.core.schedule_fault(job.schedule)
            if fault is not None:
                yield f"job {job.name}: {fault}"
    for handler in facts.own("event_handlers"):
        yield from _named(f"handler of {handler.event.name}", handler.run)


def _named(what: str, function: Any) -> Iterator[str]:
    inner = inspect.unwrap(function)
    if "<" in getattr(inner, "__qualname__", "<none>"):
        yield f"{what} runs {where(function)}: make it a function of a module"


def check_signatures(facts: Facts) -> Iterator[str]:
    """Handlers take what they are given."""
    wanted = {
        "panels": 2, "papers": 2, "widgets": 1, "actions": 3, "jobs": 2, "commands": 2,
        "health_checks": 1,
    }  # fmt: skip
    for kind, count in wanted.items():
        for item in facts.own(kind):
            function = item.run if hasattr(item, "run") else item.load
            yield from _takes(f"{kind}: {getattr(item, 'key', None) or item.name}", function, count)
    for route in facts.own("routes"):
        function = route.run if isinstance(route, Route) else route.load
        yield from _takes(f"route {route.path}", function, 2)


def _takes(what: str, function: Any, count: int) -> Iterator[str]:
    try:
        inspect.signature(function).bind(*range(count))
    except (TypeError, ValueError) as error:
        yield f"{what}: {where(function)} must take {count} arguments ({error})"


def owned_entities(facts: Facts) -> list[type[Any]]:
    return [cls for cls in facts.own("entities") if issubclass(cls, Owned)]


def pages_of(facts: Facts) -> list[Page]:
    return [route for route in facts.own("routes") if isinstance(route, Page)]
