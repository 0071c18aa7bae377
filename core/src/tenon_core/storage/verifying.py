"""Looking whether the sealed audit trail is still what was sealed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, field, frozen
from sqlalchemy import Connection, func, select
from sqlalchemy.engine import Row

from tenon_core.entities.audit import AuditBlock, AuditEntry
from tenon_core.storage.sealing import Head, canonical, digest_of, entries
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _

PAGE = 5_000
BLOCKS = 500
SHOWN = 100
BELOW_ALL = -(2**63)
Progress = Callable[[int, int], None]


@frozen(kw_only=True)
class Problem:
    """What is wrong with a block, or with the whole trail (`block` is None).

    kind  `changed`, `missing`, `added`: its entries; `chain`: the block itself or its order;
          `anchor`: the trail is not the one that the anchor was written down from
    """

    kind: str
    message: Text
    block: int | None = None
    from_seq: int | None = None
    to_seq: int | None = None


@define(kw_only=True)
class Report:
    """The result: `problems` holds the first hundred, `found` counts them all.

    `anchor` is `number:digest` of the last block; written down elsewhere and given as `expected`
    next time, it shows whether the trail was cut off or made anew. `unsealed` entries are not
    covered yet.
    """

    blocks: int = 0
    entries: int = 0
    unsealed: int = 0
    found: int = 0
    problems: list[Problem] = field(factory=list)
    anchor: str | None = None
    seconds: float = 0.0

    @property
    def sound(self) -> bool:
        return self.found == 0

    def add(self, problem: Problem) -> None:
        self.found += 1
        if len(self.problems) < SHOWN:
            self.problems.append(problem)


def verify(ctx: Any, progress: Progress | None = None, *, expected: str | None = None) -> Report:
    """Compares every sealed entry with its seal; memory does not grow with the trail.

    `progress(done, total)` is told of entries. `expected` is an anchor of an earlier report.
    Raises Invalid for an anchor that is none.
    """
    began = time.monotonic()
    anchor = _parse(expected) if expected else None
    connection: Connection = ctx.connection
    last = connection.scalar(select(func.max(AuditBlock.to_seq))) or 0
    total = connection.scalar(_counted().where(AuditEntry.seq <= last)) or 0
    report = Report(unsealed=connection.scalar(_counted().where(AuditEntry.seq > last)) or 0)

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, total)

    _compare(connection, last, report, tell)
    if anchor is not None:
        _check_anchor(connection, anchor, report)
    report.seconds = time.monotonic() - began
    return report


def _counted() -> Any:
    return select(func.count()).select_from(AuditEntry)


def _parse(expected: str) -> tuple[int, str]:
    number, _colon, digest = expected.strip().partition(":")
    if not number.isdecimal() or len(digest) != 64:
        raise Invalid({"expected": _("Enter an anchor as number:digest.")})
    return int(number), digest


def _compare(
    connection: Connection, last: int, report: Report, progress: Callable[[int], None]
) -> None:
    lines = _Lines(entries(connection, BELOW_ALL, last, PAGE))
    previous, number, until = "", 0, 0
    for block, sealed in _blocks(connection):
        number += 1
        if block.number != number or block.previous != previous or block.from_seq <= until:
            report.add(_problem("chain", block))
        digest = digest_of(block, lines.until(block.to_seq))
        if lines.count != block.count or digest != sealed:
            report.add(_problem(_kind(lines.count, block.count), block))
        report.blocks += 1
        report.entries += lines.count
        progress(report.entries)
        previous, number, until = sealed, block.number, block.to_seq
    report.anchor = f"{number}:{previous}" if number else None


class _Lines:
    """The lines of one block after the other, from one pass over the entries."""

    def __init__(self, rows: Iterator[Row[Any]]) -> None:
        self._rows = rows
        self._waiting = next(rows, None)
        self.count = 0

    def until(self, seq: int) -> Iterator[bytes]:
        """Those up to `seq`; `count` tells afterwards how many they were."""
        self.count = 0
        while self._waiting is not None and self._waiting[0] <= seq:
            self.count += 1
            yield canonical(self._waiting)
            self._waiting = next(self._rows, None)


def _blocks(connection: Connection) -> Iterator[tuple[Head, str]]:
    table = AuditBlock.__table__
    after = 0
    while True:
        page = select(table).where(table.c.number > after).order_by(table.c.number).limit(BLOCKS)
        found = [dict(row) for row in connection.execute(page).mappings()]
        for row in found:
            digest = row.pop("digest")
            yield Head(**row), digest
        if len(found) < BLOCKS:
            return
        after = found[-1]["number"]


def _kind(count: int, sealed: int) -> str:
    return "missing" if count < sealed else "added" if count > sealed else "changed"


MESSAGES = {
    "chain": _("Block {number} does not follow the one before it."),
    "changed": _("Entries {first} to {last} (block {number}) were changed after they were sealed."),
    "missing": _("Of the entries {first} to {last} (block {number}), some were deleted."),
    "added": _("Among the entries {first} to {last} (block {number}), some were put in later."),
}


def _problem(kind: str, block: Head) -> Problem:
    message = MESSAGES[kind].format(number=block.number, first=block.from_seq, last=block.to_seq)
    return Problem(
        kind=kind,
        message=message,
        block=block.number,
        from_seq=block.from_seq,
        to_seq=block.to_seq,
    )


def _check_anchor(connection: Connection, anchor: tuple[int, str], report: Report) -> None:
    number, digest = anchor
    found = connection.scalar(select(AuditBlock.digest).where(AuditBlock.number == number))
    if found is None:
        message = _("Block {number} is missing: the end of the trail was cut off.", number=number)
        report.add(Problem(kind="anchor", message=message, block=number))
    elif found != digest:
        message = _("Block {number} is not the one that was there before.", number=number)
        report.add(Problem(kind="anchor", message=message, block=number))
