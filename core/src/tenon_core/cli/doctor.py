"""`tenon doctor`: whether the site is in order."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import click
from attrs import frozen

from tenon_core.cli.app import App
from tenon_core.cli.base import as_json, command, option, pass_app
from tenon_core.cli.errors import line_of
from tenon_core.cli.output import progress, show
from tenon_sdk.text import Text, _, translate

OK, WARNING, ERROR = "ok", "warning", "error"
LEVELS = {OK: _("ok"), WARNING: _("warning"), ERROR: _("error")}
LEAST_BYTES, FEW_BYTES = 200 * 1024**2, 2 * 1024**3


@frozen
class Finding:
    level: str
    what: str
    message: str


@command("doctor", _("Check whether the site is in order. The exit code is 1 on errors."))
@option("--repair", is_flag=True, help=_("First make the search entries that are missing."))
@as_json
@pass_app
def doctor(app: App, /, *, repair: bool, as_json: bool) -> None:
    if repair:
        _repair(app)
    findings = list(_findings(app))
    rows = [
        {
            "level": f.level if as_json else LEVELS[f.level],
            "check": f.what,
            "message": f.message,
        }
        for f in findings
    ]
    columns = {"level": _("State"), "check": _("Check"), "message": _("Finding")}
    show(rows, columns, as_json=as_json)
    if any(f.level == ERROR for f in findings):
        raise click.exceptions.Exit(1)


def _findings(app: App) -> Iterator[Finding]:
    steps: tuple[tuple[Text, Callable[[App], Iterator[Finding]]], ...] = (
        (_("Configuration"), _configuration),
        (_("Disk"), _disk),
        (_("Database"), _database),
        (_("Plugins"), _plugins),
        (_("Workers"), _workers),
        (_("Search"), _search),
        (_("Plugins' own checks"), _own_checks),
    )
    for what, step in steps:
        name = translate(what)
        try:
            for found in step(app):
                yield Finding(found.level, found.what or name, found.message)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is a finding)
            yield Finding(ERROR, name, line_of(error))
            if step in {_configuration, _database}:
                return


def _said(level: str, message: Text, what: str = "") -> Finding:
    return Finding(level, what, translate(message))


def _configuration(app: App) -> Iterator[Finding]:
    from tenon_core.kernel.config import FILE, read_config
    from tenon_core.vault.keys import FILE as KEYS

    folder = app.folder()
    read_config(folder)
    yield _said(OK, _("{file} in {folder} is right.", file=FILE, folder=str(folder)))
    for name, others in ((FILE, 0o004), (KEYS, 0o077)):
        if (folder / name).exists() and (folder / name).stat().st_mode & others:
            warning = _(
                "Everybody on this machine can read {file}, which holds secrets.", file=name
            )
            yield _said(WARNING, warning)


def _disk(app: App) -> Iterator[Finding]:
    from tenon_core.kernel.config import read_config
    from tenon_core.storage.backup import local_folder

    folder = app.folder()
    documents = local_folder(read_config(folder))
    for place in {folder, *([documents] if documents is not None and documents.exists() else [])}:
        free = shutil.disk_usage(place).free
        level = ERROR if free < LEAST_BYTES else WARNING if free < FEW_BYTES else OK
        size = f"{free / 1_000_000_000:.1f}"
        yield _said(level, _("{size} GB are free in {folder}.", size=size, folder=str(place)))


def _database(app: App) -> Iterator[Finding]:
    from tenon_core.storage.migrate import pending

    with app.installation() as found:
        with found.engine.connect() as connection:
            if found.engine.dialect.name == "sqlite":
                yield from _sqlite(connection)
            else:
                version = connection.exec_driver_sql("SHOW server_version").scalar()
                yield _said(OK, _("PostgreSQL {version} answers.", version=version))
        waiting = len(pending(found.engine, found.running()))
    if waiting:
        message = _("{count} migrations did not run yet; run “tenon migrate”.", count=waiting)
        yield _said(ERROR, message)


def _sqlite(connection: Any) -> Iterator[Finding]:
    result = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    if result == "ok":
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()
        yield _said(OK, _("SQLite {version}: the file is sound.", version=version))
    else:
        yield _said(ERROR, _("The database file is damaged: {error}", error=result))


def _plugins(app: App) -> Iterator[Finding]:
    from tenon_core.kernel.doctor import doctor as look

    with app.installation() as found:
        problems = look(found)
    for problem in problems:
        level = WARNING if problem.kind in {"released", "version_table", "orphan_table"} else ERROR
        yield _said(level, problem.message)
    if not problems:
        yield _said(OK, _("Plugins and their tables are in order."))


def _workers(app: App) -> Iterator[Finding]:
    from tenon_core.jobs.liveness import alive

    with app.installation() as found:
        count = alive(found.engine)
    if count:
        yield _said(OK, _("{count} workers are running.", count=count))
    else:
        yield _said(WARNING, _("No worker is running: background work waits."))


def _search(app: App) -> Iterator[Finding]:
    from tenon_core.transfer.repairing import missing_entries

    site = app.site()
    with site.read_engine.connect() as connection:
        missing = missing_entries(site, connection)
    if missing:
        message = _("{count} records cannot be found; run “tenon doctor --repair”.", count=missing)
        yield _said(ERROR, message)
    else:
        yield _said(OK, _("Every record can be found."))


def _repair(app: App) -> None:
    from tenon_core.transfer.repairing import repair_search

    with progress(_("Search")) as tell:
        repair_search(app.site(), report=tell)


def _own_checks(app: App) -> Iterator[Finding]:
    for check in app.site().registry.health_checks:
        name = translate(check.label)
        try:
            with app.work(f"tenon doctor {check.key}", read_only=True) as ctx:
                health = check.run(ctx)
        except Exception as error:  # noqa: BLE001 (a check that fails is a finding)
            yield Finding(ERROR, name, line_of(error))
        else:
            yield Finding(health.level.value, name, translate(health.message))


COMMANDS = (doctor,)
