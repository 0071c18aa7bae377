"""When the UI is built, and when not; the build itself is run by every `make`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tenon_core.cli.main import root
from tenon_core.web import building


@pytest.fixture
def core(tmp_path, monkeypatch):
    sources = building.sources_of(tmp_path)
    (sources / "src").mkdir(parents=True)
    (sources / "package-lock.json").write_text("{}")
    (sources / "src/app.js").write_text("1")
    monkeypatch.delenv(building.SKIP, raising=False)
    monkeypatch.setattr(building, "_node", lambda: (Path("node"), Path("npm-cli.js"), {}))
    return tmp_path


@pytest.fixture
def ran(core, monkeypatch):
    commands = []

    def run(command, folder, environment):
        commands.append([str(part) for part in command])
        result = building.result_of(core)
        result.mkdir(parents=True, exist_ok=True)
        (result / "manifest.json").write_text("{}")

    monkeypatch.setattr(building, "_run", run)
    return commands


FETCH = ["node", "npm-cli.js", "ci", "--ignore-scripts", "--silent"]


def test_a_second_build_does_nothing_and_a_changed_source_bundles_anew(core, ran):
    assert building.build(core)
    assert ran == [FETCH, ["node", "build.mjs"]]
    assert not building.build(core)
    (building.sources_of(core) / "src/app.js").write_text("2")
    assert not building.is_current(core)
    assert building.build(core)
    assert ran[2:] == [["node", "build.mjs"]]


def test_a_changed_lock_file_fetches_anew(core, ran):
    building.build(core)
    (building.sources_of(core) / "package-lock.json").write_text("{ }")
    building.build(core)
    assert ran[2:] == [FETCH, ["node", "build.mjs"]]


def test_a_lost_bundle_is_made_anew(core, ran):
    building.build(core)
    (building.result_of(core) / "manifest.json").unlink()
    assert building.build(core)


def test_what_npm_fetched_is_no_source(core, ran):
    building.build(core)
    (building.sources_of(core) / "node_modules/x.js").write_text("x")
    assert building.is_current(core)


def test_a_bundle_for_development_is_current_but_not_for_a_wheel(core, ran):
    building.build(core, dev=True)
    assert ran[1] == ["node", "build.mjs", "--dev"]
    assert building.is_current(core)
    assert not building.is_current(core, mode=building.PRODUCTION)


def test_it_can_be_skipped_but_not_when_asked_for(core, ran, monkeypatch):
    monkeypatch.setenv(building.SKIP, "1")
    assert not building.build(core)
    assert building.build(core, force=True)


def test_a_failed_step_says_which_and_leaves_nothing_current(core, monkeypatch):
    def fail(command, folder, environment):
        raise building.BuildError("build.mjs failed (1): src/app.js:1")

    monkeypatch.setattr(building, "_run", fail)
    with pytest.raises(building.BuildError, match=r"src/app\.js:1"):
        building.build(core)
    assert not building.is_current(core)


def test_without_sources_there_is_nothing_to_build(tmp_path):
    with pytest.raises(building.BuildError, match="only a checkout"):
        building.build(tmp_path)
    assert building.main([str(tmp_path)]) == 0


def test_the_command_says_that_a_package_cannot_build(monkeypatch):
    monkeypatch.setattr(building, "has_sources", lambda core: False)
    result = CliRunner().invoke(root, ["ui", "build"])
    assert result.exit_code == 1
    assert "Only a checkout of Tenon can build the user interface" in result.output


def test_the_command_tells_why_a_build_failed(monkeypatch):
    def fail(core, **options):
        raise building.BuildError("npm-cli.js ci failed (1): offline")

    monkeypatch.setattr(building, "build", fail)
    result = CliRunner().invoke(root, ["ui", "build"])
    assert result.exit_code == 1
    assert "offline" in result.output
