"""The end of a plugin's life, and its return: `plan`, `purge`, `restore`.

Purging takes the tables of the plugin and of all glue to it, its grants, jobs, saved views and
the like out of the database, after an archive of them was written and read back. What others
recorded about its records (events, audit, comments, attached documents) stays as text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import UUID

from attrs import frozen
from sqlalchemy import Connection, delete

from tenon_core.access.grants import bump_epoch
from tenon_core.entities.plugins import PluginState
from tenon_core.kernel.discovery import PluginError
from tenon_core.kernel.installation import Installation, required_by
from tenon_core.kernel.lifecycle import boot, note
from tenon_core.site import Site
from tenon_core.storage import search
from tenon_core.storage.escrow import Content, KeptLine, write_archive
from tenon_core.storage.lines import Line, glue_line, own_line, owner_of
from tenon_core.storage.migrate import (
    BASE,
    move,
    read_version,
    reading,
    schema_change,
    version_tables,
)
from tenon_core.storage.ownership import RESERVED, referring, stored_tables, tables_of
from tenon_core.storage.rows import count
from tenon_core.storage.search.tables import NAME as SEARCH_ENTRY
from tenon_sdk.plugin import KEY, Plugin
from tenon_sdk.text import Text, _

# Core's rows about a plugin that go with it: table -> the column that begins with `<key>.`.
GOING = {
    "core_grant": "permission",
    "core_job_run": "job",
    "core_saved_view": "entity",
    "core_custom_field": "entity",
    "core_label": "entity",
    "core_team_member": "entity",
    "core_tagging": "entity",
}
# Those that stay as text.
STAYING = {
    "core_stored_event": "name",
    "core_stored_event_subject": "entity",
    "core_audit_entry": "entity",
    "core_comment": "entity",
    "core_document_link": "entity",
    "core_activity_subject": "entity",
    "core_approval_request": "entity",
}


@frozen
class Plan:
    """What purging a plugin means: rows by table, and what stands against it.

    tables   those that are dropped, with glue to and from other plugins and with extensions
    going    core's rows that are removed with it
    staying  core's rows about its records that stay as text
    blockers why it cannot be purged as things are
    """

    key: str
    lines: tuple[KeptLine, ...]
    tables: Mapping[str, int]
    going: Mapping[str, int]
    staying: Mapping[str, int]
    blockers: tuple[Text, ...]


@frozen
class Parts:
    """The lines that exist because of a plugin, glue first, and how far each can be run."""

    lines: tuple[Line, ...]
    kept: tuple[KeptLine, ...]
    tables: tuple[str, ...]
    faults: tuple[str, ...]


def plan(found: Installation, key: str) -> Plan:
    """What `purge` would do; raises PluginError when nothing of the plugin is in the database."""
    if not KEY.fullmatch(key) or key in RESERVED:
        raise PluginError(_("“{key}” is no plugin that can be purged.", key=key))
    with reading(found.engine) as connection:
        parts = _parts(found, connection, key)
        if not parts.tables and not parts.kept and key not in found.states():
            raise PluginError(_("Nothing of plugin “{key}” is in the database.", key=key))
        return Plan(
            key=key,
            lines=parts.kept,
            tables={name: count(connection, name) for name in parts.tables},
            going=_counts(connection, GOING, key),
            staying=_counts(connection, STAYING, key),
            blockers=tuple(_blockers(found, connection, key, parts.tables)),
        )


def _counts(connection: Connection, columns: Mapping[str, str], key: str) -> dict[str, int]:
    there = set(stored_tables(connection))
    counted = {
        table: count(connection, table, _condition(column, key))
        for table, column in columns.items()
        if table in there
    }
    return {table: rows for table, rows in counted.items() if rows}


def _condition(column: str, key: str) -> str:
    return f"substr({column}, 1, {len(key) + 1}) = '{key}.'"


def _parts(found: Installation, connection: Connection, key: str) -> Parts:
    """Its own line and every glue line that names it, as far as the database has them."""
    readable = found.readable()
    own: list[Line] = []
    glue: list[Line] = []
    kept: list[KeptLine] = []
    for table, (plugin, other) in version_tables(connection).items():
        if key not in {plugin, other}:
            continue
        line = _line(readable.get(plugin), plugin, other)
        (own if other is None else glue).append(line)
        revision = read_version(connection, table)
        if revision is not None:
            kept.append(KeptLine(plugin=plugin, other=other, revision=revision))
    foreign = [line for line in glue if line.plugin != key]
    faults = [fault for line in [*glue, *own] if (fault := _fault(line))]
    safe = [line for line in foreign if _fault(line) is None]
    tables = tables_of(connection, key, safe)
    lost = {line.plugin for line in foreign} - {line.plugin for line in safe}
    late = [t for t, _target in referring(connection, tables) if owner_of(t) in lost]
    kept.sort(key=lambda line: (line.other is not None, line.plugin, line.other or ""))
    return Parts((*glue, *own), tuple(kept), (*tables, *late), tuple(faults))


def _line(plugin: Plugin | None, key: str, other: str | None) -> Line:
    if plugin is None:
        return Line(key, "", other)
    return own_line(plugin) if other is None else glue_line(plugin, other)


def _fault(line: Line) -> str | None:
    """Why a line cannot be taken back by its own migrations."""
    try:
        line.script()
        line.created_tables()
    except (PluginError, SyntaxError) as error:
        return str(error)
    return None


def _blockers(
    found: Installation, connection: Connection, key: str, tables: Sequence[str]
) -> list[Text]:
    blockers: list[Text] = []
    state = found.states().get(key)
    if state is not None and state.enabled:
        blockers.append(_("Plugin “{key}” is enabled. Disable it first.", key=key))
    holders = sorted({owner_of(table) for table, _target in referring(connection, tables)})
    if holders:
        blockers.append(
            _(
                "Tables of {others} refer to those of “{key}”. Purge {others} first.",
                key=key,
                others=", ".join(holders),
            )
        )
    return blockers


def purge(found: Installation, key: str, *, force: bool = False) -> Path:
    """Archives a disabled plugin and removes it from the database; returns the archive.

    Where migrations cannot be read, `force` drops its tables by their names instead, without
    asking `on_purge`. The archive is written and verified in any case, and nothing is dropped
    if that fails. All dropping is one transaction.
    """
    planned = plan(found, key)
    if planned.blockers:
        raise PluginError(planned.blockers[0])
    with reading(found.engine) as connection:
        parts = _parts(found, connection, key)
        if parts.faults and not force:
            raise PluginError(
                _("{reason} With --force its tables are dropped by name.", reason=parts.faults[0])
            )
        archive = _archive(found, connection, key, parts)
    if not parts.faults:
        _tell(found, key, force=force)
    with schema_change(found.engine) as connection:
        _drop(connection, parts)
        _forget(connection, key)
    note(found, "plugin_purged", key)
    return archive


def _archive(found: Installation, connection: Connection, key: str, parts: Parts) -> Path:
    there = set(stored_tables(connection))
    core = {t: _condition(column, key) for t, column in GOING.items() if t in there}
    core[PluginState.__tablename__] = f"key = '{key}'"
    state = found.states().get(key)
    content = Content(
        plugin=key,
        version=state.version if state else "",
        lines=parts.kept,
        tables=parts.tables,
        core=core,
    )
    return write_archive(connection, found.escrow, content, found.now())


def _tell(found: Installation, key: str, *, force: bool) -> None:
    """Calls `on_purge`, with the plugin loaded once more together with what it requires."""
    if found.manifest(key).on_purge is None:
        return
    needed = required_by(found.readable(), [key])
    site = boot(found, list(dict.fromkeys([*found.enabled(), *(p.key for p in needed[1:])])))
    try:
        if key in site.plugins:
            _call(site, site.plugins[key])
        elif not force:
            reason = site.loaded.quarantined[key].reason
            raise PluginError(
                _("Plugin “{key}” cannot be loaded: {reason}", key=key, reason=reason)
            )
    finally:
        site.close()


def _call(site: Site, plugin: Plugin) -> None:
    if plugin.on_purge is None:
        return
    try:
        with site.system("plugin purged") as ctx:
            plugin.on_purge(ctx)
    except Exception as error:
        raise PluginError(
            _(
                "Plugin “{key}” failed when it was purged: {error}",
                key=plugin.key,
                error=f"{type(error).__name__}: {error}",
            )
        ) from error


def _drop(connection: Connection, parts: Parts) -> None:
    for line in parts.lines:
        if _fault(line) is None and read_version(connection, line.version_table) is not None:
            move(connection, line, BASE, parts.lines)
    left = [name for name in reversed(parts.tables) if name in set(stored_tables(connection))]
    ending = " CASCADE" if connection.dialect.name == "postgresql" else ""
    quote = connection.dialect.identifier_preparer.quote
    for name in left:
        connection.exec_driver_sql(f"DROP TABLE {quote(name)}{ending}")
    for line in parts.lines:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {line.version_table}")


def _forget(connection: Connection, key: str) -> None:
    there = set(stored_tables(connection))
    for table, column in GOING.items():
        if table in there:
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE {_condition(column, key)}")
    _forget_search(connection, key)
    state = PluginState.__table__
    connection.execute(delete(PluginState).where(state.c.key == key))
    bump_epoch(connection)


def _forget_search(connection: Connection, key: str) -> None:
    found = connection.exec_driver_sql(
        f"SELECT entity, record_id FROM {SEARCH_ENTRY} WHERE {_condition('entity', key)}"
    )
    by_entity: dict[str, list[UUID]] = {}
    for entity, record_id in found:
        by_entity.setdefault(entity, []).append(UUID(str(record_id)))
    for entity, ids in by_entity.items():
        search.remove(connection, entity, ids)
