import csv
import io
import json
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tenon_core.entities import Account, AuditEntry, Contact, CustomField, Industry, Product
from tenon_core.transfer.exporting import ExportRequest, export, export_file
from tenon_core.transfer.mapping import parse_mapping
from tenon_core.transfer.opening import open_importer
from tenon_sdk.errors import Invalid


@pytest.fixture
def filled(imports, tenon):
    tenon.user(login="ann", name="Ann Lee")
    tenon.make(Industry, code="35", name="Machine building")
    tenon.make(CustomField, entity="core.account", key="since", labels={"en": "Since"}, kind="date")
    imports.run(
        Account,
        "name,short name,status,industry,owner,revenue,employees,website,since,description\n"
        '广州智光电气股份有限公司,智光,active,35,ann,1100.04,12,https://a.cn,2026-01-02,"two\nlines"\n'
        "=1+1,,lost,,,,,,,\n"
        "Acme,@AC,prospect,,,0.50,0,,,\n",
    )
    return imports


FORMS = ("csv", "xlsx")


def facts(imports, entity):
    """Everything of the records that an import can write, by id."""
    unwritten = {"version", "updated_at", "updated_by", "created_at", "created_by"}
    with imports.tenon.system(read_only=True) as ctx:
        rows = ctx.connection.execute(select(entity.__table__)).mappings()
        return {
            row["id"]: {name: value for name, value in row.items() if name not in unwritten}
            for row in rows
        }


@pytest.mark.parametrize("headers", ["labels", "names"])
@pytest.mark.parametrize("form", FORMS)
def test_what_was_exported_imports_as_it_was(filled, tmp_path, form, headers):
    path = tmp_path / f"out.{form}"
    with filled.tenon.ctx(filled.admin) as ctx:
        asked = ExportRequest(entity=Account, form=form, headers=headers)
        assert export_file(ctx, asked, path) == 3
    before = facts(filled, Account)
    same = filled.run(Account, path)
    assert (same.state, same.unchanged, same.failed) == ("done", 3, 0), same
    assert facts(filled, Account) == before
    with filled.tenon.system() as ctx:
        for account in ctx.session.scalars(select(Account)):
            ctx.session.delete(account)
    again = filled.run(Account, path)
    assert (again.created, again.failed) == (3, 0), [f.message.translate() for f in again.faults]
    assert facts(filled, Account) == before


def test_headers_and_values_are_those_that_people_know(filled):
    target = io.BytesIO()
    pairs = (("fields", "name,status,owner_id.title,owner_id,created_at"), ("sort", "name"))
    with filled.tenon.ctx(filled.admin) as ctx:
        export(ctx, ExportRequest(entity=Account, pairs=pairs), target)
    rows = list(csv.reader(io.StringIO(target.getvalue().decode("utf-8-sig"))))
    assert rows[0] == ["Name", "Status", "Owner", "Owner (id)", "Created at"]
    assert [row[:2] for row in rows[1:]] == [
        ["'=1+1", "Lost"], ["Acme", "Prospect"], ["广州智光电气股份有限公司", "Active"],
    ]  # fmt: skip
    assert rows[3][2] == "Ann Lee"


def test_filters_and_lines_of_json(filled):
    target = io.BytesIO()
    with filled.tenon.ctx(filled.admin) as ctx:
        pairs = (("status", "active"), ("fields", "name,revenue"))
        assert export(ctx, ExportRequest(entity=Account, form="jsonl", pairs=pairs), target) == 1
        for wrong in (("foo", "1"), ("cursor", "x"), ("status", "happy")):
            with pytest.raises(Invalid):
                export(ctx, ExportRequest(entity=Account, pairs=(wrong,)), io.BytesIO())
    assert json.loads(target.getvalue()) == {
        "name": "广州智光电气股份有限公司",
        "revenue": "1100.04",
    }


def test_a_workbook_has_values_and_no_formulas(filled):
    target = io.BytesIO()
    with filled.tenon.ctx(filled.admin) as ctx:
        export(ctx, ExportRequest(entity=Account, form="xlsx"), target)
    sheet = zipfile.ZipFile(io.BytesIO(target.getvalue())).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"=1+1" in sheet
    assert b"<v>1100.04</v>" in sheet


def test_many_pages_in_one_file(imports):
    imports.run(Product, "name\n" + "".join(f"P{n}\n" for n in range(2300)))
    target = io.BytesIO()
    with imports.tenon.ctx(imports.admin) as ctx:
        assert export(ctx, ExportRequest(entity=Product, pairs=(("sort", "name"),)), target) == 2300
    names = [row[2] for row in csv.reader(io.StringIO(target.getvalue().decode("utf-8-sig")))][1:]
    assert names == sorted(names)
    assert len(set(names)) == 2300


def test_a_text_too_long_for_a_worksheet_is_not_cut(imports, tmp_path, monkeypatch):
    from tenon_core.transfer import exporting

    monkeypatch.setattr(exporting, "CELL_LENGTH", 5)
    imports.run(Product, "name\nA long name\n")
    with imports.tenon.ctx(imports.admin) as ctx, pytest.raises(Invalid, match="too long"):
        export_file(ctx, ExportRequest(entity=Product, form="xlsx"), tmp_path / "a.xlsx")
    assert not list(tmp_path.glob("a.xlsx*"))


def test_exports_are_audited(filled, tmp_path):
    with filled.tenon.ctx(filled.admin) as ctx:
        asked = ExportRequest(entity=Account, pairs=(("fields", "name"), ("status", "active")))
        export_file(ctx, asked, tmp_path / "a.csv")
    with filled.tenon.system(read_only=True) as ctx:
        told = ctx.connection.scalars(
            select(AuditEntry.changes).where(AuditEntry.action == "exported")
        ).one()
    assert told["rows"] == [None, 1]
    assert told["filters"] == [None, ["fields=name", "status=active"]]


TEXT = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")),
        min_size=1,
        max_size=30,
    )
    .map(str.strip)
    .filter(lambda text: text and not text.startswith("'"))
)
ROW = st.fixed_dictionaries(
    {"name": TEXT},
    optional={
        "wechat": TEXT,
        "description": TEXT,
        "no_calls": st.booleans(),
        "salutation": st.sampled_from(["mr", "ms", "none"]),
        "birthday": st.dates(date(1900, 3, 1), date(2100, 1, 1)),
    },
)
MONEY = st.fixed_dictionaries(
    {"name": TEXT},
    optional={
        "list_price": st.decimals(0, 10**13, places=2),
        "tax_rate": st.decimals(0, 100, places=2),
        "warranty_months": st.integers(0, 10_000),
        "active": st.booleans(),
    },
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("headers", ["labels", "names"])
@given(contacts=st.lists(ROW, max_size=5), products=st.lists(MONEY, max_size=5))
@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_record_survives_the_round_trip(
    imports, tmp_path, form, headers, *, contacts, products
):
    """Stored, exported, deleted, imported: the same, in one transaction that is undone."""
    with imports.tenon.ctx(imports.admin) as ctx:
        for entity, rows in ((Contact, contacts), (Product, products)):
            records = [entity(**row) for row in rows]
            ctx.session.add_all(records)
            ctx.session.flush()
    for entity in (Contact, Product):
        before = facts(imports, entity)
        path = tmp_path / f"{entity.__name__}.{form}"
        with imports.tenon.ctx(imports.admin) as ctx:
            export_file(ctx, ExportRequest(entity=entity, form=form, headers=headers), path)
        with imports.tenon.ctx(imports.admin) as ctx:
            for record in ctx.session.scalars(select(entity)):
                ctx.session.delete(record)
            ctx.session.flush()
            ctx.session.expunge_all()
            importer = open_importer(ctx, path, entity, parse_mapping({}))
            portion = importer.take(ctx, list(importer.rows())) if before else None
            assert portion is None or not portion.faults, [
                f.message.translate() for f in portion.faults
            ]
        after = facts(imports, entity)
        assert after == before
        with imports.tenon.ctx(imports.admin) as ctx:
            for record in ctx.session.scalars(select(entity)):
                ctx.session.delete(record)


def test_money_of_many_digits_stays_exact(imports, tmp_path):
    imports.run(Product, "name,list price\nA,1234567890123456.78\n")
    for form in FORMS:
        path = tmp_path / f"a.{form}"
        with imports.tenon.ctx(imports.admin) as ctx:
            export_file(ctx, ExportRequest(entity=Product, form=form), path)
        assert imports.run(Product, path).unchanged == 1
    assert imports.one(Product).list_price == Decimal("1234567890123456.78")
