import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import inspect, select, text
from uuid_utils.compat import uuid7

from tenon_core.entities import Grant, Role, StoredEvent, StoredEventSubject, Tag
from tenon_core.kernel.config import ConfigError
from tenon_core.kernel.discovery import Found, PluginError
from tenon_core.kernel.doctor import doctor
from tenon_core.kernel.lifecycle import boot, disable, enable, list_plugins, migrate, release
from tenon_core.kernel.purging import plan, purge
from tenon_core.kernel.report import contributions
from tenon_core.kernel.restoring import restore
from tenon_core.storage.lines import glue_line, own_line
from tenon_core.storage.migrate import read_version
from tenon_core.storage.ownership import violations
from tenon_sdk.entities import Base, entity_named
from tenon_sdk.errors import Blocker
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text

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


def test_enable_migrates_grants_and_remembers(open_site):
    site = open_site()
    assert status(site) == {"anvil": "installed", "bellows": "installed", "forge": "installed"}
    steps = enable(site, ["forge"])
    assert [(s.line, s.revision) for s in steps] == [("forge", "0001")]
    assert status(site)["forge"] == "enabled"
    state = site.states()["forge"]
    assert (state.version, state.protects, state.released) == ("1.2", ("core.tag",), False)
    import forge_plugin

    assert forge_plugin.CALLS.pop() == "enabled"
    with boot(site).system("test") as ctx:
        granted = ctx.session.execute(
            select(Role.key, Grant.permission, Grant.scope, Grant.ready)
            .join(Role)
            .where(Grant.permission.startswith("forge."), Role.key.in_(["planner", "smith"]))
        ).all()
    assert sorted(map(tuple, granted)) == [
        ("planner", "forge.press.melt", "own", True),
        ("planner", "forge.press.view", "all", True),
        ("smith", "forge.press.view", "unit", True),
    ]


def test_enable_refuses_what_cannot_run_and_changes_nothing(open_site, smithy):
    broken = Found("wreck", "tenon-wreck", "0", fault="ImportError: gone")
    site = open_site(found={"wreck": broken})
    before = tables(site)
    with pytest.raises(PluginError, match="“anvil” requires “forge”, which is not enabled"):
        enable(site, ["anvil"])
    with pytest.raises(PluginError, match="No plugin “nothing” is installed"):
        enable(site, ["nothing"])
    with pytest.raises(PluginError, match="“wreck” cannot be read: ImportError: gone"):
        enable(site, ["wreck"])
    assert tables(site) == before
    assert site.enabled() == []
    assert [s.line for s in enable(site, ["anvil", "forge"])] == ["forge", "anvil"]


def test_enable_checks_settings(open_site, scratch_package):
    code = "from attrs import frozen\n\n\n@frozen\nclass Settings:\n    depth: int\n"
    plugin = scratch_package("lset", {"settings.py": code})
    import lset_plugin.settings as settings

    plugin = Plugin(
        key="lset", title=Text("S"), package="lset_plugin", settings=settings.Settings
    )
    site = open_site({"lset": plugin})
    with pytest.raises(ConfigError, match=r"\[plugins.lset\].*depth"):
        enable(site, ["lset"])
    assert site.enabled() == []


def test_a_failing_on_enable_leaves_the_plugin_disabled(open_site, scratch_package):
    def fail(ctx):
        raise RuntimeError("no steam")

    scratch_package("lfail", {})
    plugin = Plugin(key="lfail", title=Text("F"), package="lfail_plugin", on_enable=fail)
    site = open_site({"lfail": plugin})
    with pytest.raises(PluginError, match="“lfail” failed when it was enabled.*no steam"):
        enable(site, ["lfail"])
    assert site.states() == {}


def test_administrators_changes_of_grants_survive(open_site):
    site = open_site()
    enable(site, ["forge"])
    with boot(site).system("test") as ctx:
        grants = {
            (role, g.permission): g
            for g, role in ctx.session.execute(select(Grant, Role.key).join(Role)).all()
        }
        grants["planner", "forge.press.view"].scope = "own"
        grants["planner", "forge.press.view"].ready = False
        grants["planner", "forge.press.melt"].revoked = True
        ctx.session.delete(grants["smith", "forge.press.view"])
    disable(site, "forge")
    enable(site, ["forge"])
    with boot(site).system("test") as ctx:
        grants = {
            (role, g.permission): (g.scope, g.revoked)
            for g, role in ctx.session.execute(select(Grant, Role.key).join(Role)).all()
            if g.permission.startswith("forge.") and role in {"planner", "smith"}
        }
    assert grants == {
        ("planner", "forge.press.view"): ("own", False),
        ("planner", "forge.press.melt"): ("own", True),
        ("smith", "forge.press.view"): ("unit", False),
    }


def test_disable_asks_who_needs_it_and_the_plugin_itself(open_site, smithy, scratch_package):
    scratch_package("lbusy", {})
    blockers = [Blocker(Text("Open orders"), 3)]
    busy = Plugin(
        key="lbusy", title=Text("B"), package="lbusy_plugin", on_disable=lambda ctx: blockers
    )
    site = open_site({**smithy, "lbusy": busy})
    enable(site, ["anvil", "forge", "lbusy"])
    with pytest.raises(PluginError, match="“forge” is required by anvil"):
        disable(site, "forge")
    with pytest.raises(PluginError, match=r"cannot be disabled: Open orders \(3\)"):
        disable(site, "lbusy")
    blockers.clear()
    disable(site, "lbusy")
    disable(site, "anvil")
    disable(site, "forge")
    assert status(site) == dict.fromkeys(("anvil", "forge", "lbusy"), "disabled") | {
        "bellows": "installed"
    }
    with pytest.raises(PluginError, match="“forge” is not enabled"):
        disable(site, "forge")
    assert "forge_press" in tables(site)


def test_data_stays_while_disabled_and_core_works(open_site):
    site = open_site()
    enable(site, ["forge", "bellows"])
    _child, tag = fill(site)
    before = snapshot(site)
    disable(site, "forge")
    disable(site, "bellows")
    with boot(site).system("test") as ctx:
        assert ctx.session.get(Tag, tag).name == "red"
    enable(site, ["forge", "bellows"])
    assert snapshot(site) == before


def test_plan_lists_everything(open_site):
    site = open_site()
    enable(site, ["forge", "bellows"])
    fill(site)
    planned = plan(site, "forge")
    assert planned.tables == {
        "forge_press": 2, "forge_tag_colour": 1, "forge_log": 2, "bellows_pump_press": 1,
    }  # fmt: skip
    assert {(line.plugin, line.other) for line in planned.lines} == {
        ("forge", None), ("bellows", "forge"),
    }  # fmt: skip
    assert planned.going["core_saved_view"] == 1
    assert planned.going["core_tagging"] == 1
    assert planned.going["core_grant"] >= 3
    assert planned.staying["core_stored_event"] == 1
    assert [b.translate() for b in planned.blockers] == [
        "Plugin “forge” is enabled. Disable it first."
    ]
    with pytest.raises(PluginError, match="Nothing of plugin “anvil”"):
        plan(site, "anvil")
    for key in ("core", "tenon", "x'; --"):
        with pytest.raises(PluginError, match="no plugin that can be purged"):
            plan(site, key)


def test_purge_and_restore_bring_back_row_for_row(open_site):
    site = open_site()
    enable(site, ["forge", "bellows"])
    _child, tag = fill(site)
    disable(site, "forge")
    before = snapshot(site)
    columns = {n: inspect(site.engine).get_columns(n) for n in FORGE_TABLES}
    archive = purge(site, "forge")
    import forge_plugin

    assert forge_plugin.CALLS.pop() == "purged"
    assert archive.parent == site.folder / "escrow"
    left = tables(site)
    assert not [t for t in left if t.startswith(("forge_", "tenon_version_forge"))]
    assert "bellows_pump_press" not in left
    assert "tenon_version_bellows__forge" not in left
    assert "bellows_pump" in left
    assert site.states().keys() == {"bellows"}
    after = snapshot(site, ("core_saved_view", "core_tagging", "core_grant"))
    assert after["core_saved_view"] == after["core_tagging"] == []
    assert not [g for g in after["core_grant"] if "forge." in str(g)]
    with boot(site).system("test") as ctx:
        assert ctx.session.get(Tag, tag).name == "red"
        assert ctx.session.scalar(select(StoredEvent.name)) == "forge.press.tested"
        assert ctx.session.scalar(select(StoredEventSubject.entity)) == "forge.press"

    restored = restore(site, archive)
    assert restored.lost == 0
    assert restored.tables["forge_press"] == 2
    assert snapshot(site) == before
    assert {n: str(inspect(site.engine).get_columns(n)) for n in FORGE_TABLES} == {
        n: str(c) for n, c in columns.items()
    }
    assert status(site)["forge"] == "disabled"
    with site.engine.begin() as connection:
        insert(connection, "forge_log", line="four")
        top = connection.execute(text("SELECT max(id) FROM forge_log")).scalar()
    assert top == 4
    enable(site, ["forge"])
    assert [p for p in doctor(site) if p.plugin in {"forge", "bellows"}] == []


def test_restoring_into_a_changed_site(open_site):
    """A record that the archived rows extended was deleted meanwhile: they go with it."""
    site = open_site()
    enable(site, ["forge"])
    _child, tag = fill(site)
    disable(site, "forge")
    archive = purge(site, "forge")
    with site.engine.begin() as connection:
        tagged = Base.metadata.tables["core_tag"]
        connection.execute(tagged.delete().where(tagged.c.id == tag))
    restored = restore(site, archive)
    assert restored.lost == 2  # the extension's row and the tagging
    assert all_rows(site, "forge_tag_colour") == []
    assert len(all_rows(site, "forge_press")) == 2
    with pytest.raises(PluginError, match="“forge” is in the database: table “forge_log” exists"):
        restore(site, archive)


def test_a_damaged_archive_is_refused(open_site, tmp_path):
    site = open_site()
    enable(site, ["forge"])
    fill(site)
    disable(site, "forge")
    archive = purge(site, "forge")
    torn = tmp_path / "torn.zip"
    torn.write_bytes(archive.read_bytes()[:-100])
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"123", b"321") if "press" in name else data)
    later = tmp_path / "later.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(later, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "manifest.json":
                manifest = json.loads(data)
                manifest["lines"][0]["revision"] = "0009"
                data = json.dumps(manifest).encode()
            new.writestr(name, data)
    before = tables(site)
    for path, message in (
        (torn, "is damaged"), (changed, "is damaged"), (tmp_path / "none.zip", "is damaged"),
        (later, "at revision 0009 of “forge”"),
    ):  # fmt: skip
        with pytest.raises(PluginError, match=message):
            restore(site, path)
    assert tables(site) == before
    assert site.states() == {}


def test_an_older_archive_is_migrated_up(open_site, smithy, scratch_package):
    plugin = scratch_package("lold", {})
    folder = own_line(plugin).folder
    folder.mkdir(parents=True)
    first = (
        'revision, down_revision = "0001", None\nimport sqlalchemy as sa\nfrom alembic import op\n'
        'def upgrade():\n    op.create_table("lold_a", sa.Column("id", sa.Integer, '
        'primary_key=True))\ndef downgrade():\n    op.drop_table("lold_a")\n'
    )
    second = (
        'revision, down_revision = "0002", "0001"\nimport sqlalchemy as sa\n'
        'from alembic import op\ndef upgrade():\n'
        '    op.add_column("lold_a", sa.Column("twice", sa.Integer))\n'
        '    op.execute("UPDATE lold_a SET twice = 2 * id")\n'
        'def downgrade():\n    op.drop_column("lold_a", "twice")\n'
    )
    (folder / "0001_a.py").write_text(first)
    site = open_site({"lold": plugin})
    enable(site, ["lold"])
    with site.engine.begin() as connection:
        connection.execute(text("INSERT INTO lold_a VALUES (21)"))
    disable(site, "lold")
    archive = purge(site, "lold")
    (folder / "0002_b.py").write_text(second)
    restore(site, archive)
    with site.engine.connect() as connection:
        assert connection.execute(text("SELECT id, twice FROM lold_a")).all() == [(21, 42)]
        assert read_version(connection, "tenon_version_lold") == "0002"


def test_purge_waits_for_plugins_that_refer_to_it(open_site):
    site = open_site()
    enable(site, ["forge", "anvil"])
    disable(site, "anvil")
    disable(site, "forge")
    with pytest.raises(PluginError, match="Tables of anvil refer to those of “forge”"):
        purge(site, "forge", force=True)
    purge(site, "anvil")
    purge(site, "forge")
    assert site.states() == {}


def test_a_broken_package_is_quarantined_released_and_purged_by_force(open_site, smithy, tmp_path):
    site = open_site()
    enable(site, ["forge", "bellows"])
    fill(site)
    before = snapshot(site, ("forge_press", "bellows_pump_press"))
    gone = {key: plugin for key, plugin in smithy.items() if key != "forge"}
    broken = open_site(gone)
    assert status(broken)["forge"] == "quarantined"
    kinds = {(problem.kind, problem.plugin) for problem in doctor(broken)}
    assert ("missing", "forge") in kinds
    assert ("version_table", "forge") in kinds
    assert dict(boot(broken).loaded.locked) == {"core.tag": ("forge",)}
    assert release(broken, "forge") == ("core.tag",)
    assert dict(boot(broken).loaded.locked) == {}
    assert ("released", "forge") in {(p.kind, p.plugin) for p in doctor(broken)}
    with pytest.raises(PluginError, match="“bellows” is not quarantined"):
        release(broken, "bellows")

    disable(broken, "forge")
    with pytest.raises(PluginError, match="With --force its tables are dropped by name"):
        purge(broken, "forge")
    archive = purge(broken, "forge", force=True)
    assert not [t for t in tables(broken) if "forge" in t or t == "bellows_pump_press"]
    restore(site, archive)
    assert snapshot(site, ("forge_press", "bellows_pump_press")) == before


def test_migrate_after_an_upgrade_renews_what_is_known(open_site, smithy):
    site = open_site()
    enable(site, ["forge"])
    newer = open_site(found={"forge": Found("forge", "tenon-forge", "1.3", smithy["forge"])})
    assert migrate(newer) == []
    assert newer.states()["forge"].version == "1.3"


def test_doctor_is_silent_on_a_sound_site_and_names_what_is_not(open_site):
    site = open_site()
    enable(site, ["forge"])
    assert doctor(site) == []
    with site.engine.begin() as connection:
        connection.execute(text("CREATE TABLE forge_stray (id integer)"))
        connection.execute(text("CREATE TABLE ghost_thing (id integer)"))
        connection.execute(text("DROP INDEX ix_forge_press_ready"))
        connection.execute(
            text("CREATE TABLE forge_bind (tag uuid REFERENCES core_tag (id))")
            if connection.dialect.name == "postgresql"
            else text("CREATE TABLE forge_bind (tag varchar(36) REFERENCES core_tag (id))")
        )
        connection.execute(text("DELETE FROM tenon_version_core"))
    kinds = sorted((problem.kind, problem.plugin) for problem in doctor(site))
    assert kinds == [
        ("binding_key", "forge"),
        ("differences", "forge"),
        ("orphan_table", "forge"),
        ("orphan_table", "forge"),
        ("orphan_table", "ghost"),
        ("pending", "core"),
    ]
    assert any("ix_forge_press_ready" in str(problem) for problem in doctor(site))


def test_ownership_rules(scratch_package):
    code = '''
from uuid import UUID

from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, reference
from tenon_sdk.text import Text


class Stolen(Entity, name="other.thing", label=Text("T")):
    pass


class Binding(Entity, name="lown.thing", label=Text("T")):
    tag_id: Mapped[UUID] = reference("core.tag", label=Text("Tag"))
    mine_id: Mapped[UUID | None] = reference("lown.thing", label=Text("Mine"))
'''
    plugin = scratch_package("lown", {"entities.py": code})
    import lown_plugin.entities  # noqa: F401

    try:
        found = [text.translate() for text in violations(plugin)]
    finally:
        for name in ("other.thing", "lown.thing"):
            forget(name)
    assert found == [
        "Table “other_thing” of “lown” must be called “lown_…”.",
        "tag_id of “lown_thing” refers to “core_tag” of another plugin: it needs on_delete "
        "“cascade” or “set_null”.",
    ]


def forget(name):
    from tenon_sdk import entities

    cls = entities._entities.pop(name)
    Base.metadata.remove(cls.__table__)
    Base.registry._dispose_cls(cls)


def test_the_report_says_who_contributes_what(open_site, smithy):
    site = open_site()
    enable(site, ["forge", "bellows"])
    booted = boot(open_site({"bellows": smithy["bellows"]}))
    core, bellows, forge = contributions(booted.loaded)
    assert (core.key, core.order, bellows.key, bellows.order) == ("core", 0, "bellows", 1)
    assert bellows.items == {"entities": ("bellows.pump",)}
    assert (forge.health, forge.locks) == ("quarantined", ("core.tag",))
    assert "not installed" in forge.reason
    whole = {c.key: c for c in contributions(boot(site).loaded)}
    assert whole["bellows"].items == {"entities": ("bellows.pump", "bellows.pump_press")}
    assert whole["forge"].items["permissions"] == ("forge.press.view", "forge.press.melt")
    assert entity_named("forge.press").__tenon__.name in whole["forge"].items["entities"]
    assert glue_line(smithy["bellows"], "forge").exists
