"""Checks of what travels as JSON: events, inputs, settings."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from tenon_sdk.errors import Invalid
from tenon_sdk.testing.conformance.facts import Facts

PLAIN: Mapping[Any, Any] = {
    str: "text",
    int: 7,
    float: 0.5,
    bool: True,
    UUID: UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
    Decimal: Decimal("12.30"),
    date: date(2026, 3, 9),
    datetime: datetime(2026, 3, 9, 1, 30, tzinfo=UTC),
    time: time(9, 30),
    timedelta: timedelta(hours=2),
    Any: "anything",
}


class NoSample(TypeError):
    """A type that neither JSON nor the framework knows."""


def sample(type_: Any) -> Any:
    """A value of a declared type. Raises NoSample."""
    if type_ in PLAIN:
        return PLAIN[type_]
    origin, args = get_origin(type_), get_args(type_)
    if origin in {Union, types.UnionType}:
        return sample(next(arg for arg in args if arg is not type(None)))
    if origin is Literal:
        return args[0]
    if origin is tuple:
        inner = args[:1] if len(args) == 2 and args[1] is Ellipsis else args
        return tuple(sample(arg) for arg in inner)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {sample(args[0]): sample(args[1])}
    if isinstance(origin, type) and issubclass(origin, AbstractSet):
        return frozenset({sample(args[0])})
    if isinstance(origin, type) and issubclass(origin, Sequence):
        return [sample(args[0])]
    if isinstance(type_, type) and issubclass(type_, Enum):
        return next(iter(type_))
    if isinstance(type_, type) and hasattr(type_, "__attrs_attrs__"):
        return sample_of(type_)
    raise NoSample(f"{type_!r} has no form in JSON that the framework knows")


def sample_of(cls: type[Any]) -> Any:
    """An instance of an attrs class with every field filled."""
    hints = get_type_hints(cls)
    attributes = [a for a in cls.__attrs_attrs__ if a.init]
    return cls(**{a.alias: _accepted(cls, a, hints[a.name]) for a in attributes})


def _accepted(cls: type[Any], attribute: Any, type_: Any) -> Any:
    """The type's sample, or the default where a validator does not take that."""
    value = sample(type_)
    if attribute.validator is None:
        return value
    try:
        attribute.validator(None, attribute, value)
    except (TypeError, ValueError):
        if attribute.default is None or attribute.default.__class__.__name__ == "_Nothing":
            raise NoSample(f"{cls.__name__}.{attribute.name} does not take {value!r}") from None
        made = getattr(attribute.default, "factory", None)
        return made() if made is not None else attribute.default
    return value


def check_events(facts: Facts) -> Iterator[str]:
    """A fact comes back from JSON as it went, and its subjects are records that exist."""
    known = {cls.__tenon__.name for cls in facts.all("entities")}
    for event in facts.events:
        attributes = getattr(event, "__attrs_attrs__", None)
        if attributes is None or "__setattr__" not in vars(event):
            yield f"event {event.name} must be attrs-frozen: decorate it with @frozen(kw_only=True)"
            continue
        names = {attribute.name for attribute in attributes}
        for field, entity in event.subject_fields.items():
            if field not in names:
                yield f"event {event.name}: its subject {field!r} is not one of its fields"
            if entity not in known:
                yield f"event {event.name}: subject {field!r} names {entity!r}, which is unknown"
        try:
            made = sample_of(event)
            back = facts.core.event_from_json(event, facts.core.to_json(made))
        except Exception as error:  # noqa: BLE001 (whatever fails is what the check is for)
            yield f"event {event.name} does not travel: {type(error).__name__}: {error}"
            continue
        if back != made:
            yield f"event {event.name} comes back changed: {made} as {back}"


def inputs_of(facts: Facts) -> Iterator[tuple[str, type[Any]]]:
    for flow in facts.own("workflows"):
        for transition in flow.transitions:
            if transition.inputs is not None:
                yield f"{flow.entity}.{transition.name}", transition.inputs
    for kind in ("routes", "actions", "commands"):
        for item in facts.own(kind):
            if getattr(item, "inputs", None) is not None:
                yield (
                    f"{kind}: {getattr(item, 'path', None) or getattr(item, 'key', '')}",
                    item.inputs,
                )


def check_inputs(facts: Facts) -> Iterator[str]:
    """Inputs can be read from JSON and refuse what they do not know."""
    for who, cls in inputs_of(facts):
        if not hasattr(cls, "__attrs_attrs__"):
            yield f"{who}: inputs {cls.__name__} must be an attrs class"
            continue
        try:
            made = sample_of(cls)
            back = facts.core.structure(cls, facts.core.to_json(made))
        except Exception as error:  # noqa: BLE001 (whatever fails is what the check is for)
            yield f"{who}: {cls.__name__} cannot be read: {type(error).__name__}: {error}"
            continue
        if back != made:
            yield f"{who}: {cls.__name__} comes back changed: {made} as {back}"


def check_settings(facts: Facts) -> Iterator[str]:
    """A site without any setting runs, and a misspelt setting is an error."""
    cls = facts.plugin.settings
    if cls is None:
        return
    try:
        facts.core.structure(cls, {})
    except (Invalid, TypeError, ValueError) as error:
        yield f"settings {cls.__name__} have no complete defaults: {error}"
    try:
        facts.core.structure(cls, {"no_such_setting": 1})
    except Invalid:
        return
    yield f"settings {cls.__name__} take a setting that does not exist"
