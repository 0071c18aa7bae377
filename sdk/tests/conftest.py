from pathlib import Path

from tenon_sdk.testing.checkout import develop

FIXTURE_PLUGINS = Path(__file__).parents[2] / "tests" / "fixture_plugins"

develop(FIXTURE_PLUGINS / "paint", FIXTURE_PLUGINS / "press")
