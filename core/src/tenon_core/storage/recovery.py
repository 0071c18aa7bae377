"""Restoring a backup of `storage.backup` into an empty folder."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import tomlkit
from sqlalchemy import Connection, inspect, make_url

from tenon_core.jobs.setup import install
from tenon_core.kernel.config import FILE, DatabaseConfig, FilesConfig, read_config, write_config
from tenon_core.kernel.discovery import PluginError
from tenon_core.kernel.installation import ESCROW, Installation, installation
from tenon_core.storage.backup import (
    DATABASE,
    DOCUMENTS,
    PRIVATE,
    PRIVATE_FOLDER,
    BackupError,
    Manifest,
    Progress,
    empty_tables,
    extract,
    is_file_database,
    local_folder,
    read_manifest,
    text_of,
)
from tenon_core.storage.lines import Line, glue_line, lines_of, own_line
from tenon_core.storage.migrate import move, schema_change
from tenon_core.storage.ownership import stored_tables
from tenon_core.storage.refill import links_of, waiting_keys
from tenon_core.storage.rows import count, lines_in, set_counters, shape_of
from tenon_core.vault.keys import FILE as KEYS
from tenon_sdk.plugin import Plugin
from tenon_sdk.text import _


def restore(
    archive: Path,
    folder: Path,
    *,
    database: str | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Makes the backed-up site anew in `folder`, which is empty or not there yet.

    `database` is the address to use in place of the archived one; a database or documents that
    lay outside of the old folder go into the new one. Everything is verified before anything is
    written, and nothing stays if it fails. Raises BackupError and PluginError.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupError(_("{folder} is not empty.", folder=str(folder)))
    manifest = read_manifest(archive, progress)
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    try:
        _write_config(archive, folder.resolve(), manifest, database)
        _fill(archive, folder.resolve(), manifest)
    except BaseException:
        for left in folder.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        for each in made:
            each.rmdir()
        raise
    return manifest


def _write_config(archive: Path, folder: Path, manifest: Manifest, database: str | None) -> None:
    content = text_of(archive, FILE)
    path = folder / FILE
    path.touch(mode=PRIVATE)
    path.write_text(content, encoding="utf-8")
    archived: Any = tomlkit.parse(content)
    url = database or str(archived.get("database", {}).get("url", DatabaseConfig().url))
    sqlite = manifest.dialect == "sqlite"
    if is_file_database(url) is not sqlite:
        raise BackupError(
            _(
                "The backup is from {dialect}, so it is restored into {dialect}; “tenon dump” "
                "carries data to another kind of database.",
                dialect=manifest.dialect,
            )
        )
    if sqlite and database is None and _outside(folder, url.removeprefix("sqlite:///")):
        url = DatabaseConfig().url
    files = str(archived.get("files", {}).get("url", FilesConfig().url))
    if manifest.elsewhere is None and _outside(folder, files):
        files = FilesConfig().url
    write_config(folder, database={"url": url}, files={"url": files})


def _outside(folder: Path, path: str) -> bool:
    return "://" in path or not (folder / path).resolve().is_relative_to(folder)


def _fill(archive: Path, folder: Path, manifest: Manifest) -> None:
    config = read_config(folder)
    documents = local_folder(config)
    for kept in manifest.files:
        top, *rest = PurePosixPath(kept.name).parts
        if top == DATABASE:
            target = Path(str(make_url(config.database_url).database))
            if target.exists():
                raise BackupError(_("{file} exists already.", file=str(target)))
            extract(archive, kept, target)
        elif top == KEYS:
            (folder / KEYS).touch(mode=PRIVATE)
            extract(archive, kept, folder / KEYS)
        elif top == DOCUMENTS and documents is not None:
            extract(archive, kept, documents.joinpath(*rest))
        elif top == ESCROW:
            extract(archive, kept, folder.joinpath(ESCROW, *rest))
    if manifest.dialect != "sqlite":
        with installation(folder) as found:
            _fill_tables(archive, found, manifest)


def _fill_tables(archive: Path, found: Installation, manifest: Manifest) -> None:
    """Makes the tables at the archive's own revisions, then puts the rows in."""
    if inspect(found.engine).has_table("core_user"):
        raise BackupError(_("The database is not empty."))
    lines = _lines(found, manifest)
    revisions = {(kept.plugin, kept.other): kept.revision for kept in manifest.lines}
    with schema_change(found.engine) as connection:
        for line in lines:
            move(connection, line, revisions[line.plugin, line.other], lines)
        _load(archive, connection, manifest)
    install(found.engine)


def _lines(found: Installation, manifest: Manifest) -> Sequence[Line]:
    """Those of the archive in the order in which they can be run."""
    plugins = found.ordered(sorted({k.plugin for k in manifest.lines} - {"core"}))
    wanted = {(kept.plugin, kept.other) for kept in manifest.lines}
    by_key: dict[str, Plugin] = {plugin.key: plugin for plugin in plugins}
    lines = [line for line in lines_of(plugins) if (line.plugin, line.other) in wanted]
    for plugin, other in sorted(wanted - {(line.plugin, line.other) for line in lines}, key=str):
        owner = by_key[plugin]
        if other is not None and other not in owner.glue:
            raise PluginError(_("“{line}” ships no migrations.", line=f"{plugin}+{other}"))
        lines.append(own_line(owner) if other is None else glue_line(owner, other))
    return lines


def _load(archive: Path, connection: Connection, manifest: Manifest) -> None:
    names = {kept.name: PurePosixPath(kept.name).stem for kept in manifest.tables}
    there = stored_tables(connection)
    missing = sorted(set(names.values()) - set(there))
    if missing:
        raise BackupError(_("The migrations do not make table “{table}”.", table=missing[0]))
    empty_tables(connection, there)
    links = links_of(connection, there)
    with waiting_keys(connection, links), zipfile.ZipFile(archive) as source:
        for kept in manifest.tables:
            name = names[kept.name]
            with source.open(kept.name) as rows:
                lines_in(connection, shape_of(connection, name), kept.columns, rows)
            if count(connection, name) != kept.rows:
                raise BackupError(_("Not all rows of “{table}” could be restored.", table=name))
            set_counters(connection, name, kept.counters)
