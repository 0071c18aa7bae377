"""Whatever goes wrong is one clear line on standard error."""

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tenon_core.cli.app import App
from tenon_core.cli.errors import line_of
from tenon_core.kernel.config import write_config
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, install_translator, use_locale

pytestmark = pytest.mark.tenon_database("sqlite")


def write(folder, text):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tenon.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["nonsense"], "No such command 'nonsense'."),
        (["user", "nonsense"], "No such command 'nonsense'."),
        (["init"], "Missing argument 'DIR'."),
        (["user", "add", "ann"], "Missing option '--role'."),
        (["user", "list", "--colour"], "No such option '--colour'."),
        (["serve", "--port", "0"], "0 is not in the range 1<=x<=65535."),
        (["serve", "--port", "many"], "'many' is not a valid"),
        (["--lang", "tlh", "doctor"], "'tlh' is not one of"),
        (["access", "explain", "ann", "core.account", "7"], "'7' is not a valid UUID."),
        (["jobs", "list", "--state", "lost"], "'lost' is not one of"),
    ],
)
def test_wrong_arguments_are_2(args, said, tenon_):
    line = tenon_.fails(*args, code=2)
    assert said in line
    assert line.endswith("--help”.")


@pytest.mark.parametrize(
    "args",
    [
        ["user", "list"], ["plugin", "list"], ["migrate"], ["serve"], ["worker"], ["role", "list"],
        ["token", "list"], ["import", "core.account", "x.csv"], ["export", "core.account"],
        ["dump", "x.zip"], ["load", "x.zip"], ["backup", "x.zip"], ["audit", "verify"],
        ["jobs", "list"], ["duplicates", "sweep"],
    ],
)  # fmt: skip
def test_no_site(args, tenon_):
    assert tenon_.fails(*args).startswith("No site here: create one with “tenon init DIR”")
    assert "There is no tenon.toml in nowhere." in tenon_.fails(*args, "--site", "nowhere")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[site\n", "tenon.toml:"),
        ("[weather]\n", "unknown section [weather]"),
        ('[site]\ncolour = "red"\n', "tenon.toml [site]: Some values cannot be accepted. colour:"),
        ('[site]\nzone = "Mars"\n', "Unknown time zone “Mars”."),
        ('[database]\nurl = "nonsense"\n', "The address of the database cannot be read"),
        ('[database]\nurl = "mongo://x"\n', "The database must be SQLite or PostgreSQL."),
        (
            '[database]\nurl = "postgresql://u:secret@127.0.0.1:1/x"\n',
            "The database cannot be reached:",
        ),
        ('[database]\nurl = "sqlite:////nowhere/at/all.db"\n', "The database cannot be reached:"),
        (
            "[plugins.sales]\nx = 1\n",
            "The database is not set up or out of date; run “tenon migrate”.",
        ),
    ],
)
def test_configurations_that_cannot_be_used(toml, said, tenon_, tmp_path):
    site = write(tmp_path / "site", toml)
    line = tenon_.fails("user", "list", "--site", site)
    assert said in line
    assert "secret" not in line


def test_settings_of_a_plugin_that_runs_are_checked(cli):
    write_config(cli.site, plugins={"core": {"max_page": 0}})
    assert "Settings [plugins.core]:" in cli.fails("user", "list")


def test_a_database_without_tables(tenon_, tmp_path):
    site = write(tmp_path / "site", "")
    said = "The database is not set up or out of date; run “tenon migrate”."
    assert tenon_.fails("user", "list", "--site", site) == said
    tenon_("migrate", "--site", site)
    tenon_("user", "list", "--site", site)


def test_a_file_that_is_no_database(cli):
    database = Path(make_url(App(given=str(cli.site)).site().config.database_url).database)
    database.write_bytes(b"this is a letter" * 100)
    assert "file is not a database" in cli.fails("user", "list")


def test_no_permission(tenon_, monkeypatch, tmp_path):
    def refused(path, *_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refused)
    line = tenon_.fails("init", tmp_path / "site")
    assert line == f"{tmp_path / 'site'}: Permission denied"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["plugin", "enable", "nowhere"], "No plugin “nowhere” is installed."),
        (["plugin", "disable", "nowhere"], "Plugin “nowhere” is not enabled."),
        (["plugin", "plan", "nowhere"], "Nothing of plugin “nowhere” is in the database."),
        (["plugin", "release", "nowhere"], "Plugin “nowhere” is not quarantined."),
        (["plugin", "restore", "nothing.zip"], "nothing.zip: No such file or directory"),
        (["plugin", "revision", "nowhere", "-m", "x"], "No plugin “nowhere” is installed."),
        (["user", "password", "nobody"], "login: There is no user “nobody”."),
        (["user", "disable", "nobody"], "login: There is no user “nobody”."),
        (["user", "add", "a b", "--role", "planner"], "login: A log-in name has no spaces."),
        (["user", "add", "ann", "--role", "king"], "role: There is no role “king”; there are"),
        (["user", "add", "ann", "--role", "planner", "--unit", "X"], "unit: There is no unit “X”."),
        (["role", "show", "king"], "role: There is no role “king”."),
        (["token", "add", "nobody"], "login: There is no user “nobody”."),
        (["token", "revoke", "tnn_x"], "There is no such record"),
        (["import", "core.ghost", "x.csv"], "entity: There is no kind of record “core.ghost”."),
        (["export", "core.ghost"], "entity: There is no kind of record “core.ghost”."),
        (["export", "core.account", "--filter", "name"], "filter: Write it as FIELD=VALUE."),
        (["export", "core.account", "--filter", "colour=red"], "colour"),
        (["jobs", "run", "core.nothing"], "No enabled plugin offers the job “core.nothing”."),
        (["jobs", "run", "core.seal_audit", "--arg", "x"], "arg: Write it as NAME=VALUE."),
        (["audit", "verify", "--expected", "x"], "expected: Enter an anchor as number:digest."),
        (["load", "nothing.zip"], "nothing.zip: No such file or directory"),
        (["restore", "nothing.zip", "new"], "nothing.zip: No such file or directory"),
        (["duplicates", "sweep", "--entity", "core.user"], "Records of “core.user” are not compared."),
        (["handover", "preview", "nobody"], "login: There is no user “nobody”."),
        (["user", "list", "--as", "nobody"], "login: There is no user “nobody”."),
    ],
)  # fmt: skip
def test_what_is_not_there(args, said, cli):
    assert said in cli.fails(*args)


def test_a_file_that_is_no_backup(cli, tmp_path):
    letter = tmp_path / "letter.zip"
    letter.write_text("Dear all")
    assert "is no backup of a site." in cli.fails("restore", letter, tmp_path / "new")
    assert "is no dump, or is damaged" in cli.fails("load", letter)
    assert "is damaged" in cli.fails("plugin", "restore", letter)
    assert not (tmp_path / "new").exists()


def test_debug_shows_where(cli):
    said = cli.try_("plugin", "disable", "nowhere", "--debug")
    assert said.code == 1
    assert "Traceback" in said.err
    assert said.err.splitlines()[-1] == "Plugin “nowhere” is not enabled."


def test_a_mistake_of_ours_is_one_line_too(tenon_, monkeypatch, tmp_path):
    def broken(_self):
        raise ZeroDivisionError("oh\nno")

    monkeypatch.setattr(App, "folder", broken)
    line = tenon_.fails("user", "list")
    assert line == (
        "Unexpected error: ZeroDivisionError: oh no. Run the command with --debug for details."
    )


def test_interrupted(tenon_, monkeypatch):
    def interrupted(_self):
        raise KeyboardInterrupt

    monkeypatch.setattr(App, "folder", interrupted)
    said = tenon_.try_("user", "list")
    assert (said.code, said.err.strip()) == (130, "Interrupted.")


def test_interrupted_from_the_keyboard(tenon_, tmp_path):
    tenon_("init", tmp_path / "site")
    command = [sys.executable, "-c", "from tenon_core.cli.main import run; run()", "worker"]
    process = subprocess.Popen(
        [*command, "--site", str(tmp_path / "site")], stdout=subprocess.PIPE, text=True
    )
    assert "running" in process.stdout.readline()
    assert "1 workers are running." in tenon_("doctor", "--site", tmp_path / "site").out
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
    assert "The worker has stopped." in process.stdout.read()
    process.stdout.close()
    assert "No worker is running" in tenon_("doctor", "--site", tmp_path / "site").out


def test_nobody_reads_on(cli):
    cli("user", "add", "ann", "--role", "planner")
    code = "from tenon_core.cli.main import run; run()"
    command = [sys.executable, "-c", code, "role", "show", "planner", "--site", str(cli.site)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(30)


def test_errors_are_in_the_language_of_the_reader(monkeypatch):
    install_translator(
        lambda text, _locale: {"There is no user “{login}”.": "没有{login}。"}.get(text, text)
    )
    with use_locale("zh_CN"):
        assert "没有ann。" in line_of(
            Invalid({"login": _("There is no user “{login}”.", login="ann")})
        )
