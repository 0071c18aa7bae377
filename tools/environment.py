"""Make the environment in .venv, or bring it up to date.

Takes the pinned and hashed requirements, then the packages of this checkout as editable installs.
Needs nothing but Python: where no uv is installed, it fetches uv into the environment. A stamp
keyed on everything that the environment is made from lets later calls return at once. What the
browser gets is built too, when its sources changed; and for development the browser that the
tests drive is installed where there is none.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The browser, and a font that knows Chinese: without one, pictures show boxes.
BROWSER_PACKAGES = ("chromium", "fonts-wqy-microhei")


def packages(root: Path, *, dev: bool) -> list[Path]:
    """The folders of the packages to install: ours and plugins; with dev the examples too."""
    patterns = ["sdk", "fonts", "core", "plugins/*", *(["examples/*"] if dev else [])]
    found = (p.parent for pattern in patterns for p in root.glob(f"{pattern}/pyproject.toml"))
    return sorted(found, key=lambda p: (p.parent != root, p))


def requirement_files(root: Path, *, dev: bool) -> list[Path]:
    names = ["requirements.txt", *(["requirements-dev.txt"] if dev else [])]
    return [root / name for name in names]


def state(root: Path, *, dev: bool) -> str:
    """What the environment is made from: where the checkout is, and a digest of all its parts."""
    sources = [
        *requirement_files(root, dev=dev),
        *(folder / "pyproject.toml" for folder in packages(root, dev=dev)),
        *root.glob("fonts/package-lock.json"),
    ]
    parts = hashlib.sha256()
    for source in sources:
        parts.update(source.relative_to(root).as_posix().encode() + b"\n")
        parts.update(source.read_bytes())
    return f"{root}\n{parts.hexdigest()}\n"


def is_current(root: Path, *, dev: bool) -> bool:
    """Whether .venv holds what is asked for; an environment for development serves running too."""
    levels = (True,) if dev else (True, False)
    return runs(root) and any(
        recorded(root, dev=level) == state(root, dev=level) for level in levels
    )


def has_moved(root: Path) -> bool:
    """Whether the checkout lay elsewhere when .venv was made: its scripts name that place."""
    stamps = (recorded(root, dev=level) for level in (True, False))
    return any(text and not text.startswith(f"{root}\n") for text in stamps)


def recorded(root: Path, *, dev: bool) -> str:
    path = stamp(root, dev=dev)
    return path.read_text() if path.is_file() else ""


def stamp(root: Path, *, dev: bool) -> Path:
    return root / ".venv" / (".tenon-dev" if dev else ".tenon-run")


def interpreter(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def runs(root: Path) -> bool:
    """Whether the environment's interpreter is there and new enough; it goes when Python does."""
    question = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    try:
        return subprocess.run([interpreter(root), "-c", question], check=False).returncode == 0
    except OSError:
        return False


def find_uv(root: Path) -> str:
    """The uv to use: the environment's own, else the one on the path, else fetched with pip."""
    own = root / ".venv" / "bin" / "uv"
    if own.is_file():
        return str(own)
    if found := shutil.which("uv"):
        return found
    pins = root / "requirements-uv.txt"
    run(interpreter(root), "-m", "pip", "install", "-q", "--require-hashes", "-r", pins)
    return str(own)


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], cwd=ROOT, check=True)


def make(root: Path, *, dev: bool) -> None:
    """Make or complete .venv, so that `is_current` holds afterwards."""
    if not runs(root) or has_moved(root):
        print("Making the environment in .venv", flush=True)
        if uv := shutil.which("uv"):
            run(uv, "venv", "-q", "--clear", "--python", sys.executable, root / ".venv")
        else:
            run(sys.executable, "-m", "venv", "--clear", root / ".venv")
    uv = find_uv(root)
    install = (uv, "pip", "install", "-q", "--python", interpreter(root))
    print("Installing the pinned requirements", flush=True)
    requirements = [part for f in requirement_files(root, dev=dev) for part in ("-r", f)]
    run(*install, "--require-hashes", *requirements)
    editables = [part for p in packages(root, dev=dev) for part in ("-e", p)]
    run(*install, "--no-deps", "--no-build-isolation", *editables)
    stamp(root, dev=dev).write_text(state(root, dev=dev))


def build_ui(root: Path) -> None:
    """Brings what the browser gets up to its sources; they change without a new environment."""
    builder = root / "core" / "src" / "tenon_core" / "web" / "building.py"
    if builder.is_file():
        run(interpreter(root), builder, root / "core")


def find_browser() -> str | None:
    """The browser that the tests of the pages drive; the variable TENON_CHROMIUM names another."""
    return os.environ.get("TENON_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


def provide_browser() -> None:
    """Installs the browser where there is none; SystemExit tells the command if it may not."""
    if find_browser():
        return
    install = ("apt-get", "install", "-y", "--no-install-recommends", *BROWSER_PACKAGES)
    if not shutil.which(install[0]) or os.geteuid() != 0:
        raise SystemExit(
            "The tests of the pages need Chromium, and this account cannot install it. Run\n"
            f"    sudo {' '.join(install)}\n"
            "or install Chromium in this system's own way, and name it in TENON_CHROMIUM."
        )
    print("Installing Chromium", flush=True)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("apt-get", "update", "-q")
    run(*install)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="with the tools that test and lint")
    dev: bool = parser.parse_args().dev
    if sys.version_info < OLDEST:
        print("Tenon needs Python 3.11 or newer", file=sys.stderr)
        return 1
    # Settings of a shell that is inside another environment would send uv there.
    os.environ.pop("VIRTUAL_ENV", None)
    try:
        if not is_current(ROOT, dev=dev):
            make(ROOT, dev=dev)
        build_ui(ROOT)
        if dev:
            provide_browser()
    except subprocess.CalledProcessError as failure:
        print(f"The environment could not be made: {failure.cmd[0]} failed", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
