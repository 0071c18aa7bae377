"""The table of entries, of the same columns on both databases but for its tokens."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from attrs import frozen
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Identity,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY

from tenon_core.storage.reading import Reading
from tenon_core.storage.search.entries import Candidate, Entry
from tenon_core.storage.search.query import AllOf
from tenon_sdk.types import Guid

NAME = "core_search_entry"
COLUMNS = "entity, record_id, title, subtitle, keywords, weight, updated_ms"


def table(metadata: MetaData) -> Table:
    """`core_search_entry`, a row for each record that can be found; declared once a metadata.

    `tokens` are hashed to 32 bits on PostgreSQL and words between spaces on SQLite.
    """
    if NAME in metadata.tables:
        return metadata.tables[NAME]
    return Table(
        NAME,
        metadata,
        Column(
            "id",
            BigInteger().with_variant(Integer(), "sqlite"),
            Identity(),
            primary_key=True,
        ),
        Column("entity", Text, nullable=False),
        Column("record_id", Guid(), nullable=False),
        Column("title", Text, nullable=False),
        Column("subtitle", Text, nullable=False),
        Column("keywords", Text, nullable=False),
        Column("weight", Integer, nullable=False),
        Column("updated_ms", BigInteger, nullable=False),
        Column("tokens", ARRAY(Integer).with_variant(Text(), "sqlite"), nullable=False),
        UniqueConstraint("record_id", "entity", name=f"uq_{NAME}_record"),
    )


@frozen
class Round:
    """Rows that have the wanted tokens; `complete` when there are no others."""

    rows: list[Candidate]
    complete: bool


class Pool(Protocol):
    """A part of the index in which somebody may find something, for one search."""

    def rounds(self, ways: Sequence[AllOf], enough: int) -> Iterator[Round]:
        """Rows that match one of the ways, in rounds of growing cost; the caller stops when it
        has enough. Each round is bounded whatever the size of the table and however common the
        tokens are; an intersection of common tokens that is itself rare is the exception, and
        takes time in proportion to the rarest of them.
        """


class Index(Protocol):
    """What a database does for the search; every method works in the transaction it is given."""

    def create(self, connection: Connection) -> None: ...

    def drop(self, connection: Connection) -> None: ...

    def upsert(self, connection: Connection, entries: Sequence[Entry]) -> None: ...

    def remove(self, connection: Connection, entity: str, ids: Sequence[str]) -> None: ...

    def pools(self, reading: Reading, groups: Sequence[AllOf]) -> list[Pool]: ...

    def settle(self, connection: Connection) -> None: ...

    def suspend(self, connection: Connection) -> None: ...

    def resume(self, connection: Connection) -> None: ...
