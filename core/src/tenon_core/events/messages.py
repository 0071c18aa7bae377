"""Messages at rest: the English id with its arguments, so that each reader gets her language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tenon_sdk.text import Text

MAX_MESSAGE = 500


def dump_message(text: str) -> dict[str, Any]:
    """`{"message", "args"}` as JSON.

    Texts inside stay translatable, and points of time keep their moment, so that they are shown
    in the reader's zone. A message too long for an id is kept as an argument.
    """
    message = str.__str__(text)
    args = {name: _dump(value) for name, value in getattr(text, "args", {}).items()}
    if len(message) > MAX_MESSAGE:
        return {"message": "{text}", "args": {"text": {"message": message, "args": args}}}
    return {"message": message, "args": args}


def _dump(value: object) -> Any:
    if isinstance(value, Text):
        return dump_message(value)
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def load_message(message: str, args: Mapping[str, Any], zone: str) -> Text:
    """The text again; moments are in the time zone `zone`, to the minute."""
    return Text(message, {name: _load(value, zone) for name, value in args.items()})


def _load(value: Any, zone: str) -> object:
    if isinstance(value, Mapping):
        if "moment" in value:
            moment = datetime.fromisoformat(value["moment"])
            return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
        return load_message(value["message"], value["args"], zone)
    return value
