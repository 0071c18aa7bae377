"""What is wrong with a site's plugins and their tables, as `tenon plugin doctor` tells it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from attrs import frozen
from sqlalchemy import Connection

from tenon_core.kernel.discovery import PluginError
from tenon_core.kernel.installation import Installation
from tenon_core.kernel.lifecycle import trial
from tenon_core.storage.differences import differences
from tenon_core.storage.lines import SEARCH_TABLES, glue_lines, lines_of, own_line, owner_of
from tenon_core.storage.migrate import pending, reading, version_tables
from tenon_core.storage.ownership import binding_keys, stored_tables, violations
from tenon_sdk.errors import TenonError
from tenon_sdk.text import Text, _, translate

Kind = Literal[
    "set", "missing", "quarantined", "released", "ownership", "unreadable", "pending",
    "differences", "orphan_table", "version_table", "binding_key",
]  # fmt: skip


@frozen
class Problem:
    """One thing to repair; `plugin` is the key of whose it is, "" when nobody's."""

    kind: Kind
    plugin: str
    message: Text

    def __str__(self) -> str:
        return translate(self.message)


def doctor(found: Installation) -> list[Problem]:
    """All problems that can be seen without running anything; [] when the site is sound."""
    problems: list[Problem] = []
    steps: tuple[Callable[[Installation], Iterator[Problem]], ...] = (_packages, _lines, _tables)
    for step in steps:
        try:
            problems += step(found)
        except TenonError as error:
            problems.append(Problem("unreadable", "", error.message))
    return problems


def _packages(found: Installation) -> Iterator[Problem]:
    states = found.states()
    try:
        loaded = trial(found)
    except PluginError as error:
        yield Problem("set", "", error.message)
        return
    for key, quarantine in sorted(loaded.quarantined.items()):
        kind: Kind = "quarantined" if key in found.found else "missing"
        message = _("Plugin “{key}” is quarantined: {reason}", key=key, reason=quarantine.reason)
        yield Problem(kind, key, message)
        if states[key].released:
            yield Problem(
                "released",
                key,
                _("What plugin “{key}” protects is open although it does not run.", key=key),
            )
    for key, plugin in loaded.plugins.items():
        for wrong in violations(plugin):
            yield Problem("ownership", key, wrong)


def _lines(found: Installation) -> Iterator[Problem]:
    plugins = found.running()
    waiting = {step.line for step in pending(found.engine, plugins)}
    for line in lines_of(plugins):
        if line.name in waiting:
            message = _(
                "Migrations of “{line}” did not run yet; run “tenon migrate”.", line=line.name
            )
            yield Problem("pending", line.plugin, message)
            continue
        for change in differences(found.engine, line):
            message = _(
                "The database is not as “{line}” declares it: {change}",
                line=line.name,
                change=change,
            )
            yield Problem("differences", line.plugin, message)


def _tables(found: Installation) -> Iterator[Problem]:
    with reading(found.engine) as connection:
        versions = version_tables(connection)
        for name, (plugin, other) in versions.items():
            for key in (plugin, other):
                if key is not None and key != "core" and key not in found.found:
                    message = _(
                        "“{table}” is of plugin “{key}”, which is not installed. Install it or "
                        "purge it with --force.",
                        table=name,
                        key=key,
                    )
                    yield Problem("version_table", key, message)
        yield from _orphans(found, connection, {plugin for plugin, _other in versions.values()})
        for table, target in binding_keys(connection):
            message = _(
                "A foreign key of “{table}” keeps rows of “{target}” from being deleted.",
                table=table,
                target=target,
            )
            yield Problem("binding_key", owner_of(table), message)


def _orphans(found: Installation, connection: Connection, versioned: set[str]) -> Iterator[Problem]:
    known: set[str] = set()
    for plugin in [*found.ordered([]), *found.readable().values()]:
        for line in (own_line(plugin), *glue_lines(plugin)):
            known |= line.created_tables()
    readable = {"core", *found.readable()}
    for table in stored_tables(connection):
        owner = owner_of(table)
        unknown = owner in readable and table not in known and not table.startswith(SEARCH_TABLES)
        if owner not in versioned or unknown:
            yield Problem(
                "orphan_table",
                owner,
                _("No migration of an installed plugin makes table “{table}”.", table=table),
            )
