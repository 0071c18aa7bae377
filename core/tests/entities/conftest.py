import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import Boolean, Date, Integer, String, create_engine, insert, text
from uuid_utils.compat import uuid7

import tenon_core.entities  # noqa: F401 (declares the tables)
from tenon_core.storage.engine import make_engine
from tenon_sdk.entities import Base
from tenon_sdk.fields import describe
from tenon_sdk.types import Exact, Guid, Json, UtcDateTime

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgresql_engine(postgres_url):
    name = f"tenon_entities_{uuid4().hex[:8]}"
    server = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        engine = make_engine(postgres_url.set(database=name).render_as_string(False))
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(scope="session")
def sqlite_engine(tmp_path_factory):
    engine = make_engine(f"sqlite:///{tmp_path_factory.mktemp('entities') / 'site.sqlite'}")
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request):
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture
def connection(engine):
    """A transaction that is undone after the test."""
    with engine.connect() as connection:
        yield connection
        connection.rollback()


class Rows:
    """Adds rows that hold nothing but what their table asks for, with the rows they refer to."""

    def __init__(self, connection):
        self.connection = connection
        self.numbers = itertools.count(1)

    def add(self, table, **given):
        row = self.row(table, **given)
        self.connection.execute(insert(Base.metadata.tables[table]).values(row))
        return row

    def id(self, table, **given):
        row = self.add(table, **given)
        key = Base.metadata.tables[table].primary_key.columns[0].name
        return row[key]

    def row(self, table, **given):
        columns = Base.metadata.tables[table].columns
        row = _demanded(table, given, next(self.numbers))
        for column in columns:
            if column.name == "id" and isinstance(column.type, Guid):
                row.setdefault("id", uuid7())
            elif not (column.nullable or column.default or _counts_itself(column)):
                row.setdefault(column.name, None)
        row.update(given)
        wanted = {c.name: c for c in columns if c.name in row and row[c.name] is None}
        missing = {n: c for n, c in wanted.items() if n not in given}
        return row | {name: self.value(column) for name, column in missing.items()}

    def filled(self, table, columns, **given):
        """A row in which none of `columns` is empty."""
        found = _demanded(table, given | dict.fromkeys(columns), next(self.numbers)) | given
        for name in columns:
            if name not in given and found.get(name) is None:
                column = Base.metadata.tables[table].c[name]
                scalar = column.default is not None and column.default.is_scalar
                found[name] = column.default.arg if scalar else self.value(column)
        return self.row(table, **found)

    def value(self, column):
        if column.foreign_keys:
            target = next(iter(column.foreign_keys)).column
            return self.id(target.table.name)
        info = describe(column)
        if info is not None and info.choices:
            return next(iter(info.choices))
        return _plain(column.type, next(self.numbers))


def _counts_itself(column):
    return column.primary_key and column.autoincrement is True


def _plain(type_, n):
    if isinstance(type_, UtcDateTime):
        return NOW
    if isinstance(type_, Guid):
        return uuid7()
    if isinstance(type_, Exact):
        return Decimal(1)
    if isinstance(type_, Json):
        return []
    if isinstance(type_, Boolean):
        return False
    if isinstance(type_, Date):
        return date(2026, 3, 2)
    if isinstance(type_, Integer):
        return n
    assert isinstance(type_, String), type_
    return f"x{n}"


def _demanded(table, given, n):
    """What the rules of a table demand beyond single columns."""
    match table:
        case "core_currency":
            return {"code": "".join(chr(65 + n // 26**i % 26) for i in range(3))}
        case "core_document_version":
            return {"sha256": f"{n:064x}"}
        case "core_activity_participant" if "contact_id" not in given:
            return {"user_id": None}
        case "core_duplicate_pair":
            low, high = sorted((uuid4(), uuid4()))
            return {"first_id": low, "second_id": high}
        case "core_audit_block":
            chain = {"number": n, "previous": "" if n == 1 else "x"}
            return {**chain, "from_seq": -n, "to_seq": n, "count": 1}
        case "core_approval_flow":
            return {"revision": n}
        case "core_pool_entry" if "claimed_by_id" in given:
            return {"left_at": NOW}
    return {}


@pytest.fixture
def rows(connection):
    return Rows(connection)
