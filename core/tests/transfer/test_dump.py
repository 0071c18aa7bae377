import zipfile
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import insert, select

from tenon_core.entities import Account, AuditEntry, Contact, LoginAttempt, Product, Unit, User
from tenon_core.storage.lists import list_rows, parse_list
from tenon_core.storage.sealing import seal
from tenon_core.storage.verifying import verify
from tenon_core.transfer.dump import DumpError, dump, read_manifest
from tenon_core.transfer.load import load
from tenon_sdk.testing import Clock, Tenon
from tenon_sdk.testing.sites import prepared_site


@pytest.fixture
def filled(imports, tenon):
    """A site with cycles (heads of units), trees, money, dates, JSON and a sealed audit."""
    north = tenon.unit("North")
    ann = tenon.user(login="ann", unit=north)
    with tenon.system() as ctx:
        ctx.session.get(Unit, north.id).head_id = ann.id
        ctx.connection.execute(
            insert(LoginAttempt),
            [{"login": "ann", "ip": None, "at": ctx.now, "succeeded": True}] * 3,
        )
    imports.run(
        Account,
        "name,parent,revenue,address.lines,address.latitude,address.longitude,tags\n"
        "广州智光电气股份有限公司,Holding,1100.04,Road 1,23.1,113.2,a;b\nHolding,,,,,,\n",
    )
    tenon.make(
        Contact, name="Li Lei", birthday=date(1990, 2, 3), preferences={"b": [1, None], "a": "ü"}
    )
    tenon.make(Product, name="Pump", list_price=Decimal("0.10"))
    with tenon.system() as ctx:
        seal(ctx.connection, ctx.now, 0)
    return imports


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request, tenon_backend, tenon_databases, tmp_path):
    """A second site, migrated and empty."""
    folder = tmp_path / "other"
    with prepared_site(tenon_backend, tenon_databases, request.param, [], folder) as site:
        made = Tenon(tenon_backend, site, [], Clock(), request.param)
        yield made
        made.close()


def test_a_dump_makes_the_same_site_on_either_database(filled, other, tmp_path):
    path, back = tmp_path / "site.zip", tmp_path / "back.zip"
    manifest = dump(filled.site, path)
    assert {t.name: t.rows for t in manifest.tables}["core_account"] == 2
    assert load(other.site, path) == manifest
    again = dump(other.site, back)
    assert {t.name: (t.rows, t.checksum, t.counters) for t in again.tables} == {
        t.name: (t.rows, t.checksum, t.counters) for t in manifest.tables
    }
    assert again.lines == manifest.lines
    with other.system(read_only=True) as ctx:
        assert verify(ctx).sound
        child = ctx.session.scalars(select(Account).where(Account.parent_id.is_not(None))).one()
        assert (child.name, child.revenue) == ("广州智光电气股份有限公司", Decimal("1100.04"))
        ann = ctx.session.scalars(select(User).where(User.login == "ann")).one()
        assert ctx.session.scalars(select(Unit).where(Unit.name == "North")).one().head_id == ann.id
        highest = ctx.connection.scalar(
            select(AuditEntry.seq).order_by(AuditEntry.seq.desc()).limit(1)
        )
        ann_id, admin = (
            ann.id,
            ctx.session.scalars(
                select(User.id).where(User.login.startswith("administrator"))
            ).one(),
        )
    with other.ctx(admin) as ctx:
        ctx.session.add(Account(name="New"))
        ctx.session.flush()
        assert (
            ctx.session.scalars(select(Account.code).where(Account.name == "New")).one()
            == "C-000003"
        )
    with other.system(read_only=True) as ctx:
        newest = ctx.connection.scalar(
            select(AuditEntry.seq).order_by(AuditEntry.seq.desc()).limit(1)
        )
        assert newest == highest + 1
    guardian = other.site.guardian(admin)
    found = list_rows(
        other.site, guardian, parse_list(other.site, guardian, Account, [("q", "zgdq")])
    )
    assert len(found.items) == 1
    assert ann_id is not None


def test_progress_tells_rows_of_a_true_total(filled, other, tmp_path, monkeypatch):
    monkeypatch.setattr("tenon_core.transfer.dump.PAGE", 10)
    path, written, stored = tmp_path / "site.zip", [], []
    manifest = dump(filled.site, path, lambda *said: written.append(said))
    rows = sum(table.rows for table in manifest.tables)
    assert rows > 30
    assert [done for done, _total in written] == [*range(10, rows, 10), rows]
    assert {total for _done, total in written} == {rows}
    load(other.site, path, lambda *said: stored.append(said))
    assert stored[-1] == (rows, rows)
    assert {total for _done, total in stored} == {rows}
    assert [done for done, _total in stored] == sorted({done for done, _total in stored})


def test_it_is_loaded_into_an_empty_site_only(filled, other, tmp_path):
    path = tmp_path / "site.zip"
    dump(filled.site, path)
    other.user(login="somebody")
    with pytest.raises(DumpError, match="There are users in this site"):
        load(other.site, path)


def test_a_damaged_dump_changes_nothing(filled, other, tmp_path):
    path, bad = tmp_path / "site.zip", tmp_path / "bad.zip"
    dump(filled.site, path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "tables/core_account.jsonl":
                data = data.replace(b"Holding", b"Hoarding")
            target.writestr(name, data)
    with pytest.raises(DumpError, match="core_account"):
        load(other.site, bad)
    with other.system(read_only=True) as ctx:
        assert ctx.session.scalars(select(User)).all() == []
    for content in (b"", b"PK\x03\x04", path.read_bytes()[:-200]):
        bad.write_bytes(content)
        with pytest.raises(DumpError, match="is no dump, or is damaged"):
            load(other.site, bad)
    load(other.site, path)


def test_other_revisions_are_named(filled, other, tmp_path):
    import msgspec

    path, old = tmp_path / "site.zip", tmp_path / "old.zip"
    dump(filled.site, path)
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(old, "w") as target:
        manifest = read_manifest(source)
        lines = {**manifest.lines, "tenon_version_sales": "0007"}
        changed = msgspec.structs.replace(manifest, lines=lines)
        for name in source.namelist():
            data = msgspec.json.encode(changed) if name == "manifest.json" else source.read(name)
            target.writestr(name, data)
    with pytest.raises(DumpError, match="tenon_version_sales at revision 0007, the site at –"):
        load(other.site, old)
