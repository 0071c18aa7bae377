"""What the entities of a line say beyond what the database holds.

Only tables of the line are looked at: those that its entities declare and those that its
revisions made. Whatever else stands in the database belongs to somebody else.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import produce_migrations
from alembic.operations import ops
from sqlalchemy import CheckConstraint, Column, Connection, Engine, Index, MetaData, Table, inspect
from sqlalchemy.schema import CreateTable

from tenon_core.storage.lines import Line
from tenon_core.storage.migrate import configure, reading
from tenon_core.storage.rendering import OPTIONS, AddCheck, Change, statements
from tenon_sdk.entities import Base

COMPARED = ["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"]
SCRATCH = "tenon_scratch_check"


def differences(engine: Engine, line: Line) -> list[str]:
    """What a new revision of the line would do, one entry an operation; [] when nothing.

    The entities of the line must be imported.
    """
    with reading(engine) as connection:
        return statements(compare(connection, line))


def compare(connection: Connection, line: Line) -> Change:
    """The operations that would make the database what the line's entities declare."""
    declared = line.declared_tables()
    owned = declared | line.created_tables()
    by_expression = {i.name for name in declared for i in _by_expression(name)}

    def named(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or name in owned

    def wanted(_item: Any, name: str | None, kind: str, reflected: Any, _other: Any) -> bool:
        if kind == "index" and connection.dialect.name == "sqlite":
            return name not in by_expression
        return kind != "table" or reflected or name in declared

    context = configure(
        connection,
        line,
        target_metadata=Base.metadata,
        include_name=named,
        include_object=wanted,
        compare_type=True,
        compare_server_default=True,
        autogenerate_plugins=COMPARED,
        **OPTIONS,
    )
    with warnings.catch_warnings():
        # SQLite cannot tell how indexes of expressions read; see `_expression_indexes`.
        warnings.filterwarnings("ignore", "autogenerate skipping", UserWarning)
        script = produce_migrations(context, Base.metadata)
    up, down = script.upgrade_ops, script.downgrade_ops
    if up is None or down is None:
        raise TypeError("alembic gave a script without operations")
    _from_expressions(up)
    for name in sorted(declared):
        for index in _expression_indexes(connection, Base.metadata.tables[name]):
            up.ops.append(ops.ModifyTableOps(name, [ops.CreateIndexOp.from_index(index)]))
            down.ops.insert(0, ops.ModifyTableOps(name, [ops.DropIndexOp.from_index(index)]))
        for old, new in changed_checks(connection, Base.metadata.tables[name]):
            _replace(up, name, new, new)
            _replace(down, name, new, old)
    return Change(up, down, context)


def _from_expressions(container: ops.UpgradeOps) -> None:
    """New checks by their declared expressions: Alembic has made one database's SQL of them."""
    for group in container.ops:
        if isinstance(group, ops.ModifyTableOps):
            group.ops[:] = [_declared_check(group.table_name, op) for op in group.ops]


def _declared_check(table: str, op: ops.MigrateOperation) -> ops.MigrateOperation:
    if not isinstance(op, ops.CreateCheckConstraintOp):
        return op
    for check in Base.metadata.tables[table].constraints:
        if isinstance(check, CheckConstraint) and str(check.name) == str(op.constraint_name):
            return AddCheck(str(op.constraint_name), table, check)
    return op


def _expression_indexes(connection: Connection, table: Table) -> Iterator[Index]:
    """Indexes of expressions that SQLite lacks by name: it does not tell how they read."""
    if connection.dialect.name != "sqlite":
        return
    there = set(
        connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", (table.name,)
        ).scalars()
    )
    for index in _by_expression(table.name):
        if index.name not in there:
            yield index


def _by_expression(table: str) -> list[Index]:
    indexes = sorted(Base.metadata.tables[table].indexes, key=lambda i: str(i.name))
    return [i for i in indexes if not all(isinstance(part, Column) for part in i.expressions)]


def _replace(into: ops.OpContainer, table: str, new: CheckConstraint, by: CheckConstraint) -> None:
    drop = ops.DropConstraintOp(str(new.name), table, type_="check")
    into.ops.append(ops.ModifyTableOps(table, [drop, AddCheck(str(new.name), table, by)]))


def changed_checks(
    connection: Connection, table: Table
) -> Iterator[tuple[CheckConstraint, CheckConstraint]]:
    """(stored, declared) for each check of one name whose condition is no longer the same."""
    inspector = inspect(connection)
    if not inspector.has_table(table.name):
        return
    stored = {
        str(c["name"]): str(c["sqltext"]) for c in inspector.get_check_constraints(table.name)
    }
    declared = {
        str(c.name): c
        for c in table.constraints
        if isinstance(c, CheckConstraint) and str(c.name) in stored
    }
    if not declared:
        return
    fresh = _as_stored(connection, table, declared)
    for name, constraint in sorted(declared.items()):
        if name in fresh and _plain(fresh[name]) != _plain(stored[name]):
            yield CheckConstraint(stored[name], name=name), constraint


def _as_stored(
    connection: Connection, table: Table, checks: dict[str, CheckConstraint]
) -> dict[str, str]:
    """How the database writes these conditions: SQLite as they are, PostgreSQL in its own way."""
    if connection.dialect.name == "sqlite":
        return {n: _condition(c, connection) for n, c in checks.items()}
    quote = connection.dialect.identifier_preparer.quote
    with connection.begin_nested() as savepoint:
        columns = [Column(column.name, column.type) for column in table.columns]
        scratch = Table(SCRATCH, MetaData(), *columns, prefixes=["TEMPORARY"])
        connection.execute(CreateTable(scratch))
        for name, check in checks.items():
            connection.exec_driver_sql(
                f"ALTER TABLE {SCRATCH} ADD CONSTRAINT {quote(name)} "
                f"CHECK ({_condition(check, connection)})".replace("%", "%%")
            )
        found = inspect(connection).get_check_constraints(SCRATCH)
        savepoint.rollback()
    return {str(c["name"]): str(c["sqltext"]) for c in found}


def _condition(check: CheckConstraint, connection: Connection) -> str:
    compiler: Any = connection.dialect.statement_compiler(connection.dialect, None)
    return str(compiler.process(check.sqltext, include_table=False, literal_binds=True))


def _plain(condition: str) -> str:
    return re.sub(r"\s+", " ", condition).strip()
