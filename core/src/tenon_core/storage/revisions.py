"""Making revisions from what the entities declare.

A plugin's author changes entities and calls `tenon plugin revision KEY -m MESSAGE`, which is
`make_revision`: it migrates an empty scratch database to the newest revision of everything the
plugin requires, compares, and writes one file into the package.

Core's first revision is made anew from scratch with

    python -m tenon_core.storage.revisions regenerate-core

until the first release; afterwards core gets further revisions as every plugin does.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic.operations import ops
from attrs import evolve, frozen
from sqlalchemy import Connection, Engine

from tenon_core.kernel.discovery import PluginError
from tenon_core.storage.differences import compare
from tenon_core.storage.engine import make_engine
from tenon_core.storage.lines import Line, glue_line, lines_of, own_line, owner_of
from tenon_core.storage.migrate import revision_of, upgrade
from tenon_core.storage.rendering import INDENT, bodies
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import Text, _

TEMPLATE = '''"""{message}"""

{imports}

revision = "{revision}"
down_revision: str | None = {down}
needs: dict[str, str] = {needs}


def upgrade() -> None:
{up}

def downgrade() -> None:
{down_body}'''

# What core's line makes that no entity declares.
SEARCH = "from tenon_core.storage import search"
SEARCH_UP = f"{INDENT}search.create(op.get_bind())\n"
SEARCH_DOWN = f"{INDENT}search.drop(op.get_bind())\n"


def import_entities(plugin: Plugin) -> None:
    """Imports whatever of the package declares tables, its glue modules included.

    A glue module is left out when the other plugin is not installed.
    """
    names = ["entities", "extensions", "hooks"]
    if plugin.key == "core":
        names = ["entities", "jobs.runs"]
    for name in names:
        if find_spec(f"{plugin.package}.{name}") is not None:
            import_module(f"{plugin.package}.{name}")


def make_revision(
    plugins: Sequence[Plugin], key: str, message: str, *, other: str | None = None
) -> Path | None:
    """Writes the next revision of the plugin `key`, or of its glue to `other`.

    `plugins` are the plugin and all that it requires (and `other`), in dependency order, core
    first. Returns the file, None when the database would already be as declared. Raises
    PluginError when the package is not in a folder or its present migrations do not run.

    Read what was written: a renamed column is seen as one that went and one that came, rows are
    not filled, and where a bound of an `Exact` column changes, `downgrade` states the old one in
    the units of SQLite.
    """
    by_key = {plugin.key: plugin for plugin in plugins}
    if key not in by_key:
        raise PluginError(_("There is no plugin “{key}”.", key=key))
    plugin = by_key[key]
    for each in plugins:
        import_entities(each)
    if other is not None:
        import_module(f"{plugin.package}.{plugin.glue[other]}")
    line = own_line(plugin) if other is None else glue_line(plugin, other)
    with TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/scratch.sqlite3")
        try:
            upgrade(engine, plugins)
            return autogenerate(engine, line, message, lines=lines_of(plugins))
        finally:
            engine.dispose()


def autogenerate(
    engine: Engine, line: Line, message: str, *, lines: Sequence[Line] = ()
) -> Path | None:
    """Writes the revision that takes `engine`'s database to what the line's entities declare.

    The database must be at the line's newest revision. What the new tables refer to in other
    `lines` is stated as `needs`. Returns the file, None when there is nothing to do.
    """
    if line.folder is None:
        raise PluginError(_("The package of “{line}” is not in a folder.", line=line.name))
    with engine.connect() as connection:
        head = revision_of(connection, line)
        newest = line.script().get_current_head() if line.exists else None
        if head != newest:
            raise PluginError(
                _("“{line}” has migrations that did not run yet; run them first.", line=line.name)
            )
        change = compare(connection, line)
        if change.up.is_empty():
            return None
        needs = _needs(connection, line, change.up, lines)
        code, revision = bodies(change), _next(line)
        return _write(line.folder, Draft(revision, message, head, needs, *code))


@frozen
class Draft:
    """A revision before it is a file; `extra` is one more import of its own."""

    revision: str
    message: str
    head: str | None
    needs: dict[str, str]
    up: str
    down: str
    extra: str = ""


def _write(folder: Path, draft: Draft) -> Path:
    code = TEMPLATE.format(
        message=draft.message.strip().replace('"', "'").removesuffix(".") + ".",
        imports=_imports(draft.up + draft.down, draft.extra),
        revision=draft.revision,
        down=f'"{draft.head}"' if draft.head else None,
        needs=draft.needs,
        up=draft.up + "\n",
        down_body=draft.down,
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{draft.revision}_{_slug(draft.message)}.py"
    path.write_text(code, encoding="utf-8")
    return path


def _imports(code: str, extra: str) -> str:
    """The imports that the code needs, in blocks: standard library, others', ours."""
    blocks = (
        {"from decimal import Decimal": r"\bDecimal\("},
        {
            "import sqlalchemy as sa": r"\bsa\.",
            "from alembic import op": r"\bop\.",
            "from sqlalchemy.dialects import postgresql": r"\bpostgresql\.",
        },
        {extra: "^" if extra else "(?!)", "from tenon_sdk import types": r"\btypes\."},
    )
    shown = ([line for line, use in block.items() if re.search(use, code)] for block in blocks)
    return "\n\n".join("\n".join(lines) for lines in shown if lines)


def _next(line: Line) -> str:
    if line.folder is None or not line.exists:
        return "0001"
    numbers = [re.match(r"\d+", path.name) for path in line.folder.glob("*.py")]
    return f"{max((int(n.group()) for n in numbers if n), default=0) + 1:04}"


def _slug(message: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", message.lower()).strip("_")[:40].strip("_") or "change"


def _needs(
    connection: Connection, line: Line, up: ops.UpgradeOps, lines: Sequence[Line]
) -> dict[str, str]:
    """The present revisions of the own lines whose tables the new foreign keys refer to."""
    owners = {owner_of(table) for table in _targets(up)}
    if line.other is not None:
        owners |= {line.plugin, line.other}
    found: dict[str, str] = {}
    for other in lines:
        head = revision_of(connection, other)
        if other.other is None and other.name != line.name and other.plugin in owners and head:
            found[other.name] = head
    return found


def _targets(up: ops.UpgradeOps) -> set[str]:
    found: set[str] = set()
    for op in up.ops:
        if isinstance(op, ops.CreateTableOp):
            keys = op.to_table().foreign_key_constraints
            found |= {e.target_fullname.rpartition(".")[0] for k in keys for e in k.elements}
        elif isinstance(op, ops.ModifyTableOps):
            added = [o for o in op.ops if isinstance(o, ops.CreateForeignKeyOp)]
            found |= {o.referent_table for o in added}
    return found


def regenerate_core() -> Path:
    """Writes core's `0001_initial.py` anew from all of core's entities; other files go."""
    core = Plugin(key="core", title=Text("Core"), package="tenon_core")
    import_entities(core)
    line = own_line(core)
    if line.folder is None:
        raise PluginError(_("The package of “{line}” is not in a folder.", line=line.name))
    with TemporaryDirectory() as scratch:
        engine = make_engine(f"sqlite:///{scratch}/scratch.sqlite3")
        with engine.connect() as connection:
            up, down = bodies(compare(connection, evolve(line, folder=Path(scratch))))
        engine.dispose()
    for old in line.folder.glob("*.py"):
        old.unlink()
    draft = Draft("0001", "Initial", None, {}, up + SEARCH_UP, SEARCH_DOWN + down, SEARCH)
    return _write(line.folder, draft)


if __name__ == "__main__":
    if sys.argv[1:] != ["regenerate-core"]:
        raise SystemExit("python -m tenon_core.storage.revisions regenerate-core")
    sys.stdout.write(f"{regenerate_core()}\n")
