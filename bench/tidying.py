"""Taking away what a measurement has created, so that the next one meets the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select
from uuid_utils.compat import uuid7

from tenon_core.entities import (
    Account,
    AuditEntry,
    CareDue,
    DuplicateKey,
    DuplicatePair,
    OwnershipPeriod,
)
from tenon_core.site import Site
from tenon_core.storage.search import remove, settle

STATISTICS = {"sqlite": "ANALYZE", "postgresql": "VACUUM ANALYZE"}
CHUNK = 5_000


@contextmanager
def tidied(site: Site) -> Iterator[None]:
    """Ids rise with the time, so what is newer than the beginning goes at the end."""
    before = uuid7()
    yield
    forget(site, before)


def forget(site: Site, before: UUID) -> None:
    """Deletes accounts that are newer than an id, with their traces."""
    account: Any = Account.__table__
    with site.engine.begin() as connection:
        ids = connection.scalars(select(account.c.id).where(account.c.id > before)).all()
        for start in range(0, len(ids), CHUNK):
            remove(connection, "core.account", ids[start : start + CHUNK])
        for entity, column in (
            (AuditEntry, "record_id"),
            (OwnershipPeriod, "record_id"),
            (DuplicateKey, "record_id"),
            (CareDue, "account_id"),
        ):
            table: Any = entity.__table__
            connection.execute(delete(table).where(table.c[column] > before))
        pair: Any = DuplicatePair.__table__
        newer = or_(pair.c.first_id > before, pair.c.second_id > before)
        connection.execute(delete(pair).where(newer))
        connection.execute(delete(account).where(account.c.id > before))
        settle(connection)
    refresh_statistics(site)


def refresh_statistics(site: Site) -> None:
    """What PostgreSQL's autovacuum would do, at a moment that does not disturb."""
    engine = site.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(STATISTICS[connection.dialect.name])
