"""The house rules (architecture, section 8) hold for every file of the project.

A check is a function from the project's files to its complaints. Each has a test on the project
and one that feeds it a deliberate violation, so that a check that looks at nothing is found out.
"""

import ast
import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path, PurePosixPath
from textwrap import indent
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent

Files = Mapping[str, str]
Check = Callable[[Files], Iterator[str]]

CODE = {".py", ".js", ".css", ".html"}
FILE_LINES = 400
FUNCTION_LINES = 50
# Lines of code, without blanks and comments, that each of core's folders may have; docs/adr/0010.
BUDGETS = {"kernel": 2_100, "storage": 6_900, "access": 1_350, "workflow": 3_000, "events": 2_100}

# Folders that have limits of their own (file, function), each with its reason.
OTHER_LIMITS: dict[str, tuple[int, int, str]] = {
    "/migrations/versions/": (4_000, 4_000, "a revision lists tables and is never read again"),
    "/tests/": (600, 80, "a story is read from top to bottom"),
}
# "path" or "path::function" -> why it may be longer.
LONGER: dict[str, str] = {}


def limits(path: str) -> tuple[int, int]:
    for folder, (file_lines, function_lines, _reason) in OTHER_LIMITS.items():
        if folder in f"/{path}":
            return file_lines, function_lines
    return FILE_LINES, FUNCTION_LINES


def python(files: Files) -> Iterator[tuple[str, str]]:
    return ((path, text) for path, text in files.items() if path.endswith(".py"))


def own_code(files: Files) -> Iterator[tuple[str, str]]:
    """Code written here: not what stands under vendor/ as others published it."""
    return (
        (path, text)
        for path, text in files.items()
        if PurePosixPath(path).suffix in CODE and "/vendor/" not in path
    )


def packages(files: Files) -> list[str]:
    """The folders of the packages: ours, each plugin and each example."""
    found = {"sdk", "fonts", "core"}
    for path in files:
        parts = path.split("/")
        if parts[0] in {"plugins", "examples"} and len(parts) > 2:
            found.add("/".join(parts[:2]))
    return sorted(found)


def import_names(files: Files) -> dict[str, str]:
    """Folder of each plugin and example -> name that it is imported by."""
    pattern = re.compile(r"((?:plugins|examples)/[^/]+)/src/([^/]+)/")
    return {m[1]: m[2] for path in files if (m := pattern.match(path))}


# ------------------------------------------------------------------------------------ the checks


def check_file_length(files: Files) -> Iterator[str]:
    for path, text in own_code(files):
        length = len(text.splitlines())
        if length > limits(path)[0] and path not in LONGER:
            yield f"{path}: {length} lines, at most {limits(path)[0]}"


def check_function_length(files: Files) -> Iterator[str]:
    for path, text in python(files):
        for node in ast.walk(ast.parse(text, path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > limits(path)[1] and f"{path}::{node.name}" not in LONGER:
                yield f"{path}::{node.name}: {length} lines, at most {limits(path)[1]}"


def check_budgets(files: Files) -> Iterator[str]:
    for name, budget in BUDGETS.items():
        folder = f"core/src/tenon_core/{name}/"
        lines = sum(code_lines(text) for path, text in python(files) if path.startswith(folder))
        if lines > budget:
            yield f"{folder}: {lines} lines of code, at most {budget}; see docs/adr/0010"


BLANK = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}


def code_lines(text: str) -> int:
    """How many lines hold code or a docstring."""
    found: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in BLANK and token.string:
            found.update(range(token.start[0], token.end[0] + 1))
    return len(found)


# Character classes keep each pattern from finding itself here.
MACHINE = re.compile(
    r"(?<![\w.-])/(?:[w]ork|[r]oot|[o]pt/(?:pypi|wheels)[^/]*|home/\w+|Users/\w+|[t]mp/w)/"
    r"|\b[A-Z]:\\\\?Users"
    r"|py[p]i[.]org|python[h]osted[.]org|regist[r]y[.](?:npm[j]s|yarn[p]kg)|npm[m]irror[.]com"
)


def check_machine_addresses(files: Files) -> Iterator[str]:
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), 1):
            if found := MACHINE.search(line):
                yield f"{path}:{number}: {found.group()} is an address of one machine or registry"


UNFINISHED = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X|HA[C]K|raise NotImplemented[E]rror)\b")


def check_unfinished(files: Files) -> Iterator[str]:
    for path, text in own_code(files):
        for number, line in enumerate(text.splitlines(), 1):
            if found := UNFINISHED.search(line):
                yield f"{path}:{number}: {found.group()}"


SKIPS = re.compile(r"\b(?:mark\.(?:skip|skipif|xfail)|pytest\.(?:skip|xfail|importorskip))\b")


# path -> why it may skip.
SKIPPING = {
    "sdk/src/tenon_sdk/testing/plugin.py": "real data lie beside the checkout; in CI an error",
}


def check_skips(files: Files) -> Iterator[str]:
    """What a test needs is installed or its absence is an error."""
    for path, text in python(files):
        if path in SKIPPING:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if found := SKIPS.search(line):
                yield f"{path}:{number}: {found.group()}"


def check_package_shape(files: Files) -> Iterator[str]:
    for folder in packages(files):
        plugin = folder.startswith(("plugins/", "examples/"))
        needed = {
            "pyproject.toml": r"pyproject\.toml",
            "README.md": r"README\.md",
            "py.typed": r"src/[^/]+/py\.typed",
            "tests": r"tests/(.+/)?test_\w+\.py",
            **({"conformance test": r"tests/test_conformance\.py"} if plugin else {}),
        }
        for what, pattern in needed.items():
            if not any(re.fullmatch(f"{folder}/{pattern}", path) for path in files):
                yield f"{folder}: no {what}"
        if len(files.get(f"{folder}/README.md", "").split()) < 20:
            yield f"{folder}/README.md tells nothing"


def check_contracts(files: Files) -> Iterator[str]:
    """import-linter looks only at packages that it is told of."""
    settings = tomllib.loads(files["pyproject.toml"])["tool"]["importlinter"]
    protected = {
        (module, importer)
        for contract in settings["contracts"]
        if contract["type"] == "protected"
        for module in contract["protected_modules"]
        for importer in contract["allowed_importers"]
    }
    for folder, name in import_names(files).items():
        if name not in settings["root_packages"]:
            yield f"{folder}: {name} is missing in root_packages of import-linter"
        if (f"{name}.*", name) not in protected:
            yield f"{folder}: no contract that others import only {name}.entities and .events"


def check_pins(files: Files) -> Iterator[str]:
    """Each pin is exact, hashed and without an address; none is missing or out of date."""
    versions: dict[str, str] = {}
    for path in ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt"):
        for entry in re.sub(r"\\\n\s*", "", files[path]).splitlines():
            if not re.fullmatch(
                r"[\w.-]+==[^\s/]+ (; [^/]+?)?(--hash=sha256:[0-9a-f]{64}\s*)+", entry
            ):
                yield f"{path}: {entry[:60]} is not a pin with hashes alone"
            elif path != "requirements-uv.txt":
                name, _, version = entry.split(" ")[0].partition("==")
                versions[name] = version
    for path, needs in declared_needs(files):
        for need in needs:
            pin = versions.get(canonicalize_name(need.name))
            if pin is None or not need.specifier.contains(pin, prereleases=True):
                yield f"{path}: {need} is pinned to {pin}; make lock"


def declared_needs(files: Files) -> Iterator[tuple[str, list[Requirement]]]:
    """The requirements of each pyproject file that come from outside the project."""
    manifests = {p: tomllib.loads(t) for p, t in files.items() if p.endswith("pyproject.toml")}
    manifests = {p: m for p, m in manifests.items() if p.count("/") <= 2 and "project" in m}
    ours = {canonicalize_name(manifest["project"]["name"]) for manifest in manifests.values()}
    for path, manifest in manifests.items():
        stated: list[Any] = [
            *manifest["project"].get("dependencies", []),
            *chain(*manifest["project"].get("optional-dependencies", {}).values()),
            *chain(*manifest.get("dependency-groups", {}).values()),
        ]
        needs = [Requirement(text) for text in stated if isinstance(text, str)]
        yield path, [need for need in needs if canonicalize_name(need.name) not in ours]


def check_lock_files(files: Files) -> Iterator[str]:
    for path in files:
        if PurePosixPath(path).name in {"uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"}:
            yield f"{path}: carries download addresses; the pins are requirements*.txt"
        if PurePosixPath(path).name == "package-lock.json" and '"resolved":' in files[path]:
            yield f"{path}: carries download addresses; npm's omit-lockfile-registry-resolved"


# ----------------------------------------------------------------------------------- the project


@pytest.fixture(scope="module")
def project() -> Files:
    """Every text file that is tracked, or would be: path from the root -> text."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout.decode()
    files: dict[str, str] = {}
    for path in filter(None, listed.split("\0")):
        content = (ROOT / path).read_bytes() if (ROOT / path).is_file() else b"\0"
        if b"\0" not in content:
            files[path] = content.decode(errors="replace")
    assert {"Makefile", "pyproject.toml", "tests/test_house_rules.py"} <= files.keys()
    return files


def function(lines: int) -> str:
    return "def long():\n" + "    pass\n" * (lines - 1)


ROOT_TOML = (ROOT / "pyproject.toml").read_text()
PIN = f"attrs==26.1.0 --hash=sha256:{'0' * 64}"
PINNED = {"requirements.txt": PIN, "requirements-dev.txt": PIN, "requirements-uv.txt": PIN}
WITNESS = "x = 1  # {}\n"

# Each check with files that break it and the start of the complaint that it must make.
CASES: list[tuple[Check, Files, str]] = [
    (check_file_length, {"core/src/a.py": "\n" * 401}, "core/src/a.py: 401"),
    (check_file_length, {"core/src/a.css": "\n" * 401}, "core/src/a.css: 401"),
    (check_file_length, {"core/tests/x/test_a.py": "\n" * 601}, "core/tests/x/test_a.py: 601"),
    (check_function_length, {"a.py": function(51)}, "a.py::long: 51"),
    (
        check_function_length,
        {"a.py": "class A:\n" + indent(function(51), "    ")},
        "a.py::long: 51",
    ),
    (check_function_length, {"tests/test_a.py": function(81)}, "tests/test_a.py::long: 81"),
    (
        check_budgets,
        {"core/src/tenon_core/kernel/a.py": "pass  # a\n\n# b\n" * 2_101},
        "core/src/tenon_core/kernel/: 2101 lines of code",
    ),
    (check_machine_addresses, {"a.toml": "x = '/{}/main/x'".format("work")}, "a.toml:1"),
    (check_machine_addresses, {"a.md": "see /home/{}/x".format("jo")}, "a.md:1"),
    (check_machine_addresses, {"a.txt": "--index https://{}.org/simple".format("pypi")}, "a.txt:1"),
    (check_unfinished, {"a.py": WITNESS.format("TO" + "DO")}, "a.py:1"),
    (check_unfinished, {"a.py": "raise NotImplemented" + "Error\n"}, "a.py:1"),
    (check_skips, {"tests/test_a.py": "@pytest.mark." + "skip\n"}, "tests/test_a.py:1"),
    (check_package_shape, {"plugins/a/src/a/b.py": ""}, "plugins/a: no README.md"),
    (check_package_shape, {"plugins/a/src/a/b.py": ""}, "plugins/a: no conformance test"),
    (check_package_shape, {"sdk/README.md": "# tenon-sdk"}, "sdk/README.md tells nothing"),
    (check_package_shape, {"fonts/pyproject.toml": ""}, "fonts: no py.typed"),
    (
        check_contracts,
        {"pyproject.toml": ROOT_TOML, "plugins/a/src/tenon_unheard/b.py": ""},
        "plugins/a: tenon_unheard is missing in root_packages",
    ),
    (
        check_contracts,
        {"pyproject.toml": ROOT_TOML, "plugins/a/src/tenon_unheard/b.py": ""},
        "plugins/a: no contract",
    ),
    (check_pins, PINNED | {"requirements.txt": "attrs==26.1.0"}, "requirements.txt: attrs"),
    (check_pins, PINNED | {"requirements.txt": "--index-url x"}, "requirements.txt: --index"),
    (
        check_pins,
        PINNED | {"a/pyproject.toml": "[project]\nname='a'\ndependencies=['attrs>=27']"},
        "a/pyproject.toml: attrs>=27 is pinned to 26.1.0",
    ),
    (
        check_pins,
        PINNED | {"a/pyproject.toml": "[project]\nname='a'\n[dependency-groups]\nb=['six']"},
        "a/pyproject.toml: six is pinned to None",
    ),
    (check_lock_files, {"uv.lock": ""}, "uv.lock"),
    (check_lock_files, {"a/package-lock.json": '{"resolved": ""}'}, "a/package-lock.json"),
]
CHECKS = list(dict.fromkeys(check for check, _files, _complaint in CASES))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_project_keeps_the_rule(check: Check, project: Files):
    complaints = list(check(project))
    assert not complaints, "\n".join(complaints)


@pytest.mark.parametrize(("check", "files", "complaint"), CASES)
def test_the_check_finds_a_violation(check: Check, files: Files, complaint: str):
    found = list(check(files))
    assert any(text.startswith(complaint) for text in found), found


def test_every_check_is_in_the_table():
    written = {f for name, f in globals().items() if name.startswith("check_")}
    assert written == set(CHECKS)


def test_exemptions_name_what_exists(project: Files):
    for exempt, reason in LONGER.items():
        path, _, name = exempt.partition("::")
        assert f"def {name}" in project[path] if name else path in project
        assert len(reason) > 10
    assert SKIPPING.keys() <= project.keys()


# A package that breaks each contract of import-linter: contract -> file -> content.
BROKEN = {
    "sdk": {"tenon_sdk/a.py": "import tenon_core.entities"},
    "core": {"tenon_core/web/a.py": "import tenon_plugin"},
    "entities": {"tenon_plugin/a.py": "import tenon_core.access"},
    "layers": {"tenon_core/kernel/a.py": "import tenon_core.web"},
}
KEPT = {
    "tenon_plugin/a.py": "import tenon_core.entities.people, tenon_sdk",
    "tenon_core/web/a.py": "import tenon_core.kernel, tenon_core.customers, tenon_sdk",
    **{
        f"{name}/__init__.py": ""
        for name in (
            "tenon_sdk",
            "tenon_plugin",
            "tenon_core",
            *(f"tenon_core/{n}" for n in ("access", "kernel", "web", "customers", "entities")),
        )
    },
    "tenon_core/entities/people.py": "import tenon_sdk",
}


def lint_imports(folder: Path, files: Files) -> subprocess.CompletedProcess[str]:
    """Run the project's own contracts over made-up packages, with a plugin among them."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    listed = '"tenon_core", "tenon_plugin"]'
    roots = re.sub(r'(root_packages = \["tenon_sdk", )[^\]]*\]', rf"\1{listed}", ROOT_TOML)
    (folder / "pyproject.toml").write_text(roots)
    program = "from importlinter.cli import lint_imports_command as main; main()"
    chosen = [part for name in BROKEN for part in ("--contract", name)]
    command = [sys.executable, "-c", program, "--no-cache", "--no-logo", *chosen]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


def test_contracts_are_kept_by_packages_that_obey(tmp_path: Path):
    result = lint_imports(tmp_path, KEPT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("contract", BROKEN)
def test_contracts_are_broken_by_a_wrong_import(contract: str, tmp_path: Path):
    names = {
        c["id"]: c["name"] for c in tomllib.loads(ROOT_TOML)["tool"]["importlinter"]["contracts"]
    }
    result = lint_imports(tmp_path, KEPT | BROKEN[contract])
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{names[contract]} BROKEN" in " ".join(result.stdout.split())
