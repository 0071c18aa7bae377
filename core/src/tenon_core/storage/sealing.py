"""Sealing the audit trail: blocks of entries, each hashed together with the block before it.

An entry can be sealed only when nothing can come before it any more. On SQLite one transaction
writes at a time, so everything stored is final. On PostgreSQL a transaction may have drawn a
number and commit it later than a higher one. Such a transaction holds a ROW EXCLUSIVE lock on
the table from before it draws its first number until after its rows are visible. So whoever
may still bring a number up to H (the highest one visible) is among the holders of that lock
right after H was read; once all these have ended, everything up to H is final. Nobody is kept
waiting for this: the sealer looks at the locks and takes none (`CREATE INDEX CONCURRENTLY`
waits for writers in the same way).

The digest of a block is the SHA-256 over lines, each ended by a line feed: the block's head
`[1,number,previous,from_seq,to_seq,count,sealed_at]`, then each entry as the JSON array of its
columns in the order of `ENTRY`. This JSON is the same on both databases: UTF-8, no spaces, keys
sorted, ids and times as text, numbers in their shortest exact form.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from attrs import asdict, frozen
from sqlalchemy import Connection, Text, cast, func, insert, select, text, type_coerce
from sqlalchemy.engine import Row

from tenon_core.entities.audit import AuditBlock, AuditEntry
from tenon_sdk.declarations import Health, HealthCheck, Level
from tenon_sdk.jobs import Every, Job
from tenon_sdk.text import _

log = logging.getLogger("tenon.audit")

FORMAT = 1
BLOCK = 1_000
WAIT_SECONDS = 20.0
LATE = timedelta(hours=6)
ENTRY = (
    "seq", "at", "actor_id", "actor_name", "on_behalf_of", "origin", "ip", "request_id", "reason",
    "action", "entity", "record_id", "changes",
)  # fmt: skip
TIME = "%Y-%m-%dT%H:%M:%S.%fZ"

WRITERS = text(
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    "AND relation = 'core_audit_entry'::regclass AND mode = 'RowExclusiveLock' "
    "AND granted AND pid IS DISTINCT FROM pg_backend_pid()"
)


def _number(literal: str) -> Decimal:
    """A number with a fraction or an exponent as its shortest exact decimal: 1e2 is 100."""
    whole, _point, fraction = format(Decimal(literal), "f").partition(".")
    fraction = fraction.rstrip("0")
    shortest = Decimal(f"{whole}.{fraction}" if fraction else whole)
    return shortest or Decimal(0)


_decode = msgspec.json.Decoder(float_hook=_number).decode
_encode = msgspec.json.Encoder(order="deterministic", decimal_format="number").encode


def canonical(row: Row[Any]) -> bytes:
    """One entry, as `entries` reads it, in the form that is hashed."""
    values = list(row)
    with suppress(msgspec.DecodeError):  # lone surrogates, on SQLite only: hashed as they stand
        values[-1] = _decode(values[-1])
    return _encode(values)


def entries(connection: Connection, after: int, until: int, size: int) -> Iterator[Row[Any]]:
    """Entries with `after < seq <= until` in order, read `size` at a time, columns as text."""
    columns = _columns(connection.dialect.name)
    while True:
        page = (
            select(*columns)
            .where(AuditEntry.seq > after, AuditEntry.seq <= until)
            .order_by(AuditEntry.seq)
            .limit(size)
        )
        rows = connection.execute(page).all()
        yield from rows
        if len(rows) < size:
            return
        after = rows[-1][0]


def _columns(dialect: str) -> list[Any]:
    """What the driver holds anyway, so that nothing is converted there and back."""
    if dialect == "sqlite":
        return [getattr(AuditEntry, n) if n == "seq" else _raw(n) for n in ENTRY]
    found = [getattr(AuditEntry, name) for name in ENTRY]
    utc = func.timezone("UTC", AuditEntry.at)
    found[1] = func.to_char(utc, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    return [
        cast(column, Text) if name.endswith(("_id", "_of")) or name == "changes" else column
        for name, column in zip(ENTRY, found, strict=True)
    ]


def _raw(name: str) -> Any:
    return type_coerce(getattr(AuditEntry, name), Text)


@frozen(kw_only=True)
class Head:
    """What a block says of itself besides its entries."""

    number: int
    previous: str
    from_seq: int
    to_seq: int
    count: int
    sealed_at: datetime

    def line(self) -> bytes:
        return _encode(
            [
                FORMAT,
                self.number,
                self.previous,
                self.from_seq,
                self.to_seq,
                self.count,
                self.sealed_at.strftime(TIME),
            ]
        )


def digest_of(head: Head, lines: Iterable[bytes]) -> str:
    digest = hashlib.sha256(head.line() + b"\n")
    for line in lines:
        digest.update(line + b"\n")
    return digest.hexdigest()


def horizon(connection: Connection, wait: float = WAIT_SECONDS) -> int | None:
    """The highest number up to which no entry can appear any more; None if that is not known.

    Waits at most `wait` seconds for transactions that were writing when it began.
    """
    highest = connection.scalar(select(func.max(AuditEntry.seq))) or 0
    if connection.dialect.name == "sqlite":
        return highest
    until = time.monotonic() + wait
    writing = set(connection.execute(WRITERS).scalars())
    while writing:
        if time.monotonic() >= until:
            return None
        time.sleep(0.05)
        writing &= set(connection.execute(WRITERS).scalars())
    return highest


def seal(connection: Connection, now: datetime, wait: float = WAIT_SECONDS) -> int:
    """Seals what is final and not sealed yet, in the caller's transaction; tells how many.

    On PostgreSQL the transaction must be READ COMMITTED, as it is by default.
    """
    last = _last_block(connection)
    number, previous, sealed = (last.number, last.digest, last.to_seq) if last else (0, "", 0)
    until = horizon(connection, wait)
    if until is None or until <= sealed:
        return 0
    total = 0
    for rows in _portions(entries(connection, sealed, until, BLOCK), BLOCK):
        number += 1
        head = Head(
            number=number,
            previous=previous,
            from_seq=rows[0][0],
            to_seq=rows[-1][0],
            count=len(rows),
            sealed_at=now,
        )
        previous = digest_of(head, map(canonical, rows))
        connection.execute(insert(AuditBlock).values(**asdict(head), digest=previous))
        total += len(rows)
    if total:
        log.info("audit trail sealed up to block %d, anchor %d:%s", number, number, previous)
    return total


def _last_block(connection: Connection) -> Any:
    newest = select(AuditBlock.number, AuditBlock.digest, AuditBlock.to_seq)
    return connection.execute(newest.order_by(AuditBlock.number.desc()).limit(1)).one_or_none()


def _portions(rows: Iterator[Row[Any]], size: int) -> Iterator[list[Row[Any]]]:
    portion: list[Row[Any]] = []
    for row in rows:
        portion.append(row)
        if len(portion) == size:
            yield portion
            portion = []
    if portion:
        yield portion


def seal_audit(ctx: Any, _args: Mapping[str, Any]) -> int:
    return seal(ctx.connection, ctx.now)


def _sealed_in_time(ctx: Any) -> Health:
    last = _last_block(ctx.connection)
    waiting = select(func.min(AuditEntry.at)).where(AuditEntry.seq > (last.to_seq if last else 0))
    oldest = ctx.connection.scalar(waiting)
    if oldest is not None and ctx.now - oldest > LATE:
        return Health(
            level=Level.WARNING,
            message=_("Audit entries since {since} are not sealed.", since=oldest.isoformat()),
        )
    return Health(level=Level.OK, message=_("The audit trail is sealed."))


JOBS = (
    Job(
        name="core.seal_audit",
        title=_("Seal the audit trail"),
        run=seal_audit,
        schedule=Every(10),
    ),
)
HEALTH_CHECKS = (
    HealthCheck(key="core.audit_sealed", label=_("Seal of the audit trail"), run=_sealed_in_time),
)
