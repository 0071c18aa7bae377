"""What the tests of the life cycle write into and read from a site's tables."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import inspect, select, text
from uuid_utils.compat import uuid7

from tenon_core.kernel.lifecycle import list_plugins
from tenon_sdk import entities
from tenon_sdk.entities import Base

NOW = datetime(2026, 11, 23, 8, 30, 1, 123456, tzinfo=UTC)


def tables(site):
    return set(inspect(site.engine).get_table_names())


def status(site):
    return {listed.key: listed.status for listed in list_plugins(site)}


def all_rows(site, name):
    table = Base.metadata.tables[name]
    with site.engine.connect() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
    return [tuple(row) for row in found]


def insert(connection, into, **values):
    table = Base.metadata.tables[into]
    standard = {"version": 1, "created_at": NOW, "updated_at": NOW, "custom": {}}
    standard = {k: v for k, v in standard.items() if k in table.c}
    if "id" in table.c and into != "forge_log":
        standard["id"] = uuid7()
    row = {**standard, **values}
    connection.execute(table.insert().values(**row))
    return row.get("id")


def fill(site):
    """Rows of every kind in forge's tables, the glue's, anvil's, and core's about them."""
    with site.engine.begin() as connection:
        parent = uuid7()
        child = insert(
            connection, "forge_press", name="压机 №1", kind="hot", price=Decimal("123.450"),
            tested_at=NOW, built_on=date(1999, 2, 28), facts={"b": [1, "二", None], "a": {}},
            force=0.1, stamp=b"\x00\xff", ready=True,
        )  # fmt: skip
        insert(connection, "forge_press", id=parent, name="Parent", kind="cold", ready=False)
        connection.execute(
            text("UPDATE forge_press SET parent_id = :p WHERE name <> 'Parent'"),
            {"p": str(parent) if connection.dialect.name == "sqlite" else parent},
        )
        tag = insert(connection, "core_tag", name="red", entity="")
        insert(connection, "forge_tag_colour", id=tag, rgb="ff0000")
        for line in ("one", "two", "three"):
            insert(connection, "forge_log", line=line)
        connection.execute(text("DELETE FROM forge_log WHERE line = 'three'"))
        if inspect(connection).has_table("bellows_pump"):
            pump = insert(connection, "bellows_pump", name="P")
            insert(connection, "bellows_pump_press", pump_id=pump, press_id=child)
        insert(
            connection, "core_saved_view", entity="forge.press", name="Mine", kind="list",
            shared="all", definition={"fields": ["name"]}, is_default=False, position=0,
        )  # fmt: skip
        insert(connection, "core_tagging", entity="forge.press", record_id=child, tag_id=tag)
        event = insert(
            connection, "core_stored_event", name="forge.press.tested", schema=1,
            occurred_at=NOW, recorded_at=NOW, payload={"press": "压机"},
        )  # fmt: skip
        insert(
            connection, "core_stored_event_subject", event_id=event, entity="forge.press",
            record_id=child, occurred_at=NOW,
        )  # fmt: skip
    return child, tag


FORGE_TABLES = ("forge_press", "forge_tag_colour", "forge_log")
KEPT = (*FORGE_TABLES, "bellows_pump_press", "core_saved_view", "core_tagging", "core_grant")


def snapshot(site, names=KEPT):
    return {name: all_rows(site, name) for name in names if name in tables(site)}


def forget(name):
    """Takes a declared entity away again, as if its module had never been imported."""
    cls = entities._entities.pop(name)
    Base.metadata.remove(cls.__table__)
    Base.registry._dispose_cls(cls)
