"""Long work, measured in this process: import, hand-over, merge, each beside its bare rows."""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from attrs import define
from sqlalchemy import insert, select, update
from uuid_utils.compat import uuid7

from bench.load import Data
from bench.measure import cpu, since
from bench.names import Names
from bench.sites import Place
from bench.statements import Counter
from tenon_core.customers import handover, merging
from tenon_core.customers.handover.planning import Plan
from tenon_core.entities import (
    Account,
    Activity,
    AuditEntry,
    Contact,
    ContactAccount,
    HandoverItem,
)
from tenon_core.site import Site
from tenon_core.storage.inserting import insert_rows
from tenon_core.transfer.following import follow
from tenon_core.transfer.importing import import_file
from tenon_core.transfer.runs import ImportRequest

COLUMNS = ("Name", "Phone", "E-mail", "Website", "Status", "Region")
MERGES = 5


@define
class Spent:
    """CPU and wall seconds of a piece of work on `count` records."""

    count: int = 0
    cpu: float = 0.0
    wall: float = 0.0
    statements: int = 0

    @property
    def rate(self) -> float:
        """Records a second of CPU."""
        return self.count / self.cpu if self.cpu else 0.0


@contextmanager
def _spending(place: Place) -> Iterator[Spent]:
    pids = [os.getpid()] if place.postgres is None else [os.getpid(), place.postgres]
    spent, began, before = Spent(), time.perf_counter(), cpu(pids)
    yield spent
    spent.cpu, spent.wall = since(before, pids), time.perf_counter() - began


def _work(place: Place, counter: Counter, count: int, work: Callable[[], Any]) -> tuple[Any, Spent]:
    """Measured and counted at once: to do it twice would be to do it on other data."""
    with _spending(place) as spent:
        found, spent.statements = counter.work(work)
    spent.count = count
    return found, spent


def imported(
    site: Site, place: Place, data: Data, counter: Counter, rows: int
) -> tuple[Spent, Spent, Spent]:
    """A CSV file of accounts, row by row, as the administrator, until they are committed and seen;
    its bare rows; and what a job makes of them afterwards: search, keys of duplicates, periods.
    """
    path = place.folder / "accounts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_file_rows(rows, place.rows))
    request = ImportRequest(entity="core.account")
    user = UUID(data.users["admin"])
    report, spent = _work(
        place, counter, rows, lambda: import_file(site, user, Account, path, request)
    )
    if report.created != rows:
        raise RuntimeError(f"{report.created} of {rows} rows were imported: {report.faults[:3]}")
    _records, followed = _work(place, counter, rows, lambda: follow(site))
    with _spending(place) as raw, site.engine.begin() as connection:
        insert_rows(connection, Account.__table__, list(_bare(path, site, user)))  # type: ignore[arg-type]
    raw.count = rows
    return spent, raw, followed


def _file_rows(count: int, seed: int) -> Iterator[tuple[str, ...]]:
    names = Names(seed + int(time.time()))
    for number in range(count):
        region = names.region()
        site = f"https://www.example{number}.com"
        mail = f"info@example{number}.com"
        yield names.company(region), names.phone(), mail, site, "active", region


def _bare(path: Path, site: Site, user: UUID) -> Iterator[dict[str, Any]]:
    now, start = site.clock(), uuid7().hex[:12]
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file)):
            if number:
                yield {
                    "id": uuid7(), "version": 1, "name": row[0], "code": f"{start}-{number}",
                    "phone": row[1], "email": row[2], "website": row[3], "status": row[4],
                    "tier_fixed": False, "owner_id": user, "created_at": now, "updated_at": now,
                    "created_by": user, "updated_by": user, "custom": {},
                }  # fmt: skip


def handed_over(site: Site, place: Place, data: Data, counter: Counter) -> tuple[Spent, Spent]:
    """Everything that one person owns goes to another, and the bare update with its audit."""
    giver, receiver = UUID(data.users["giver"]), UUID(data.users["receiver"])
    admin = UUID(data.users["admin"])
    with site.context(admin) as ctx:
        if ctx.session.scalar(select(Account.id).where(Account.owner_id == giver).limit(1)) is None:
            giver, receiver = receiver, giver
        made = handover.plan(ctx, Plan(giver_id=giver, receiver_id=receiver))

    def work() -> int:
        with site.context(admin) as ctx:
            return handover.execute(ctx, made.handover_id)

    moved, spent = _work(place, counter, 0, work)
    spent.count = moved
    with _spending(place) as raw:
        raw.count = _bare_move(site, receiver, giver, made.handover_id)
    return spent, raw


def _bare_move(site: Site, giver: UUID, receiver: UUID, handover_id: UUID) -> int:
    """The same records back: one update a table, and an audit entry each."""
    count, now = 0, site.clock()
    with site.engine.begin() as connection:
        for entity in (Account, Contact, Activity):
            table: Any = entity.__table__
            named = select(HandoverItem.record_id).where(
                HandoverItem.handover_id == handover_id,
                HandoverItem.entity == entity.__tenon__.name,
            )
            ids = connection.scalars(named).all()
            connection.execute(
                update(table)
                .where(table.c.owner_id == giver, table.c.id.in_(named))
                .values(owner_id=receiver, version=table.c.version + 1, updated_at=now)
            )
            said = {"owner_id": [str(giver), str(receiver)]}
            rows = [
                {
                    "at": now, "actor_name": "bench", "origin": "api", "action": "changed",
                    "entity": entity.__tenon__.name, "record_id": id_, "changes": said,
                }
                for id_ in ids
            ]  # fmt: skip
            insert_rows(connection, AuditEntry.__table__, rows)  # type: ignore[arg-type]
            count += len(ids)
    return count


def merged(site: Site, place: Place, data: Data, counter: Counter) -> tuple[Spent, Spent]:
    """Pairs of accounts with all that refers to them; and the bare update of these references."""
    admin = UUID(data.users["admin"])
    with site.context(admin, read_only=True) as ctx:
        chosen = select(Account.id).where(
            Account.archived_at.is_(None),
            Account.id.in_([UUID(id_) for id_ in data.accounts["any"]]),
        )
        ids = ctx.session.scalars(chosen.limit(4 * MERGES)).all()
    total = Spent()
    for kept, gone in zip(ids[: 2 * MERGES : 2], ids[1 : 2 * MERGES : 2], strict=True):
        given = merging.Merging(entity="core.account", kept_id=kept, merged_id=gone)

        def work(given: merging.Merging = given) -> UUID:
            with site.context(admin) as ctx:
                return merging.merge(ctx, given)

        _id, spent = _work(place, counter, 1, work)
        total.count, total.cpu = total.count + 1, total.cpu + spent.cpu
        total.wall, total.statements = total.wall + spent.wall, spent.statements
    with _spending(place) as raw:
        rest = ids[2 * MERGES :]
        for kept, gone in zip(rest[::2], rest[1::2], strict=True):
            _bare_merge(site, kept, gone)
            raw.count += 1
    return total, raw


def _bare_merge(site: Site, kept: UUID, gone: UUID) -> None:
    now = site.clock()
    account: Any = Account.__table__
    with site.engine.begin() as connection:
        for entity in (ContactAccount, Activity):
            table: Any = entity.__table__
            connection.execute(
                update(table)
                .where(table.c.account_id == gone)
                .values(account_id=kept, version=table.c.version + 1, updated_at=now)
            )
        connection.execute(update(account).where(account.c.id == gone).values(archived_at=now))
        row = {
            "at": now, "actor_name": "bench", "origin": "api", "action": "merged",
            "entity": "core.account", "record_id": kept, "changes": {"merged": [None, str(gone)]},
        }  # fmt: skip
        connection.execute(insert(AuditEntry), [row])
