"""Escrow archives: everything of a plugin, kept outside the database before it is purged.

An archive is a zip file with

    manifest.json        what is in it, from which revision of each line, with check sums
    tables/<name>.jsonl  the rows of a table that belonged to the plugin
    core/<name>.jsonl    core's rows about the plugin that go with it: grants, jobs, saved views…

It is read back and compared before anything is dropped. Rows are kept as the database stores
them, so an archive is restored into the kind of database that it came from; `tenon dump` is what
carries data between SQLite and PostgreSQL.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import cattrs
from attrs import asdict, field, frozen
from sqlalchemy import Connection

from tenon_core.kernel.discovery import PluginError
from tenon_core.storage.rows import counters, lines_out, shape_of
from tenon_sdk.text import _

FORMAT = 1
MANIFEST = "manifest.json"
PARTS = ("tables", "core")


@frozen(kw_only=True)
class KeptLine:
    """A migration line and the revision that the archived tables are at."""

    plugin: str
    other: str | None
    revision: str


@frozen(kw_only=True)
class KeptTable:
    """One file of the archive; `part` is `tables` or `core`, `counters` see `storage.rows`."""

    name: str
    part: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: int
    sha256: str
    counters: dict[str, int] = field(factory=dict)

    @property
    def file(self) -> str:
        return f"{self.part}/{self.name}.jsonl"


@frozen(kw_only=True)
class Manifest:
    """What an archive says of itself."""

    format: int = FORMAT
    plugin: str
    version: str
    made_at: str
    dialect: str
    lines: tuple[KeptLine, ...]
    tables: tuple[KeptTable, ...]


@frozen(kw_only=True)
class Content:
    """What is to be archived.

    tables  so that a table follows those it refers to
    core    core's tables with the SQL condition of the rows that are meant
    """

    plugin: str
    version: str
    lines: Sequence[KeptLine]
    tables: Sequence[str]
    core: Mapping[str, str]


def write_archive(connection: Connection, folder: Path, content: Content, now: datetime) -> Path:
    """Writes and verifies `<folder>/<key>-<time>.zip`.

    Raises PluginError when what was read back differs from what was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{content.plugin}-{now:%Y%m%dT%H%M%SZ}.zip"
    if path.exists():
        raise PluginError(_("{file} exists already.", file=str(path)))
    part = path.with_suffix(".part")
    wanted = [(name, "tables", "") for name in content.tables]
    wanted += [(name, "core", condition) for name, condition in sorted(content.core.items())]
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            kept = [_write_table(connection, archive, *each) for each in wanted]
            manifest = Manifest(
                plugin=content.plugin,
                version=content.version,
                made_at=now.isoformat(),
                dialect=connection.dialect.name,
                lines=tuple(content.lines),
                tables=tuple(kept),
            )
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1, ensure_ascii=False))
        if read_archive(part) != manifest:
            raise PluginError(_("The archive {file} is damaged.", file=str(path)))
        _to_disk(part)
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def _to_disk(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _write_table(
    connection: Connection, archive: zipfile.ZipFile, name: str, part: str, condition: str
) -> KeptTable:
    shape = shape_of(connection, name)
    digest, rows = hashlib.sha256(), 0
    with archive.open(f"{part}/{name}.jsonl", "w", force_zip64=True) as file:
        for line in lines_out(connection, shape, condition):
            file.write(line)
            digest.update(line)
            rows += 1
    return KeptTable(
        name=name,
        part=part,
        columns=shape.columns,
        types=shape.types,
        rows=rows,
        sha256=digest.hexdigest(),
        counters=counters(connection, shape) if part == "tables" else {},
    )


def read_archive(path: Path) -> Manifest:
    """The manifest, after the rows and check sums of all tables were compared with it.

    Raises PluginError for a file that is no archive, is damaged or is of a later format.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            data: dict[str, Any] = json.loads(archive.read(MANIFEST))
            if data.get("format") != FORMAT:
                raise PluginError(
                    _("{file} was written by another version of Tenon.", file=str(path))
                )
            manifest = cattrs.structure(data, Manifest)
            sound = all(_sound(archive, table) for table in manifest.tables)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, cattrs.BaseValidationError):
        sound, manifest = False, None
    if manifest is None or not sound:
        raise PluginError(_("The archive {file} is damaged.", file=str(path)))
    return manifest


def _sound(archive: zipfile.ZipFile, table: KeptTable) -> bool:
    digest, rows = hashlib.sha256(), 0
    with archive.open(table.file) as file:
        for line in file:
            digest.update(line)
            rows += 1
    return rows == table.rows and digest.hexdigest() == table.sha256


def rows_of(archive: zipfile.ZipFile, table: KeptTable) -> Iterator[bytes]:
    """The rows of one table, as `storage.rows.lines_in` takes them."""
    with archive.open(table.file) as file:
        yield from file
