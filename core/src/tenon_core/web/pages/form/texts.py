"""Values as inputs hold them, and back: what a person types becomes what the API takes."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

NUMBERS = frozenset({"integer", "decimal", "money", "percent"})
CHECKED = "true"
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:[, \u00a0\u202f]\d{3})+(?:\.\d*)?")
_PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_WHOLE = re.compile(r"[+-]?\d{1,30}")
_MINUTE = "%Y-%m-%dT%H:%M"


def to_text(kind: str, value: Any, zone: ZoneInfo) -> str:
    """What an input holds for a value as JSON has it; times to the minute in the person's zone."""
    if value is None:
        return ""
    if kind == "boolean":
        return CHECKED if value else ""
    if kind == "json":
        return json.dumps(value, ensure_ascii=False, indent=2)
    if kind == "datetime":
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return moment.astimezone(zone).strftime(_MINUTE)
    if kind in {"decimal", "percent"}:
        return format(Decimal(str(value)).normalize(), "f")
    return str(value)


def from_text(kind: str, text: str, zone: ZoneInfo, *, whole: bool = False) -> Any:
    """The JSON value that a text stands for, None for nothing.

    A text that cannot be read stays as it is, so that whoever checks the value says what is
    wrong with it. `whole` is for columns of whole numbers.
    """
    if kind == "boolean":
        return text in {CHECKED, "1", "on"}
    kept = text.replace("\r\n", "\n").strip() if kind == "long_text" else text.strip()
    if not kept:
        return None
    if kind in NUMBERS:
        return _number(kept, whole=whole or kind == "integer")
    if kind == "datetime":
        return _moment(kept, zone)
    if kind == "json":
        return _json(kept)
    return kept


def _number(text: str, *, whole: bool) -> Any:
    """1,234.50, also in full width, as people type it; `12,5` is refused rather than guessed at."""
    plain = unicodedata.normalize("NFKC", text).replace("−", "-").rstrip("%").strip()
    if _GROUPED.fullmatch(plain):
        plain = re.sub(r"[, \u00a0\u202f]", "", plain)
    if whole and _WHOLE.fullmatch(plain):
        return int(plain)
    return plain.rstrip(".") if _PLAIN.fullmatch(plain) else text


def _moment(text: str, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return moment.isoformat()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
