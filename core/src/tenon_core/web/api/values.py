"""Reading JSON values by the declaration of their field: strictly, nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import Integer

from tenon_core.kernel.inputs import EXPECTED
from tenon_core.storage.validation import CONTROL, Column
from tenon_sdk.text import Text, _

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MAX_DIGITS = 60
MAX_DEPTH = 20

NOT_EXACT = _(
    "Enter the amount as a text such as “12.50”, or as a whole number: JSON numbers with a point "
    "are not exact."
)
TOO_LARGE = _("The number is too large.")
EXPECTED_OBJECT = _("Expected an object with named values.")
EXPECTED_LIST = _("Expected a list.")
CONTROL_CHARACTER = _("The text contains a control character.")

Reader = Callable[[Any], Any]


class Wrong(Exception):
    """A value that does not fit; `text` says what would."""

    def __init__(self, text: Text) -> None:
        super().__init__(text)
        self.text = text


def reader_of(column: Column, shape: type[Any] | None) -> Reader:
    """What turns a JSON value into the column's, None aside. It raises Wrong.

    `shape` is `dict` or `list` for a JSON column whose annotation says so.
    """
    kind = column.info.kind
    if kind == "json":
        return lambda value: _json(value, shape)
    if isinstance(column.type, Integer) and kind in {"integer", "percent"}:
        return _integer
    return _READERS[kind]


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong(EXPECTED[str])
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(EXPECTED[int])
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong(EXPECTED[bool])
    return value


def _money(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        raise Wrong(NOT_EXACT)
    return _decimal(value)


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        raise Wrong(EXPECTED[Decimal])
    if isinstance(value, str) and len(value) > MAX_DIGITS:
        raise Wrong(TOO_LARGE)
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        raise Wrong(EXPECTED[Decimal]) from None
    if not number.is_finite():
        raise Wrong(EXPECTED[Decimal])
    if abs(number.adjusted()) > MAX_DIGITS:
        raise Wrong(TOO_LARGE)
    return number


def _day(value: Any) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise Wrong(EXPECTED[date])
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Wrong(EXPECTED[date]) from None


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Wrong(EXPECTED[datetime])
    return moment


def _id(value: Any) -> UUID:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise Wrong(EXPECTED[UUID])
    return UUID(value)


def _json(value: Any, shape: type[Any] | None) -> Any:
    if shape is not None and not isinstance(value, shape):
        raise Wrong(EXPECTED_OBJECT if shape is dict else EXPECTED_LIST)
    return plain_json(value)


def plain_json(value: Any, depth: int = 0) -> Any:
    """Decoded JSON as a JSON column stores it: numbers with a point become floats again."""
    if depth > MAX_DEPTH:
        raise Wrong(_("At most {limit} levels of nesting.", limit=MAX_DEPTH))
    if isinstance(value, dict):
        return {plain_json(k): plain_json(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list):
        return [plain_json(item, depth + 1) for item in value]
    if isinstance(value, str) and CONTROL.search(value):
        raise Wrong(CONTROL_CHARACTER)
    if isinstance(value, Decimal):
        number = float(value)
        if abs(number) == float("inf"):
            raise Wrong(TOO_LARGE)
        return number
    if isinstance(value, int) and abs(value) >= 2**63:
        raise Wrong(TOO_LARGE)
    return value


_READERS: Mapping[str, Reader] = {
    "text": _text,
    "long_text": _text,
    "email": _text,
    "phone": _text,
    "url": _text,
    "number": _text,
    "choice": _text,
    "integer": _integer,
    "decimal": _decimal,
    "percent": _decimal,
    "money": _money,
    "boolean": _boolean,
    "date": _day,
    "datetime": _moment,
    "reference": _id,
    "any_reference": _id,
    "id": _id,
}
read_id: Reader = _id
