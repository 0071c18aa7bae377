"""What a violated constraint means for the person: which field, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Engine, Table, select
from sqlalchemy.exc import IntegrityError

from tenon_sdk.entities import Base, Entity, entity_named
from tenon_sdk.errors import Duplicate, Invalid, Refusal, Refused, TenonError
from tenon_sdk.text import Text, _

_WORD = re.compile(r"\w+")
_SQLITE = re.compile(r"(UNIQUE|NOT NULL|CHECK|FOREIGN KEY) constraint failed(?:: (.*))?")
_POSTGRES = {
    "23001": "FOREIGN KEY",  # ON DELETE RESTRICT, from PostgreSQL 18 on
    "23502": "NOT NULL",
    "23503": "FOREIGN KEY",
    "23505": "UNIQUE",
    "23514": "CHECK",
}

TAKEN = _("There is a record with this value already.")
NOT_THERE = _("There is no such record, or you may not see it.")
REQUIRED = _("This field is required.")
MISFIT = _("These values do not fit together.")
NOT_ALLOWED = _("This value is not allowed.")
IN_USE = _("The record is still used by others, so it cannot be deleted.")


def translate_integrity(
    error: IntegrityError,
    *,
    deleting: bool = False,
    missing: Mapping[str, Text] | None = None,
) -> TenonError:
    """The mistake behind a constraint that SQLite or PostgreSQL held against us.

    `missing` names reference fields found to lead nowhere: SQLite does not say which one did.
    """
    kind, table, names = _violated(error)
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None) or ""
    deleting = deleting or said.startswith("update or delete")
    if kind == "FOREIGN KEY" and (deleting or not (missing or names)):
        return Refused(Refusal(IN_USE, code="in_use"))
    if kind == "FOREIGN KEY":
        return Invalid(missing or _named(table, names, NOT_THERE))
    if kind == "UNIQUE":
        return Duplicate(_named(table, names, TAKEN), _("There is such a record already."))
    if kind == "NOT NULL":
        return Invalid(_named(table, names, REQUIRED))
    return Invalid(_named(table, names, MISFIT if len(names) > 1 else NOT_ALLOWED))


def missing_references(engine: Engine, values: Mapping[str, tuple[Any, Any]]) -> dict[str, Text]:
    """Of reference fields with (column, id), those whose record is not there."""
    found: dict[str, Text] = {}
    with engine.connect() as connection:
        for name, (column, id_) in values.items():
            for key in column.foreign_keys:
                there = select(key.column).where(key.column == id_)
                if isinstance(id_, UUID) and connection.execute(there).first() is None:
                    found[name] = NOT_THERE
    return found


def _violated(error: IntegrityError) -> tuple[str, Table | None, list[str]]:
    """Kind of the constraint, its table, and the columns it speaks about."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        kind = _POSTGRES.get(diagnosis.sqlstate or "", "CHECK")
        table = Base.metadata.tables.get(diagnosis.table_name or "")
        if diagnosis.column_name:
            return kind, table, [diagnosis.column_name]
        return kind, table, _columns(table, diagnosis.constraint_name)
    match = _SQLITE.search(str(error.orig))
    if match is None:
        return "CHECK", None, []
    return match[1], *_read_sqlite(match[2] or "")


def _read_sqlite(said: str) -> tuple[Table | None, list[str]]:
    """`table.column, table.column`, `index 'name'` or the name of a check."""
    columns = [part.strip().partition(".") for part in said.split(",")]
    if all(dot for _table, dot, _column in columns):
        return Base.metadata.tables.get(columns[0][0]), [column for _t, _dot, column in columns]
    name = said.removeprefix("index ").strip("'")
    for table in Base.metadata.tables.values():
        if found := _columns(table, name):
            return table, found
    return None, []


def _columns(table: Table | None, name: str | None) -> list[str]:
    if table is None or name is None:
        return []
    named: list[Any] = [*table.constraints, *table.indexes]
    for constraint in named:
        if constraint.name is None or name not in {str(constraint.name), _full(table, constraint)}:
            continue
        if isinstance(constraint, CheckConstraint):
            words = _WORD.findall(str(constraint.sqltext))
            return [w for w in dict.fromkeys(words) if w in table.c]
        return [column.name for column in constraint.columns]
    return []


def _full(table: Table, constraint: Any) -> str:
    """The name with the prefix that the naming convention gives to a check."""
    return f"ck_{table.name}_{constraint.name}"


def _named(table: Table | None, columns: list[str], text: Text) -> dict[str, Text]:
    return {_field(table, column): text for column in columns} or {"": text}


def _field(table: Table | None, column: str) -> str:
    """How the input names a column: one of an extension begins with its table."""
    if table is not None and _extends(table) and column != "id":
        return f"{table.name}.{column}"
    return column


def _extends(table: Table) -> bool:
    try:
        cls: type[Entity] = entity_named(table.name.replace("_", ".", 1))
    except KeyError:
        return False
    return cls.__tenon__.extends is not None
