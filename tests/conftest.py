from pathlib import Path

from tenon_sdk.testing.checkout import develop

FIXTURE_PLUGINS = Path(__file__).parent / "fixture_plugins"

develop(FIXTURE_PLUGINS / "paint", FIXTURE_PLUGINS / "press")
