"""Bringing a purged plugin back from its escrow archive, row for row."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen
from sqlalchemy import Connection

from tenon_core.access.grants import bump_epoch
from tenon_core.kernel.discovery import PluginError
from tenon_core.kernel.installation import Installation, required_by
from tenon_core.kernel.lifecycle import note
from tenon_core.storage.escrow import KeptLine, KeptTable, Manifest, read_archive, rows_of
from tenon_core.storage.lines import Line, glue_line, lines_of, own_line
from tenon_core.storage.migrate import HEAD, move, schema_change, version_tables
from tenon_core.storage.ownership import stored_tables
from tenon_core.storage.refill import links_of, settle, waiting_keys
from tenon_core.storage.rows import count, lines_in, set_counters, shape_of
from tenon_sdk.text import _


@frozen
class Restored:
    """What came back: rows by table. `lost` rows belonged to records deleted meanwhile."""

    key: str
    tables: dict[str, int]
    lost: int


def restore(found: Installation, archive: Path) -> Restored:
    """Loads an archive that `purge` wrote; the plugin is disabled afterwards, as it was.

    The tables are made at the archive's own revision, filled, and then migrated to the newest
    one of the installed package. Raises PluginError, and changes nothing, when the archive is
    damaged or from the other kind of database, when the package or a revision is missing, when
    tables of the plugin are there, or when a plugin that it is glued to is not.
    """
    manifest = read_archive(archive)
    lines = _lines(found, manifest)
    with schema_change(found.engine) as connection:
        _check_free(connection, manifest)
        known = lines_of(required_by(found.readable(), _names(manifest)))
        for line, kept in zip(lines, manifest.lines, strict=True):
            move(connection, line, kept.revision, known)
        lost = _fill(connection, archive, manifest)
        for line in lines:
            move(connection, line, HEAD, known)
        bump_epoch(connection)
    note(found, "plugin_restored", manifest.plugin)
    tables = {table.name: table.rows for table in manifest.tables if table.part == "tables"}
    return Restored(manifest.plugin, tables, lost)


def _names(manifest: Manifest) -> set[str]:
    return {name for kept in manifest.lines for name in (kept.plugin, kept.other) if name}


def _lines(found: Installation, manifest: Manifest) -> list[Line]:
    if manifest.dialect != found.engine.dialect.name:
        raise PluginError(
            _(
                "The archive is from {theirs} and this site is on {ours}; restore it on a site "
                "like the first and carry its data over with “tenon dump”.",
                theirs=manifest.dialect,
                ours=found.engine.dialect.name,
            )
        )
    return [_line(found, kept) for kept in manifest.lines]


def _line(found: Installation, kept: KeptLine) -> Line:
    plugin = found.manifest(kept.plugin)
    line = own_line(plugin) if kept.other is None else glue_line(plugin, kept.other)
    known = {script.revision for script in line.script().walk_revisions()}
    if kept.revision not in known:
        raise PluginError(
            _(
                "The archive is at revision {revision} of “{line}”, which the installed version "
                "does not know.",
                revision=kept.revision,
                line=line.name,
            )
        )
    return line


def _check_free(connection: Connection, manifest: Manifest) -> None:
    there = {*stored_tables(connection)} & {t.name for t in manifest.tables if t.part == "tables"}
    versions = {(kept.plugin, kept.other) for kept in manifest.lines}
    there |= {name for name, at in version_tables(connection).items() if at in versions}
    if there:
        raise PluginError(
            _(
                "Plugin “{key}” is in the database: table “{table}” exists. Purge it first.",
                key=manifest.plugin,
                table=min(there),
            )
        )


def _fill(connection: Connection, archive: Path, manifest: Manifest) -> int:
    there = set(stored_tables(connection))
    missing = [t.name for t in manifest.tables if t.name not in there]
    if missing:
        raise PluginError(
            _("The migrations do not make table “{table}” of the archive.", table=missing[0])
        )
    links = links_of(connection, [table.name for table in manifest.tables])
    with waiting_keys(connection, links), zipfile.ZipFile(archive) as source:
        for table in manifest.tables:
            _load(connection, source, table)
        return settle(connection, links)


def _load(connection: Connection, source: zipfile.ZipFile, table: KeptTable) -> None:
    shape = shape_of(connection, table.name)
    unknown = _difference(table.columns, shape.columns)
    if unknown:
        raise PluginError(
            _(
                "Table “{table}” has no column “{column}” any more.",
                table=table.name,
                column=unknown[0],
            )
        )
    lines_in(connection, shape, table.columns, rows_of(source, table))
    if table.part == "tables":
        if count(connection, table.name) != table.rows:
            raise PluginError(_("Not all rows of “{table}” could be restored.", table=table.name))
        set_counters(connection, table.name, table.counters)


def _difference(wanted: Sequence[str], there: Sequence[str]) -> list[str]:
    return [name for name in wanted if name not in there]
