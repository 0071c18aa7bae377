"""What plain inserts store is what a flush of mapped records stores, to the last entry."""

from decimal import Decimal

import pytest
from sqlalchemy import select
from uuid_utils.compat import uuid7

from tenon_core.entities import (
    Account,
    Address,
    AuditEntry,
    Contact,
    ContactAccount,
    CustomField,
    InvoiceProfile,
    OwnershipPeriod,
    Product,
    StoredEvent,
    Tagging,
)
from tenon_core.transfer import bulk
from tenon_core.transfer.mapping import parse_mapping
from tenon_core.transfer.opening import open_importer
from tenon_sdk.entities import Base
from tenon_sdk.events import Handler, RecordsSaved

STORED = (
    Account,
    Address,
    InvoiceProfile,
    Contact,
    ContactAccount,
    Tagging,
    OwnershipPeriod,
    Product,
)
# Drawn anew for each record, or of a record.
OWN = {"id", "account_id", "contact_id", "record_id", "code", "tag_id"}

ACCOUNTS = [
    ["name", "short name", "status", "owner", "revenue", "credit limit", "employees", "phone", "tags", "since",
     "tax number", "address.lines", "address.latitude", "address.longitude", "contact.name", "contact.position"],
    ["广州智光电气股份有限公司", "智光", "active", "ann", "1,000.50", "20000", "12", "020-85512345", "a;b", "2026-01-02",
     "914403001922038216", "Road 1", "23.1", "113.2", "Li Lei", "CEO"],
    ["Acme", "", "", "", "", "", "", "", "", "", "", "", "", "", "", ""],
    ["Beta", "B", "lost", "root", "", "", "3", "", "b", "", "", "Road 2", "", "", "Han Mei", ""],
]  # fmt: skip
PRODUCTS = [["name", "model", "list price", "tax rate", "active"],
            ["Pump", "P1", "10", "13", "no"], ["Valve", "", "", "", ""]]  # fmt: skip


def take(imports, entity, path, plain):
    """Stores the file in a transaction of its own; returns what was written, and undoes it."""
    heard = []

    def hear(_ctx, event):
        counts = (len(event.created), len(event.changed), len(event.deleted))
        heard.append((event.entity, counts, sorted(event.fields)))

    handler = Handler(RecordsSaved, hear)
    imports.site.registry.event_handlers.add("test", handler)
    try:
        with imports.tenon.ctx(imports.admin) as ctx:
            importer = open_importer(ctx, path, entity, parse_mapping({}), plain=plain)
            before = ctx.connection.scalar(
                select(AuditEntry.seq).order_by(AuditEntry.seq.desc()).limit(1)
            )
            portion = importer.take(ctx, list(importer.rows()))
            assert not portion.faults, portion.faults
            written = everything(ctx.connection, before)
            ctx.session.rollback()
    finally:
        imports.site.registry.event_handlers.drop("test")
    return written | {"heard": sorted(heard)}


def everything(connection, before):
    found = {}
    names = {}
    for cls in STORED:
        rows = (
            connection.execute(select(cls.__table__).order_by(cls.__table__.c.id)).mappings().all()
        )
        for number, row in enumerate(rows):
            names[str(row["id"])] = f"{cls.__tenon__.name} {number}"
        found[cls.__tenon__.name] = [
            {key: value for key, value in row.items() if key not in OWN} for row in rows
        ]
    entries = connection.execute(
        select(AuditEntry.__table__).where(AuditEntry.seq > before).order_by(AuditEntry.seq)
    ).mappings()
    found["audit"] = sorted(
        (
            {
                key: value
                for key, value in entry.items()
                if key not in {"seq", "record_id", "changes"}
            }
            | {
                "record": names.get(str(entry["record_id"])),
                "changes": plainly(entry["changes"], names),
            }
            for entry in entries
        ),
        key=repr,
    )
    for table in ("core_search_entry", "core_duplicate_key"):
        if table in Base.metadata.tables:
            stored = Base.metadata.tables[table]
            ignored = {"id", "record_id"}
            found[table] = sorted(
                repr([value for key, value in row.items() if key not in ignored])
                for row in connection.execute(select(stored)).mappings()
            )
    found["events"] = connection.scalars(select(StoredEvent.name).order_by(StoredEvent.name)).all()
    return found


def plainly(changes, names):
    return {
        name: [names.get(str(value), value) if name != "code" else bool(value) for value in pair]
        for name, pair in changes.items()
    }


@pytest.fixture
def prepared(imports, tenon):
    tenon.user(login="ann", role="salesperson", unit=tenon.unit("North"))
    tenon.user(login="root", role="administrator")
    for kind, key in (("date", "since"),):
        tenon.make(CustomField, entity="core.account", key=key, labels={"en": key}, kind=kind)
    imports.run(Account, "name,tags\nOld,a;b\n")
    return imports


@pytest.mark.parametrize(("entity", "rows"), [(Account, ACCOUNTS), (Product, PRODUCTS)])
def test_both_paths_store_the_same(prepared, entity, rows):
    path = prepared.rows(rows)
    fast = take(prepared, entity, path, plain=True)
    slow = take(prepared, entity, path, plain=False)
    for part in slow:
        assert fast[part] == slow[part], part
    assert len(fast["audit"]) >= len(rows) - 1


def test_the_fast_path_is_taken_by_who_may_create_any_record(prepared, tenon):
    with tenon.ctx(prepared.admin) as ctx:
        assert bulk.fits(ctx, Account, {"name", "credit_limit"})
        assert bulk.fits(ctx, ContactAccount, {"position"})
    with tenon.ctx(tenon.user("salesperson")) as ctx:
        assert not bulk.fits(ctx, Account, {"name"})
    with tenon.ctx(tenon.user("contract_clerk")) as ctx:
        assert bulk.fits(ctx, Account, {"name"})
        assert not bulk.fits(ctx, Account, {"name", "credit_limit"})


def test_rows_are_refused_by_their_position(prepared, tenon):
    rows = [{"name": "A"}, {"name": "B", "currency": "QQQ"}, {"name": "C", "id": uuid7()}]
    with tenon.ctx(prepared.admin) as ctx:
        with pytest.raises(bulk.RowsRefused) as refused:
            bulk.insert_records(ctx, Account, rows)
        assert list(refused.value.errors) == [1]
        assert refused.value.errors[1].fields.keys() == {"currency"}
        ids = bulk.insert_records(ctx, Account, [rows[0], rows[2]])
        assert ids[1] == rows[2]["id"]
        stored = ctx.session.get(Account, ids[0])
        assert (stored.version, stored.status, stored.owner_id) == (
            1,
            "prospect",
            prepared.admin.id,
        )
        stored.revenue = Decimal("1.50")
        ctx.session.flush()
        assert stored.version == 2
