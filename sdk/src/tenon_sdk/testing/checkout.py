"""Running a plugin from its checkout as if it were installed."""

from __future__ import annotations

import sys
import tempfile
import tomllib
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

from tenon_sdk.plugin import ENTRY_POINT_GROUP

_developed: dict[Path, tempfile.TemporaryDirectory[str]] = {}


def develop(*folders: Path) -> None:
    """Makes packages importable and their entry points known, in this process only.

    Each folder holds a `pyproject.toml` and the packages below `src`. An installed distribution
    of the same name is preferred to what is given here.
    """
    for folder in map(Path.resolve, folders):
        if folder in _developed:
            continue
        held = tempfile.TemporaryDirectory(prefix="tenon-checkout-")
        describe_checkout(folder, Path(held.name))
        sys.path += [str(folder / "src"), held.name]
        _developed[folder] = held
    invalidate_caches()


def describe_checkout(folder: Path, into: Path) -> Path:
    """Writes the `.dist-info` that installing the checkout would leave; returns its folder."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = project["name"], project["version"]
    info = into / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    requires = "".join(f"Requires-Dist: {need}\n" for need in project.get("dependencies", ()))
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
    (info / "METADATA").write_text(metadata, encoding="utf-8")
    (info / "entry_points.txt").write_text(_entry_points(project), encoding="utf-8")
    return info


def _entry_points(project: dict[str, Any]) -> str:
    points = project.get("entry-points", {}).get(ENTRY_POINT_GROUP, {})
    return f"[{ENTRY_POINT_GROUP}]\n" + "".join(f"{k} = {v}\n" for k, v in points.items())
