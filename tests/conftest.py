from pathlib import Path

import pytest

from tenon_sdk.testing.checkout import develop
from tenon_sdk.testing.environments import Environment, build_wheel

ROOT = Path(__file__).parents[1]
FIXTURE_PLUGINS = Path(__file__).parent / "fixture_plugins"

develop(FIXTURE_PLUGINS / "paint", FIXTURE_PLUGINS / "press")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def fixture_plugins():
    """The folders of the fixture plugins by key."""
    return {folder.name: folder for folder in sorted(FIXTURE_PLUGINS.iterdir())}


@pytest.fixture(scope="session")
def wheels(tmp_path_factory, fixture_plugins):
    """The wheels of the SDK, the core and the fixture plugins."""
    folder = tmp_path_factory.mktemp("wheels")
    for package in (ROOT / "sdk", ROOT / "core", *fixture_plugins.values()):
        build_wheel(package, folder)
    return folder


@pytest.fixture(scope="session")
def make_environment(wheels, tmp_path_factory):
    """Makes an environment with SDK and core from wheels and what they require from the pins."""

    def make(*packages, pins=("requirements.txt",)):
        made = Environment(tmp_path_factory.mktemp("environment") / "venv")
        made.install("--require-hashes", *(part for p in pins for part in ("-r", ROOT / p)))
        names = ("tenon_sdk", "tenon_core", *packages)
        made.install("--no-deps", *(next(wheels.glob(f"{name}-*.whl")) for name in names))
        made.check()
        return made

    return make
