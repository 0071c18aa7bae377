"""The limit: bare Litestar handlers with SQL written by hand and msgspec, on the same rows.

No permission, no check, no index to keep: what a developer would write who knows that only these
requests ever come. Who asks stands in the path; `-` sees everything. One connection a thread,
statements prepared by the driver, handlers in as many threads as Tenon's.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import anyio.to_thread
import msgspec
import psycopg
from litestar import Litestar, MediaType, Response, get, patch, post
from psycopg.types.json import set_json_dumps
from sqlalchemy import make_url
from uuid_utils.compat import uuid7

from bench.sites import POOL
from tenon_core.kernel.config import read_config
from tenon_core.storage.search.index_postgres import _hashed

LIST = ("id", "name", "code", "status", "phone", "owner_id.title", "region_id.title", "created_at")
SITE = "BENCH_SITE"
REFERENCES = {
    "tier_id": ("core_tier", "name"),
    "industry_id": ("core_industry", "name"),
    "region_id": ("core_region", "full_name"),
    "parent_id": ("core_account", "name"),
    "pool_id": ("core_pool", "name"),
    "owner_id": ("core_user", "name"),
    "unit_id": ("core_unit", "name"),
}
_encode = msgspec.json.Encoder().encode


def fields() -> tuple[str, ...]:
    """What one account shows; the order of Tenon's answer, told by the one who measures."""
    return tuple(os.environ["BENCH_FIELDS"].split(","))


class Database:
    """A connection a thread, on either database; `?` are the places of values in either."""

    def __init__(self, folder: Path) -> None:
        url = make_url(read_config(folder).database_url)
        self.sqlite = url.get_backend_name() == "sqlite"
        self.address = url.database if self.sqlite else url.set(drivername="postgresql")
        self._local = threading.local()

    @property
    def connection(self) -> Any:
        found = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._connect()
        return found

    def _connect(self) -> Any:
        if self.sqlite:
            connection = sqlite3.connect(str(self.address), isolation_level=None)
            for pragma in ("busy_timeout = 15000", "synchronous = NORMAL", "cache_size = -65536"):
                connection.execute(f"PRAGMA {pragma}")
            return connection
        address = self.address.render_as_string(hide_password=False)  # type: ignore[union-attr]
        set_json_dumps(_dumps)
        return psycopg.connect(
            address, autocommit=True, prepare_threshold=1, options="-c timezone=UTC"
        )

    def sql(self, text: str) -> str:
        return text if self.sqlite else text.replace("?", "%s")

    def rows(self, text: str, values: Sequence[Any] = ()) -> list[Any]:
        if self.sqlite:
            found: list[Any] = self.connection.execute(text, values).fetchall()
            return found
        cursor = self.connection.cursor(binary=True)
        cursor.execute(text, values)
        return list(cursor.fetchall())

    def write(self, statements: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """All in one transaction."""
        connection = self.connection
        if self.sqlite:
            connection.execute("BEGIN IMMEDIATE")
            try:
                for text, values in statements:
                    connection.execute(text, values)
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            return
        with connection.transaction():
            for text, values in statements:
                connection.execute(text, values)

    def moment(self) -> Any:
        now = datetime.now(UTC)
        return now.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if self.sqlite else now

    def key(self, value: str) -> Any:
        return value if self.sqlite else UUID(value)


def _json_text(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def _dumps(value: Any) -> bytes:
    return msgspec.json.encode(value)


def struct(names: Sequence[str]) -> type[msgspec.Struct]:
    described = [(f"c{i}", Any) for i in range(len(names))]
    rename = {f"c{i}": name for i, name in enumerate(names)}
    return msgspec.defstruct("Row", described, rename=rename, gc=False)


def selected(names: Sequence[str]) -> tuple[str, str]:
    """The columns of an account `a`, and the joins for the titles among them."""
    columns, joins = [], []
    for name in names:
        field, _dot, title = name.partition(".")
        if not title:
            columns.append(f"a.{field}")
            continue
        table, column = REFERENCES[field]
        columns.append(f"{field}_t.{column}")
        joins.append(f"LEFT JOIN {table} AS {field}_t ON {field}_t.id = a.{field}")
    return ", ".join(columns), " ".join(joins)


class _Page(msgspec.Struct):
    items: list[Any]
    next: str | None
    count: int | None


class Handlers:
    """The operations; each gives the bytes of its answer."""

    def __init__(self, database: Database) -> None:
        self.db = database
        self.row, self.account = struct(LIST), struct(fields())
        columns, joins = selected(LIST)
        self._list = f"SELECT {columns} FROM core_account AS a {joins} WHERE "
        self._end = " a.archived_at IS NULL ORDER BY a.id DESC LIMIT 51"
        columns, joins = selected(fields())
        self._one = f"SELECT {columns} FROM core_account AS a {joins} WHERE a.id = ?"
        self._fixes = [(i, fix) for i, name in enumerate(fields()) if (fix := self._fix(name))]
        self._audit = (
            "INSERT INTO core_audit_entry (at, actor_id, actor_name, origin, action, entity, "
            "record_id, changes) VALUES (?, ?, 'bench', 'api', ?, 'core.account', ?, ?)"
        )

    def _fix(self, name: str) -> Callable[[Any], Any] | None:
        """SQLite has neither booleans nor JSON."""
        if not self.db.sqlite:
            return None
        fixes: dict[str, Callable[[Any], Any]] = {"tier_fixed": bool, "custom": _json_text}
        return fixes.get(name)

    def _mine(self, who: str, values: list[Any], alias: str = "a") -> str:
        if who == "-":
            return ""
        values.append(self.db.key(who))
        return f" {alias}.owner_id = ? AND "

    def page(self, who: str) -> bytes:
        values: list[Any] = []
        mine = self._mine(who, values)
        return self._page(self.db.rows(self.db.sql(f"{self._list}{mine}{self._end}"), values))

    def filtered(self, who: str, status: str, region: str) -> bytes:
        values: list[Any] = []
        mine = self._mine(who, values)
        values += [status, self.db.key(region)]
        condition = f"{mine} a.status = ? AND a.region_id = ? AND "
        return self._page(self.db.rows(self.db.sql(f"{self._list}{condition}{self._end}"), values))

    def _page(self, rows: list[Any]) -> bytes:
        make = self.row
        following = f"{rows[49][0]}" if len(rows) > 50 else None
        return _encode(_Page([make(*row) for row in rows[:50]], following, None))

    def get(self, who: str, id_: str) -> bytes:
        values = [self.db.key(id_)]
        mine = ""
        if who != "-":
            mine = " AND a.owner_id = ?"
            values.append(self.db.key(who))
        found = self.db.rows(self.db.sql(self._one + mine), values)
        row = list(found[0])
        for index, fix in self._fixes:
            row[index] = fix(row[index])
        return _encode(self.account(*row))

    def search(self, word: str) -> bytes:
        """Any 20 rows that have the token, unranked, from the same index."""
        shown = "entry.entity, entry.record_id, entry.title, entry.subtitle"
        if self.db.sqlite:
            rows = self.db.rows(
                f"SELECT {shown} FROM core_search_fts JOIN core_search_entry AS entry "
                "ON entry.id = core_search_fts.rowid WHERE core_search_fts MATCH ? "
                "ORDER BY core_search_fts.rowid DESC LIMIT 20",
                (f'"{word}"',),
            )
        else:
            rows = self.db.rows(
                f"SELECT {shown} FROM core_search_entry AS entry "
                "WHERE tokens @> %s::int4[] LIMIT 20",
                ("{" + _hashed([word]) + "}",),
            )
        names = ("entity", "id", "title", "subtitle")
        return _encode({"items": [dict(zip(names, row, strict=True)) for row in rows]})

    def view(self, who: str, id_: str) -> bytes:
        """The facts of the unified view: a statement for each kind."""
        key, sql = self.db.key(id_), self.db.sql
        account = msgspec.Raw(self.get(who, id_))
        contacts = self.db.rows(
            sql(
                "SELECT c.id, c.name, l.importance FROM core_contact AS c JOIN "
                "core_contact_account AS l ON l.contact_id = c.id WHERE l.account_id = ? "
                "AND l.active AND c.archived_at IS NULL ORDER BY l.importance DESC, c.name"
            ),
            (key,),
        )
        ties = self.db.rows(
            sql(
                "SELECT r.contact_id, r.user_id, r.level, u.name FROM core_relationship AS r "
                "JOIN core_user AS u ON u.id = r.user_id JOIN core_contact_account AS l "
                "ON l.contact_id = r.contact_id WHERE l.account_id = ?"
            ),
            (key,),
        )
        work = "SELECT id, kind, subject, owner_id, planned_end, actual_start FROM core_activity "
        planned = self.db.rows(
            sql(
                f"{work} WHERE account_id = ? AND status = 'planned' ORDER BY planned_end LIMIT 50"
            ),
            (key,),
        )
        done = self.db.rows(
            sql(
                f"{work} WHERE account_id = ? AND status = 'done' ORDER BY actual_start "
                "DESC LIMIT 50"
            ),
            (key,),
        )
        events = self.db.rows(
            sql(
                "SELECT e.id, e.name, e.occurred_at, e.payload FROM core_stored_event_subject AS s "
                "JOIN core_stored_event AS e ON e.id = s.event_id WHERE s.entity = 'core.account' "
                "AND s.record_id = ? ORDER BY s.occurred_at DESC LIMIT 50"
            ),
            (key,),
        )
        found = {"contacts": contacts, "ties": ties, "planned": planned, "done": done}
        return _encode({"account": account, **found, "events": events})

    def create(self, who: str, data: dict[str, Any]) -> bytes:
        """The row and its audit entry."""
        id_, now = str(uuid7()), self.db.moment()
        key, user = self.db.key(id_), self.db.key(who)
        region = self.db.key(data["region_id"])
        values = (
            key,
            data["name"],
            f"R{id_}"[:40],
            data["phone"],
            region,
            user,
            now,
            user,
            now,
            user,
        )
        insert = (
            "INSERT INTO core_account (id, version, name, code, status, tier_fixed, phone, "
            "region_id, owner_id, created_at, created_by, updated_at, updated_by, custom) "
            "VALUES (?, 1, ?, ?, 'prospect', false, ?, ?, ?, ?, ?, ?, ?, '{}')"
        )
        audit = (now, user, "created", key, self._json(data))
        sql = self.db.sql
        self.db.write(((sql(insert), values), (sql(self._audit), audit)))
        return self.get("-", id_)

    def update(self, who: str, id_: str, data: dict[str, Any]) -> bytes:
        now, key, user = self.db.moment(), self.db.key(id_), self.db.key(who)
        change = (
            "UPDATE core_account SET phone = ?, version = version + 1, updated_at = ?, "
            "updated_by = ? WHERE id = ?"
        )
        audit = (now, user, "changed", key, self._json(data))
        sql = self.db.sql
        self.db.write(((sql(change), (data["phone"], now, user, key)), (sql(self._audit), audit)))
        return self.get("-", id_)

    def _json(self, data: dict[str, Any]) -> str:
        """Field by field old and new, as the audit holds them."""
        return msgspec.json.encode({name: [None, new] for name, new in data.items()}).decode()


def _answer(body: bytes) -> Response[bytes]:
    return Response(body, media_type=MediaType.JSON)


def application() -> Litestar:
    """What the raw server's process runs."""
    does = Handlers(Database(Path(os.environ[SITE])))

    @get("/{who:str}/list", sync_to_thread=True)
    def list_(who: str) -> Response[bytes]:
        return _answer(does.page(who))

    @get("/{who:str}/filtered", sync_to_thread=True)
    def filtered(who: str, status: str, region_id: str) -> Response[bytes]:
        return _answer(does.filtered(who, status, region_id))

    @get("/{who:str}/search", sync_to_thread=True)
    def search(who: str, q: str) -> Response[bytes]:  # noqa: ARG001 (the same path for all)
        return _answer(does.search(q))

    @get("/{who:str}/account/{id_:str}", sync_to_thread=True)
    def one(who: str, id_: str) -> Response[bytes]:
        return _answer(does.get(who, id_))

    @get("/{who:str}/account/{id_:str}/view", sync_to_thread=True)
    def view(who: str, id_: str) -> Response[bytes]:
        return _answer(does.view(who, id_))

    @post("/{who:str}/create", sync_to_thread=True)
    def create(who: str, data: dict[str, Any]) -> Response[bytes]:
        return _answer(does.create(who, data))

    @patch("/{who:str}/update/{id_:str}", sync_to_thread=True)
    def update(who: str, id_: str, data: dict[str, Any]) -> Response[bytes]:
        return _answer(does.update(who, id_, data))

    async def few_threads() -> None:
        anyio.to_thread.current_default_thread_limiter().total_tokens = POOL

    handlers = [list_, filtered, search, one, view, create, update]
    return Litestar(handlers, on_startup=[few_threads], openapi_config=None, logging_config=None)
