"""Who owns which table, and what a plugin may do to tables that are not its own.

A table belongs to the plugin whose key its name begins with, so that it can be told even when
the package is broken or gone. A plugin that is off must never keep another one's rows from being
deleted: a foreign key into somebody else's table cascades or is set to null.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, ForeignKeyConstraint, inspect

from tenon_core.jobs.setup import system_tables
from tenon_core.storage.lines import VERSION_TABLE, Line, declared_modules, owner_of
from tenon_sdk.entities import Base
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text, _

HARMLESS = ("CASCADE", "SET NULL")
# Keys that would make the tables of a plugin those of somebody else.
RESERVED = frozenset({"core", "tenon", "dbos", "sqlite", "pg", "alembic"})


def violations(plugin: Plugin) -> list[Text]:
    """What the imported entities of a plugin do that it must not; [] when all is well."""
    found: list[Text] = []
    if plugin.key in RESERVED and plugin.package != "tenon_core":
        found.append(_("The key “{key}” is reserved.", key=plugin.key))
    for name, module in sorted(declared_modules().items()):
        mine = f"{module}.".startswith(f"{plugin.package}.")
        if mine and owner_of(name) != plugin.key:
            found.append(
                _(
                    "Table “{table}” of “{key}” must be called “{key}_…”.",
                    table=name,
                    key=plugin.key,
                )
            )
    for name in sorted(Base.metadata.tables):
        if owner_of(name) == plugin.key:
            keys = Base.metadata.tables[name].foreign_key_constraints
            found += [_binding(name, key) for key in keys if _binds(name, key)]
    return found


def _binds(table: str, key: ForeignKeyConstraint) -> bool:
    target = key.elements[0].target_fullname.partition(".")[0]
    return owner_of(target) != owner_of(table) and (key.ondelete or "").upper() not in HARMLESS


def _binding(table: str, key: ForeignKeyConstraint) -> Text:
    return _(
        "{column} of “{table}” refers to “{target}” of another plugin: it needs on_delete "
        "“cascade” or “set_null”.",
        column=", ".join(key.column_keys),
        table=table,
        target=key.elements[0].target_fullname.partition(".")[0],
    )


def stored_tables(connection: Connection) -> list[str]:
    """The site's tables in the database, without version tables and those of DBOS, sorted."""
    foreign = system_tables() if connection.dialect.name == "sqlite" else frozenset[str]()
    return sorted(
        name
        for name in inspect(connection).get_table_names()
        if name not in foreign and not name.startswith(VERSION_TABLE)
    )


def tables_of(connection: Connection, key: str, foreign_glue: Sequence[Line] = ()) -> list[str]:
    """The stored tables that exist because of a plugin: its own and those of glue to it.

    They stand so that a table comes after those that it refers to.
    """
    stored = stored_tables(connection)
    mine = {name for name in stored if owner_of(name) == key}
    for line in foreign_glue:
        mine |= line.created_tables() & set(stored)
    ranked = inspect(connection).get_sorted_table_and_fkc_names()
    order = [name for name, _keys in ranked if name in mine]
    return [*order, *sorted(mine - set(order))]


def referring(connection: Connection, tables: Iterable[str]) -> list[tuple[str, str]]:
    """(table, target) for each table outside of `tables` with a foreign key into them."""
    inside = set(tables)
    inspector = inspect(connection)
    return sorted(
        {
            (name, key["referred_table"])
            for name in stored_tables(connection)
            if name not in inside
            for key in inspector.get_foreign_keys(name)
            if key["referred_table"] in inside
        }
    )


def binding_keys(connection: Connection) -> list[tuple[str, str]]:
    """(table, target) of stored foreign keys into another plugin's table that hold its rows."""
    inspector = inspect(connection)
    return sorted(
        {
            (name, key["referred_table"])
            for name in stored_tables(connection)
            for key in inspector.get_foreign_keys(name)
            if owner_of(name) != owner_of(key["referred_table"])
            and str(key.get("options", {}).get("ondelete", "")).upper() not in HARMLESS
        }
    )
