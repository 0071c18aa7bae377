"""`tenon plugin new` writes a plugin that is right from its first minute."""

import os
import sys

import pytest

from tenon_core.kernel.discovery import PluginError
from tenon_core.scaffold import new_plugin
from tenon_sdk.testing.environments import build_wheel, run

LONGEST = "k" * 30


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return new_plugin("moulding", tmp_path_factory.mktemp("plugins"), title="Moulding")


@pytest.mark.parametrize("key", ["q2", LONGEST])
def test_it_is_in_form(key, tmp_path):
    folder = new_plugin(key, tmp_path)
    run(sys.executable, "-m", "ruff", "check", ".", cwd=folder)
    run(sys.executable, "-m", "ruff", "format", "--check", ".", cwd=folder)


def test_its_types_are_right(written, root):
    sources = os.pathsep.join(str(root / name / "src") for name in ("sdk", "core"))
    run(sys.executable, "-m", "mypy", "src", cwd=written, environ={"MYPYPATH": sources})


def test_its_wheel_passes_its_tests_and_conformance(written, wheels, make_environment, tmp_path):
    build_wheel(written, wheels)
    environment = make_environment(
        "tenon_moulding", pins=("requirements.txt", "requirements-dev.txt")
    )
    tests = tmp_path / "tests"
    tests.mkdir()
    for path in (written / "tests").iterdir():
        (tests / path.name).write_text(path.read_text())
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    result = environment.run("python", "-m", "pytest", "-q", cwd=tmp_path)
    assert " passed" in result.stdout
    assert "skipped" not in result.stdout


@pytest.mark.parametrize("key", ["", "a", "Upper", "with-dash", "core", "k" * 31])
def test_a_key_that_cannot_be_one_is_refused(key, tmp_path):
    with pytest.raises(PluginError, match="cannot be a plugin's key"):
        new_plugin(key, tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("title", ['"quoted"', "{braces}", "two\nlines", "back\\slash"])
def test_a_title_that_breaks_the_files_is_refused(title, tmp_path):
    with pytest.raises(PluginError, match="title must not hold"):
        new_plugin("moulding", tmp_path, title=title)


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "moulding").mkdir()
    with pytest.raises(PluginError, match="is there already"):
        new_plugin("moulding", tmp_path)
    assert not any((tmp_path / "moulding").iterdir())
