"""The figures as tables, on the terminal and in a file."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from bench.measure import Pair
from bench.sites import Place
from bench.work import Spent

# Of the issue: the least share of the limit; milliseconds at most; records a second at least.
SHARES = {"list": 0.8, "get": 0.6}
SEARCH_MS = 2.5
IMPORT_RATE = 10_000


@frozen(kw_only=True)
class Line:
    """One measured operation."""

    dialect: str
    rows: int
    actor: str
    name: str
    statements: int
    ours: tuple[float, float]
    raw: tuple[float, float]
    share: float
    rate: float
    goal: str


def of_requests(place: Place, actor: str, name: str, count: int, pair: Pair) -> Line:
    goal = f"≥ {SHARES[name]}" if name in SHARES else ""
    goal = f"≤ {SEARCH_MS} ms" if name == "search" else goal
    rate = pair.ours.requests / pair.ours.seconds
    return Line(
        dialect=place.dialect,
        rows=place.rows,
        actor=actor,
        name=name,
        statements=count,
        ours=pair.ours.parts,
        raw=pair.raw.parts,
        share=pair.share,
        rate=rate,
        goal=goal,
    )


def of_work(place: Place, name: str, ours: Spent, raw: Spent) -> Line:
    """Milliseconds of CPU a record; the rate is records a second of wall time."""
    mine, theirs = (1_000 / each.rate if each.rate else 0.0 for each in (ours, raw))
    goal = f"≥ {IMPORT_RATE:,} rows/s" if name == "import" else ""
    rate = ours.count / ours.wall if ours.wall else 0.0
    share = theirs / mine if mine else 0.0
    return Line(
        dialect=place.dialect,
        rows=place.rows,
        actor="admin",
        name=name,
        statements=ours.statements,
        ours=(mine, 0.0),
        raw=(theirs, 0.0),
        share=share,
        rate=rate,
        goal=goal,
    )


HEADER = (
    "database", "rows", "who", "operation", "SQL", "CPU ms: ours", "limit", "share", "per s",
    "goal",
)  # fmt: skip


def table(lines: Iterable[Line]) -> str:
    """Markdown; CPU is that of the server + that of PostgreSQL, for a request or a record."""
    rows = [HEADER, *map(_cells, lines)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEADER))]
    shown = [_row(row, widths) for row in rows]
    rule = "|".join(["", *("-" * (width + 2) for width in widths), ""])
    return "\n".join([shown[0], rule, *shown[1:]])


def _cells(line: Line) -> tuple[str, ...]:
    return (
        line.dialect,
        f"{line.rows:,}",
        line.actor,
        line.name,
        str(line.statements),
        cpu(line.ours),
        cpu(line.raw),
        f"{line.share:.2f}",
        f"{line.rate:,.0f}",
        line.goal,
    )


def cpu(parts: tuple[float, float]) -> str:
    own, theirs = parts
    return f"{own:.3f} + {theirs:.3f}" if theirs else f"{own:.3f}"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(width) if index < 4 else cell.rjust(width)
        for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def write(lines: Sequence[Line], command: str, folder: Path) -> Path:
    """`results-<date>.md` with the machine and the command."""
    now = datetime.now(UTC)
    path = folder / f"results-{now:%Y-%m-%d}.md"
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    head = (
        f"# {now:%Y-%m-%d}\n\n`{command}` on {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, {platform.system()}; load at the end {load:.1f}.\n\n"
        "How to read it: README.md.\n\n"
    )
    path.write_text(head + table(lines) + "\n", encoding="utf-8")
    return path
