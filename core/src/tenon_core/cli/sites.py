"""`tenon init` and `tenon migrate`: making a site and keeping its tables up to date."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from tenon_core.cli.app import App
from tenon_core.cli.base import argument, command, option, pass_app
from tenon_core.cli.caller import called
from tenon_core.cli.output import say
from tenon_sdk.text import LOCALES, Text, _

SECRETS_MODE = 0o600
# The database file and the documents lie in it.
FOLDER_MODE = 0o700


@frozen(kw_only=True)
class NewSite:
    """What a new site is told; None leaves the default of `tenon.toml`."""

    folder: Path
    plugins: Sequence[str] = ()
    database: str | None = None
    locale: str | None = None
    zone: str | None = None
    currency: str | None = None
    name: str | None = None

    def sections(self) -> dict[str, dict[str, Any]]:
        from tenon_core.kernel.config import DatabaseConfig, FilesConfig, SiteConfig

        site = SiteConfig()
        given = {
            "name": self.name,
            "locale": self.locale,
            "zone": self.zone,
            "currency": self.currency,
        }
        known = {
            "name": site.name, "locale": site.locale, "zone": site.zone,
            "currency": site.currency, "secret": site.secret, "base_url": site.base_url,
        }  # fmt: skip
        return {
            "site": {**known, **{key: value for key, value in given.items() if value is not None}},
            "database": {"url": self.database or DatabaseConfig().url},
            "files": {"url": FilesConfig().url},
        }


def create(new: NewSite) -> list[str]:
    """Makes the site's folder, configuration, tables and plugins; returns what was enabled.

    If anything is wrong the folder is left as it was found. Raises ConfigError for a folder that
    holds a site already, and for a database that does.
    """
    from tenon_core.kernel.config import FILE, ConfigError, read_config, write_config

    folder = new.folder.resolve()
    path = folder / FILE
    if path.exists():
        raise ConfigError(_("{folder} holds a site already.", folder=str(folder)))
    made = _missing_folders(folder)
    folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    before = {*folder.iterdir()}
    try:
        path.touch(mode=SECRETS_MODE)
        write_config(folder, **new.sections())
        _check_currency(read_config(folder).site.currency)
        return _fill(folder, new.plugins)
    except BaseException:
        _remove_new(folder, before, made)
        raise


def _missing_folders(folder: Path) -> list[Path]:
    """Those that have to be made for `folder`, the innermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()]


def _fill(folder: Path, plugins: Sequence[str]) -> list[str]:
    from tenon_core.kernel.installation import installation
    from tenon_core.kernel.lifecycle import enable, migrate

    with called(), installation(folder) as found:
        wanted = with_requirements(found, plugins)
        _check_unused(found)
        if wanted:
            enable(found, wanted)
        else:
            migrate(found)
        return wanted


def with_requirements(found: Any, keys: Sequence[str]) -> list[str]:
    """The plugins and all that they require; raises PluginError for one that is not there."""
    wanted: list[str] = []
    waiting = list(keys)
    while waiting:
        key = waiting.pop(0)
        if key not in wanted:
            wanted.append(key)
            waiting += found.manifest(key).requires
    return wanted


def _check_unused(found: Any) -> None:
    from sqlalchemy import inspect

    from tenon_core.kernel.config import FILE, ConfigError

    if inspect(found.engine).has_table("core_user"):
        raise ConfigError(
            _(
                "The database holds a site already. To run that site here too, copy its {file}.",
                file=FILE,
            )
        )


def _check_currency(code: str) -> None:
    from tenon_core.kernel.config import ConfigError

    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise ConfigError(
            _("“{code}” is no currency; ISO 4217 has three capital letters, as CNY.", code=code)
        )


def _remove_new(folder: Path, before: set[Path], made: Sequence[Path]) -> None:
    import shutil

    for path in {*folder.iterdir()} - before:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    for each in made:
        each.rmdir()


def split(values: Sequence[str]) -> list[str]:
    """`("a,b", "c")` -> `["a", "b", "c"]`."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


@command("init", _("Make a new site in a folder. It serves at once, on SQLite unless told else."))
@argument("folder", metavar="DIR", type=Path)
@option("--plugins", multiple=True, metavar="A,B", help=_("Plugins to enable."))
@option("--database", metavar="URL", help=_("Address of the database, as postgresql://…"))
@option("--locale", type=click.Choice(LOCALES), help=_("Language of the site."))
@option("--zone", metavar="ZONE", help=_("Time zone, as Asia/Shanghai."))
@option("--currency", metavar="CODE", help=_("Currency, as CNY."))
@option("--name", metavar="NAME", help=_("Name of the company or site."))
@pass_app
def init(_app: App, /, *, folder: Path, plugins: Sequence[str], **given: Any) -> None:
    new = NewSite(folder=folder, plugins=split(plugins), **given)
    enabled = create(new)
    say(_("The site is in {folder}.", folder=str(folder.resolve())))
    if enabled:
        say(_("Enabled: {plugins}.", plugins=", ".join(enabled)))
    say(_("What to do next:"))
    for line in _next_steps(folder):
        print(f"  {line}")


def _next_steps(folder: Path) -> list[str]:
    site = f"--site {_quoted(str(folder))}"
    return [
        f"tenon user add admin --role administrator {site}",
        f"tenon serve {site}",
    ]


def _quoted(path: str) -> str:
    return f'"{path}"' if " " in path else path


@command("migrate", _("Bring the database up to the installed versions."))
@pass_app
def migrate(app: App, /) -> None:
    from tenon_core.kernel.lifecycle import migrate as migrate_all

    with app.installation() as found:
        steps = migrate_all(found)
    for step in steps:
        print(f"{step.line} {step.revision} {step.message}")
    say(_migrated(len(steps)))


def _migrated(count: int) -> Text:
    if count == 0:
        return _("The database is up to date.")
    return _("{count} migrations were run. Start running servers and workers again.", count=count)


COMMANDS = (init, migrate)
