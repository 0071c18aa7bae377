"""Fields that an administrator added without code: checked like declared ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol
from uuid import UUID

from attrs import frozen
from sqlalchemy import Connection, select
from sqlalchemy.orm.attributes import get_history

from tenon_core.entities.records import CustomField
from tenon_core.storage.validation import CONTROL as CONTROL_CHARACTER
from tenon_core.storage.validation import MAX_INTEGER, MAX_LONG_TEXT, URL
from tenon_sdk.entities import Entity
from tenon_sdk.text import Text, _

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
MAX_TEXT = 500


@frozen
class CustomDefinition:
    """One custom field; `choices` are its codes, `labels` its names by locale."""

    key: str
    kind: str
    labels: Mapping[str, str]
    choices: Mapping[str, Any] | None
    target: str | None
    required: bool
    searchable: bool


class CustomSite(Protocol):
    """What keeps the definitions of the site."""

    def custom_fields(self, entity: str) -> Mapping[str, CustomDefinition]: ...


class CustomContext(Protocol):
    @property
    def site(self) -> CustomSite: ...


def load_custom(connection: Connection) -> dict[str, dict[str, CustomDefinition]]:
    """All active definitions by entity and key."""
    table = CustomField.__table__
    rows = connection.execute(
        select(table).where(table.c.active).order_by(table.c.position, table.c.key)
    )
    found: dict[str, dict[str, CustomDefinition]] = {}
    for row in rows:
        found.setdefault(row.entity, {})[row.key] = CustomDefinition(
            row.key, row.kind, row.labels, row.choices, row.target, row.required, row.searchable
        )
    return found


def check_custom(ctx: CustomContext, record: Entity) -> dict[str, Text]:
    """Faults of a record's custom values, named `custom.<key>`.

    A value whose definition was switched off stays as it is; one that never had any is refused.
    """
    known = ctx.site.custom_fields(record.__tenon__.name)
    values = record.custom or {}
    faults: dict[str, Text] = {}
    old = _stored(record)
    for key, value in values.items():
        definition = known.get(key)
        if definition is None:
            if old.get(key) != value:
                faults[f"custom.{key}"] = _("There is no field of this name.")
        elif value is not None and (fault := fault_of_custom(definition, value)) is not None:
            faults[f"custom.{key}"] = fault
    for key, definition in known.items():
        if definition.required and values.get(key) in {None, ""}:
            faults[f"custom.{key}"] = _("This field is required.")
    return faults


def _stored(record: Any) -> Mapping[str, Any]:
    history = get_history(record, "custom")
    return (history.deleted[0] if history.deleted else None) or {}


def fault_of_custom(definition: CustomDefinition, value: Any) -> Text | None:
    """What is wrong with one JSON value for its kind."""
    kind = definition.kind
    if kind == "boolean":
        return None if isinstance(value, bool) else _("Enter yes or no.")
    if kind == "integer":
        whole = isinstance(value, int) and not isinstance(value, bool)
        return None if whole and abs(value) <= MAX_INTEGER else _("Enter a whole number.")
    if not isinstance(value, str):
        return _("Enter a text.")
    if kind == "choice":
        choices = definition.choices or {}
        return (
            None if value in choices else _("Choose one of: {choices}.", choices=", ".join(choices))
        )
    if kind in {"text", "long_text"}:
        limit = MAX_TEXT if kind == "text" else MAX_LONG_TEXT
        if len(value) > limit:
            return _(
                "At most {limit} characters; this has {length}.", limit=limit, length=len(value)
            )
        return (
            _("The text contains a control character.") if CONTROL_CHARACTER.search(value) else None
        )
    return None if _reads(kind, value) else _FORMS[kind]


_FORMS: Mapping[str, Text] = {
    "decimal": _("Enter a number."),
    "date": _("Enter a date, such as 2026-11-23."),
    "datetime": _("Enter a date and time with its zone, such as 2026-11-23T09:30:00+08:00."),
    "reference": _("Enter the id of a record."),
    "url": _("Enter a web address that begins with https://."),
}


def _reads(kind: str, value: str) -> bool:
    try:
        match kind:
            case "decimal":
                return Decimal(value).is_finite()
            case "date":
                date.fromisoformat(value)
            case "datetime":
                return datetime.fromisoformat(value).tzinfo is not None
            case "reference":
                UUID(value)
            case _:
                return URL.fullmatch(value) is not None
    except (ValueError, InvalidOperation):
        return False
    return True
