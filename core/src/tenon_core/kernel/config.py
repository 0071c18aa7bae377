"""`tenon.toml`: what one installation is told, checked before anything starts."""

from __future__ import annotations

import os
import secrets
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tomlkit
from attrs import evolve, field, frozen
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from tenon_core.kernel.inputs import structure
from tenon_sdk.errors import Invalid, TenonError
from tenon_sdk.text import LOCALES, _

FILE = "tenon.toml"


class ConfigError(TenonError):
    """The site's configuration cannot be used."""

    code = "config_error"


@frozen(kw_only=True)
class SiteConfig:
    """`[site]`. `secret` signs links and cookies; `base_url` is what links in mails begin with."""

    name: str = "Tenon"
    locale: str = "en"
    zone: str = "UTC"
    currency: str = "CNY"
    secret: str = field(factory=lambda: secrets.token_urlsafe(32), repr=False)
    base_url: str = "http://127.0.0.1:8000"


@frozen(kw_only=True)
class DatabaseConfig:
    """`[database]`. A relative SQLite path begins at the site's folder.

    A process keeps up to `pool_size` connections and as many again for lists, and opens
    another `pool_size` for moments. A list, count or sum is given up after `list_seconds`.
    """

    url: str = "sqlite:///tenon.sqlite3"
    pool_size: int = 10
    list_seconds: float = 10.0


@frozen(kw_only=True)
class FilesConfig:
    """`[files]`: where documents are kept, an fsspec URL; default is a folder of the site.

    `max_size` in bytes; `media_types` are those accepted, a type or `major/*` each.
    """

    url: str = "documents"
    max_size: int = 50 * 1024 * 1024
    media_types: tuple[str, ...] = (
        "application/pdf", "image/*", "text/plain", "text/csv", "application/zip",
        "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.*", "application/xml", "text/xml",
        "audio/*", "video/*", "application/acad", "image/vnd.dwg", "application/octet-stream",
    )  # fmt: skip


@frozen(kw_only=True)
class Config:
    """A site's configuration. `plugins` holds each plugin's own table, still unchecked."""

    folder: Path
    site: SiteConfig = field(factory=SiteConfig)
    database: DatabaseConfig = field(factory=DatabaseConfig)
    files: FilesConfig = field(factory=FilesConfig)
    plugins: Mapping[str, Mapping[str, Any]] = field(factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.zone)

    @property
    def database_url(self) -> str:
        """The URL with an absolute path; `TENON_DATABASE_URL` overrides the file."""
        url = make_url(os.environ.get("TENON_DATABASE_URL") or self.database.url)
        if url.get_backend_name() == "sqlite" and url.database not in {None, "", ":memory:"}:
            url = url.set(database=str((self.folder / str(url.database)).resolve()))
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return url.render_as_string(hide_password=False)

    @property
    def files_url(self) -> str:
        if "://" in self.files.url:
            return self.files.url
        return (self.folder / self.files.url).resolve().as_uri()


SECTIONS: dict[str, type[Any]] = {
    "site": SiteConfig,
    "database": DatabaseConfig,
    "files": FilesConfig,
}


def find_site(given: str | Path | None = None, start: Path | None = None) -> Path:
    """The site's folder: the given one, `TENON_SITE`, or the nearest above the current folder."""
    named = given or os.environ.get("TENON_SITE")
    if named:
        folder = Path(named)
        if not (folder / FILE).is_file():
            raise ConfigError(_("There is no {file} in {folder}.", file=FILE, folder=str(folder)))
        return folder.resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    raise ConfigError(
        _("No site here: create one with “tenon init DIR”, or name it with --site or TENON_SITE.")
    )


def read_config(folder: Path) -> Config:
    """Reads and checks `tenon.toml`. Raises ConfigError that names section and key."""
    try:
        data = tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(_("{file}: {error}", file=FILE, error=str(error))) from None
    unknown = sorted(set(data) - {*SECTIONS, "plugins"})
    if unknown:
        raise ConfigError(_("{file}: unknown section [{name}].", file=FILE, name=unknown[0]))
    config = Config(folder=folder, plugins=data.get("plugins", {}))
    for name, cls in SECTIONS.items():
        try:
            section = structure(cls, data.get(name, {}))
        except Invalid as error:
            raise ConfigError(
                _("{file} [{section}]: {error}", file=FILE, section=name, error=str(error))
            ) from None
        config = evolve(config, **{name: section})
    _check(config)
    return config


def _check(config: Config) -> None:
    try:
        backend = make_url(config.database_url).get_backend_name()
    except ArgumentError:
        raise ConfigError(
            _("The address of the database cannot be read; it is like postgresql://host/name.")
        ) from None
    if backend not in {"sqlite", "postgresql"}:
        raise ConfigError(_("The database must be SQLite or PostgreSQL."))
    try:
        ZoneInfo(config.site.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(_("Unknown time zone “{zone}”.", zone=config.site.zone)) from None
    if config.site.locale not in LOCALES:
        raise ConfigError(_("Unknown language “{locale}”.", locale=config.site.locale))


def write_config(folder: Path, **sections: Mapping[str, Any]) -> None:
    """Writes keys into `tenon.toml`, keeping what stands there and its comments."""
    path = folder / FILE
    document = (
        tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    )
    for name, values in sections.items():
        table = document.setdefault(name, tomlkit.table())
        table.update(values)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")
