"""Writes docs/reference from the code; `make docs`.

Everything that the SDK and the core offer, and the plugins of this checkout: what is installed
besides has its own manual. `--check` writes nothing and fails when a page is out of date.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs
import click

import catalogs
from described import fields_rows, made_by, prose, signature, table
from tenon_core.access.defaults import default_grants
from tenon_core.cli.base import Group
from tenon_core.cli.contributed import command_of
from tenon_core.cli.main import root
from tenon_core.kernel.config import SECTIONS
from tenon_core.kernel.discovery import discover
from tenon_core.kernel.loading import Loaded, load
from tenon_core.manifest import plugin as core_plugin
from tenon_core.web.auth.permissions import known_permissions
from tenon_sdk import declarations, hooks, papers
from tenon_sdk.declarations import Page
from tenon_sdk.entities import Entity, entity_named, fields_of
from tenon_sdk.errors import Refusal
from tenon_sdk.events import Event, Handler, event_named
from tenon_sdk.hooks import CONTRIBUTIONS, DECISIONS, Hooks
from tenon_sdk.jobs import Cron, Every, Job
from tenon_sdk.permissions import Permission, Scope
from tenon_sdk.plugin import Plugin
from tenon_sdk.workflows import State, Transition, Workflow

FOLDER = catalogs.ROOT / "docs" / "reference"
WRITTEN = "*Written by `make docs` from the code.*\n"
EVERYWHERE = {"--site", "--lang", "--debug", "--help"}


def boot() -> Loaded:
    """Core and the plugins of this checkout, with what they contribute; no site is needed."""
    ours = set(catalogs.packages())
    found = {
        key: entry
        for key, entry in discover().items()
        if entry.manifest is not None and entry.manifest.package in ours
    }
    loaded = load(found, list(found), core_plugin())
    if loaded.quarantined:
        raise SystemExit(f"these plugins do not load: {loaded.quarantined}")
    return loaded


# ----------------------------------------------------------------------------------- the pages


def hooks_page(_loaded: Loaded) -> Iterator[str]:
    yield "# Hooks\n"
    yield f"{inspect.cleandoc(Hooks.__doc__ or '')}\n"
    for title, names in (("Contributions", CONTRIBUTIONS), ("Decisions", DECISIONS)):
        yield f"## {title}\n"
        for name in names:
            function = getattr(Hooks, name)
            yield f"### {name}\n\n```text\n{name}{signature(function)}\n```\n"
            yield f"{inspect.getdoc(function)}\n"
    yield "## What hooks take and give\n"
    for cls in hook_classes():
        yield f"### {cls.__name__}\n"
        yield f"{prose(cls)}\n" if cls.__doc__ else ""
        if attrs.has(cls):
            yield table(("Field", "Type", "Default", "Meaning"), fields_rows(cls))
        else:
            yield table(("Value",), [(f"`{member.value}`",) for member in cls])


def hook_classes() -> list[type[Any]]:
    """Every class that a hook's answer or question is made of, in the order of its module."""
    own = [
        value
        for module in (hooks, declarations, papers)
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__
        and value is not Hooks
    ]  # fmt: skip
    return [
        *own,
        Permission,
        Scope,
        Workflow,
        State,
        Transition,
        Handler,
        Job,
        Every,
        Cron,
        Refusal,
        Plugin,
    ]


def settings_page(loaded: Loaded) -> Iterator[str]:
    yield "# Settings\n"
    yield (
        "A site's `tenon.toml`. An unknown section or key, or a value out of range, keeps the "
        "site from starting with a message that names it.\n"
    )
    for name, cls in SECTIONS.items():
        yield from settings_section(name, cls)
    for key, plugin in loaded.plugins.items():
        if plugin.settings is not None:
            yield from settings_section(f"plugins.{key}", plugin.settings)


def settings_section(name: str, cls: type[Any]) -> Iterator[str]:
    """The table of a settings class, and of those that stand in it."""
    yield f"## [{name}]\n\n{prose(cls)}\n"
    yield table(("Key", "Type", "Default", "Meaning"), fields_rows(cls))
    for attribute in attrs.fields(cls):
        made = made_by(attribute)
        if attrs.has(type(made)):
            yield from settings_section(f"{name}.{attribute.name}", type(made))


def permissions_page(loaded: Loaded) -> Iterator[str]:
    yield "# Permissions\n"
    yield (
        "A grant is role × permission × scope; the ready roles begin with those below. An entity "
        "has `view`, `create`, `edit`, `delete` and `export`, a transition its own name. An "
        "administrator may change every grant.\n"
    )
    yield table(("Scope", "Reaches"), scopes())
    registry = loaded.registry
    grants: dict[str, list[str]] = {}
    for (role, name), scope in default_grants(registry).items():
        if role != "administrator":
            grants.setdefault(name, []).append(f"{role}: {scope.value}")
    yield "The administrator has every permission on all records.\n"
    rows = []
    for name in sorted(known_permissions(registry)):
        declared = registry.permissions.get(name)
        label = str(declared.label or "") if declared else ""
        rows.append((f"`{name}`", label, ", ".join(grants.get(name, []))))
    yield table(("Permission", "What it allows", "Ready roles"), rows)


def scopes() -> list[tuple[str, ...]]:
    lines = re.findall(r"^(\w+) {2,}(.+)$", inspect.getdoc(Scope) or "", re.MULTILINE)
    return [(f"`{name}`", meaning) for name, meaning in lines]


def events_page(_loaded: Loaded) -> Iterator[str]:
    yield "# Events\n"
    yield (
        "Facts that happened, in the past tense. The fields are the payload of webhooks; "
        "*subjects* are the records whose timeline shows the fact.\n"
    )
    for name in sorted(event_names()):
        cls = event_named(name)
        yield (
            f"## {name}\n\n**{cls.label}.** {prose(cls)}\n"
            if cls.stored
            else f"## {name}\n\n{prose(cls)}\n"
        )
        notes = [f"Class `{cls.__name__}` of `{cls.__module__}`", f"schema {cls.schema}"]
        notes += [] if cls.webhook else ["not sent to webhooks"]
        notes += [] if cls.stored else ["not stored: for handlers in the transaction only"]
        subjects = [f"`{at}` ({entity})" for at, entity in cls.subject_fields.items()]
        notes += [f"subjects: {', '.join(subjects)}"] if subjects else []
        yield f"{'; '.join(notes)}.\n"
        yield table(("Field", "Type", "Default", "Meaning"), fields_rows(cls))


def event_names() -> set[str]:
    """Events of the packages of this checkout; a test process may know others."""
    ours, found = set(catalogs.packages()), set()
    waiting: list[type[Event]] = [Event]
    while waiting:
        for cls in waiting.pop().__subclasses__():
            waiting.append(cls)
            if cls.name and cls.__module__.partition(".")[0] in ours:
                found.add(cls.name)
    return found


def jobs_page(loaded: Loaded) -> Iterator[str]:
    yield "# Jobs\n"
    yield (
        "Background work of `tenon serve` and `tenon worker`. `tenon jobs run NAME` starts one at "
        "once. Times are those of the site's zone.\n"
    )
    rows = []
    for job in sorted(loaded.registry.jobs, key=lambda job: job.name):
        limit = "" if job.timeout is None else f"{job.timeout:g} s"
        rows.append((f"`{job.name}`", str(job.title), starts(job), str(job.retries), limit))
    yield table(("Job", "What it does", "Starts", "Retries", "Limit"), rows)


def starts(job: Job) -> str:
    if isinstance(job.schedule, Every):
        return f"every {job.schedule.minutes} minutes"
    return f"cron `{job.schedule.expression}`" if job.schedule else "when it is asked for"


def commands_page(loaded: Loaded) -> Iterator[str]:
    yield "# Commands\n"
    yield (
        "Every command also takes `--site DIR` (else `TENON_SITE`, else the folder or one above), "
        "`--lang`, `--debug` (shows tracebacks) and `--help`. An error is one line on standard "
        "error and a non-zero exit code.\n"
    )
    for path, command in all_commands(loaded):
        ctx = click.Context(command, info_name=path)
        yield f"## {path}\n\n```text\n{command.get_usage(ctx).removeprefix('Usage: ')}\n```\n"
        yield f"{command.help}\n"
        rows = [
            option_row(param, ctx)
            for param in command.params
            if isinstance(param, click.Option) and not EVERYWHERE & set(param.opts)
        ]
        if rows:
            yield table(("Option", "Value", "Default", "Meaning"), rows)


def option_row(option: click.Option, ctx: click.Context) -> tuple[str, ...]:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else option.make_metavar(ctx).replace("|", " \\| ")
    default = option.get_default(ctx)
    shown = option.show_default and isinstance(default, str | int) and default is not False
    return names, value, f"`{default}`" if shown else "", option.help or ""


def all_commands(loaded: Loaded) -> Iterator[tuple[str, click.Command]]:
    """Each command that does something, with the words that it is called by."""
    yield from leaves("tenon", root)
    for key in loaded.plugins:
        for declared in loaded.registry.commands.of(key):
            yield f"tenon {key} {declared.name}", command_of(declared, key)


def leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, Group):
        yield path, command
        return
    ctx = click.Context(command, info_name=path)
    for name in command.list_commands(ctx):
        if found := command.get_command(ctx, name):
            yield from leaves(f"{path} {name}", found)


def entities_page(loaded: Loaded) -> Iterator[str]:
    yield "# Entities\n"
    yield (
        "What is stored, under `/api/v1/<plugin>/<entity>` and in `tenon import` and `export`. "
        "Besides its fields every record has `id`, `version` and `custom`. *Required* fields "
        "have to be given when a record is created.\n"
    )
    for cls in loaded.registry.stored():
        info = cls.__tenon__
        if info.internal:
            continue
        yield f"## {info.name}\n\n{prose(cls)}\n"
        rows = [
            (f"`{name}`", field.kind, str(field.label), ", ".join(field_notes(cls, name)))
            for name, field in fields_of(cls).items()
            if not field.internal
        ]
        yield table(("Field", "Kind", "Label", "Notes"), rows)


def field_notes(cls: type[Entity], name: str) -> Iterator[str]:
    field, column = fields_of(cls)[name], cls.__table__.columns[name]
    if field.kind == "reference" and field.target:
        yield f"→ `{entity_named(field.target).__tenon__.name}`"
    if field.choices:
        yield " \\| ".join(f"`{code}`" for code in field.choices)
    if field.system:
        yield "written by the system"
    elif not column.nullable and column.default is None and not field.number:
        yield "required"
    if field.read:
        yield f"read: `{field.read}`"
    if field.write:
        yield f"write: `{field.write}`"


def routes_page(loaded: Loaded) -> Iterator[str]:
    yield "# Endpoints beyond records\n"
    yield (
        "What plugins and the core answer besides the records of entities, see "
        "[the API](../api.md). The OpenAPI document at `/api/schema` has their inputs.\n"
    )
    rows = []
    for route in loaded.registry.routes:
        if not isinstance(route, Page):
            who = "public" if route.public else f"`{route.permission}`"
            at = f"`{route.method} /api/v1/{route.path.strip('/')}`"
            rows.append((at, str(route.summary), who))
    yield table(("Endpoint", "What it does", "Permission"), sorted(rows))


PAGES: Mapping[str, Callable[[Loaded], Iterable[str]]] = {
    "hooks": hooks_page,
    "settings": settings_page,
    "permissions": permissions_page,
    "events": events_page,
    "commands": commands_page,
    "jobs": jobs_page,
    "entities": entities_page,
    "routes": routes_page,
}


def pages() -> dict[str, str]:
    """File name -> text of every page of the reference."""
    loaded = boot()
    return {
        f"{name}.md": "\n".join([*filter(None, make(loaded)), WRITTEN])
        for name, make in PAGES.items()
    }


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if not path.is_file() or path.read_text("utf-8") != text:
            stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    print(f"{'out of date' if check else 'written'}: {', '.join(stale) or 'nothing'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
