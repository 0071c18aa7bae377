"""Checks of the package: manifest, imports, file names."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from tenon_sdk.testing.conformance.facts import Facts

FOLDERS = {"services", "templates", "static", "locales", "migrations", "data"}
MODULES = {
    "__init__", "entities", "extensions", "workflows", "permissions", "events", "hookspecs",
    "hooks", "services", "queries", "inputs", "pages", "api", "panels", "papers", "widgets", "menu",
    "jobs", "settings", "demo", "cli",
}  # fmt: skip
LIGHT = {"__future__", "tenon_sdk.plugin", "tenon_sdk.text", "typing", "collections.abc"}


def check_manifest(facts: Facts) -> Iterator[str]:
    """The manifest fits the package and what it requires."""
    plugin = facts.plugin
    for module in plugin.glue.values():
        if find_spec(f"{plugin.package}.{module}") is None:
            yield f"glue module {plugin.package}.{module} does not exist: create it"
    if "py.typed" not in facts.files:
        yield "py.typed is missing: add the empty file, so that others' type checks see the types"
    if plugin.settings is not None and not hasattr(plugin.settings, "__attrs_attrs__"):
        yield f"settings {plugin.settings.__name__} must be an attrs class: use @frozen"
    yield from _check_requirements(facts)


def _check_requirements(facts: Facts) -> Iterator[str]:
    sdk = facts.needs.get("tenon-sdk")
    if sdk is None or "<" not in sdk:
        yield "dependencies must name the API: add 'tenon-sdk>=1,<2' to pyproject.toml"
    for required in facts.plugin.requires:
        name = facts.distributions.get(required)
        if name is None:
            yield f"the required plugin {required!r} is not installed: install it with this one"
        elif name.lower().replace("_", "-") not in facts.needs:
            yield f"the manifest requires {required!r}: add {name!r} to the dependencies"


def check_light_manifest(facts: Facts) -> Iterator[str]:
    """`__init__.py` is read for every installed plugin, so it imports nothing heavy."""
    for node in facts.trees["__init__.py"].body:
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "."]
        for name in names:
            if name not in LIGHT and name.partition(".")[0] not in sys.stdlib_module_names:
                yield (
                    f"__init__.py:{node.lineno} imports {name} when the module is read: import it "
                    "inside plugin(), or where it is used"
                )


def check_imports(facts: Facts) -> Iterator[str]:
    """A plugin uses the SDK, core's entities, and entities and events of what it requires."""
    mine = {"core", facts.key}
    others = {package: key for key, package in facts.packages.items() if key not in mine}
    for path in facts.trees:
        allowed = {*facts.plugin.requires, *_glued(facts, path)}
        for line, name in facts.named_by(path):
            root, _sep, rest = name.partition(".")
            part = rest.partition(".")[0]
            if root == "tenon_core" and part != "entities":
                yield (
                    f"{path}:{line} imports {name}: of the core a plugin sees tenon_core.entities "
                    "only; use the context, a hook or an event"
                )
            elif root == "tenon_sdk" and part == "testing":
                yield f"{path}:{line} imports {name}: the test kit belongs into tests/"
            elif root in others and part not in {"entities", "events"}:
                yield (
                    f"{path}:{line} imports {name}: of another plugin only its entities and events "
                    "are public"
                )
            elif root in others and others[root] not in allowed:
                yield (
                    f"{path}:{line} imports {name}, but the manifest does not require "
                    f"{others[root]!r}: add it to requires, or move the code into the glue module"
                )


def _glued(facts: Facts, path: str) -> set[str]:
    module = path.partition("/")[0].removesuffix(".py")
    return {other for other, name in facts.plugin.glue.items() if name == module}


def check_file_names(facts: Facts) -> Iterator[str]:
    """Who knows one plugin knows all: the same file names everywhere."""
    glue = set(facts.plugin.glue.values())
    for path in facts.files:
        first, _sep, rest = path.partition("/")
        name = first.removesuffix(".py")
        if name in glue:
            continue
        if rest and first not in FOLDERS | MODULES:
            yield f"folder {first}/ has no place in a plugin: see the layout in the manual"
        elif not rest and path.endswith(".py") and name not in MODULES:
            yield (
                f"{path} has no place in a plugin: rules go to services/, reads to queries.py; "
                "see the layout in the manual"
            )
    for folder in ("templates", "static"):
        for path in facts.files:
            parts = path.split("/")
            if parts[0] == folder and (len(parts) < 3 or parts[1] != facts.key):
                yield f"{path} must lie in {folder}/{facts.key}/, or it hides another plugin's file"


def check_hooks_only_wire(facts: Facts) -> Iterator[str]:
    """Hooks are answered in `hooks.py` and in glue modules and nowhere else."""
    allowed = {"hooks", *facts.plugin.glue.values()}
    for path, tree in facts.trees.items():
        if path.partition("/")[0].removesuffix(".py") in allowed:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                called = [d.func for d in node.decorator_list if isinstance(d, ast.Call)]
                if any(isinstance(f, ast.Name) and f.id == "implements" for f in called):
                    yield f"{path}:{node.lineno} answers a hook: move the answer into hooks.py"
