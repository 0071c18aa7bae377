"""tools/environment.py knows when the environment must be brought up to date."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "tools" / "environment.py"


@pytest.fixture(scope="module")
def environment() -> ModuleType:
    spec = importlib.util.spec_from_file_location("environment", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("sdk", "core", "plugins/sales", "examples/molding"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "pyproject.toml").write_text(f"# {name}")
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("")
    return tmp_path


def test_examples_are_installed_for_development_only(environment: ModuleType, checkout: Path):
    def installed(*, dev: bool) -> list[str]:
        found = environment.packages(checkout, dev=dev)
        return [folder.relative_to(checkout).as_posix() for folder in found]

    assert installed(dev=False) == ["core", "sdk", "plugins/sales"]
    assert installed(dev=True) == ["core", "sdk", "examples/molding", "plugins/sales"]


@pytest.mark.parametrize(
    "changed", ["requirements.txt", "plugins/sales/pyproject.toml", "fonts/package-lock.json"]
)
def test_a_changed_file_changes_the_state(environment: ModuleType, checkout: Path, changed: str):
    (checkout / "fonts").mkdir()
    (checkout / "fonts/package-lock.json").write_text("{}")
    before = environment.state(checkout, dev=False)
    assert environment.state(checkout, dev=False) == before
    (checkout / changed).write_text("# changed")
    assert environment.state(checkout, dev=False) != before


def test_a_new_plugin_and_a_moved_checkout_change_the_state(
    environment: ModuleType, checkout: Path
):
    before = environment.state(checkout, dev=False)
    moved = checkout.rename(checkout.with_name("moved"))
    (moved / ".venv").mkdir()
    (moved / ".venv/.tenon-run").write_text(before)
    assert environment.has_moved(moved)
    after = environment.state(moved, dev=False)
    assert after != before
    (moved / "plugins/new").mkdir()
    (moved / "plugins/new/pyproject.toml").write_text("")
    assert environment.state(moved, dev=False) != after


def test_without_an_interpreter_nothing_is_current(environment: ModuleType, checkout: Path):
    (checkout / ".venv").mkdir()
    (checkout / ".venv/.tenon-dev").write_text(environment.state(checkout, dev=True))
    assert not environment.is_current(checkout, dev=True)
    (checkout / ".venv/bin").mkdir()
    (checkout / ".venv/bin/python").symlink_to(sys.executable)
    assert environment.is_current(checkout, dev=True)
    assert environment.is_current(checkout, dev=False)
    assert not environment.has_moved(checkout)


def test_the_ui_is_built_where_there_are_sources_of_it(
    environment: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
):
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(environment, "run", lambda *command: ran.append(tuple(map(str, command))))
    environment.build_ui(checkout)
    assert ran == []
    builder = checkout / "core/src/tenon_core/web/building.py"
    builder.parent.mkdir(parents=True)
    builder.write_text("")
    environment.build_ui(checkout)
    assert ran == [(str(environment.interpreter(checkout)), str(builder), str(checkout / "core"))]


def test_without_a_browser_the_command_is_told_or_run(
    environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(environment, "run", lambda *command: ran.append(command))
    monkeypatch.delenv("TENON_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"sudo apt-get install .* chromium"):
        environment.provide_browser()

    (tmp_path / "apt-get").touch(mode=0o755)
    monkeypatch.setattr(environment.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="cannot install it"):
        environment.provide_browser()
    assert ran == []
    monkeypatch.setattr(environment.os, "geteuid", lambda: 0)
    monkeypatch.setenv("DEBIAN_FRONTEND", "")
    environment.provide_browser()
    assert [command[:2] for command in ran] == [("apt-get", "update"), ("apt-get", "install")]
    assert {"chromium", "fonts-wqy-microhei"} < set(ran[1])

    ran.clear()
    (tmp_path / "chromium").touch(mode=0o755)
    environment.provide_browser()
    assert ran == []
