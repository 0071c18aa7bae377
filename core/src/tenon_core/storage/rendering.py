"""Writing migrations as Python that means the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from alembic.autogenerate import render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import renderers
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from attrs import frozen
from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression

from tenon_sdk.types import Exact, Guid, Json, UtcDateTime

BOUNDS = {operators.ge: ">=", operators.le: "<="}
OWN_TYPES = (Exact, Guid, Json, UtcDateTime)
INDENT = "    "
IF_POSTGRESQL = 'if op.get_context().dialect.name == "postgresql":'


class AddCheck(ops.CreateCheckConstraintOp):
    """A check whose condition is rendered from its expression, not from one database's SQL."""

    def __init__(self, name: str, table: str, check: CheckConstraint) -> None:
        super().__init__(name, table, check.sqltext)
        self.check = check


@renderers.dispatch_for(AddCheck)
def _add_check(context: AutogenContext, op: AddCheck) -> str:
    prefix = "batch_op." if context._has_batch else "op."  # noqa: SLF001 (as alembic's own renderers do)
    table = "" if context._has_batch else f"{op.table_name!r}, "  # noqa: SLF001 (the same)
    name = f"{prefix}f({op.constraint_name!r})"
    return f"{prefix}create_check_constraint({name}, {table}{_condition(op.check, context)})"


def render_item(kind: str, item: Any, context: AutogenContext) -> str | bool:
    """Our own types by their constructors, and checks so that bounds fit each database."""
    if kind == "type" and isinstance(item, OWN_TYPES):
        if isinstance(item, Exact):
            return f"types.Exact({item.precision}, {item.scale})"
        return f"types.{type(item).__name__}()"
    if kind == "check" and _exact_bound(item) is not None:
        return f"sa.CheckConstraint({_condition(item, context)}, name=op.f({str(item.name)!r}))"
    return False


def _exact_bound(check: CheckConstraint) -> tuple[str, Exact, str, Decimal] | None:
    """(column, its type, operator, bound) of a bound that SQLite stores in other units."""
    condition: Any = check.sqltext
    if not isinstance(condition, BinaryExpression) or condition.operator not in BOUNDS:
        return None
    column, bound = condition.left, condition.right
    if not isinstance(column, Column) or not isinstance(bound, BindParameter):
        return None
    if not isinstance(column.type, Exact) or not bound.value:
        return None
    return column.name, column.type, BOUNDS[condition.operator], Decimal(bound.value)


def _condition(check: CheckConstraint, context: AutogenContext) -> str:
    exact = _exact_bound(check)
    if exact is None:
        compiler: Any = context.dialect.statement_compiler(context.dialect, None)
        return repr(str(compiler.process(check.sqltext, include_table=False, literal_binds=True)))
    name, type_, operator, bound = exact
    column = f"sa.column({name!r}, types.Exact({type_.precision}, {type_.scale}))"
    value = int(bound) if bound == bound.to_integral_value() else str(bound)
    return f"{column} {operator} Decimal({value!r})"


OPTIONS: dict[str, Any] = {
    "render_item": render_item,
    "sqlalchemy_module_prefix": "sa.",
    "alembic_module_prefix": "op.",
    "user_module_prefix": None,
}


@frozen
class Change:
    """What would make a database as declared, and back, for the context that it was found in."""

    up: ops.UpgradeOps
    down: ops.DowngradeOps
    context: MigrationContext


def statements(change: Change) -> list[str]:
    """The operations of an upgrade, one entry each."""
    found: list[str] = []
    for op in change.up.ops:
        one = ops.UpgradeOps(ops=[op])
        code = render_python_code(one, migration_context=change.context, **OPTIONS)
        lines = (line.strip() for line in code.splitlines())
        found += [line for line in lines if line.startswith("op.")]
    return found


def bodies(change: Change) -> tuple[str, str]:
    """The code of `upgrade` and of `downgrade`."""
    _sort(change.up)
    _drop_whole_tables(change.down)
    keys = list(_late_keys(change.up))
    return (
        _render(change.up, change.context) + _create_late(keys),
        _drop_late(keys) + _render(change.down, change.context),
    )


def _render(container: Any, context: MigrationContext) -> str:
    changed = [op for op in container.ops if isinstance(op, ops.ModifyTableOps)]
    simple = (ops.CreateIndexOp, ops.DropIndexOp)
    batch = any(not isinstance(op, simple) for group in changed for op in group.ops)
    code = render_python_code(
        container, render_as_batch=batch, migration_context=context, **OPTIONS
    )
    return "\n".join(line for line in code.splitlines() if "### " not in line).rstrip() + "\n"


def _sort(container: ops.UpgradeOps) -> None:
    """Indexes of a table by name: the metadata holds them in no order."""
    for group in container.ops:
        if isinstance(group, ops.ModifyTableOps):
            group.ops.sort(key=_index_name)


def _index_name(op: ops.MigrateOperation) -> str:
    return str(op.index_name) if isinstance(op, ops.CreateIndexOp) else ""


def _drop_whole_tables(container: ops.DowngradeOps) -> None:
    """Leaves out what goes with its table."""
    dropped = {op.table_name for op in container.ops if isinstance(op, ops.DropTableOp)}
    container.ops = [
        op
        for op in container.ops
        if not (isinstance(op, ops.ModifyTableOps) and op.table_name in dropped)
    ]


def _late_keys(container: ops.UpgradeOps) -> Iterator[ForeignKeyConstraint]:
    """Foreign keys between tables that refer to each other; SQLite alone takes them at once."""
    for op in container.ops:
        if isinstance(op, ops.CreateTableOp):
            for constraint in op.to_table().foreign_key_constraints:
                if constraint.use_alter:
                    yield constraint


def _create_late(keys: Iterable[ForeignKeyConstraint]) -> str:
    lines = []
    for key in keys:
        source, target = key.table.name, key.elements[0].column.table.name
        columns, others = [c.name for c in key.columns], [e.column.name for e in key.elements]
        lines += [
            f"{INDENT * 2}op.create_foreign_key(",
            f"{INDENT * 3}op.f({str(key.name)!r}), {source!r}, {target!r}, {columns}, {others},",
            f"{INDENT * 3}ondelete={key.ondelete!r},",
            f"{INDENT * 2})",
        ]
    return "\n".join(["", f"{INDENT}{IF_POSTGRESQL}", *lines, ""]) if lines else ""


def _drop_late(keys: Iterable[ForeignKeyConstraint]) -> str:
    lines = [
        f"{INDENT * 2}op.drop_constraint(op.f({str(key.name)!r}), {key.table.name!r})"
        for key in keys
    ]
    return "\n".join([f"{INDENT}{IF_POSTGRESQL}", *lines, ""]) if lines else ""
