"""`tenon plugin …`: the life of plugins, and how a new one begins."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from attrs import asdict

from tenon_core.cli.app import App
from tenon_core.cli.base import Group, argument, as_json, command, option, pass_app
from tenon_core.cli.output import say, show, show_json
from tenon_core.cli.sites import with_requirements
from tenon_sdk.text import _, translate

STATUS = {
    "enabled": _("enabled"),
    "quarantined": _("quarantined"),
    "disabled": _("disabled"),
    "installed": _("installed"),
    "missing": _("missing"),
}
RESTART = _("Start running servers and workers again.")


@command("list", _("List the plugins that are installed or known here."))
@as_json
@pass_app
def list_(app: App, /, *, as_json: bool) -> None:
    from tenon_core.kernel.lifecycle import list_plugins

    with app.installation() as found:
        rows = [asdict(listed) for listed in list_plugins(found)]
    for row in rows:
        row["title"] = translate(row["title"])
        row["state"] = STATUS[row["status"]]
    columns = {
        "key": _("Key"), "title": _("Title"), "version": _("Version"), "state": _("State"),
        "requires": _("Requires"), "reason": _("Reason"),
    }  # fmt: skip
    if as_json:
        show_json([{k: v for k, v in row.items() if k != "state"} for row in rows])
        return
    if not any(row["reason"] for row in rows):
        del columns["reason"]
    show(rows, columns, empty=_("No plugin is installed."))


@command("enable", _("Enable plugins: checks them, migrates, gives roles their permissions."))
@argument("keys", nargs=-1, required=True, metavar="KEY…")
@option("--with-required", is_flag=True, help=_("Enable what they require as well."))
@pass_app
def enable(app: App, /, *, keys: Sequence[str], with_required: bool) -> None:
    from tenon_core.kernel import lifecycle

    with app.installation() as found:
        there = found.enabled()
        wanted = with_requirements(found, keys) if with_required else list(keys)
        new = [key for key in wanted if key in keys or key not in there]
        steps = lifecycle.enable(found, new)
    for step in steps:
        print(f"{step.line} {step.revision} {step.message}")
    say(_("Enabled: {plugins}.", plugins=", ".join(new)))
    say(RESTART)


@command("disable", _("Disable a plugin. Its data stays."))
@argument("key")
@pass_app
def disable(app: App, /, *, key: str) -> None:
    from tenon_core.kernel import lifecycle

    with app.installation() as found:
        lifecycle.disable(found, key)
    say(_("Disabled: {plugins}.", plugins=key))
    say(RESTART)


@command("plan", _("Show what purging a plugin would remove."))
@argument("key")
@as_json
@pass_app
def plan(app: App, /, *, key: str, as_json: bool) -> None:
    from tenon_core.kernel import purging

    with app.installation() as found:
        planned = purging.plan(found, key)
    if as_json:
        shown = asdict(planned)
        shown["blockers"] = [translate(text) for text in planned.blockers]
        show_json(shown)
        return
    _show_plan(planned)


def _show_plan(planned: Any) -> None:
    parts: tuple[tuple[Any, Mapping[str, int]], ...] = (
        (_("dropped, kept in an archive"), planned.tables),
        (_("rows removed, kept in an archive"), planned.going),
        (_("stays as text"), planned.staying),
    )
    rows = [
        {"table": table, "rows": count, "fate": fate}
        for fate, tables in parts
        for table, count in tables.items()
    ]
    columns = {"table": _("Table"), "rows": _("Rows"), "fate": _("What becomes of it")}
    show(rows, columns, empty=_("No table is concerned."))
    for blocker in planned.blockers:
        say(blocker)


@command("purge", _("Remove a disabled plugin's data, after it was put into an archive."))
@argument("key")
@option("--force", is_flag=True, help=_("Drop tables by name where migrations cannot be read."))
@option("--yes", is_flag=True, help=_("Do not ask."))
@pass_app
def purge(app: App, /, *, key: str, force: bool, yes: bool) -> None:
    from tenon_core.kernel import purging
    from tenon_core.kernel.discovery import PluginError

    with app.installation() as found:
        planned = purging.plan(found, key)
        if planned.blockers:
            raise PluginError(planned.blockers[0])
        if not yes:
            _show_plan(planned)
            confirm(translate(_("Purge plugin “{key}”?", key=key)))
        archive = purging.purge(found, key, force=force)
    say(_("Purged: {key}. The archive is {file}.", key=key, file=str(archive)))


def confirm(question: str) -> None:
    """Goes on only after a yes. Where nobody can be asked, `--yes` must say so."""
    if not sys.stdin.isatty():
        raise click.UsageError(translate(_("Nobody can be asked here; --yes says so beforehand.")))
    if not click.confirm(question):
        say(_("Nothing was changed."))
        raise click.exceptions.Exit(1)


@command("restore", _("Bring a purged plugin back from its archive."))
@argument("archive", metavar="FILE", type=Path)
@pass_app
def restore(app: App, /, *, archive: Path) -> None:
    from tenon_core.kernel import restoring

    with app.installation() as found:
        restored = restoring.restore(found, existing(archive))
    rows = sum(restored.tables.values())
    say(_("Restored: {key}, {rows} rows. It is disabled.", key=restored.key, rows=rows))
    if restored.lost:
        say(_("{count} rows of records deleted meanwhile are gone.", count=restored.lost))


def existing(path: Path) -> Path:
    """The path; raises OSError unless it is a file that can be read."""
    with path.open("rb"):
        return path


@command("release", _("Open what a quarantined plugin protects although it does not run."))
@argument("key")
@pass_app
def release(app: App, /, *, key: str) -> None:
    from tenon_core.kernel import lifecycle

    with app.installation() as found:
        opened = lifecycle.release(found, key)
    say(_("Released: {entities}.", entities=", ".join(opened) or "–"))


@command("doctor", _("Look for what is wrong with plugins and their tables."))
@as_json
@pass_app
def doctor(app: App, /, *, as_json: bool) -> None:
    from tenon_core.kernel import doctor as kernel

    with app.installation() as found:
        problems = kernel.doctor(found)
    rows = [{"kind": p.kind, "plugin": p.plugin, "message": str(p)} for p in problems]
    columns = {"kind": _("Kind"), "plugin": _("Plugin"), "message": _("Problem")}
    show(rows, columns, as_json=as_json, empty=_("Nothing is wrong."))
    if problems:
        raise click.exceptions.Exit(1)


@command("new", _("Write a new plugin's package, which passes the conformance tests."))
@argument("name")
@option("--folder", metavar="DIR", type=Path, default=Path(), help=_("Where it is written."))
@option("--title", metavar="TEXT", help=_("What people read."))
@pass_app
def new(_app: App, /, *, name: str, folder: Path, title: str | None) -> None:
    from tenon_core.scaffold import new_plugin

    made = new_plugin(name, folder, title=title)
    say(_("The plugin is in {folder}.", folder=str(made)))


@command("revision", _("Write the migration that a plugin's changed entities need."))
@argument("key")
@option("-m", "--message", required=True, metavar="TEXT", help=_("What the migration does."))
@option("--with", "other", metavar="KEY", help=_("For the tables of the glue to this plugin."))
@pass_app
def revision(_app: App, /, *, key: str, message: str, other: str | None) -> None:
    from tenon_core.kernel.discovery import discover
    from tenon_core.kernel.ordering import order
    from tenon_core.manifest import plugin as core_plugin
    from tenon_core.storage.revisions import make_revision

    known = discover()
    wanted = [] if key == "core" else _closure(known, [key, *([other] if other else [])])
    manifests = {name: m for name in wanted if (m := known[name].manifest) is not None}
    plugins = [core_plugin(), *(manifests[name] for name in order(manifests))]
    path = make_revision(plugins, key, message, other=other)
    if path is None:
        say(_("The entities are as the migrations make them; nothing was written."))
    else:
        say(_("Written: {file}", file=str(path)))


def _closure(known: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
    from tenon_core.kernel.discovery import PluginError

    class Installed:
        """What `with_requirements` asks, without a site."""

        def manifest(self, key: str) -> Any:
            entry = known.get(key)
            if entry is None or entry.manifest is None:
                raise PluginError(_("No plugin “{key}” is installed.", key=key))
            return entry.manifest

    return with_requirements(Installed(), keys)


@click.group("plugin", cls=Group, help=_("Enable, disable, remove and write plugins."))
def plugin() -> None:
    pass


for each in (list_, new, revision, enable, disable, plan, purge, restore, release, doctor):
    plugin.add_command(each)

COMMANDS = (plugin,)
