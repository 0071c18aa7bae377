"""Build hook of the package: the browser's part is built before the wheel is packed."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del build_data
        core = Path(self.root)
        building = _building(core)
        if not building.has_sources(core):
            return  # an sdist: the result is in it already
        # A wheel takes no bundle made for development; a checkout may run on one.
        stale = version != "editable" and not building.is_current(core, mode=building.PRODUCTION)
        skipped = bool(building.os.environ.get(building.SKIP))
        if building.build(core, force=stale and not skipped):
            self.app.display_info("Built the user interface")


def _building(core: Path) -> ModuleType:
    """The builder, by path: while the package is built it cannot be imported by name."""
    path = core / "src" / "tenon_core" / "web" / "building.py"
    spec = importlib.util.spec_from_file_location("tenon_ui_building", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
