import json
import zipfile
from datetime import UTC, datetime

import pytest
from sqlalchemy import inspect, select, text
from uuid_utils.compat import uuid7

from tenon_core.entities import StoredEvent, StoredEventSubject, Tag
from tenon_core.kernel.discovery import PluginError
from tenon_core.kernel.doctor import doctor
from tenon_core.kernel.lifecycle import boot, disable, enable, release
from tenon_core.kernel.purging import plan, purge
from tenon_core.kernel.restoring import restore
from tenon_core.storage import search
from tenon_core.storage.lines import own_line
from tenon_core.storage.migrate import read_version
from tenon_sdk.entities import Base
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text


def test_plan_lists_everything(open_site, rows):
    site = open_site()
    enable(site, ["forge", "bellows"])
    rows.fill(site)
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


def test_purge_and_restore_bring_back_row_for_row(open_site, rows):
    site = open_site()
    enable(site, ["forge", "bellows"])
    _child, tag = rows.fill(site)
    disable(site, "forge")
    before = rows.snapshot(site)
    columns = {n: inspect(site.engine).get_columns(n) for n in rows.FORGE_TABLES}
    archive = purge(site, "forge")
    import forge_plugin

    assert forge_plugin.CALLS.pop() == "purged"
    assert archive.parent == site.folder / "escrow"
    left = rows.tables(site)
    assert not [t for t in left if t.startswith(("forge_", "tenon_version_forge"))]
    assert "bellows_pump_press" not in left
    assert "tenon_version_bellows__forge" not in left
    assert "bellows_pump" in left
    assert site.states().keys() == {"bellows"}
    after = rows.snapshot(site, ("core_saved_view", "core_tagging", "core_grant"))
    assert after["core_saved_view"] == after["core_tagging"] == []
    assert not [g for g in after["core_grant"] if "forge." in str(g)]
    with boot(site).system("test") as ctx:
        assert ctx.session.get(Tag, tag).name == "red"
        assert ctx.session.scalar(select(StoredEvent.name)) == "forge.press.tested"
        assert ctx.session.scalar(select(StoredEventSubject.entity)) == "forge.press"

    restored = restore(site, archive)
    assert restored.lost == 0
    assert restored.tables["forge_press"] == 2
    assert rows.snapshot(site) == before
    assert {n: str(inspect(site.engine).get_columns(n)) for n in rows.FORGE_TABLES} == {
        n: str(c) for n, c in columns.items()
    }
    assert rows.status(site)["forge"] == "disabled"
    with site.engine.begin() as connection:
        rows.insert(connection, "forge_log", line="four")
        top = connection.execute(text("SELECT max(id) FROM forge_log")).scalar()
    assert top == 4
    enable(site, ["forge"])
    assert [p for p in doctor(site) if p.plugin in {"forge", "bellows"}] == []


def test_restoring_into_a_changed_site(open_site, rows):
    """A record that the archived rows extended was deleted meanwhile: they go with it."""
    site = open_site()
    enable(site, ["forge"])
    _child, tag = rows.fill(site)
    disable(site, "forge")
    archive = purge(site, "forge")
    with site.engine.begin() as connection:
        tagged = Base.metadata.tables["core_tag"]
        connection.execute(tagged.delete().where(tagged.c.id == tag))
    restored = restore(site, archive)
    assert restored.lost == 2  # the extension's row and the tagging
    assert rows.all_rows(site, "forge_tag_colour") == []
    assert len(rows.all_rows(site, "forge_press")) == 2
    with pytest.raises(PluginError, match="“forge” is in the database: table “forge_log” exists"):
        restore(site, archive)


def test_a_damaged_archive_is_refused(open_site, tmp_path, rows):
    site = open_site()
    enable(site, ["forge"])
    rows.fill(site)
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
    before = rows.tables(site)
    for path, message in (
        (torn, "is damaged"), (changed, "is damaged"), (tmp_path / "none.zip", "is damaged"),
        (later, "at revision 0009 of “forge”"),
    ):  # fmt: skip
        with pytest.raises(PluginError, match=message):
            restore(site, path)
    assert rows.tables(site) == before
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
        "from alembic import op\ndef upgrade():\n"
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


def test_a_broken_package_is_quarantined_released_and_purged_by_force(
    open_site, smithy, tmp_path, rows
):
    site = open_site()
    enable(site, ["forge", "bellows"])
    rows.fill(site)
    before = rows.snapshot(site, ("forge_press", "bellows_pump_press"))
    gone = {key: plugin for key, plugin in smithy.items() if key != "forge"}
    broken = open_site(gone)
    assert rows.status(broken)["forge"] == "quarantined"
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
    assert not [t for t in rows.tables(broken) if "forge" in t or t == "bellows_pump_press"]
    restore(site, archive)
    assert rows.snapshot(site, ("forge_press", "bellows_pump_press")) == before


def test_a_failing_on_purge_drops_nothing(open_site, scratch_package, rows):
    def fail(ctx):
        raise RuntimeError("not yet")

    scratch_package("lstay", {})
    plugin = Plugin(key="lstay", title=Text("S"), package="lstay_plugin", on_purge=fail)
    site = open_site({"lstay": plugin})
    enable(site, ["lstay"])
    with site.engine.begin() as connection:
        connection.execute(text("CREATE TABLE lstay_a (id integer)"))
    disable(site, "lstay")
    with pytest.raises(PluginError, match=r"“lstay” failed when it was purged.*not yet"):
        purge(site, "lstay")
    assert "lstay_a" in rows.tables(site)
    assert "lstay" in site.states()


def test_purged_records_are_not_found_any_more(open_site):
    site = open_site()
    enable(site, ["forge"])
    kept, gone = uuid7(), uuid7()
    with site.engine.begin() as connection:
        for entity, record_id in (("forge.press", gone), ("core.tag", kept)):
            search.upsert(
                connection,
                [
                    search.Entry(
                        entity=entity, record_id=record_id, title="hydraulic", subtitle="",
                        keywords=(), updated_at=datetime.now(UTC),
                    )
                ],
            )  # fmt: skip
    disable(site, "forge")
    purge(site, "forge")
    with site.engine.connect() as connection:
        assert [hit.record_id for hit in search.search(connection, "hydraulic")] == [kept]
