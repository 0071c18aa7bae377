"""Finding every entity in a statement, and refusing what a condition cannot reach."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Table
from sqlalchemy.orm import Mapper
from sqlalchemy.sql import visitors
from sqlalchemy.sql.selectable import CompoundSelect, Select

from tenon_sdk.entities import Base
from tenon_sdk.errors import TenonError
from tenon_sdk.text import _

# What SQLAlchemy itself writes as plain text: `count(*)`, `exists (select 1 …)`.
_HARMLESS = re.compile(r"\*|\d+|NULL")


class Unscoped(TenonError):
    """A statement that no permission can be applied to, in a session that needs one."""

    code = "unscoped"

    def __init__(self, what: str) -> None:
        super().__init__(
            _("This statement cannot be limited to what you may see: {what}.", what=what)
        )


def entities_in(statement: Any, *, from_loader: bool = False) -> set[type[Any]]:
    """Every mapped class that stands anywhere in a statement.

    Raises Unscoped for what an ORM condition does not reach: text, set operations (`union`),
    and plain tables or columns unless the mapped class itself stands in the statement, too.
    `from_loader` says that the ORM made the statement to load a relationship, from plain columns.
    """
    if isinstance(statement, CompoundSelect):
        raise Unscoped("union")
    elements = list(visitors.iterate(statement))
    plain: set[type[Any]] = set()
    aliased: set[type[Any]] = set()
    selectables: set[Any] = set()
    for element in elements:
        annotations = getattr(element, "_annotations", {})
        owner = annotations.get("parententity") or annotations.get("parentmapper")
        if isinstance(owner, Mapper):
            plain.add(owner.class_)
        elif owner is not None:
            aliased.add(owner.mapper.class_)
            selectables.add(owner.selectable)
    subject = getattr(statement, "_propagate_attrs", {}).get("plugin_subject")
    if isinstance(subject, Mapper):
        plain.add(subject.class_)
    if not from_loader:
        tables = {cls.__table__ for cls in plain}
        for element in elements:
            _check(element, tables, selectables)
    return plain | aliased


def _check(element: Any, tables: set[Any], selectables: set[Any]) -> None:
    kind = element.__visit_name__
    if kind == "compound_select":
        raise Unscoped("union")
    if kind in {"textclause", "textual_select"} and not _HARMLESS.fullmatch(str(element)):
        raise Unscoped("text")
    if kind == "column":
        _check_column(element, tables)
    elif kind == "alias" and _stored(element.element) and element not in selectables:
        raise Unscoped(str(element.element))
    elif isinstance(element, Select):
        _check_select(element)
    elif _stored(element) and element not in tables | {
        # The table below an ORM alias is met too; only the alias itself stands in a FROM.
        getattr(alias, "element", None)
        for alias in selectables
    }:
        raise Unscoped(str(element))


def _check_column(column: Any, tables: set[Any]) -> None:
    if getattr(column, "is_literal", False) and not _HARMLESS.fullmatch(str(column.name)):
        raise Unscoped(str(column.name))
    owner = column._annotations.get("parententity")
    table = getattr(column, "table", None)
    if owner is None and _stored(table) and table not in tables:
        raise Unscoped(str(column))


def _check_select(element: Select[Any]) -> None:
    if element._prefixes or element._suffixes or element._statement_hints:
        raise Unscoped("prefix")
    if element._propagate_attrs.get("compile_state_plugin") == "orm":
        joined = (join[0] for join in element._setup_joins)
        for source in (*element._from_obj, *joined):
            annotations = getattr(source, "_annotations", {})
            if _stored(source) and "parententity" not in annotations:
                raise Unscoped(str(source))
        return
    for source in element.get_final_froms():
        if _stored(source) or _stored(getattr(source, "element", None)):
            raise Unscoped(str(source))


def _stored(table: Any) -> bool:
    return isinstance(table, Table) and table.metadata is Base.metadata
