"""Sites and their plugins, from init to the return of a purged one."""

import os
import stat
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect

from tenon_core.cli.app import App
from tenon_core.kernel.config import read_config
from tenon_core.kernel.installation import installation
from tenon_core.kernel.lifecycle import list_plugins


def tables(folder):
    with installation(folder) as found:
        return set(inspect(found.engine).get_table_names())


def test_init_makes_a_site_and_says_how_to_go_on(tenon_, database, empty_url, tmp_path):
    folder = tmp_path / "my site"
    said = tenon_(
        "init", folder, "--database", empty_url, "--name", "Gießerei 铸造", "--locale", "zh_CN",
        "--zone", "Asia/Shanghai", "--currency", "EUR",
    )  # fmt: skip
    config = read_config(folder)
    assert config.site.name == "Gießerei 铸造"
    assert (config.site.locale, config.site.zone, config.site.currency) == (
        "zh_CN", "Asia/Shanghai", "EUR",
    )  # fmt: skip
    assert len(config.site.secret) >= 32
    assert stat.S_IMODE((folder / "tenon.toml").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert f'tenon user add admin --role administrator --site "{folder}"' in said.out
    assert "core_account" in tables(folder)
    assert "up to date" in tenon_("migrate", "--site", folder, "--lang", "en").out


@pytest.mark.tenon_database("sqlite")
def test_a_site_is_found_where_one_stands_or_in_the_environment(tenon_, tmp_path, monkeypatch):
    tenon_("init", "here")
    (tmp_path / "here" / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "here" / "deep")
    tenon_("user", "list")
    monkeypatch.chdir(tmp_path)
    assert "No site here" in tenon_.fails("user", "list")
    monkeypatch.setenv("TENON_SITE", str(tmp_path / "here"))
    tenon_("user", "list")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--plugins", "nowhere"], "No plugin “nowhere” is installed."),
        (["--zone", "Mars/Base"], "Unknown time zone “Mars/Base”."),
        (["--currency", "yuan"], "“yuan” is no currency"),
        (["--database", "mysql://x/y"], "The database must be SQLite or PostgreSQL."),
        (["--database", "postgresql://u@127.0.0.1:1/x"], "The database cannot be reached:"),
        (["--database", ":::"], "The address of the database cannot be read"),
    ],
)
def test_init_that_fails_leaves_nothing(args, said, tenon_, tmp_path):
    assert said in tenon_.fails("init", tmp_path / "new" / "site", *args)
    assert not (tmp_path / "new").exists()
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "letter.txt").write_text("Dear all")
    tenon_.fails("init", kept, *args)
    assert [path.name for path in kept.iterdir()] == ["letter.txt"]


def test_init_refuses_what_is_taken(tenon_, database, empty_url, tmp_path):
    tenon_("init", tmp_path / "one", "--database", empty_url)
    line = tenon_.fails("init", tmp_path / "one")
    assert "holds a site already." in line
    line = tenon_.fails("init", tmp_path / "two", "--database", empty_url)
    assert line.startswith("The database holds a site already.")
    assert "core_account" in tables(tmp_path / "one")


def status(folder):
    with installation(folder) as found:
        return {listed.key: listed.status for listed in list_plugins(found)}


def test_the_life_of_a_plugin(cli, installed):
    assert {row["status"] for row in cli("plugin", "list", "--json").json} == {"installed"}
    said = cli("plugin", "enable", "paint", "press")
    assert "press 0001" in said.out
    assert "Enabled: paint, press." in said.out
    assert status(cli.site) == {"paint": "enabled", "press": "enabled"}
    assert "Press shop" in cli("plugin", "list").out
    assert "Nothing is wrong." in cli("plugin", "doctor").out
    assert "is enabled. Disable it first." in cli.fails("plugin", "purge", "press", "--yes")
    cli("plugin", "disable", "press")
    assert "press_machine" in cli("plugin", "plan", "press").out
    assert cli("plugin", "plan", "press", "--json").json["tables"]["press_machine"] == 0
    line = cli.fails("plugin", "purge", "press", code=2)
    assert "--yes says so beforehand" in line
    said = cli("plugin", "purge", "press", "--yes")
    archive = said.out.split("The archive is ")[1].strip().rstrip(".")
    assert Path(archive).is_file()
    assert "press_machine" not in tables(cli.site)
    assert "Restored: press" in cli("plugin", "restore", archive).out
    assert "press_machine" in tables(cli.site)
    cli("plugin", "enable", "press")


@pytest.mark.tenon_database("sqlite")
def test_a_plugin_that_does_not_load_is_told_and_released(cli, installed, monkeypatch):
    cli("plugin", "enable", "press")
    gone = [p for p in sys.path if "press" in p or any(Path(p).glob("tenon_press*.dist-info"))]
    monkeypatch.setattr(sys, "path", [p for p in sys.path if p not in gone])
    said = cli.try_("plugin", "list")
    assert "quarantined" in said.out
    said = cli.try_("user", "list")
    assert said.code == 0
    assert said.err.startswith("Plugin “press” does not run:")
    assert cli.try_("plugin", "doctor").code == 1
    report = cli.try_("doctor", "--json")
    assert report.code == 1
    assert any(row["level"] == "error" and "press" in row["message"] for row in report.json)
    assert "Released: core.account." in cli("plugin", "release", "press").out


@pytest.mark.tenon_database("sqlite")
def test_a_new_plugin_is_written(cli, tmp_path):
    said = cli("plugin", "new", "molding", "--folder", tmp_path, "--title", "Injection molding")
    assert str(tmp_path / "molding") in said.out
    assert (tmp_path / "molding" / "pyproject.toml").is_file()
    assert "is there already" in cli.fails("plugin", "new", "molding", "--folder", tmp_path)
    assert "cannot be a plugin's key" in cli.fails("plugin", "new", "Molding!")


@pytest.mark.tenon_database("sqlite")
def test_a_revision_is_written_only_if_something_changed(tenon_, installed):
    said = tenon_("plugin", "revision", "paint", "-m", "colours")
    assert "nothing was written" in said.out


@pytest.mark.tenon_database("sqlite")
def test_a_plugins_commands_have_options_from_their_inputs(cli, installed):
    assert "Plugin “press” does not run here." in cli.fails("press", "strongest")
    cli("plugin", "enable", "press")
    said = cli("press", "--help")
    assert "strongest" in said.out
    said = cli("press", "strongest", "--help")
    assert "--least NUMBER" in said.out
    assert "Print the force of the strongest press" in said.out
    assert cli("press", "strongest", "--least", "5").out.strip()
    assert "least: Enter a whole number." in cli.fails("press", "strongest", "--least", "x")
    assert "No such command 'weakest'." in cli.fails("press", "weakest", code=2)


def test_the_environment_may_name_another_database(cli, monkeypatch):
    url = App(given=str(cli.site)).site().config.database_url
    monkeypatch.setenv("TENON_DATABASE_URL", url)
    (cli.site / "tenon.toml").write_text("")
    assert "There are no users." in cli("user", "list").out
    assert os.environ["TENON_DATABASE_URL"] == url
