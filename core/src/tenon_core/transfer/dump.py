"""A site's data as one file that any database takes: `tenon dump`.

A zip of one JSON-lines file for each table, rows as arrays in portable values, and a manifest
with the revisions of all migration lines, row counts and check sums. Ids, numbers of the audit
and counters are kept, so that what is loaded is the same site. Files of documents are not in it.
"""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from attrs import frozen
from sqlalchemy import Connection, Table, Uuid, func, select

from tenon_core.storage.migrate import read_version, version_tables
from tenon_core.storage.ownership import stored_tables
from tenon_core.storage.rows import counters, shape_of
from tenon_sdk.entities import Base
from tenon_sdk.errors import TenonError
from tenon_sdk.types import Exact, Guid, Json, UtcDateTime

FORMAT = 1
MANIFEST = "manifest.json"
PAGE = 2_000
CHECKED = 1 << 256
# What is made again from the records: an index is another one on another database.
DERIVED = ("core_search_",)

Tell = Callable[[int, int], None]


class DumpError(TenonError):
    """A dump that cannot be made or loaded."""

    code = "dump"


class DumpedTable(msgspec.Struct, frozen=True):
    """`checksum` is the sum of the SHA-256 of all rows modulo 2**256, so order does not matter."""

    name: str
    columns: list[str]
    rows: int
    checksum: str
    counters: dict[str, int] = {}


class Manifest(msgspec.Struct, frozen=True):
    """What a dump says of itself; `lines` are the revisions by version table."""

    format: int
    made_at: str
    dialect: str
    lines: dict[str, str]
    tables: list[DumpedTable]


@frozen
class Codec:
    """How the values of a table's columns are written in JSON, and read."""

    table: Table
    columns: tuple[str, ...]
    out: tuple[Callable[[Any], Any] | None, ...]
    back: tuple[Callable[[Any], Any] | None, ...]

    def line(self, row: Sequence[Any]) -> bytes:
        values = [
            value if value is None or write is None else write(value)
            for value, write in zip(row, self.out, strict=True)
        ]
        return msgspec.json.encode(values)

    def row(self, line: bytes) -> dict[str, Any]:
        values = msgspec.json.decode(line)
        return {
            name: value if value is None or read is None else read(value)
            for name, value, read in zip(self.columns, values, self.back, strict=True)
        }


def codec_of(table: Table, columns: Sequence[str] | None = None) -> Codec:
    names = tuple(columns or (str(column.name) for column in table.columns))
    pairs = [_portable(table.c[name].type) for name in names]
    return Codec(table, names, tuple(p[0] for p in pairs), tuple(p[1] for p in pairs))


def _portable(
    type_: Any,
) -> tuple[Callable[[Any], Any] | None, Callable[[Any], Any] | None]:
    if isinstance(type_, Json):
        return _sorted, None
    if isinstance(type_, (Guid, Uuid)):
        return str, UUID
    if isinstance(type_, UtcDateTime):
        return lambda value: value.astimezone(UTC).isoformat(), datetime.fromisoformat
    if isinstance(type_, Exact):
        return lambda value: format(value, "f"), Decimal
    kind = type_.python_type
    if kind is date:
        return date.isoformat, date.fromisoformat
    if kind is bytes:
        return lambda value: base64.b64encode(value).decode(), base64.b64decode
    if kind is Decimal:
        return lambda value: format(value, "f"), Decimal
    return None, None


def _sorted(value: Any) -> Any:
    """JSON in one form: PostgreSQL keeps no order of keys."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


class Meter:
    """Tells `(done, total)` in rows, once a page and at the end."""

    def __init__(self, tell: Tell | None, total: int) -> None:
        self._tell, self._total = tell, total
        self._done = self._said = 0

    def add(self, rows: int = 1) -> None:
        self._done += rows
        if self._done - self._said >= PAGE or self._done >= self._total:
            self._say()

    def _say(self) -> None:
        if self._tell is not None and self._said < self._done:
            self._said = self._done
            self._tell(self._done, self._total)


class Checksum:
    """Counts and sums rows in any order."""

    def __init__(self) -> None:
        self.rows, self._sum = 0, 0

    def add(self, line: bytes) -> None:
        self.rows += 1
        self._sum += int.from_bytes(hashlib.sha256(line).digest(), "big")

    @property
    def value(self) -> str:
        return f"{self._sum % CHECKED:064x}"


def dumped_tables(connection: Connection) -> list[Table]:
    """The declared tables that the database has, without what is derived from others."""
    stored = stored_tables(connection)
    return [
        Base.metadata.tables[name]
        for name in stored
        if name in Base.metadata.tables and not name.startswith(DERIVED)
    ]


def lines_at(connection: Connection) -> dict[str, str]:
    """Where each migration line stands."""
    found = {str(name): read_version(connection, name) for name in version_tables(connection)}
    return {name: revision for name, revision in found.items() if revision is not None}


def read_rows(connection: Connection, codec: Codec) -> Iterator[bytes]:
    """The rows as lines, by the primary key, a page at a time."""
    table = codec.table
    statement = select(*(table.c[name] for name in codec.columns))
    statement = statement.order_by(*table.primary_key.columns)
    streamed = {"stream_results": True, "yield_per": PAGE}
    for row in connection.execute(statement, execution_options=streamed):
        yield codec.line(tuple(row))


def dump(site: Any, path: Path, tell: Tell | None = None) -> Manifest:
    """Writes everything of one moment into `path`, whole or not at all.

    `tell(done, total)` hears of the rows as they are written.
    """
    part = path.with_name(f"{path.name}.part")
    engine = site.read_engine
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        with (
            engine.connect() as connection,
            zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive,
        ):
            wanted = dumped_tables(connection)
            meter = Meter(tell, _count(connection, wanted) if tell is not None else 0)
            tables = [_dump_table(connection, archive, table, meter) for table in wanted]
            manifest = Manifest(
                format=FORMAT,
                made_at=site.clock().isoformat(),
                dialect=engine.dialect.name,
                lines=lines_at(connection),
                tables=tables,
            )
            archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _count(connection: Connection, tables: Sequence[Table]) -> int:
    """All rows; in the transaction that reads them, so that what is told comes true."""
    return sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def _dump_table(
    connection: Connection, archive: zipfile.ZipFile, table: Table, meter: Meter
) -> DumpedTable:
    codec, checksum = codec_of(table), Checksum()
    with archive.open(_member(table.name), "w", force_zip64=True) as file:
        for line in read_rows(connection, codec):
            checksum.add(line)
            file.write(line + b"\n")
            meter.add()
    return DumpedTable(
        name=str(table.name),
        columns=list(codec.columns),
        rows=checksum.rows,
        checksum=checksum.value,
        counters=_counters(connection, table),
    )


def _counters(connection: Connection, table: Table) -> dict[str, int]:
    """Counters by column, on either database: SQLite has one for a table."""
    found = counters(connection, shape_of(connection, table.name))
    if not found:
        return {}
    column = table.autoincrement_column
    own = column.name if column is not None else ""
    return {str(name or own): value for name, value in found.items()}


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """Raises KeyError or msgspec.DecodeError for what is no dump."""
    return msgspec.json.decode(archive.read(MANIFEST), type=Manifest)


def table_lines(archive: zipfile.ZipFile, table: DumpedTable) -> Iterator[bytes]:
    with archive.open(_member(table.name)) as file:
        for line in file:
            yield line.rstrip(b"\n")
