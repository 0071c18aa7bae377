"""What a large import leaves for later: rows that can be derived from those it has stored.

Inside a transaction that postpones, followers of changes note what they would have done instead
of doing it. The note is stored with the records themselves, so that neither can be without the
other; whoever does the work takes the note away in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import define, field
from sqlalchemy import Connection, Row, func, select

from tenon_core.entities.system import FollowUp
from tenon_core.storage.inserting import id_text, insert_rows

SEARCH, KEYS, PERIODS = KINDS = ("search", "keys", "periods")
# Records of a note: whoever does it holds the one write lock of SQLite meanwhile.
NOTE = 1_000
_LATER = "tenon_later"


@define
class Later:
    """What a session postpones, and for which import.

    `known` are values of records that were just written (owner, unit), so that they need not be
    read again.
    """

    source: UUID | None
    kinds: frozenset[str]
    known: dict[UUID, tuple[UUID | None, UUID | None]] = field(factory=dict)


def begin(session: Any, source: UUID | None, kinds: Collection[str] = KINDS) -> None:
    """From now on, until it ends, the session's transaction postpones these kinds of work."""
    session.info[_LATER] = Later(source, frozenset(kinds))


def later(session: Any, kind: str | None = None) -> Later | None:
    """What the session postpones, None if it does not postpone this kind of work."""
    found: Later | None = session.info.get(_LATER)
    if found is not None and kind is not None and kind not in found.kinds:
        return None
    return found


def postpone(
    ctx: Any, kind: str, entity: str, ids: Collection[UUID], said: Mapping[str, Any] | None = None
) -> None:
    """Notes in the context's transaction that this is still to be done for these records.

    `said` is JSON that whoever does it needs beside the ids. NOTE records go into one note.
    """
    source, every = later(ctx.session), list(ids)
    rows = [
        {
            "kind": kind,
            "entity": entity,
            "source": source.source if source is not None else None,
            "first_id": min(some),
            "last_id": max(some),
            "size": len(some),
            "records": {"ids": [id_text(id_) for id_ in some], **(said or {})},
            "at": ctx.now,
        }
        for start in range(0, len(every), NOTE)
        for some in (every[start : start + NOTE],)
    ]
    table: Any = FollowUp.__table__
    insert_rows(ctx.connection, table, rows)


def waiting(connection: Connection, source: UUID | None = None, *, kind: str | None = None) -> int:
    """How many records wait, of one import or kind or of all; one counts for each kind of work."""
    total = select(func.coalesce(func.sum(FollowUp.size), 0))
    if source is not None:
        total = total.where(FollowUp.source == source)
    if kind is not None:
        total = total.where(FollowUp.kind == kind)
    return int(connection.execute(total).scalar_one())


def oldest(connection: Connection) -> datetime | None:
    """Since when something waits; None if nothing does."""
    return connection.execute(select(func.min(FollowUp.at))).scalar_one()


def notes_of(
    connection: Connection, kind: str, entity: str, ids: Sequence[UUID]
) -> Iterator[tuple[Row[Any], set[UUID]]]:
    """Notes that name any of these records, each with those of them that it names."""
    if not ids:
        return
    near = select(FollowUp.__table__).where(
        FollowUp.kind == kind,
        FollowUp.entity == entity,
        FollowUp.first_id <= max(ids),
        FollowUp.last_id >= min(ids),
    )
    wanted = {str(id_) for id_ in ids}
    for row in connection.execute(near).all():
        mine = wanted.intersection(row.records["ids"])
        if mine:
            yield row, {UUID(id_) for id_ in mine}
