"""Backups of a whole site: configuration, database and documents in one checked file.

A backup is a zip file with

    manifest.json            what is in it, with check sums
    tenon.toml               the site's configuration, secrets included
    tenon.keys               the keys of stored secrets, unless they are in the environment
    database.sqlite3         the database as SQLite's backup copied it, or
    tables/<name>.jsonl      the rows of each table, of PostgreSQL, all of one moment
    documents/…, escrow/…    files of the site

The database is read first, so every document that it names is there. Documents kept elsewhere
than on this machine's disk are not in it. What SQLite or PostgreSQL stored is restored into the
same kind; `tenon dump` carries data between them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import cattrs
from attrs import asdict, define, field, frozen
from sqlalchemy import Connection, make_url, text

from tenon_core.kernel.config import FILE, Config
from tenon_core.kernel.installation import ESCROW, Installation
from tenon_core.storage.engine import READ_ONLY
from tenon_core.storage.escrow import KeptLine
from tenon_core.storage.migrate import read_version, version_tables
from tenon_core.storage.ownership import stored_tables
from tenon_core.storage.rows import counters, lines_out, shape_of
from tenon_core.vault.keys import FILE as KEYS
from tenon_sdk.errors import TenonError
from tenon_sdk.text import _

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = "database.sqlite3"
TABLES = "tables"
DOCUMENTS = "documents"
BLOCK = 1 << 20
PRIVATE = 0o600
PRIVATE_FOLDER = 0o700

Progress = Callable[[int, int], None]


class BackupError(TenonError):
    """A backup that cannot be written or used."""

    code = "backup_error"


@frozen(kw_only=True)
class KeptFile:
    """One entry of the archive; `rows` and `counters` (see `storage.rows`) are those of a table."""

    name: str
    size: int
    sha256: str
    columns: tuple[str, ...] = ()
    rows: int = 0
    counters: dict[str, int] = field(factory=dict)


@frozen(kw_only=True)
class Manifest:
    """What a backup says of itself; `elsewhere` is where documents are that it does not hold."""

    format: int = FORMAT
    made_at: str
    dialect: str
    lines: tuple[KeptLine, ...]
    files: tuple[KeptFile, ...]
    elsewhere: str | None = None

    @property
    def tables(self) -> list[KeptFile]:
        return [file for file in self.files if file.name.startswith(f"{TABLES}/")]

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.tables)


def local_folder(config: Config) -> Path | None:
    """Where documents are if that is on this machine's disk."""
    url = urlparse(config.files_url)
    return Path(url2pathname(url.path)) if url.scheme == "file" else None


def backup(found: Installation, path: Path, progress: Progress | None = None) -> Manifest:
    """Writes a backup of the running or stopped site and reads it back.

    `progress(done, total)` counts entries. Raises BackupError for a file that exists already, or
    when what was read back differs; then no file is left.
    """
    if path.exists():
        raise BackupError(_("{file} exists already.", file=str(path)))
    part = path.with_name(f"{path.name}.part")
    part.touch(mode=PRIVATE)
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            manifest = _Writing(found, archive, progress).run()
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1, ensure_ascii=False))
        if read_manifest(part) != manifest:
            raise BackupError(_("The backup {file} is damaged.", file=str(path)))
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.rename(path)
    finally:
        part.unlink(missing_ok=True)
    return manifest


@define
class _Writing:
    found: Installation
    archive: zipfile.ZipFile
    progress: Progress | None
    kept: list[KeptFile] = field(factory=list)
    total: int = 0

    def run(self) -> Manifest:
        config = self.found.config
        folder = local_folder(config)
        dialect = self.found.engine.dialect.name
        self.total = 2
        lines = self._sqlite() if dialect == "sqlite" else self._rows()
        self._file(config.folder / FILE, FILE)
        if (config.folder / KEYS).exists():
            self._file(config.folder / KEYS, KEYS)
        trees = [(self.found.escrow, ESCROW), *([(folder, DOCUMENTS)] if folder else [])]
        files = [entry for tree, name in trees for entry in _files(tree, name)]
        self.total = len(self.kept) + len(files)
        for source, name in files:
            self._file(source, name)
        return Manifest(
            made_at=self.found.now().isoformat(),
            dialect=dialect,
            lines=tuple(lines),
            files=tuple(self.kept),
            elsewhere=None if folder else config.files.url,
        )

    def _keep(self, kept: KeptFile) -> None:
        self.kept.append(kept)
        if self.progress is not None:
            self.progress(len(self.kept), max(self.total, len(self.kept)))

    def _file(self, source: Path, name: str) -> None:
        digest, size = hashlib.sha256(), 0
        with source.open("rb") as file, self.archive.open(name, "w", force_zip64=True) as target:
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
                target.write(block)
        self._keep(KeptFile(name=name, size=size, sha256=digest.hexdigest()))

    def _sqlite(self) -> list[KeptLine]:
        """One step of SQLite's own backup: one moment, and nobody is kept from writing."""
        database = self.found.engine.url.database
        beside = Path(str(self.archive.filename)).parent
        with TemporaryDirectory(dir=beside) as folder:
            copy = Path(folder) / DATABASE
            with (
                closing(
                    sqlite3.connect(f"{Path(str(database)).as_uri()}?mode=ro", uri=True)
                ) as ours,
                closing(sqlite3.connect(copy)) as theirs,
            ):
                ours.backup(theirs)
                theirs.execute("PRAGMA journal_mode = DELETE")
            self._file(copy, DATABASE)
        with self.found.engine.execution_options(**{READ_ONLY: True}).connect() as connection:
            return kept_lines(connection)

    def _rows(self) -> list[KeptLine]:
        engine = self.found.engine.execution_options(isolation_level="REPEATABLE READ")
        with engine.connect() as connection:
            names = stored_tables(connection)
            self.total = len(names) + 1
            for name in names:
                self._table(connection, name)
            return kept_lines(connection)

    def _table(self, connection: Connection, name: str) -> None:
        shape = shape_of(connection, name)
        digest, size, rows = hashlib.sha256(), 0, 0
        entry = f"{TABLES}/{name}.jsonl"
        with self.archive.open(entry, "w", force_zip64=True) as target:
            for line in lines_out(connection, shape):
                digest.update(line)
                size += len(line)
                rows += 1
                target.write(line)
        self._keep(
            KeptFile(
                name=entry,
                size=size,
                sha256=digest.hexdigest(),
                columns=shape.columns,
                rows=rows,
                counters=counters(connection, shape),
            )
        )


def kept_lines(connection: Connection) -> list[KeptLine]:
    """The migration lines that the database is at, core's first, glue last."""
    found = [
        KeptLine(plugin=plugin, other=other, revision=revision)
        for table, (plugin, other) in version_tables(connection).items()
        if (revision := read_version(connection, table)) is not None
    ]
    return sorted(found, key=lambda k: (k.other is not None, k.plugin != "core", k.plugin))


def _files(tree: Path, name: str) -> Iterator[tuple[Path, str]]:
    for path in sorted(tree.rglob("*")) if tree.is_dir() else []:
        if path.is_file() and not path.is_symlink():
            yield path, f"{name}/{path.relative_to(tree).as_posix()}"


# --------------------------------------------------------------------------------------- reading


def read_manifest(path: Path, progress: Progress | None = None) -> Manifest:
    """The manifest, after every entry was compared with its check sum.

    Raises BackupError for a file that is no backup, is damaged or is of a later format, OSError
    for one that cannot be read.
    """
    damaged = BackupError(_("The backup {file} is damaged.", file=str(path)))
    with path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise BackupError(_("{file} is no backup of a site.", file=str(path)))
    try:
        with zipfile.ZipFile(path) as archive:
            if MANIFEST not in archive.namelist():
                raise BackupError(_("{file} is no backup of a site.", file=str(path)))
            data: dict[str, Any] = json.loads(archive.read(MANIFEST))
            if data.get("format") != FORMAT:
                raise BackupError(
                    _("{file} was written by another version of Tenon.", file=str(path))
                )
            manifest = cattrs.structure(data, Manifest)
            _check(archive, manifest, damaged, progress)
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile, cattrs.BaseValidationError):
        raise damaged from None
    return manifest


def _check(
    archive: zipfile.ZipFile,
    manifest: Manifest,
    damaged: BackupError,
    progress: Progress | None,
) -> None:
    for position, kept in enumerate(manifest.files):
        parts = PurePosixPath(kept.name).parts
        if not parts or ".." in parts or PurePosixPath(kept.name).is_absolute():
            raise damaged
        digest, size = hashlib.sha256(), 0
        with archive.open(kept.name) as file:
            while block := file.read(BLOCK):
                digest.update(block)
                size += len(block)
        if size != kept.size or digest.hexdigest() != kept.sha256:
            raise damaged
        if progress is not None:
            progress(position + 1, len(manifest.files))


def text_of(path: Path, name: str) -> str:
    """One entry as text."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def extract(path: Path, kept: KeptFile, target: Path) -> None:
    """Writes one entry of the archive to `target`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        zipfile.ZipFile(path) as archive,
        archive.open(kept.name) as file,
        target.open("wb") as written,
    ):
        shutil.copyfileobj(file, written, BLOCK)


def is_file_database(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def empty_tables(connection: Connection, names: Sequence[str]) -> None:
    """Takes out what migrations put in, so that the archived rows are all there is."""
    quote = connection.dialect.identifier_preparer.quote
    connection.execute(text(f"TRUNCATE {', '.join(map(quote, names))} CASCADE"))
