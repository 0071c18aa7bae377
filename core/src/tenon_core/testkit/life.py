"""The life cycle of a site's plugins as tests call it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from sqlalchemy import MetaData, Table, select

from tenon_core.kernel import lifecycle, purging, restoring
from tenon_core.kernel.discovery import Found
from tenon_core.kernel.installation import Installation, installation
from tenon_core.storage.differences import differences
from tenon_core.storage.lines import Line, glue_lines, lines_of, own_line
from tenon_core.storage.migrate import downgrade
from tenon_core.storage.ownership import tables_of


@frozen
class CoreLife:
    """See `tenon_sdk.testing.backend.Life` for what each method promises."""

    installation: Installation

    def enable(self, *plugins: str) -> None:
        lifecycle.enable(self.installation, plugins)

    def disable(self, plugin: str) -> None:
        lifecycle.disable(self.installation, plugin)

    def purge(self, plugin: str) -> Path:
        return purging.purge(self.installation, plugin)

    def restore(self, archive: Path) -> None:
        restoring.restore(self.installation, archive)

    def upgrade(self) -> None:
        lifecycle.migrate(self.installation)

    def downgrade(self, plugin: str) -> None:
        every = lines_of(self.installation.running())
        mine = [line for line in reversed(every) if plugin in {line.plugin, line.other}]
        for line in mine:
            downgrade(self.installation.engine, line, lines=[x for x in every if x != line])

    def differences(self, plugin: str) -> list[str]:
        return [
            found
            for line in self._lines(plugin)
            for found in differences(self.installation.engine, line)
        ]

    def _lines(self, plugin: str) -> list[Line]:
        manifest = self.installation.manifest(plugin)
        glue = glue_lines(manifest, self.installation.enabled())
        return [line for line in (own_line(manifest), *glue) if line.exists or _declares(line)]

    def tables(self, plugin: str) -> list[str]:
        with self.installation.engine.connect() as connection:
            return tables_of(connection, plugin)

    def rows(self, plugin: str) -> Mapping[str, list[tuple[Any, ...]]]:
        found: dict[str, list[tuple[Any, ...]]] = {}
        with self.installation.engine.connect() as connection:
            for name in tables_of(connection, plugin):
                table = Table(name, MetaData(), autoload_with=connection)
                rows = connection.execute(select(table)).all()
                found[name] = sorted((tuple(row) for row in rows), key=repr)
        return found


def _declares(line: Line) -> bool:
    return bool(line.declared_tables())


@contextmanager
def open_life(folder: Path, found: Mapping[str, Found]) -> Iterator[CoreLife]:
    with installation(folder, found=found) as opened:
        yield CoreLife(opened)
