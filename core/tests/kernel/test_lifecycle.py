import pytest
from sqlalchemy import inspect, select

from tenon_core.entities import AuditEntry, Grant, Role, Tag
from tenon_core.kernel.config import ConfigError
from tenon_core.kernel.discovery import Found, PluginError
from tenon_core.kernel.doctor import doctor
from tenon_core.kernel.installation import installation
from tenon_core.kernel.lifecycle import boot, disable, enable, migrate
from tenon_core.kernel.purging import purge
from tenon_core.kernel.restoring import restore
from tenon_core.storage.lines import own_line
from tenon_sdk.errors import Blocker
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text


def test_enable_migrates_grants_and_remembers(open_site, rows):
    site = open_site()
    assert rows.status(site) == {"anvil": "installed", "bellows": "installed", "forge": "installed"}
    steps = enable(site, ["forge"])
    assert [(s.line, s.revision) for s in steps] == [("forge", "0001")]
    assert rows.status(site)["forge"] == "enabled"
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


def test_enable_refuses_what_cannot_run_and_changes_nothing(open_site, smithy, rows):
    broken = Found("wreck", "tenon-wreck", "0", fault="ImportError: gone")
    site = open_site(found={"wreck": broken})
    before = rows.tables(site)
    with pytest.raises(PluginError, match="“anvil” requires “forge”, which is not enabled"):
        enable(site, ["anvil"])
    with pytest.raises(PluginError, match="No plugin “nothing” is installed"):
        enable(site, ["nothing"])
    with pytest.raises(PluginError, match="“wreck” cannot be read: ImportError: gone"):
        enable(site, ["wreck"])
    assert rows.tables(site) == before
    assert site.enabled() == []
    assert [s.line for s in enable(site, ["anvil", "forge"])] == ["forge", "anvil"]


def test_enable_checks_settings(open_site, scratch_package):
    code = "from attrs import frozen\n\n\n@frozen\nclass Settings:\n    depth: int\n"
    plugin = scratch_package("lset", {"settings.py": code})
    from lset_plugin.settings import Settings

    plugin = Plugin(key="lset", title=Text("S"), package="lset_plugin", settings=Settings)
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
    with pytest.raises(PluginError, match=r"“lfail” failed when it was enabled.*no steam"):
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


def test_disable_asks_who_needs_it_and_the_plugin_itself(open_site, smithy, scratch_package, rows):
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
    assert rows.status(site) == dict.fromkeys(("anvil", "forge", "lbusy"), "disabled") | {
        "bellows": "installed"
    }
    with pytest.raises(PluginError, match="“forge” is not enabled"):
        disable(site, "forge")
    assert "forge_press" in rows.tables(site)


def test_data_stays_while_disabled_and_core_works(open_site, rows):
    site = open_site()
    enable(site, ["forge", "bellows"])
    _child, tag = rows.fill(site)
    before = rows.snapshot(site)
    disable(site, "forge")
    disable(site, "bellows")
    with boot(site).system("test") as ctx:
        assert ctx.session.get(Tag, tag).name == "red"
    enable(site, ["forge", "bellows"])
    assert rows.snapshot(site) == before


def test_migrate_after_an_upgrade_renews_what_is_known(open_site, smithy):
    site = open_site()
    enable(site, ["forge"])
    newer = open_site(found={"forge": Found("forge", "tenon-forge", "1.3", smithy["forge"])})
    assert migrate(newer) == []
    assert newer.states()["forge"].version == "1.3"


def test_a_failing_migration_enables_nothing(open_site, smithy, scratch_package, rows):
    plugin = scratch_package("lmig", {})
    folder = own_line(plugin).folder
    folder.mkdir(parents=True)
    (folder / "0001_a.py").write_text(
        'revision, down_revision = "0001", None\nimport sqlalchemy as sa\nfrom alembic import op\n'
        'def upgrade():\n    op.create_table("lmig_a", sa.Column("id", sa.Integer))\n'
        '    raise RuntimeError("no coal")\ndef downgrade():\n    pass\n'
    )
    site = open_site({**smithy, "lmig": plugin})
    before = rows.tables(site)
    with pytest.raises(PluginError, match=r"Migration 0001 of “lmig” failed: .*no coal"):
        enable(site, ["lmig", "forge"])
    assert rows.tables(site) == before
    assert site.states() == {}


def test_a_new_site_is_migrated_by_the_first_enable(tmp_path, smithy):
    (tmp_path / "tenon.toml").write_text('[site]\nname = "New"\n')
    found = {"forge": Found("forge", "tenon-forge", "1", smithy["forge"])}
    with installation(tmp_path, found=found) as site:
        steps = [(step.line, step.revision) for step in enable(site, ["forge"])]
        assert steps == [("core", "0001"), ("core", "0002"), ("forge", "0001")]
        assert doctor(site) == []
        with site.engine.connect() as connection:
            assert "workflow_status" in inspect(connection).get_table_names()


def test_what_was_done_is_in_the_audit(open_site):
    site = open_site()
    enable(site, ["forge"])
    disable(site, "forge")
    restore(site, purge(site, "forge"))
    with boot(site).system("test") as ctx:
        actions = ctx.session.scalars(
            select(AuditEntry.action)
            .where(AuditEntry.action.startswith("plugin_"))
            .order_by(AuditEntry.seq)
        ).all()
    assert actions == ["plugin_enabled", "plugin_disabled", "plugin_purged", "plugin_restored"]
