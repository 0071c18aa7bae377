"""Migration lines: one per plugin, and one more for the tables of each glue module.

A line is a folder of Alembic revisions with a version table of its own, so that a plugin can be
migrated, purged and lost without touching anybody else's history. A plugin ships
`migrations/versions/*.py`, and `migrations/with_<other>/versions/*.py` for what exists only while
the plugin `<other>` is there too; it needs neither an `env.py` nor an `ini` file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from alembic.script import ScriptDirectory
from attrs import field, frozen

from tenon_core.kernel.discovery import PluginError
from tenon_sdk.entities import Base
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _

VERSION_TABLE = "tenon_version_"
# Made by core's line through `storage.search`, differently on each database.
SEARCH_TABLES = "core_search_"
CREATING = {"create_table": 0, "rename_table": 1}


@frozen
class Line:
    """A migration line: `plugin`'s own, or with `other` that of its glue to the plugin `other`.

    `glue_modules` are the modules whose tables are a glue line's, or are not the own line's.
    """

    plugin: str
    package: str
    other: str | None = None
    glue_modules: tuple[str, ...] = ()
    folder: Path | None = field(default=None, eq=False)

    @property
    def name(self) -> str:
        return self.plugin if self.other is None else f"{self.plugin}+{self.other}"

    @property
    def version_table(self) -> str:
        ending = "" if self.other is None else f"__{self.other}"
        return f"{VERSION_TABLE}{self.plugin}{ending}"

    @property
    def exists(self) -> bool:
        """Whether the package ships revisions for it."""
        return self.folder is not None and any(self.folder.glob("*.py"))

    def script(self) -> ScriptDirectory:
        """Its revisions. Raises PluginError when the package ships none or they do not load."""
        if self.folder is None or not self.exists:
            raise PluginError(_("“{line}” ships no migrations.", line=self.name))
        script = ScriptDirectory(str(self.folder), version_locations=[str(self.folder)])
        try:
            heads = script.get_heads()
        except Exception as error:
            raise PluginError(
                _(
                    "The migrations of “{line}” cannot be read: {error}",
                    line=self.name,
                    error=f"{type(error).__name__}: {error}",
                )
            ) from error
        if len(heads) > 1:
            raise PluginError(
                _(
                    "The migrations of “{line}” have several ends: {heads}",
                    line=self.name,
                    heads=", ".join(sorted(heads)),
                )
            )
        return script

    def created_tables(self) -> frozenset[str]:
        """The tables that its revisions name as theirs, read without running them."""
        if self.folder is None:
            return frozenset()
        found: set[str] = set()
        for path in sorted(self.folder.glob("*.py")):
            found.update(_created(ast.parse(path.read_text(encoding="utf-8"))))
        return frozenset(found)

    def declared_tables(self) -> frozenset[str]:
        """The tables that the imported entities of this line declare.

        A glue line's are those of its glue module, the own line's all others of its key.
        """
        modules = declared_modules()
        names = (n for n in Base.metadata.tables if not n.startswith(SEARCH_TABLES))
        return frozenset(
            name
            for name in names
            if owner_of(name) == self.plugin
            and (self.other is not None)
            == any(_inside(modules.get(name, ""), root) for root in self.glue_modules)
        )


def _created(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        position = CREATING.get(node.func.attr)
        if position is None or len(node.args) <= position:
            continue
        argument = node.args[position]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def declared_modules() -> dict[str, str]:
    """The module of the class that maps each declared table, by the table's name."""
    return {
        str(mapper.local_table.name): mapper.class_.__module__  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
    }


def _inside(module: str, root: str) -> bool:
    return module == root or module.startswith(f"{root}.")


def owner_of(table: str) -> str:
    """The key of the plugin that a table's name says it belongs to."""
    return table.partition("_")[0]


def folder_of(package: str) -> Path | None:
    """Where a package lies, without running it; None when it is not installed."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def own_line(plugin: Plugin) -> Line:
    root = folder_of(plugin.package)
    folder = root / "migrations" / "versions" if root else None
    glue = tuple(f"{plugin.package}.{module}" for module in plugin.glue.values())
    return Line(plugin.key, plugin.package, glue_modules=glue, folder=folder)


def glue_line(plugin: Plugin, other: str) -> Line:
    root = folder_of(plugin.package)
    folder = root / "migrations" / f"with_{other}" / "versions" if root else None
    module = (f"{plugin.package}.{plugin.glue[other]}",) if other in plugin.glue else ()
    return Line(plugin.key, plugin.package, other, module, folder)


def glue_lines(plugin: Plugin, others: Iterable[str] | None = None) -> list[Line]:
    """The glue lines of a plugin, all of them or those to `others`, by the other's key."""
    wanted = plugin.glue if others is None else set(plugin.glue) & set(others)
    return [glue_line(plugin, other) for other in sorted(wanted)]


def lines_of(plugins: Sequence[Plugin]) -> list[Line]:
    """All lines of plugins that are enabled together, in the order in which they are migrated.

    `plugins` stand in dependency order, core first. Every plugin's own line comes before every
    glue line, whose tables refer to both sides. Lines without revisions are left out.
    """
    keys = [plugin.key for plugin in plugins]
    lines = [own_line(plugin) for plugin in plugins]
    for plugin in plugins:
        lines += glue_lines(plugin, keys)
    return [line for line in lines if line.exists]
