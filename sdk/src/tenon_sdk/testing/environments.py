"""Python environments of their own, for tests of what an installed wheel does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PATIENCE = 600
"""Seconds after which a program counts as hanging."""


class Failed(AssertionError):
    """A program ended with an error; the message holds everything that it said."""


def run(
    *command: str | Path,
    cwd: Path | None = None,
    check: bool = True,
    environ: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Runs a program without this process's own Tenon settings.

    Raises Failed when it ends with an error, unless `check` is False.
    """
    inherited = ("TENON_", "VIRTUAL_ENV", "PYTHON", "PYTEST_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(inherited)}
    result = subprocess.run(  # noqa: S603 (the command is the caller's)
        [str(part) for part in command],
        cwd=cwd,
        env={**kept, **(environ or {})},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    if check and result.returncode != 0:
        shown = " ".join(map(str, command))
        raise Failed(f"{shown} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}")
    return result


def build_wheel(folder: Path, into: Path) -> None:
    """Builds the package in `folder` with this environment's hatchling; nothing is fetched."""
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", into, cwd=folder)


def find_uv() -> str:
    """Raises LookupError when there is none, in this environment or on the path."""
    own = Path(sys.executable).with_name("uv")
    found = str(own) if own.is_file() else shutil.which("uv")
    if found is None:
        raise LookupError("uv is not installed")
    return found


class Environment:
    """A new Python environment in `folder`, with this interpreter and nothing installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        run(find_uv(), "venv", "-q", "--python", sys.executable, folder)

    def install(self, *arguments: str | Path) -> None:
        """`uv pip install` with these arguments."""
        run(find_uv(), "pip", "install", "-q", "--python", self.bin / "python", *arguments)

    def check(self) -> None:
        """Raises Failed unless everything that is installed has what it requires."""
        run(find_uv(), "pip", "check", "--python", self.bin / "python")

    def run(
        self, program: str, *arguments: str | Path, cwd: Path | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """Runs one of its programs, such as `python` or `tenon`."""
        return run(self.bin / program, *arguments, cwd=cwd, check=check)
