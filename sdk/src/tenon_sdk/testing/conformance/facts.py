"""What is known of a plugin before it runs: its files, its manifest, its contributions."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import field, frozen

from tenon_sdk.entities import Entity
from tenon_sdk.events import Event
from tenon_sdk.permissions import ACTIONS
from tenon_sdk.plugin import ENTRY_POINT_GROUP, Plugin
from tenon_sdk.testing.backend import Backend

TEXT = {".py", ".html", ".typ", ".md", ".po", ".toml", ".txt", ".css", ".js", ".typed"}
Contributed = Mapping[str, Sequence[tuple[str, Any]]]


@frozen(slots=False, kw_only=True)
class Facts:
    """A plugin as its checks see it.

    files          text files of the package by path from its root
    needs          what its distribution requires, by name, with the version specifier
    packages       import packages of all installed plugins by key
    contributions  (plugin, item) by kind, of core, this plugin and those it runs with
    readme         the text of README.md beside pyproject.toml, or the distribution's description
    """

    plugin: Plugin
    files: Mapping[str, str]
    needs: Mapping[str, str]
    packages: Mapping[str, str]
    distributions: Mapping[str, str]
    contributions: Contributed
    readme: str
    core: Backend = field(eq=False, repr=False)

    @property
    def key(self) -> str:
        return self.plugin.key

    @cached_property
    def trees(self) -> Mapping[str, ast.Module]:
        """The code of the package without its migrations, parsed."""
        return {
            path: ast.parse(text, path)
            for path, text in self.files.items()
            if path.endswith(".py") and not path.startswith("migrations/")
        }

    def own(self, kind: str) -> list[Any]:
        """What this plugin contributes of a kind, its glue included."""
        return [item for owner, item in self.contributions.get(kind, ()) if owner == self.key]

    def all(self, kind: str) -> list[Any]:
        return [item for _owner, item in self.contributions.get(kind, ())]

    @property
    def entities(self) -> list[type[Entity]]:
        return [*self.own("entities"), *(e.entity for e in self.own("extensions"))]

    @property
    def events(self) -> list[type[Event]]:
        """The events that its modules declare."""
        from tenon_sdk.events import _events

        root = self.plugin.package
        return [
            cls
            for cls in _events.values()
            if cls.__module__ == root or cls.__module__.startswith(f"{root}.")
        ]

    @cached_property
    def permissions(self) -> frozenset[str]:
        """Every permission that exists: of entities, of transitions, and registered ones."""
        found = {permission.name for permission in self.all("permissions")}
        for entity in self.all("entities"):
            found.update(entity.__tenon__.permission(action) for action in ACTIONS)
        for flow in self.all("workflows"):
            found.update(f"{flow.entity}.{transition.name}" for transition in flow.transitions)
        return frozenset(found)

    def named_by(self, path: str) -> Iterator[tuple[int, str]]:
        """(line, module) of every import in one file."""
        for node in ast.walk(self.trees[path]):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def gather(backend: Backend, key: str, plugins: Sequence[str]) -> Facts:
    """Reads the installed plugin `key` as it runs together with `plugins`."""
    manifests = backend.manifests()
    plugin = manifests[key]
    spec = find_spec(plugin.package)
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"package {plugin.package} of plugin {key} is not installed")
    root = Path(next(iter(spec.submodule_search_locations)))
    owners = {point.name: dist for dist, point in _entry_points()}
    return Facts(
        plugin=plugin,
        files=_read(root),
        needs=_needs(owners.get(key)),
        packages={name: manifest.package for name, manifest in manifests.items()},
        distributions={name: dist.metadata["Name"] for name, dist in owners.items()},
        contributions=backend.contributions(plugins),
        readme=_readme(root, owners.get(key)),
        core=backend,
    )


def _entry_points() -> Iterator[tuple[Distribution, Any]]:
    for dist in distributions():
        for point in dist.entry_points:
            if point.group == ENTRY_POINT_GROUP:
                yield dist, point


def _read(root: Path) -> dict[str, str]:
    found = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in TEXT:
            name = str(PurePosixPath(path.relative_to(root)))
            found[name] = path.read_text(encoding="utf-8")
    return found


def _needs(dist: Distribution | None) -> dict[str, str]:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    if dist is None:
        return {}
    wanted = [Requirement(text) for text in dist.requires or ()]
    return {
        canonicalize_name(need.name): str(need.specifier)
        for need in wanted
        if need.marker is None or "extra" not in str(need.marker)
    }


def _readme(root: Path, dist: Distribution | None) -> str:
    for folder in (root.parent, root.parent.parent):
        path = folder / "README.md"
        if path.is_file() and (folder / "pyproject.toml").is_file():
            return path.read_text(encoding="utf-8")
    return (dist.read_text("METADATA") or "") if dist is not None else ""


def where(function: Any) -> str:
    """Module and name of a function, for a message."""
    inner = inspect.unwrap(function)
    return f"{getattr(inner, '__module__', '?')}.{getattr(inner, '__qualname__', repr(inner))}"
