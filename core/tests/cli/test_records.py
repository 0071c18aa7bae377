"""Records in and out, the audit trail, jobs, the demo company, health."""

import json
import os
import pwd
import subprocess
import sys
import time
from datetime import date
from urllib.request import urlopen

import pytest
from sqlalchemy import select, text

from tenon_core.cli import caller, output
from tenon_core.cli.app import App
from tenon_core.cli.contributed import command_of
from tenon_core.cli.demo import in_order
from tenon_core.cli.output import progress
from tenon_core.entities import Account
from tenon_core.jobs.runs import State
from tenon_core.storage.search import remove
from tenon_core.transfer import importing
from tenon_sdk.declarations import Command, DemoSet
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

pytestmark = pytest.mark.tenon_database("sqlite")


def write(path, content):
    path.write_text(content, encoding="utf-8")
    return path


def test_an_import_tells_which_rows_were_refused_and_why(cli, tmp_path):
    file = write(tmp_path / "a.csv", "name,tier\nA,nonsense\nB,\n")
    said = cli.try_("import", "core.account", file, "--errors", tmp_path / "errors.csv")
    assert said.code == 1
    assert "Row 2" in said.err
    assert "2 rows: 1 created, 0 updated, 0 unchanged, 1 refused." in said.out
    assert (
        (tmp_path / "errors.csv").read_text("utf-8-sig").splitlines()[1].startswith("A,nonsense,")
    )
    said = cli.try_("import", "core.account", file, "--mode", "all", "--json")
    assert said.code == 1
    assert (said.json["state"], said.json["created"]) == ("failed", 0)
    assert said.json["faults"][0]["row"] == 2


def test_what_the_command_line_does_is_audited_as_its_own(cli, tmp_path):
    cli("user", "add", "boss", "--role", "administrator")
    file = write(tmp_path / "a.csv", "name\nSteel Ltd\n")
    cli("import", "core.account", file)
    cli("import", "core.account", write(tmp_path / "b.csv", "name\nIron Ltd\n"), "--as", "boss")
    by = f"operating system user {pwd.getpwuid(os.getuid()).pw_name}"
    rows = cli("audit", "show", "--entity", "core.account", "--json").json
    told = {(r["action"], r["actor_name"], r["origin"], r["reason"]) for r in rows}
    assert told == {
        (action, actor, "cli", reason)
        for action in ("created", "imported")
        for actor, reason in (("System", f"import; {by}"), ("boss", by))
    }


def test_making_a_site_is_audited_as_the_command_line(tenon_, tmp_path):
    tenon_("init", tmp_path / "new")
    rows = tenon_("audit", "show", "--limit", "9999", "--json", "--site", tmp_path / "new").json
    by = f"operating system user {pwd.getpwuid(os.getuid()).pw_name}"
    assert {(r["origin"], r["reason"].endswith(f"; {by}")) for r in rows} == {("cli", True)}


def test_who_calls_is_asked_of_the_system(monkeypatch):
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    assert caller.operator() == pwd.getpwuid(os.getuid()).pw_name
    monkeypatch.setattr(os, "getuid", lambda: 987_654_321)
    assert caller.operator() == "987654321"


def test_an_import_takes_a_mapping(cli, tmp_path):
    file = write(tmp_path / "a.csv", "firm\nSteel Ltd\n")
    mapping = write(tmp_path / "map.toml", '[columns]\nfirm = "name"\n')
    assert "No header was found" in cli.try_("import", "core.account", file).err
    assert "1 created" in cli("import", "core.account", file, "--map", mapping).out
    assert "no saved mapping “ours”" in cli.fails("import", "core.account", file, "--map", "ours")
    bad = write(tmp_path / "bad.toml", "[[[")
    assert "bad.toml is no mapping" in cli.fails("import", "core.account", file, "--map", bad)
    assert "no.csv: No such file or directory" in cli.fails(
        "import", "core.account", tmp_path / "no.csv"
    )


def test_an_export_has_forms_and_filters(cli, tmp_path):
    cli("import", "core.account", write(tmp_path / "a.csv", "name\nSteel Ltd\nIron Ltd\n"))
    said = cli("export", "core.account", "--format", "jsonl", "--fields", "name", "--sort", "-name")
    assert [json.loads(line) for line in said.out.splitlines()] == [
        {"name": "Steel Ltd"}, {"name": "Iron Ltd"},
    ]  # fmt: skip
    said = cli("export", "core.account", "--filter", "name__startswith=Iron", "--fields", "name")
    assert said.out.splitlines()[1:] == ["Iron Ltd"]
    cli("export", "core.account", "-o", tmp_path / "out.xlsx")
    assert (tmp_path / "out.xlsx").read_bytes().startswith(b"PK")
    cli("export", "core.account", "--headers", "names", "-o", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text("utf-8-sig").startswith("id,")


def test_the_audit_trail_is_verified(cli):
    cli("user", "add", "ann", "--role", "planner")
    assert "entries were sealed." in cli("audit", "seal").out
    report = cli("audit", "verify", "--json").json
    assert report["sound"]
    assert report["unsealed"] == 0
    app = App(given=str(cli.site))
    with app.site().engine.begin() as connection:
        connection.execute(text("UPDATE core_audit_entry SET actor_name = 'Eve' WHERE seq = 1"))
    app.close()
    said = cli.try_("audit", "verify")
    assert said.code == 1
    assert "were changed after they were sealed." in said.err
    assert "NOT" in said.out
    assert cli.try_("audit", "verify", "--expected", report["anchor"]).code == 1
    assert cli.try_("audit", "verify", "--json").json["problems"][0]["kind"] == "changed"


def test_jobs_are_run_here_or_queued(cli):
    assert "core.seal_audit" in cli("jobs", "names").out
    assert cli("jobs", "run", "core.seal_audit").out.strip().isdigit()
    run = cli("jobs", "run", "core.seal_audit", "--queue").out.split()[1]
    row = cli("jobs", "list", "--json").json[0]
    assert (row["id"], row["state"]) == (run, "queued")
    cli("jobs", "cancel", run)
    assert cli("jobs", "list", "--state", State.CANCELLED, "--json").json[0]["id"] == run
    cli("jobs", "retry", run)
    assert "queued" in cli("jobs", "list", "--job", "core.seal_audit").out
    assert "There is no such run" in cli.fails("jobs", "retry", run)


def test_an_import_looks_for_what_is_there_already(cli, tmp_path):
    cli("import", "core.account", write(tmp_path / "a.csv", "name\n上海重型机器厂有限公司\n"))
    again = write(tmp_path / "b.csv", "name\n上海重型机器厂\n")
    args = ("import", "core.account", again, "--dry-run", "--duplicates")
    said = cli.try_(*args, "refuse")
    assert "1 refused" in said.out
    assert "上海重型机器厂有限公司" in said.err
    said = cli(*args, "warn")
    assert "1 created" in said.out
    assert said.err.startswith("Warning: Row 2:")
    assert "1 created" in cli(*args, "ignore").out


def test_duplicates_are_swept(cli, tmp_path):
    names = "name\nShanghai Heavy Machinery Ltd\nShanghai Heavy Machinery Company Limited\n"
    cli("import", "core.account", write(tmp_path / "a.csv", names))
    assert "new pairs look alike." in cli("duplicates", "sweep").out
    assert "0 new pairs" in cli("duplicates", "sweep", "--entity", "core.account").out


def test_a_site_in_order_is_healthy(cli):
    said = cli("doctor")
    assert "Plugins and their tables are in order." in said.out
    assert "No worker is running" in said.out
    levels = {row["level"] for row in cli("doctor", "--json").json}
    assert levels <= {"ok", "warning"}


def test_a_site_out_of_order_is_told(cli):
    app = App(given=str(cli.site))
    with app.site().engine.begin() as connection:
        connection.execute(text("DROP TABLE core_saved_view"))
        connection.execute(text("UPDATE tenon_version_core SET version_num = 'zzzz'"))
    app.close()
    said = cli.try_("doctor")
    assert said.code == 1
    assert "Revision zzzz is unknown" in said.out


def test_the_demo_is_made_once(tenon_, installed, tmp_path):
    said = tenon_("demo", "--site", tmp_path / "demo", "--plugins", "press", "--seed", "7")
    assert "Log-ins of the demo" in said.out
    tenon_.site = tmp_path / "demo"
    assert {r["key"]: r["status"] for r in tenon_("plugin", "list", "--json").json}[
        "press"
    ] == "enabled"
    app = App(given=str(tenon_.site))
    with app.site().read_engine.connect() as connection:
        count = connection.execute(text("SELECT count(*) FROM press_machine")).scalar()
    app.close()
    assert count == 3
    tenon_("import", "core.account", write(tmp_path / "a.csv", "name\nSteel Ltd\n"))
    assert "--force adds the demo data" in tenon_.fails("demo")
    assert "with its database" in tenon_.fails("demo", "--database", "sqlite:///x.db")


def test_a_demo_that_fails_leaves_nothing(tenon_, tmp_path, monkeypatch):
    def broken(_demo):
        raise Invalid({"sets": _("It cannot be made.")})

    sets = [DemoSet(key="broken", load=broken)]
    monkeypatch.setattr("tenon_core.cli.demo.in_order", lambda _sets: sets)
    assert "It cannot be made." in tenon_.fails("demo", "--site", tmp_path / "demo")
    assert not (tmp_path / "demo").exists()
    assert "“nowhere”" in tenon_.fails("demo", "--site", tmp_path / "demo", "--plugins", "nowhere")
    assert not (tmp_path / "demo").exists()


def test_demo_sets_come_after_those_they_name():
    def made(key, *after):
        return DemoSet(key=key, load=lambda _demo: None, after=after)

    sets = [made("c", "b", "nowhere"), made("b", "a"), made("a")]
    assert [each.key for each in in_order(sets)] == ["a", "b", "c"]
    with pytest.raises(Invalid, match="wait for each other"):
        in_order([made("a", "b"), made("b", "a")])


class Watched:
    def __init__(self, terminal):
        self.terminal = terminal
        self.text = ""

    def write(self, text):
        self.text += text
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return self.terminal


def test_progress_is_plain_lines_without_a_terminal(monkeypatch):
    heard = Watched(terminal=False)
    monkeypatch.setattr(sys, "stderr", heard)
    with progress(_("Import")) as tell:
        tell(1000, 1000)
    assert not heard.text
    monkeypatch.setattr(output, "LEAST_SECONDS", 0)
    with progress(_("Import")) as tell:
        for done in range(1, 1001):
            tell(done, 1000)
    assert heard.text.splitlines()[0] == "Import: 100 of 1000"
    assert len(heard.text.splitlines()) == 10


def test_progress_says_something_at_times_when_the_end_is_unknown(monkeypatch):
    heard = Watched(terminal=False)
    monkeypatch.setattr(sys, "stderr", heard)
    monkeypatch.setattr(output, "PLAIN_SECONDS", 0)
    monkeypatch.setattr(output, "LEAST_SECONDS", 0)
    with progress(_("Import")) as tell:
        tell(5, None)
    assert heard.text == "Import: 5 of ?\n"


def test_progress_is_a_bar_on_a_terminal(monkeypatch):
    heard = Watched(terminal=True)
    monkeypatch.setattr(sys, "stderr", heard)
    monkeypatch.setenv("TERM", "xterm")
    with progress(_("Import")) as tell:
        tell(5, 10)
    assert "Import" in heard.text
    assert "5/10" in heard.text


def test_a_table_is_aligned_by_width_and_not_by_characters(capsys):
    rows = [{"name": "铸造厂", "n": 5}, {"name": "abc", "n": 12}]
    output.show(rows, {"name": _("Name"), "n": _("Rows")})
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["Name    Rows", "铸造厂     5", "abc       12"]


def options_of(inputs):
    def run(_ctx, given):
        return repr(given)

    command = command_of(Command(name="x", help=_("X"), run=run, inputs=inputs), "press")
    return {param.name: param for param in command.params}


def test_options_of_a_plugins_command_follow_its_inputs():
    from enum import Enum
    from typing import Literal

    from attrs import field, frozen

    class Colour(Enum):
        RED = "red"
        BLUE = "blue"

    @frozen(kw_only=True)
    class Inputs:
        account: str
        day: date | None = None
        colour: Colour = Colour.RED
        side: Literal["left", "right"] = "left"
        tags: tuple[str, ...] = ()
        dry_run: bool = False
        extra: dict[str, int] = field(factory=dict, metadata={"help": "More of it."})

    options = options_of(Inputs)
    assert options["account"].required
    assert options["day"].metavar == "DATE"
    assert list(options["colour"].type.choices) == ["red", "blue"]
    assert list(options["side"].type.choices) == ["left", "right"]
    assert options["tags"].multiple
    assert options["dry_run"].is_bool_flag
    assert options["dry_run"].opts == ["--dry-run"]
    assert options["dry_run"].secondary_opts == ["--no-dry-run"]
    assert options["extra"].metavar == "JSON"
    assert options["extra"].help == "More of it."
    assert options["colour"].show_default == "red"


def test_a_served_site_answers_and_works(cli):
    code = "from tenon_core.cli.main import run; run()"
    port = "8417"
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--site", str(cli.site), "--port", port],
        stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip
    try:
        assert f"http://127.0.0.1:{port}" in process.stdout.readline()
        until = time.monotonic() + 60
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert time.monotonic() < until
                assert process.poll() is None
                time.sleep(0.2)
        assert "cannot be used" in cli.try_("serve", "--port", port).err
    finally:
        process.terminate()
        assert process.wait(60) == 0
        process.stdout.close()


def test_a_large_import_needs_no_worker(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(importing, "LARGE", 3)
    file = write(tmp_path / "a.csv", "name\nAlpha Presses\nBeta Presses\nGamma Presses\n")
    said = cli("import", "core.account", file, "--json")
    assert (said.json["created"], said.json["following"]) == (3, 0)
    assert "Every record can be found." in cli("doctor").out
    app = App(given=str(cli.site))
    with app.site().engine.begin() as connection:
        remove(connection, "core.account", connection.scalars(select(Account.id)).all()[:2])
    app.close()
    assert "2 records cannot be found" in cli.try_("doctor").out
    assert "Every record can be found." in cli("doctor", "--repair").out
