"""Records made from nothing but their declaration."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any, TypeVar, cast

from sqlalchemy import Boolean, Column, Date, Integer, String
from sqlalchemy import inspect as mapping_of
from sqlalchemy.types import TypeEngine
from uuid_utils.compat import uuid7

from tenon_sdk.context import Context
from tenon_sdk.entities import Base, Entity, entity_named
from tenon_sdk.fields import FieldInfo, describe
from tenon_sdk.testing.backend import Filler, mapped_class
from tenon_sdk.testing.clock import Clock
from tenon_sdk.types import Exact, Guid, Json, UtcDateTime

R = TypeVar("R", bound=Base)

DEPTH = 12
COMPANY_CURRENCY = "CNY"


class Factory:
    """Makes records that hold what their tables ask for, and the records that these refer to.

    Values are plausible, unique where they may have to be, and the same in every run. `fillers`
    add what an entity's rules demand beyond its fields, by entity name; an entity's class as a
    value stands for a new record of it.
    """

    def __init__(self, clock: Clock, fillers: Mapping[str, Filler]) -> None:
        self.clock = clock
        self.fillers = dict(fillers)
        self._numbers = itertools.count(1)
        self._depth = 0

    def make(
        self,
        open_context: Callable[[], AbstractContextManager[Context]],
        cls: type[R],
        values: Mapping[str, Any],
        *,
        every: bool = False,
    ) -> R:
        """Stores one record and what it needs; `every` fills the optional fields as well."""
        with open_context() as ctx:
            record = self.build(ctx, cls, values, every=every)
            ctx.session.flush()
            return record

    def build(
        self, ctx: Context, cls: type[R], values: Mapping[str, Any], *, every: bool = False
    ) -> R:
        """Adds one record to the session of `ctx`. Raises RecursionError for endless needs."""
        if self._depth >= DEPTH:
            raise RecursionError(f"{cls.__name__} needs records that need it: give them yourself")
        self._depth += 1
        try:
            record = cls(**self.values(ctx, cls, values, every=every))
            ctx.session.add(record)
            ctx.session.flush()
        finally:
            self._depth -= 1
        return record

    def values(
        self, ctx: Context, cls: type[Base], given: Mapping[str, Any], *, every: bool = False
    ) -> dict[str, Any]:
        """What `build` makes the record of: the given values and all others that it needs."""
        number = next(self._numbers)
        found = _by_column(cls, given)
        name = cls.__tenon__.name if issubclass(cls, Entity) else ""
        if name in self.fillers:
            found = {**self._filled(ctx, self.fillers[name](number), found), **found}
        for column in sorted(cls.__table__.columns, key=_is_pair, reverse=True):
            wanted = every and _fillable(column)
            if column.key not in found and (_required(column) or wanted):
                self._fill(ctx, cls, column, number, found)
        return found

    def _filled(
        self, ctx: Context, demanded: Mapping[str, Any], given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What a filler says; an entity's class stands for a new record of it."""
        return {
            name: self.build(ctx, value, {}).id if isinstance(value, type) else value
            for name, value in demanded.items()
            if name not in given
        }

    def _fill(
        self, ctx: Context, cls: type[Base], column: Any, number: int, found: dict[str, Any]
    ) -> None:
        info = describe(column)
        if column.foreign_keys:
            target = next(iter(column.foreign_keys)).column.table.name
            if target == cls.__tablename__ and column.nullable:
                return
            found[column.key] = getattr(self.build(ctx, mapped_class(target), {}), "id", None)
        elif info is not None and info.kind == "any_reference" and info.entity_field:
            entity = found.setdefault(info.entity_field, "core.account")
            found[column.key] = self.build(ctx, entity_named(entity), {}).id
        else:
            found[column.key] = self.value(column, info, number)

    def value(self, column: Column[Any], info: FieldInfo | None, number: int) -> Any:
        """A plausible value of one plain column."""
        if info is not None:
            if info.choices:
                return next(iter(info.choices))
            made = _by_kind(info, number)
            if made is not None:
                return made[: info.max_length] if info.max_length else made
            if info.kind in {"integer", "decimal", "money", "percent"}:
                return _within(info, column.type, number)
        return self._by_type(column.type, column.name, number)

    def _by_type(self, type_: TypeEngine[Any], name: str, number: int) -> Any:
        if isinstance(type_, UtcDateTime):
            return self.clock.now
        if isinstance(type_, Date):
            return self.clock.today
        if isinstance(type_, Guid):
            return uuid7()
        if isinstance(type_, Exact):
            return Decimal(number)
        if isinstance(type_, Json):
            return {}
        if isinstance(type_, Boolean):
            return False
        if isinstance(type_, Integer):
            return number
        if isinstance(type_, String):
            return f"{name} {number}"[: type_.length]
        raise TypeError(f"no value is known for {name} of {type_!r}: give one")


def _by_column(cls: type[Base], given: Mapping[str, Any]) -> dict[str, Any]:
    """`account=record` stands for `account_id=record.id`."""
    columns = {column.key for column in cls.__table__.columns}
    attributes = set(mapping_of(cls).attrs.keys())
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name not in attributes and f"{name}_id" in columns:
            found[f"{name}_id"] = getattr(value, "id", value)
        else:
            found[name] = value
    return found


def _is_pair(column: Any) -> bool:
    """References to a record of any kind come first: they choose the kind as well."""
    info = describe(column)
    return info is not None and info.kind == "any_reference"


def _required(column: Any) -> bool:
    info = describe(column)
    made_elsewhere = column.default is not None or column.server_default is not None
    if column.nullable or made_elsewhere:
        return False
    counts_itself = column.primary_key and isinstance(column.type, Integer)
    stamped = info is not None and (
        info.number is not None or column.name in {"created_at", "updated_at", "state"}
    )
    return not counts_itself and not stamped


def _fillable(column: Any) -> bool:
    info = describe(column)
    return (
        info is not None
        and not info.system
        and info.kind not in {"number", "any_reference", "json"}
        and column.name not in {"owner_id", "unit_id", "state", "substate"}
    )


def _by_kind(info: FieldInfo, number: int) -> str | None:
    match info.kind:
        case "email":
            return f"person{number}@example.com"
        case "phone":
            return f"+86 20 8551 {number:04}"
        case "url":
            return f"https://example.com/{number}"
        case "text" if info.max_length is not None and info.max_length <= 3:
            return COMPANY_CURRENCY
        case "text" | "long_text":
            return _short(f"{str.__str__(info.label)} {number}", str(number), info.max_length)
        case _:
            return None


def _short(text: str, ending: str, limit: int | None) -> str:
    """Cut before its number, which makes it unique."""
    if limit is None or len(text) <= limit:
        return text
    return text[: max(limit - len(ending), 0)] + ending[-limit:]


def _within(info: FieldInfo, type_: Any, number: int) -> Decimal | int:
    low = info.minimum if info.minimum is not None else 0
    high = info.maximum
    value: Decimal | int = low + number
    if high is not None and value > high:
        value = high
    return Decimal(value) if isinstance(type_, Exact) else int(cast("Any", value))
