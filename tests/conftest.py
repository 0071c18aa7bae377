import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tenon_sdk.testing.checkout import develop

ROOT = Path(__file__).parents[1]
FIXTURE_PLUGINS = Path(__file__).parent / "fixture_plugins"

develop(FIXTURE_PLUGINS / "paint", FIXTURE_PLUGINS / "press")


def uv():
    own = Path(sys.executable).with_name("uv")
    return str(own) if own.is_file() else shutil.which("uv")


def run(*command, cwd=None, check=True, **environ):
    """Runs a program with nothing of this environment's settings, and returns what it said."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TENON_", "VIRTUAL_ENV"))}
    result = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, **environ},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if check and result.returncode != 0:
        raise AssertionError(f"{command} failed:\n{result.stdout}\n{result.stderr}")
    return result


def build_wheel(folder, into):
    """Builds with the environment's own hatchling, so nothing has to be fetched."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into, cwd=folder)


class Environment:
    """A Python environment of its own, with what it was given and nothing of this one."""

    def __init__(self, folder):
        self.folder = folder
        run(uv(), "venv", "-q", "--python", sys.executable, folder)

    @property
    def python(self):
        return self.folder / "bin" / "python"

    def install(self, *arguments):
        run(uv(), "pip", "install", "-q", "--python", self.python, *arguments)

    def check(self):
        """Raises unless everything that is installed has what it requires."""
        run(uv(), "pip", "check", "--python", self.python)

    def tenon(self, *arguments, **options):
        return run(self.folder / "bin" / "tenon", *arguments, **options)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """The wheels of the SDK, the core and the fixture plugins."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in (ROOT / "sdk", ROOT / "core", *sorted(FIXTURE_PLUGINS.iterdir())):
        build_wheel(package, folder)
    return folder


@pytest.fixture(scope="session")
def make_environment(wheels, tmp_path_factory):
    """Makes an environment with SDK and core from wheels and what they require from its pins."""

    def make(*packages, pins=("requirements.txt",)):
        made = Environment(tmp_path_factory.mktemp("environment") / "venv")
        made.install("--require-hashes", *(part for p in pins for part in ("-r", ROOT / p)))
        names = ("tenon_sdk", "tenon_core", *packages)
        made.install("--no-deps", *(next(wheels.glob(f"{name}-*.whl")) for name in names))
        return made

    return make
