"""Running migrations: every line in its order, all of them or nothing.

    upgrade(engine, plugins)             brings all lines of the plugins to their newest revision
    downgrade(engine, line, "base")      takes one line back
    current(engine, lines), pending(engine, plugins)

A revision may say `needs = {"sales": "0007"}`: the lines named there must have reached that
revision before it runs. One call is one transaction on both databases, so that a migration that
fails leaves the database as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep, StampStep
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from attrs import frozen
from sqlalchemy import Connection, Engine, inspect, text

from tenon_core.kernel.discovery import PluginError
from tenon_core.storage.engine import READ_ONLY
from tenon_core.storage.lines import VERSION_TABLE, Line, lines_of
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _

BASE, HEAD = "base", "head"
# Any number will do as long as it is always this one: two migrations at once wait for each other.
ADVISORY_LOCK = 7_210_040_511


@frozen
class Step:
    """One revision that was run, or waits to be."""

    line: str
    revision: str
    message: str


@contextmanager
def schema_change(engine: Engine) -> Iterator[Connection]:
    """A transaction in which tables may be made anew; it commits when left normally.

    SQLite changes most of a table by copying and dropping it. That must not count as deleting
    rows that others refer to, so foreign keys are not held meanwhile but checked before the
    commit. On PostgreSQL a lock keeps a second migration waiting.
    """
    with engine.connect() as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            _foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(
                        text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK}
                    )
                yield connection
                if sqlite:
                    _check_references(connection)
        finally:
            if sqlite:
                _foreign_keys(connection, "ON")


def reading(engine: Engine) -> Connection:
    """A connection that sees one moment and keeps nobody from writing; for looking only."""
    options: dict[str, Any] = {READ_ONLY: True}
    if engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    return engine.execution_options(**options).connect()


def _foreign_keys(connection: Connection, value: str) -> None:
    driver: Any = connection.connection.driver_connection
    driver.execute(f"PRAGMA foreign_keys = {value}")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if broken is not None:
        raise PluginError(
            _(
                "Rows of “{table}” would refer to rows of “{target}” that are gone.",
                table=broken[0],
                target=broken[2],
            )
        )


def upgrade(engine: Engine, plugins: Sequence[Plugin]) -> list[Step]:
    """Brings every line of `plugins` to its newest revision and returns what was run.

    `plugins` stand in dependency order, core first, and are all that is enabled. Raises
    PluginError that names line and revision; then nothing at all has changed.
    """
    lines = lines_of(plugins)
    with schema_change(engine) as connection:
        return [step for line in lines for step in move(connection, line, HEAD, lines)]


def downgrade(
    engine: Engine, line: Line, to: str = BASE, *, lines: Sequence[Line] = ()
) -> list[Step]:
    """Takes one line back to the revision `to`, which is kept; `base` drops its version table.

    `lines` are those that may need it: a revision of theirs that is in the database and needs
    a later one than `to` raises PluginError, and nothing changes.
    """
    with schema_change(engine) as connection:
        _check_needed(connection, line, to, lines)
        steps = move(connection, line, to, [line, *lines])
        if to == BASE:
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {line.version_table}")
    return steps


def move(connection: Connection, line: Line, to: str, lines: Sequence[Line]) -> list[Step]:
    """Runs a line's revisions up or down to `to` within the caller's transaction."""
    script = line.script()
    planned: list[Step] = []
    done: list[str] = []

    def plan(heads: Any, _context: MigrationContext) -> list[StampStep | RevisionStep]:
        steps = _plan(script, heads, to)
        planned.extend(_shown(line, step) for step in steps)
        for step in steps:
            if step.is_upgrade:
                _check_needs(connection, line, step.revision, lines)
        return steps

    def count(step: Any, **_kwargs: Any) -> None:
        done.append(step.up_revision_id)

    context = configure(connection, line, fn=plan, on_version_apply=(count,))
    try:
        with Operations.context(context):
            context.run_migrations()
    except PluginError:
        raise
    except Exception as error:
        failed = planned[len(done)].revision if len(done) < len(planned) else to
        raise PluginError(
            _(
                "Migration {revision} of “{line}” failed: {error}",
                revision=failed,
                line=line.name,
                error=f"{type(error).__name__}: {error}",
            )
        ) from error
    return planned


def configure(connection: Connection, line: Line, **opts: Any) -> MigrationContext:
    """Alembic's context for one line; `opts` are its own options."""
    return MigrationContext.configure(
        connection,
        opts={"version_table": line.version_table, "transactional_ddl": True, **opts},
    )


def _plan(script: ScriptDirectory, heads: Any, to: str) -> list[Any]:
    head = heads[0] if heads else None
    if head is not None:
        _known(script, head)
    goal = script.get_current_head() if to == HEAD else None if to == BASE else _known(script, to)
    if goal == head:
        return []
    backwards = goal is None or goal in _ancestors(script, head)
    plan: Callable[..., list[Any]] = script._downgrade_revs if backwards else script._upgrade_revs  # noqa: SLF001 (what alembic's own commands call; there is no public name)
    return plan(goal or BASE, heads)


def _known(script: ScriptDirectory, revision: str) -> str:
    try:
        found = script.get_revision(revision)
    except CommandError:
        found = None
    if found is None:
        raise PluginError(
            _(
                "Revision {revision} is unknown to the installed version in {folder}. Install "
                "the version that the database was last used with, or a later one.",
                revision=revision,
                folder=script.dir,
            )
        )
    return str(found.revision)


def _ancestors(script: ScriptDirectory, revision: str | None) -> list[str]:
    if revision is None:
        return []
    return [found.revision for found in script.iterate_revisions(revision, BASE)]


def _shown(line: Line, step: Any) -> Step:
    return Step(line.name, step.revision.revision, step.revision.doc)


def needs_of(script: Script) -> Mapping[str, str]:
    """What a revision says that it needs: revision by line name."""
    return dict(getattr(script.module, "needs", None) or {})


def _check_needs(connection: Connection, line: Line, script: Script, lines: Sequence[Line]) -> None:
    by_name = {known.name: known for known in lines}
    for name, revision in needs_of(script).items():
        needed = by_name.get(name)
        reached = revision_of(connection, needed) if needed else None
        if needed is None or revision not in _ancestors(needed.script(), reached):
            raise PluginError(
                _(
                    "Migration {revision} of “{line}” needs “{needed}” at {wanted}, which is at "
                    "{reached}.",
                    revision=script.revision,
                    line=line.name,
                    needed=name,
                    wanted=revision,
                    reached=reached or BASE,
                )
            )


def _check_needed(connection: Connection, line: Line, to: str, lines: Sequence[Line]) -> None:
    kept = set(_ancestors(line.script(), None if to == BASE else to))
    for other in lines:
        script = other.script()
        for revision in _ancestors(script, revision_of(connection, other)):
            wanted = needs_of(script.get_revision(revision)).get(line.name)
            if wanted is not None and wanted not in kept and other.name != line.name:
                raise PluginError(
                    _(
                        "“{line}” cannot go back to {to}: migration {revision} of “{other}” "
                        "needs its {wanted}.",
                        line=line.name,
                        to=to,
                        revision=revision,
                        other=other.name,
                        wanted=wanted,
                    )
                )


def revision_of(connection: Connection, line: Line) -> str | None:
    """The revision that the database is at for one line, None before its first migration."""
    return read_version(connection, line.version_table)


def read_version(connection: Connection, version_table: str) -> str | None:
    """What stands in a version table, None when it is empty or not there."""
    if not inspect(connection).has_table(version_table):
        return None
    found = connection.exec_driver_sql(f"SELECT version_num FROM {version_table}").scalar()
    return None if found is None else str(found)


def version_tables(connection: Connection) -> dict[str, tuple[str, str | None]]:
    """All version tables of the database: name -> (plugin, the glue's other plugin or None)."""
    found: dict[str, tuple[str, str | None]] = {}
    for name in sorted(inspect(connection).get_table_names()):
        if name.startswith(VERSION_TABLE):
            plugin, _sep, other = name.removeprefix(VERSION_TABLE).partition("__")
            found[name] = (plugin, other or None)
    return found


def current(engine: Engine, lines: Iterable[Line]) -> dict[str, str | None]:
    """The revision that the database is at, by line name."""
    with reading(engine) as connection:
        return {line.name: revision_of(connection, line) for line in lines}


def pending(engine: Engine, plugins: Sequence[Plugin]) -> list[Step]:
    """What `upgrade` would run, in its order."""
    waiting: list[Step] = []
    with reading(engine) as connection:
        for line in lines_of(plugins):
            head = revision_of(connection, line)
            heads = () if head is None else (head,)
            waiting += [_shown(line, step) for step in _plan(line.script(), heads, HEAD)]
    return waiting
