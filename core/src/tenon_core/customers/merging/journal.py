"""Rows as JSON in a merge's journal, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Table

from tenon_core.storage.auditing import to_json
from tenon_sdk.types import Exact, Guid, UtcDateTime


def written(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row's values as JSON holds them."""
    return {name: to_json(value) for name, value in row.items()}


def read(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `written` in the types of the table's columns."""
    return {name: _value(table.c[name].type, value) for name, value in row.items()}


def _value(type_: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(type_, Guid):
        return UUID(value)
    if isinstance(type_, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(type_, Exact):
        return Decimal(value)
    if isinstance(type_, Date):
        return date.fromisoformat(value)
    return value
