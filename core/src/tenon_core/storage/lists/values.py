"""Reading filter values from text, by the kind of the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from sqlalchemy import Integer

from tenon_core.kernel.inputs import EXPECTED
from tenon_core.storage.lists.paths import Path
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _
from tenon_sdk.types import Exact

_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
LONGEST = 500


def _boolean(text: str) -> bool:
    return _BOOLEANS[text.lower()]


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _moment(text: str) -> datetime:
    """A plain date means its midnight in UTC; a `+` that a query turned into a blank is one."""
    moment = datetime.fromisoformat(text.replace(" ", "+") if text.count(" ") == 1 else text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


_READERS: Mapping[str, tuple[Callable[[str], Any], type[Any]]] = {
    "id": (UUID, UUID),
    "reference": (UUID, UUID),
    "any_reference": (UUID, UUID),
    "integer": (int, int),
    "boolean": (_boolean, bool),
    "decimal": (_decimal, Decimal),
    "money": (_decimal, Decimal),
    "percent": (_decimal, Decimal),
    "date": (date.fromisoformat, date),
    "datetime": (_moment, datetime),
}


def read_value(path: Path, text: str, parameter: str) -> Any:
    """One filter value. Raises Invalid that says what the field takes."""
    if len(text) > LONGEST:
        raise Invalid({parameter: _("At most {limit} characters.", limit=LONGEST)})
    kind = "integer" if isinstance(path.type, Integer) and path.kind == "percent" else path.kind
    reader = _READERS.get(kind)
    if reader is None:
        choices = path.info.choices if path.info else None
        if choices is not None and text not in choices:
            raise Invalid({parameter: _("Choose one of: {choices}.", choices=", ".join(choices))})
        return text
    read, type_ = reader
    try:
        value = read(text)
    except (ValueError, KeyError, InvalidOperation):
        raise Invalid({parameter: EXPECTED[type_]}) from None
    if isinstance(value, Decimal) and isinstance(path.type, Exact):
        if value != round(value, path.type.scale):
            raise Invalid(
                {parameter: _("At most {scale} digits after the point.", scale=path.type.scale)}
            )
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**63 - 1:
        raise Invalid({parameter: _("The number is too large.")})
    return value


def read_flag(text: str, parameter: str) -> bool:
    try:
        return _boolean(text)
    except KeyError:
        raise Invalid({parameter: _("Enter yes or no.")}) from None
