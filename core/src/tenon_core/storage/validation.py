"""Checking values against the declaration, before the database would refuse them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

from attrs import frozen
from babel.numbers import list_currencies
from sqlalchemy import BigInteger, Integer

from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Invalid
from tenon_sdk.fields import FieldInfo
from tenon_sdk.text import Text, _
from tenon_sdk.types import Exact

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
URL = re.compile(r"https?://\S+", re.IGNORECASE)
PHONE = re.compile(r"[+0-9][0-9 ()./#*extEXT转-]{2,}")

# PostgreSQL's text holds no NUL, and a control character in a name is always an accident.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
MAX_LONG_TEXT = 1_000_000
MAX_INTEGER = 2**31 - 1


@frozen
class Column:
    """A declared field with what its column adds: whether it may be empty, and its type."""

    name: str
    info: FieldInfo
    nullable: bool
    type: Any
    default: Any = None


@cache
def columns_of(entity: type[Entity]) -> tuple[Column, ...]:
    table = entity.__table__
    return tuple(
        Column(name, info, bool(table.c[name].nullable), table.c[name].type, table.c[name].default)
        for name, info in fields_of(entity).items()
    )


def validate(record: Entity, names: Iterable[str] | None = None) -> dict[str, Text]:
    """Faults of a record's values by field; `names` limits it to these fields."""
    wanted = None if names is None else frozenset(names)
    found: dict[str, Text] = {}
    held = record.__dict__
    for column in columns_of(type(record)):
        if wanted is not None and column.name not in wanted:
            continue
        name = column.name
        value = held[name] if name in held else getattr(record, name)
        if value is None and column.nullable:
            continue
        fault = fault_of(column, value)
        if fault is not None:
            found[column.name] = fault
    return found


def check(record: Entity, names: Iterable[str] | None = None) -> None:
    """Raises Invalid unless `validate` finds nothing."""
    faults = validate(record, names)
    if faults:
        raise Invalid(faults)


def fault_of(column: Column, value: Any) -> Text | None:
    """What is wrong with a value, in words that say what to enter instead."""
    info = column.info
    if value is None or value == "":
        optional = column.nullable or (value == "" and column.default is not None)
        return None if optional else _("This field is required.")
    if info.choices is not None and value not in info.choices:
        return _("Choose one of: {choices}.", choices=", ".join(info.choices))
    if isinstance(value, str):
        return _text_fault(info, value)
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, Decimal)):
        return _number_fault(column, value)
    if isinstance(value, datetime):
        return None if value.tzinfo else _("The time needs a time zone.")
    return None


def _text_fault(info: FieldInfo, value: str) -> Text | None:
    limit = info.max_length or MAX_LONG_TEXT
    if len(value) > limit:
        return _("At most {limit} characters; this has {length}.", limit=limit, length=len(value))
    if CONTROL.search(value):
        return _("The text contains a control character.")
    pattern = {"email": EMAIL, "url": URL, "phone": PHONE}.get(info.kind)
    if pattern is not None and not pattern.fullmatch(value):
        return _FORMS[info.kind]
    return info.check(value) if info.check is not None else None


_FORMS: Mapping[str, Text] = {
    "email": _("Enter an e-mail address, such as name@example.com."),
    "url": _("Enter a web address that begins with https://."),
    "phone": _("Enter a phone number, such as +86 20 8551 2345."),
}


def _number_fault(column: Column, value: int | Decimal) -> Text | None:
    info, type_ = column.info, column.type
    if info.minimum is not None and value < info.minimum:
        return _("At least {minimum}.", minimum=info.minimum)
    if info.maximum is not None and value > info.maximum:
        return _("At most {maximum}.", maximum=info.maximum)
    if isinstance(type_, Exact):
        exact = Decimal(value)
        if not exact.is_finite():
            return _("Enter a number.")
        if exact != round(exact, type_.scale):
            return _("At most {scale} digits after the point.", scale=type_.scale)
        if abs(exact) >= Decimal(10) ** (type_.precision - type_.scale):
            return _("The number is too large.")
    elif isinstance(type_, Integer):
        limit = 2**63 - 1 if isinstance(type_, BigInteger) else MAX_INTEGER
        if not -limit <= value <= limit:
            return _("The number is too large.")
    return None


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 codes."""
    return frozenset(list_currencies())


def check_currencies(record: Entity) -> dict[str, Text]:
    """Faults of the fields that money amounts take their currency from."""
    names = {info.currency for info in fields_of(type(record)).values() if info.currency}
    return {
        name: _("There is no currency “{code}”.", code=getattr(record, name))
        for name in names
        if getattr(record, name, None) is not None and getattr(record, name) not in currencies()
    }
