"""`tenon demo`: the demo company, each plugin's part of it in turn."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from attrs import frozen

from tenon_core.cli.app import App
from tenon_core.cli.base import command, option, pass_app
from tenon_core.cli.output import say, show_lines
from tenon_core.cli.serving import DEMO_FILE, demo_log_ins
from tenon_core.cli.sites import NewSite, create, split
from tenon_sdk.errors import Invalid, Refused
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_sdk.declarations import DemoSet

SEED = 20261123
# Everybody knows it: a demo company has nothing to hide, and `tenon serve` answers locally.
PASSWORD = "tenon and mortise"  # noqa: S105
DATA = ("core_account", "core_contact", "core_product")


@frozen(kw_only=True)
class Wanted:
    """How the demo company is to be: the same seed and day give the same one."""

    seed: int
    today: date
    force: bool


@command("demo", _("Make a site with the data of a demo company, or put it into a site."))
@option("--plugins", multiple=True, metavar="A,B", help=_("Plugins to enable; all by default."))
@option("--database", metavar="URL", help=_("Address of the new site's database."))
@option("--seed", type=int, default=SEED, show_default=True, help=_("Another seed, other data."))
@option(
    "--today", type=click.DateTime(["%Y-%m-%d"]), metavar="DATE",
    help=_("The day on which the data ends; today by default."),
)  # fmt: skip
@option("--force", is_flag=True, help=_("Also into a site that holds data."))
@pass_app
def demo(
    app: App,
    /,
    *,
    plugins: Sequence[str],
    database: str | None,
    seed: int,
    today: datetime | None,
    force: bool,
) -> None:
    folder = Path(app.given or "demo")
    new = not (folder / "tenon.toml").exists()
    there = folder.exists()
    if database is not None and not new:
        raise Invalid({"database": _("The site is there already, with its database.")})
    wanted = Wanted(seed=seed, today=today.date() if today else date.today(), force=force)  # noqa: DTZ011 (the day where the command is typed)
    try:
        if new:
            create(_site(folder, split(plugins), database, app.locale))
            _write_letterhead(folder)
        app.given = str(folder)
        if not new:
            _enable(app, split(plugins))
        _load(app, wanted)
    except BaseException:
        app.close()
        if new and not there:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    show_lines(demo_log_ins(folder))


def _site(folder: Path, plugins: Sequence[str], database: str | None, locale: str) -> NewSite:
    chosen = list(plugins) or _installed()
    return NewSite(
        folder=folder,
        plugins=chosen,
        database=database,
        locale=locale,
        zone="Asia/Shanghai",
        currency="CNY",
        name=translate(_("Tenon demo")),
    )


def _write_letterhead(folder: Path) -> None:
    """So that papers of the demo company look like those of a company."""
    from tenon_core.demo.dice import read_data
    from tenon_core.kernel.config import write_config

    letterhead = read_data("company")["letterhead"]
    write_config(folder, plugins={"core": {"papers": letterhead}})


def _installed() -> list[str]:
    """All plugins that can be read."""
    from tenon_core.kernel.discovery import discover

    return [key for key, found in discover().items() if found.manifest is not None]


def _enable(app: App, plugins: Sequence[str]) -> None:
    from tenon_core.cli.sites import with_requirements
    from tenon_core.kernel import lifecycle

    with app.installation() as found:
        there = found.enabled()
        new = [key for key in with_requirements(found, plugins) if key not in there]
        if new:
            lifecycle.enable(found, new)


def _load(app: App, wanted: Wanted) -> None:
    from tenon_sdk.declarations import DemoContext

    if not wanted.force:
        _check_empty(app)
    for each in in_order(app.site().registry.demo_data):
        with app.work(f"tenon demo {each.key}") as ctx:
            each.load(DemoContext(context=ctx, seed=wanted.seed, today=wanted.today, report=say))
    with app.work("tenon demo log-ins") as ctx:
        lines = _open_log_ins(ctx)
    (app.folder() / DEMO_FILE).write_text(lines, encoding="utf-8")


def _check_empty(app: App) -> None:
    from tenon_core.storage.rows import count

    with app.work("tenon demo", read_only=True) as ctx:
        if any(count(ctx.connection, table) for table in DATA):
            raise Refused(_("The site holds data already; --force adds the demo data to it."))


def in_order(sets: Iterable[DemoSet]) -> list[DemoSet]:
    """Each after those it comes after, as far as they are there; else as registered."""
    known = {each.key: each for each in sets}
    sorter = TopologicalSorter(
        {key: [k for k in each.after if k in known] for key, each in known.items()}
    )
    try:
        return [known[key] for key in sorter.static_order()]
    except CycleError as error:
        cycle = " → ".join(reversed(error.args[1]))
        raise Invalid({"after": _("Demo sets wait for each other: {cycle}", cycle=cycle)}) from None


def _open_log_ins(ctx: Any) -> str:
    """Gives everybody the demo's password; tells one person for each role."""
    from sqlalchemy import select, update

    from tenon_core.entities.people import User
    from tenon_core.web.auth.passwords import HASHER

    if ctx.session.scalar(select(User.id).limit(1)) is None:
        _add_administrator(ctx)
    users: Any = User.__table__
    ctx.connection.execute(
        update(users)
        .where(users.c.password_hash.is_(None))
        .values(password_hash=HASHER.hash(PASSWORD), password_set_at=ctx.now)
    )
    heading = _("Log-ins of the demo, password “{password}”:", password=PASSWORD)
    lines = [f"  {login}  {name} – {role}" for login, name, role in _one_each(ctx)]
    return "\n".join([translate(heading), *lines, ""])


def _add_administrator(ctx: Any) -> None:
    from sqlalchemy import select

    from tenon_core.entities.people import Role, User, UserRole

    user = User(login="admin", name="Admin")
    ctx.session.add(user)
    ctx.session.flush()
    role = ctx.session.scalar(select(Role.id).where(Role.key == "administrator"))
    ctx.session.add(UserRole(user_id=user.id, role_id=role))
    ctx.session.flush()


def _one_each(ctx: Any) -> list[tuple[str, str, str]]:
    """(log-in, name, role) of the first user of each role."""
    from sqlalchemy import select

    from tenon_core.entities.people import Role, User, UserRole

    today = ctx.now.astimezone(ctx.zone).date()
    statement = (
        select(User.login, User.name, Role.name, Role.key)
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(User.active_on(today))
        .order_by(Role.key != "administrator", Role.key, User.login)
    )
    first: dict[str, tuple[str, str, str]] = {}
    for login, name, role, key in ctx.session.execute(statement):
        first.setdefault(key, (login, name, role))
    return list(first.values())


COMMANDS = (demo,)
