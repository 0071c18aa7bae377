from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError

import tenon_core
from tenon_core.entities import PluginState
from tenon_core.kernel.discovery import PluginError
from tenon_core.storage.differences import differences
from tenon_core.storage.lines import glue_line, lines_of, own_line
from tenon_core.storage.migrate import current, downgrade, pending, upgrade
from tenon_core.storage.revisions import import_entities, make_revision
from tenon_sdk.entities import Base

NOW = datetime(2026, 11, 23, tzinfo=UTC)
REVISION = """

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down!r}
needs = {needs!r}


def upgrade():
    {up}


def downgrade():
    {down_code}
"""


def write_revision(plugin, revision, up, down_code="pass", *, down=None, needs=None):
    line = own_line(plugin)
    line.folder.mkdir(parents=True, exist_ok=True)
    path = line.folder / f"{revision}_change.py"
    path.write_text(
        REVISION.format(
            revision=revision,
            down=down,
            needs=needs or {},
            up=up,
            down_code=down_code,
        )
    )
    return path


def table(name):
    return f'op.create_table("{name}", sa.Column("id", sa.Integer, primary_key=True))'


def tables(engine):
    return set(inspect(engine).get_table_names())


def columns(engine, name):
    return {column["name"] for column in inspect(engine).get_columns(name)}


def test_core_is_as_its_entities_declare(engine, core):
    import_entities(core)
    assert differences(engine, own_line(core)) == []
    assert PluginState.__tablename__ in tables(engine)
    assert {"core_job_run", "core_search_entry"} <= tables(engine)


def test_core_goes_down_to_nothing_and_up_again(engine, core):
    before = tables(engine)
    downgrade(engine, own_line(core))
    assert {t for t in tables(engine) if t.startswith(("core_", "tenon_"))} == set()
    upgrade(engine, [core])
    assert tables(engine) == before
    import_entities(core)
    assert differences(engine, own_line(core)) == []


def test_plugins_are_migrated_in_order_and_glue_last(engine, core, smithy):
    forge, anvil, bellows = smithy["forge"], smithy["anvil"], smithy["bellows"]
    plugins = [core, bellows, forge, anvil]
    waiting = [(step.line, step.revision) for step in pending(engine, plugins)]
    done = [(step.line, step.revision) for step in upgrade(engine, plugins)]
    assert waiting == done
    assert [line for line, _revision in done] == ["bellows", "forge", "anvil", "bellows+forge"]
    assert pending(engine, plugins) == []
    assert upgrade(engine, plugins) == []
    assert {"tenon_version_forge", "tenon_version_bellows__forge"} <= tables(engine)
    revisions = Path(tenon_core.__file__).parent / "migrations" / "versions"
    newest = max(path.name.partition("_")[0] for path in revisions.glob("0*.py"))
    assert current(engine, lines_of(plugins)) == {
        "core": newest, "bellows": "0001", "forge": "0001", "anvil": "0001",
        "bellows+forge": "0001",
    }  # fmt: skip


def test_a_plugin_without_its_glue_partner_has_no_glue_table(engine, core, smithy):
    upgrade(engine, [core, smithy["bellows"]])
    assert "bellows_pump" in tables(engine)
    assert "bellows_pump_press" not in tables(engine)
    assert differences(engine, own_line(smithy["bellows"])) == []


def test_after_upgrade_nothing_differs_and_up_down_up_works(engine, core, smithy):
    plugins = [core, smithy["bellows"], smithy["forge"], smithy["anvil"]]
    core_only = tables(engine)
    for _round in range(2):
        upgrade(engine, plugins)
        for line in lines_of(plugins)[1:]:
            assert differences(engine, line) == [], line.name
        for line in reversed(lines_of(plugins)[1:]):
            downgrade(engine, line)
        assert tables(engine) == core_only


def test_bounds_mean_the_same_on_both_databases(engine, core, smithy):
    upgrade(engine, [core, smithy["forge"]])
    press = Base.metadata.tables["forge_press"]
    row = {
        "id": "01930000-0000-7000-8000-000000000001", "version": 1, "name": "A", "kind": "hot",
        "ready": True, "custom": {}, "price": Decimal("99999.5"),
    }  # fmt: skip
    moment = {"created_at": NOW, "updated_at": NOW}
    with engine.begin() as connection:
        connection.execute(press.insert().values(**row, **moment))
    for price in ("99999.501", "0"):
        wrong = {**row, "id": row["id"][:-1] + "2", "name": "B", "price": Decimal(price)}
        statement = press.insert().values(**wrong, **moment)
        with engine.begin() as connection, pytest.raises(IntegrityError):
            connection.execute(statement)


def test_a_stored_check_that_reads_differently_is_found(engine, core, smithy):
    upgrade(engine, [core, smithy["forge"]])
    name = "ck_forge_press_kind_choice"
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE forge_press DROP CONSTRAINT {name}"))
            connection.execute(
                text(f"ALTER TABLE forge_press ADD CONSTRAINT {name} CHECK (kind IN ('hot'))")
            )
    else:
        with engine.begin() as connection:
            connection.exec_driver_sql("PRAGMA writable_schema = ON")
            connection.exec_driver_sql(
                "UPDATE sqlite_master SET sql = replace(sql, '''hot'', ''cold''', '''hot''') "
                "WHERE name = 'forge_press'"
            )
        engine.dispose()
    found = differences(engine, own_line(smithy["forge"]))
    assert len(found) == 2
    assert all(name in line for line in found)


def test_missing_column_index_and_table_are_found(engine, core, smithy):
    upgrade(engine, [core, smithy["forge"]])
    with engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_forge_press_ready"))
        connection.execute(text("ALTER TABLE forge_press DROP COLUMN force"))
        connection.execute(text("DROP TABLE forge_log"))
    found = "\n".join(differences(engine, own_line(smithy["forge"])))
    assert "ix_forge_press_ready" in found
    assert "'force'" in found
    assert "'forge_log'" in found


def test_others_tables_are_never_touched(engine, core, smithy):
    upgrade(engine, [core, smithy["forge"]])
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE forge_by_hand (id integer)"))
        connection.execute(text("CREATE TABLE stranger (id integer)"))
    assert differences(engine, own_line(smithy["forge"])) == []
    assert differences(engine, own_line(core)) == []


def test_a_failing_migration_leaves_the_database_as_before(engine, core, scratch_package):
    good = scratch_package("mgood", {})
    write_revision(good, "0001", table("mgood_a"))
    bad = scratch_package("mbad", {})
    write_revision(bad, "0001", table("mbad_a"))
    write_revision(
        bad, "0002", f'{table("mbad_b")}; op.execute("INSERT INTO nowhere VALUES (1)")', down="0001"
    )
    before = tables(engine)
    with pytest.raises(PluginError, match=r"Migration 0002 of “mbad” failed: .*nowhere"):
        upgrade(engine, [core, good, bad])
    assert tables(engine) == before


def test_needs_are_checked_before_the_migration_runs(engine, core, scratch_package):
    first = scratch_package("mfirst", {})
    write_revision(first, "0001", table("mfirst_a"))
    second = scratch_package("msecond", {}, 'requires=("mfirst",)')
    write_revision(second, "0001", table("msecond_a"), needs={"mfirst": "0002"})
    with pytest.raises(PluginError, match=r"0001 of “msecond” needs “mfirst” at 0002.* at 0001"):
        upgrade(engine, [core, first, second])
    with pytest.raises(PluginError, match="which is at base"):
        upgrade(engine, [core, second])
    write_revision(first, "0002", table("mfirst_b"), 'op.drop_table("mfirst_b")', down="0001")
    upgrade(engine, [core, first, second])
    with pytest.raises(PluginError, match="cannot go back to 0001: migration 0001 of “msecond”"):
        downgrade(engine, own_line(first), "0001", lines=[own_line(second)])
    assert current(engine, [own_line(first)]) == {"mfirst": "0002"}


def test_several_heads_and_unreadable_revisions_are_named(engine, core, scratch_package):
    forked = scratch_package("mforked", {})
    write_revision(forked, "0001", "pass")
    write_revision(forked, "0002", "pass", down="0001")
    write_revision(forked, "0003", "pass", down="0001")
    with pytest.raises(PluginError, match="“mforked” have several ends: 0002, 0003"):
        upgrade(engine, [core, forked])
    torn = scratch_package("mtorn", {})
    write_revision(torn, "0001", "this is no python")
    with pytest.raises(PluginError, match="“mtorn” cannot be read: SyntaxError"):
        upgrade(engine, [core, torn])


def test_a_database_from_a_later_version_is_refused(engine, core, scratch_package):
    plugin = scratch_package("mlater", {})
    write_revision(plugin, "0001", "pass")
    newest = write_revision(plugin, "0002", "pass", down="0001")
    upgrade(engine, [core, plugin])
    newest.unlink()
    with pytest.raises(PluginError, match="Revision 0002 is unknown to the installed version"):
        upgrade(engine, [core, plugin])


def test_a_batch_change_keeps_rows_that_refer_to_the_table(engine, core, scratch_package):
    plugin = scratch_package("mbatch", {})
    write_revision(
        plugin,
        "0001",
        'op.create_table("mbatch_a", sa.Column("id", sa.Integer, primary_key=True)); '
        'op.create_table("mbatch_b", sa.Column("a", sa.Integer, '
        'sa.ForeignKey("mbatch_a.id", ondelete="CASCADE", name="fk_b"))); '
        'op.execute("INSERT INTO mbatch_a VALUES (1)"); '
        'op.execute("INSERT INTO mbatch_b VALUES (1)")',
    )
    write_revision(
        plugin,
        "0002",
        'batch = op.batch_alter_table("mbatch_a"); b = batch.__enter__(); '
        'b.add_column(sa.Column("x", sa.Integer)); '
        'b.create_check_constraint("ck_mbatch_a_x", "x > 0"); batch.__exit__(None, None, None)',
        down="0001",
    )
    upgrade(engine, [core, plugin])
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM mbatch_b")).scalar() == 1
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_migration_that_breaks_references_is_undone(core, scratch_package, tmp_path):
    from tenon_core.storage.engine import make_engine

    engine = make_engine(f"sqlite:///{tmp_path / 'broken.sqlite3'}")
    plugin = scratch_package("mbreaks", {})
    write_revision(
        plugin,
        "0001",
        'op.create_table("mbreaks_a", sa.Column("id", sa.Integer, primary_key=True)); '
        'op.create_table("mbreaks_b", sa.Column("a", sa.Integer, sa.ForeignKey("mbreaks_a.id"))); '
        'op.execute("INSERT INTO mbreaks_b VALUES (7)")',
    )
    with pytest.raises(PluginError, match="Rows of “mbreaks_b” would refer to rows of “mbreaks_a”"):
        upgrade(engine, [core, plugin])
    assert tables(engine) == set()
    engine.dispose()


ENTITY = """
from decimal import Decimal

from sqlalchemy import String
from sqlalchemy.orm import Mapped

from tenon_sdk.entities import Entity, choice, field
from tenon_sdk.text import Text
from tenon_sdk.types import Exact


class Thing(Entity, name="{key}.thing", label=Text("Thing")):
    name: Mapped[str] = field(String({length}), label=Text("Name"){index})
    {more}
"""


def test_a_second_revision_holds_only_what_changed(engine, core, scratch_package, rows):
    import importlib
    import sys

    first = ENTITY.format(key="mrev", length=40, index="", more="")
    plugin = scratch_package("mrev", {"entities.py": first})
    path = make_revision([core, plugin], "mrev", "First things")
    assert path is not None
    assert path.name == "0001_first_things.py"
    assert make_revision([core, plugin], "mrev", "Nothing") is None
    upgrade(engine, [core, plugin])

    rows.forget("mrev.thing")
    del sys.modules["mrev_plugin.entities"]
    more = (
        'weight: Mapped[Decimal | None] = field(Exact(8, 3), label=Text("W"), '
        'minimum=Decimal("0.5"))\n'
        '    kind: Mapped[str | None] = choice({"a": Text("A"), "b": Text("B")}, label=Text("K"))'
    )
    second = ENTITY.format(key="mrev", length=60, index=", index=True", more=more)
    (Path(own_line(plugin).folder).parents[1] / "entities.py").write_text(second)
    importlib.invalidate_caches()
    importlib.import_module("mrev_plugin.entities")
    path = make_revision([core, plugin], "mrev", "More")
    assert path is not None
    assert path.name == "0002_more.py"
    assert "core_" not in path.read_text()
    assert [step.revision for step in upgrade(engine, [core, plugin])] == ["0002"]
    assert differences(engine, own_line(plugin)) == []
    assert {"weight", "kind"} <= columns(engine, "mrev_thing")
    downgrade(engine, own_line(plugin), "0001")
    assert columns(engine, "mrev_thing").isdisjoint({"weight", "kind"})
    upgrade(engine, [core, plugin])
    rows.forget("mrev.thing")


def test_glue_states_what_it_needs(smithy):
    code = next(glue_line(smithy["bellows"], "forge").folder.glob("0001*.py")).read_text()
    assert "needs: dict[str, str] = {'bellows': '0001', 'forge': '0001'}" in code
