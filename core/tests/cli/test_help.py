import ast
import resource
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tenon_core.cli import language
from tenon_core.cli.base import first_sentence
from tenon_core.cli.main import MODULES, root

CLICK = Path(click.__file__).parent


def every_command(group=root, path=()):
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


def test_help_needs_no_site(tenon_):
    said = tenon_("--help")
    for name in MODULES:
        assert f"\n  {name} " in said.out


def test_help_and_version_import_neither_the_engine_nor_the_web():
    heavy = ("sqlalchemy", "litestar", "dbos", "rich", "alembic", "cattrs")
    code = (
        "import sys\nsys.argv = ['tenon', {!r}]\n"
        "from tenon_core.cli.main import run\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        "print([m for m in {!r} if m in sys.modules])"
    )
    for argument in ("--help", "--version"):
        done = subprocess.run(
            [sys.executable, "-c", code.format(argument, heavy)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.splitlines()[-1] == "[]"


def test_help_comes_quickly():
    code = "import sys\nsys.argv = ['tenon', '--help']\nfrom tenon_core.cli.main import run\nrun()"
    best = min(_cpu([sys.executable, "-c", code]) for _ in range(3))
    assert best < 0.3


def _cpu(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize(("path", "command"), [(" ".join(p), c) for p, c in every_command()])
def test_every_command_tells_what_it_does(path, command, tenon_):
    said = tenon_(*path.split(), "--help")
    assert command.help
    assert f"Usage: tenon {path}" in said.out
    for option in ("--site", "--lang", "--debug"):
        assert option in said.out
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help, f"{path} {param.name}"


def test_help_is_chinese_where_asked(tenon_, monkeypatch):
    chinese = {"Compare all customers and contacts, and note the pairs that look alike.": "比对"}
    monkeypatch.setattr(
        "tenon_core.kernel.texts.read_catalog",
        lambda package, locale: chinese if package == "tenon_core" else {},
    )
    asked = ("duplicates", "sweep", "--help")
    assert "比对" in tenon_(*asked, "--lang", "zh_CN").out
    assert "比对" not in tenon_(*asked, "--lang", "en").out
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert "比对" in tenon_(*asked).out
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    assert "比对" not in tenon_(*asked).out


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ("zh_CN.UTF-8", "zh_CN"),
        ("zh_TW.UTF-8", "zh_CN"),
        ("en_GB", "en"),
        ("C.UTF-8", None),
        ("", None),
    ],
)
def test_languages_of_the_environment(environment, expected, monkeypatch):
    monkeypatch.setenv("LANG", environment)
    assert language.choose(None, None) == (expected or "en")


def test_the_sites_language_is_the_last_resort(monkeypatch, tmp_path):
    monkeypatch.setenv("LANG", "C")
    (tmp_path / "tenon.toml").write_text('[site]\nlocale = "zh_CN"\n')
    assert language.choose(None, str(tmp_path)) == "zh_CN"
    assert language.choose("en", str(tmp_path)) == "en"
    (tmp_path / "tenon.toml").write_text("[site\n")
    assert language.choose(None, str(tmp_path)) == "en"
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "tenon.toml").write_text('[site]\nlocale = "zh_CN"\n')
    monkeypatch.chdir(inner)
    assert language.choose(None, None) == "zh_CN"


def messages_of_click():
    """What click's own modules hand to gettext on the ways that our commands take."""
    used = ("core", "exceptions", "formatting", "parser", "types")
    for name in used:
        for node in ast.walk(ast.parse((CLICK / f"{name}.py").read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in {"_", "ngettext"}:
                texts = node.args[: 2 if node.func.id == "ngettext" else 1]
                yield from (t.value for t in texts if isinstance(t, ast.Constant))


def test_the_texts_that_click_says_are_those_of_click():
    theirs = {*messages_of_click(), *(t.value for t in _strings("decorators", "termui"))}
    unknown = {str(m) for m in language.CLICK_MESSAGES} - theirs - {"required"}
    assert unknown == set()


def _strings(*names):
    for name in names:
        for node in ast.walk(ast.parse((CLICK / f"{name}.py").read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node


def test_click_speaks_the_language_too(tenon_, monkeypatch):
    chinese = {"No such command {name!r}.": "没有命令 {name!r}。", "Usage:": "用法："}
    monkeypatch.setattr("tenon_core.kernel.texts.read_catalog", lambda *_a: chinese)
    assert "没有命令 'x'。" in tenon_.fails("x", "--lang", "zh_CN", code=2)
    assert "用法：" in tenon_("user", "add", "--help", "--lang", "zh_CN").out
    assert "No such command" in tenon_.fails("x", code=2)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Make a site. It serves.", "Make a site"),
        ("建立站点。随即可用。", "建立站点"),
        ("A" * 60, "A" * 44 + "…"),
        ("", ""),
    ],
)
def test_the_first_sentence_stands_in_a_list(text, short):
    assert first_sentence(text, 45) == short


@pytest.mark.tenon_database("sqlite")
def test_global_options_stand_anywhere(cli):
    site = str(cli.site)
    for args in (
        ["--site", site, "user", "list"],
        ["user", "--site", site, "list"],
        ["user", "list", "--site", site],
        [f"--site={site}", "user", "list"],
    ):
        assert "There are no users." in cli(*args, "--lang", "en").out


@pytest.mark.parametrize("path", [" ".join(path) for path, _command in every_command()])
def test_every_help_is_there_in_chinese(path, tenon_):
    english = tenon_(*path.split(), "--help", "--lang", "en").out.splitlines()
    chinese = tenon_(*path.split(), "--help", "--lang", "zh_CN").out.splitlines()
    said = {line.strip() for line in english if line.startswith("  ")} - {""}
    same = said & {line.strip() for line in chinese}
    assert not {line for line in same if not line.startswith("-") or "  " in line}


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["user", "list"], 1, "tenon init DIR"),
        (["nonsense"], 2, "nonsense"),
        (["init"], 2, "DIR"),
        (["serve", "--port", "0"], 2, "--port"),
        (["init", "x", "--zone", "Mars"], 1, "Mars"),
        (["plugin", "new", "X!"], 1, "X!"),
    ],
)
def test_errors_are_there_in_chinese(args, code, said, tenon_):
    line = tenon_.fails(*args, "--lang", "zh_CN", code=code)
    assert said in line
    assert any("\u4e00" <= sign <= "\u9fff" for sign in line)
    assert line != tenon_.fails(*args, "--lang", "en", code=code)


@pytest.mark.tenon_database("sqlite")
def test_tables_are_there_in_chinese(cli):
    assert cli("user", "list", "--lang", "zh_CN").out != cli("user", "list", "--lang", "en").out
    cli("user", "add", "ann", "--role", "planner")
    said = cli("user", "list", "--lang", "zh_CN").out
    assert "登录名" in said
