"""Filling a site with accounts, contacts and activities as bulk rows, with all that hangs on them.

What the framework would have written with each record is written, too: search entries, keys of
duplicates, ownership periods. History (the audit) is left out.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from attrs import define, field, frozen
from sqlalchemy import Connection, Table, select, text
from uuid_utils.compat import uuid7

from bench.names import REGIONS, Names
from bench.sites import Place
from bench.tidying import refresh_statistics
from tenon_core.customers.duplicates import Party, Settings, block_keys
from tenon_core.entities import (
    Account,
    Activity,
    ActivityParticipant,
    Contact,
    ContactAccount,
    DuplicateKey,
    OwnershipPeriod,
    Region,
    Role,
    Unit,
    User,
    UserRole,
)
from tenon_core.site import Site
from tenon_core.storage.inserting import insert_rows
from tenon_core.storage.search import Entry, rebuild
from tenon_core.storage.sequences import draw
from tenon_core.web.auth.tokens import make_token

CHUNK = 5_000
SEEN = 200
HANDED_OVER = 5_000
BRANCHES, TEAMS, SELLERS = 4, 3, 4
STATUSES = ("prospect", "active", "active", "dormant")


@frozen
class Data:
    """What the measurements need to know of the loaded rows."""

    rows: int
    contacts: int
    activities: int
    seconds: float
    tokens: dict[str, str]
    users: dict[str, str]
    accounts: dict[str, list[str]]
    regions: list[str]
    words: list[str]


def loaded(site: Site, place: Place) -> Data:
    """The data of a site; filled now if it is empty."""
    if place.data.exists():
        return msgspec.json.decode(place.data.read_bytes(), type=Data)
    data = _Loader(site, place.rows).run()
    place.data.write_bytes(msgspec.json.encode(data))
    return data


def share(rows: int) -> tuple[float, float]:
    """Contacts and activities for each account; fewer on a large table, so that loading ends."""
    return (3.0, 5.0) if rows <= 100_000 else (0.1, 0.2)


@define
class _Loader:
    site: Site
    rows: int
    names: Names = field(factory=lambda: Names(7))
    now: datetime = field(factory=lambda: datetime.now(UTC))
    regions: dict[str, UUID] = field(factory=dict)
    people: dict[str, tuple[UUID, UUID]] = field(factory=dict)
    kept: dict[str, list[str]] = field(factory=dict)
    words: list[str] = field(factory=list)

    def run(self) -> Data:
        began = time.monotonic()
        tokens = self._company()
        contacts, activities = share(self.rows)
        with self.site.engine.begin() as connection:
            _hurry(connection)
            accounts = self._accounts(connection)
            self._index(connection, accounts)
            self._people_at(connection, accounts, int(self.rows * contacts))
            self._activities(connection, accounts, int(self.rows * activities))
            draw(connection, "C-{seq:06}", self.now.date(), self.rows)
        refresh_statistics(self.site)
        return Data(
            rows=self.rows,
            contacts=int(self.rows * contacts),
            activities=int(self.rows * activities),
            seconds=round(time.monotonic() - began, 1),
            tokens=tokens,
            users={login: str(ids[0]) for login, ids in self.people.items()},
            accounts=self.kept,
            regions=[str(id_) for id_ in self.regions.values()],
            words=self.words,
        )

    # ------------------------------------------------------------------------------ the company

    def _company(self) -> dict[str, str]:
        """Units, users and regions, the ordinary way. Returns a token of each who will ask."""
        with self.site.system("bench") as ctx:
            top = self._unit(ctx, "company", None)
            teams = [
                self._unit(ctx, f"team{branch}{team}", self._unit(ctx, f"branch{branch}", top))
                if not team
                else self._unit(ctx, f"team{branch}{team}", ctx.session.info[f"branch{branch}"])
                for branch in range(BRANCHES)
                for team in range(TEAMS)
            ]
            self._user(ctx, "admin", "administrator", top)
            self._user(ctx, "manager", "sales_manager", ctx.session.info["branch1"])
            self._user(ctx, "seller", "salesperson", teams[0])
            self._user(ctx, "giver", "salesperson", teams[0])
            self._user(ctx, "receiver", "salesperson", teams[0])
            for number, team in enumerate(teams):
                for one in range(SELLERS):
                    self._user(ctx, f"seller{number}{one}", "salesperson", team)
            for code, name in REGIONS.items():
                region = Region(code=code, name=name, full_name=f"中国{name}市", level="city")
                ctx.session.add(region)
                ctx.session.flush()
                self.regions[code] = region.id
        with self.site.system("bench") as ctx:
            return {
                login: make_token(ctx, self.people[login][0], "bench")
                for login in ("admin", "manager", "seller")
            }

    def _unit(self, ctx: Any, code: str, parent: UUID | None) -> UUID:
        unit = Unit(code=code, name=code, parent_id=parent)
        ctx.session.add(unit)
        ctx.session.flush()
        ctx.session.info[code] = unit.id
        return unit.id

    def _user(self, ctx: Any, login: str, role: str, unit: UUID) -> None:
        user = User(login=login, name=f"{self.names.person()} ({login})", unit_id=unit)
        ctx.session.add(user)
        ctx.session.flush()
        role_id = ctx.session.scalar(select(Role.id).where(Role.key == role))
        ctx.session.add(UserRole(user_id=user.id, role_id=role_id))
        self.people[login] = (user.id, unit)

    # ---------------------------------------------------------------------------------- records

    def _accounts(self, connection: Connection) -> list[tuple[UUID, str, str, str, UUID, UUID]]:
        owners = self._owners()
        found = []
        for start in range(0, self.rows, CHUNK):
            rows = [
                self._account(number, owners[number])
                for number in range(start, min(start + CHUNK, self.rows))
            ]
            insert_rows(connection, _table(Account), rows)
            insert_rows(connection, _table(OwnershipPeriod), [self._period(row) for row in rows])
            found += [
                (r["id"], r["name"], r["code"], r["phone"], r["owner_id"], r["unit_id"])
                for r in rows
            ]
        for login in ("seller", "giver"):
            mine = self.people[login][0]
            self.kept[login] = [str(row[0]) for row in found if row[4] == mine][:1_000]
        sample = self.names.random.sample(found, min(1_000, self.rows))
        self.kept["any"] = [str(row[0]) for row in sample]
        self.words = self._words([row[1:4] for row in sample])
        return found

    def _owners(self) -> list[str]:
        """The seller's 200 lie anywhere among the others'."""
        everybody = [
            login for login in self.people if login.startswith("seller") and login != "seller"
        ]
        owners = self.names.random.choices(everybody, k=self.rows)
        given = min(HANDED_OVER, self.rows // 5)
        chosen = self.names.random.sample(range(self.rows), SEEN + given)
        for number in chosen[:SEEN]:
            owners[number] = "seller"
        for number in chosen[SEEN:]:
            owners[number] = "giver"
        return owners

    def _words(self, sample: Sequence[tuple[str, str, str]]) -> list[str]:
        """What people type: a brand of two characters, a code, the end of a phone number."""
        words: list[str] = []
        for name, code, phone in sample[:120]:
            place = name.find("市") + 1 or 2
            words += (
                [name[place : place + 2], code, phone[-6:]] if not name.isascii() else [name[:5]]
            )
        return words

    def _stamps(self) -> dict[str, Any]:
        return {"version": 1, "created_at": self.now, "updated_at": self.now, "custom": {}}

    def _account(self, number: int, owner: str) -> dict[str, Any]:
        region = self.names.region()
        user, unit = self.people[owner]
        return {
            **self._stamps(),
            "id": uuid7(),
            "name": self.names.company(region),
            "code": f"C-{number + 1:06}",
            "status": STATUSES[number % len(STATUSES)],
            "tier_fixed": False,
            "region_id": self.regions[region],
            "phone": self.names.phone(),
            "employees": number % 500 + 1,
            "owner_id": user,
            "unit_id": unit,
            "created_by": user,
            "updated_by": user,
        }

    def _period(self, account: dict[str, Any]) -> dict[str, Any]:
        return {
            **self._stamps(),
            "id": uuid7(),
            "entity": "core.account",
            "record_id": account["id"],
            "user_id": account["owner_id"],
            "unit_id": account["unit_id"],
            "starts_at": self.now,
            "reason": "created",
        }

    def _index(self, connection: Connection, accounts: Sequence[Any]) -> None:
        entries = (
            Entry(
                entity="core.account",
                record_id=id_,
                title=name,
                subtitle=code,
                keywords=(code, phone),
                owners=(owner,),
                units=(unit,),
                updated_at=self.now,
            )
            for id_, name, code, phone, owner, unit in accounts
        )
        rebuild(connection, entries)
        settings = Settings()
        for some in _portions(accounts):
            keys = [
                {"entity": "core.account", "key": key, "record_id": id_}
                for id_, name, _code, phone, _owner, _unit in some
                for key in block_keys(Party(id=str(id_), name=name, phones=(phone,)), settings)
            ]
            insert_rows(connection, _table(DuplicateKey), keys)

    def _people_at(self, connection: Connection, accounts: Sequence[Any], count: int) -> None:
        for numbers in _portions(range(count)):
            people, links = [], []
            for number in numbers:
                account = accounts[number * len(accounts) // count]
                owned = {"owner_id": account[4], "unit_id": account[5]}
                person = {
                    **self._stamps(), **owned, "id": uuid7(), "name": self.names.person(),
                    "mobile": self.names.mobile(), "no_calls": False, "no_mailings": False,
                    "preferences": {},
                }  # fmt: skip
                people.append(person)
                links.append(
                    {
                        **self._stamps(), "id": uuid7(), "contact_id": person["id"],
                        "account_id": account[0], "importance": number % 5 + 1,
                        "is_primary": False, "active": True,
                    }
                )  # fmt: skip
            insert_rows(connection, _table(Contact), people)
            insert_rows(connection, _table(ContactAccount), links)
            self.kept.setdefault("contacts", []).extend(str(p["id"]) for p in people[:20])

    def _activities(self, connection: Connection, accounts: Sequence[Any], count: int) -> None:
        for numbers in _portions(range(count)):
            rows, people = [], []
            for number in numbers:
                account = accounts[number * len(accounts) // count]
                began = self.now - timedelta(days=number % 400, hours=number % 9)
                done = number % 5 != 0
                rows.append(
                    {
                        **self._stamps(), "id": uuid7(), "kind": ("visit", "call")[number % 2],
                        "subject": f"Visit {number}", "status": "done" if done else "planned",
                        "priority": "normal", "account_id": account[0], "all_day": False,
                        "actual_start": began if done else None,
                        "planned_end": None if done else began + timedelta(days=450),
                        "owner_id": account[4], "unit_id": account[5],
                    }
                )  # fmt: skip
                people.append(
                    {
                        **self._stamps(), "id": uuid7(), "activity_id": rows[-1]["id"],
                        "user_id": account[4], "attended": True,
                    }
                )  # fmt: skip
            insert_rows(connection, _table(Activity), rows)
            insert_rows(connection, _table(ActivityParticipant), people)


def _table(entity: Any) -> Table:
    found: Table = entity.__table__
    return found


def _hurry(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA cache_size = -1000000"))
    else:
        connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))


def _portions(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
