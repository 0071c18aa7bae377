"""A dump into an empty site, whichever database it came from: `tenon load`."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, func, inspect, select

from tenon_core.entities.people import User
from tenon_core.storage.custom import load_custom
from tenon_core.storage.indexing import Indexer
from tenon_core.storage.inserting import insert_rows
from tenon_core.storage.migrate import schema_change
from tenon_core.storage.refill import links_of, waiting_keys
from tenon_core.storage.rows import set_counters
from tenon_core.storage.search import Entry, rebuild
from tenon_core.transfer.dump import (
    FORMAT,
    PAGE,
    Checksum,
    Codec,
    DumpedTable,
    DumpError,
    Manifest,
    Meter,
    Tell,
    codec_of,
    dumped_tables,
    lines_at,
    read_manifest,
    read_rows,
    table_lines,
)
from tenon_sdk.entities import Base
from tenon_sdk.text import _


def load(site: Any, path: Path, tell: Tell | None = None) -> Manifest:
    """Loads a dump in one transaction, reads everything back and compares it with the manifest.

    Raises DumpError when the file is no dump or damaged, when somebody works in the site already,
    or when its plugins or their revisions are not those of the dump; then nothing has changed.
    `tell(done, total)` hears of the rows as they are stored.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = read_manifest(archive)
            if manifest.format != FORMAT:
                raise DumpError(_("The dump was written by another version of Tenon."))
            with schema_change(site.engine) as connection:
                _load(connection, archive, manifest, tell)
                rebuild(connection, _entries(site, connection))
    except (OSError, KeyError, zipfile.BadZipFile, msgspec.DecodeError) as error:
        raise DumpError(
            _("{file} is no dump, or is damaged: {error}.", file=path.name, error=str(error))
        ) from None
    site.book.forget()
    return manifest


def _load(
    connection: Connection, archive: zipfile.ZipFile, manifest: Manifest, tell: Tell | None
) -> None:
    _check_fits(connection, manifest)
    tables = [Base.metadata.tables[table.name] for table in manifest.tables]
    meter = Meter(tell, sum(table.rows for table in manifest.tables))
    links = links_of(connection, [table.name for table in tables])
    with waiting_keys(connection, links):
        _empty(connection, [table.name for table in tables])
        for table in manifest.tables:
            codec = codec_of(Base.metadata.tables[table.name], table.columns)
            _fill(connection, codec, table_lines(archive, table), meter)
            _compare(connection, codec, table)
    for table in manifest.tables:
        if table.counters:
            set_counters(connection, table.name, _counters(connection, table))


def _empty(connection: Connection, tables: Sequence[str]) -> None:
    """Takes out what a new site begins with: roles, grants, the audit of making them."""
    names = [connection.dialect.identifier_preparer.quote(name) for name in tables]
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"TRUNCATE {', '.join(names)}")
        return
    for name in names:
        connection.exec_driver_sql(f"DELETE FROM {name}")


def _counters(connection: Connection, table: DumpedTable) -> dict[str, int]:
    """SQLite keeps its one counter of a table without a column."""
    if connection.dialect.name == "sqlite":
        return {"": max(table.counters.values())}
    return table.counters


def _check_fits(connection: Connection, manifest: Manifest) -> None:
    here = lines_at(connection)
    for line in sorted({*here, *manifest.lines}):
        if here.get(line) != manifest.lines.get(line):
            raise DumpError(
                _(
                    "The dump has {line} at revision {theirs}, the site at {ours}: enable the same "
                    "plugins in the same versions first.",
                    line=line,
                    theirs=manifest.lines.get(line) or "–",
                    ours=here.get(line) or "–",
                )
            )
    if connection.execute(select(func.count()).select_from(User.__table__)).scalar_one():
        raise DumpError(_("There are users in this site: a dump is loaded into an empty one."))
    known = {table.name for table in dumped_tables(connection)}
    missing = sorted({table.name for table in manifest.tables} ^ known)
    if missing:
        raise DumpError(
            _("The tables of the dump and of the site differ: {names}.", names=", ".join(missing))
        )
    inspector = inspect(connection)
    for table in manifest.tables:
        columns = {column["name"] for column in inspector.get_columns(table.name)}
        if columns != set(table.columns):
            raise DumpError(
                _("The columns of “{table}” differ from those of the dump.", table=table.name)
            )


def _fill(connection: Connection, codec: Codec, lines: Iterator[bytes], meter: Meter) -> None:
    while some := list(islice(lines, PAGE)):
        insert_rows(connection, codec.table, [codec.row(line) for line in some])
        meter.add(len(some))


def _compare(connection: Connection, codec: Codec, table: DumpedTable) -> None:
    checksum = _summed(read_rows(connection, codec))
    if (checksum.rows, checksum.value) != (table.rows, table.checksum):
        raise DumpError(_("Table “{table}” was not loaded as it was dumped.", table=table.name))


def _summed(lines: Iterable[bytes]) -> Checksum:
    checksum = Checksum()
    for line in lines:
        checksum.add(line)
    return checksum


def _entries(site: Any, connection: Connection) -> Iterator[Entry]:
    """The search index of this database, made from the records."""
    custom = load_custom(connection)
    indexer = Indexer(connection, site.registry, lambda name: custom.get(name, {}))
    for entity in site.registry.entities:
        if not entity.__tenon__.search:
            continue
        last: Any = None
        ids = select(entity.__table__.c.id).order_by(entity.__table__.c.id).limit(PAGE)
        while some := list(
            connection.scalars(ids if last is None else ids.where(entity.__table__.c.id > last))
        ):
            yield from list(indexer.entries(entity, some))
            last = some[-1]
