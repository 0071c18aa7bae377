"""Turning outside data into attrs classes, with every mistake named by its field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, IntEnum, StrEnum
from typing import Any, TypeVar
from uuid import UUID

import cattrs
from cattrs.errors import (
    BaseValidationError,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
)

from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _

T = TypeVar("T")


def _boolean(value: Any, _type: Any) -> bool:
    if isinstance(value, bool):
        return value
    known = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    found = known.get(str(value).strip().lower())
    if found is None:
        raise ValueError("boolean")
    return found


def _integer(value: Any, _type: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise TypeError("integer")
    return int(value)


def _decimal(value: Any, _type: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise TypeError("decimal")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError("decimal") from None
    if not number.is_finite():
        raise ValueError("decimal")
    return number


def _text(value: Any, _type: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _moment(value: Any, _type: Any) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value, str))
    if moment.tzinfo is None:
        raise ValueError("time zone")
    return moment


def _day(value: Any, _type: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return date.fromisoformat(_text(value, str))


def _uuid(value: Any, _type: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(_text(value, str))


def _member(value: Any, type_: type[Enum]) -> Enum:
    return type_(value)


def make_converter() -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=True)
    for cls, hook in (
        (bool, _boolean),
        (int, _integer),
        (Decimal, _decimal),
        (str, _text),
        (datetime, _moment),
        (date, _day),
        (UUID, _uuid),
        (StrEnum, _member),  # it is a str, too, but not any
        (IntEnum, _member),
    ):
        converter.register_structure_hook(cls, hook)
    return converter


CONVERTER = make_converter()

EXPECTED: dict[type[Any], Text] = {
    bool: _("Enter yes or no."),
    int: _("Enter a whole number."),
    Decimal: _("Enter a number."),
    str: _("Enter a text."),
    datetime: _("Enter a date and time with its zone, such as 2026-11-23T09:30:00+08:00."),
    date: _("Enter a date, such as 2026-11-23."),
    UUID: _("Enter the id of a record."),
}


def expected(type_: Any) -> Text:
    """What a value of this type has to look like, for an error message."""
    if isinstance(type_, type) and issubclass(type_, Enum):
        return _("Choose one of: {choices}.", choices=", ".join(str(m.value) for m in type_))
    return EXPECTED.get(type_, _("This value cannot be read."))


def structure(cls: type[T], data: Mapping[str, Any]) -> T:
    """An instance of the attrs class `cls`. Raises Invalid that names every faulty field.

    Nested fields are named with dots and indexes: `lines.2.quantity`.
    """
    if not isinstance(data, Mapping):
        raise Invalid({"": _("Expected an object with named values.")})
    try:
        return CONVERTER.structure(data, cls)
    except BaseValidationError as error:
        found: dict[str, list[Text]] = {}
        _gather(error, "", found)
        raise Invalid(found) from None


def _gather(error: BaseException, path: str, found: dict[str, list[Text]]) -> None:
    if isinstance(error, ForbiddenExtraKeysError):
        for name in sorted(error.extra_fields):
            found.setdefault(path + name, []).append(_("There is no field of this name."))
    elif isinstance(error, ClassValidationError):
        with_notes, without = error.group_exceptions()
        for inner, note in with_notes:
            _gather_field(inner, path + note.name, note.type, found)
        for other in without:
            _gather(other, path, found)
    elif isinstance(error, IterableValidationError):
        with_index, rest = error.group_exceptions()
        for inner, index in with_index:
            _gather_field(inner, f"{path}{index.index}", index.type, found)
        for other in rest:
            _gather(other, path, found)
    else:
        found.setdefault(path.rstrip("."), []).append(_("This value cannot be read."))


def _gather_field(
    error: BaseException, path: str, type_: Any, found: dict[str, list[Text]]
) -> None:
    if isinstance(error, BaseValidationError | ForbiddenExtraKeysError):
        _gather(error, f"{path}.", found)
    elif isinstance(error, KeyError):
        found.setdefault(path, []).append(_("This field is required."))
    elif isinstance(error, Invalid):
        for texts in error.fields.values():
            found.setdefault(path, []).extend(texts)
    else:
        found.setdefault(path, []).append(expected(_plain(type_)))


def _plain(type_: Any) -> Any:
    """`int` for `int | None`."""
    args = [a for a in getattr(type_, "__args__", ()) if a is not type(None)]
    return args[0] if len(args) == 1 and "None" in str(type_) else type_
