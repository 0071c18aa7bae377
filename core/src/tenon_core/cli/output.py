"""What the terminal shows: lines, tables, JSON for programs, progress of long work."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from enum import Enum
from typing import Any

from tenon_sdk.text import Text, _, translate

Tell = Callable[[int, int | None], None]
PLAIN_WIDTH = 100_000
# Plain lines come no more often than the first, and no more seldom than the second.
LEAST_SECONDS, PLAIN_SECONDS = 1.0, 5.0


def say(text: str) -> None:
    """One line on standard output, translated if it is a `Text`."""
    print(translate(text), flush=True)


def warn(text: str) -> None:
    print(translate(text), file=sys.stderr)


def show_lines(text: str) -> None:
    """Text that is there already, at once even when the output is no terminal."""
    print(text, end="", flush=True)


def show(
    rows: Sequence[Mapping[str, Any]],
    columns: Mapping[str, Text],
    *,
    as_json: bool = False,
    empty: Text | None = None,
) -> None:
    """Rows as an aligned table with the headings `columns`, or all they hold as JSON."""
    if as_json:
        show_json([dict(row) for row in rows])
    elif rows or empty is None:
        _table(rows, columns)
    else:
        say(empty)


def show_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Text]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, emoji=False)
    on_terminal = console.is_terminal
    table = Table(box=box.SIMPLE_HEAD if on_terminal else None, pad_edge=False)
    for name, heading in columns.items():
        numbers = all(isinstance(row.get(name), int | None) for row in rows) and bool(rows)
        table.add_column(
            translate(heading), justify="right" if numbers else "left", no_wrap=not on_terminal
        )
    for row in rows:
        table.add_row(*(shown(row.get(name)) for name in columns))
    if on_terminal:
        console.print(table)
        return
    plain = Console(width=PLAIN_WIDTH, highlight=False, markup=False, emoji=False)
    with plain.capture() as captured:
        plain.print(table)
    for line in captured.get().splitlines():
        print(line.rstrip())


def shown(value: Any) -> str:
    """A value as a table's cell: short, translated, times to the second."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return translate(_("yes") if value else _("no"))
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, str):
        return translate(value)
    if isinstance(value, Sequence | set | frozenset):
        return ", ".join(shown(part) for part in value)
    return str(value)


@contextmanager
def progress(label: Text) -> Iterator[Tell]:
    """Gives a function that is told `(done, total)`; a bar on a terminal, else a line at times."""
    if sys.stderr.isatty():
        yield from _bar(label)
    else:
        yield _Lines(label)


def _bar(label: Text) -> Iterator[Tell]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(translate(label), total=None)

        def tell(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)

        yield tell


class _Lines:
    """Says something every tenth of the way and at times; nothing of what is done at once."""

    def __init__(self, label: Text) -> None:
        self.label = label
        self._tenth, self._at = 0, time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        tenth = done * 10 // total if total else 0
        now = time.monotonic()
        waited = now - self._at
        if waited < LEAST_SECONDS or (tenth <= self._tenth and waited < PLAIN_SECONDS):
            return
        self._tenth, self._at = tenth, now
        shown_total = "?" if total is None else total
        warn(_("{label}: {done} of {total}", label=self.label, done=done, total=shown_total))
