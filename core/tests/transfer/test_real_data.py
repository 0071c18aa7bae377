"""Real lists, imported as a user would: real mess, real size."""

import csv
import gzip
import resource
import sys
from decimal import Decimal
from itertools import cycle, islice

import pytest
from sqlalchemy import func, select

from tenon_core.entities import (
    Account,
    Address,
    Industry,
    Product,
    ProductCategory,
    Region,
    Unit,
    User,
)
from tenon_core.transfer.mapping import read_mapping


def said(report):
    return [(fault.row, fault.header, fault.message.translate()) for fault in report.faults]


@pytest.fixture
def maven(shared_data):
    return shared_data / "sales_maven"


def test_accounts_with_their_parents(imports, maven, mappings):
    mapping = read_mapping(mappings / "sales_maven_accounts.toml")
    report = imports.run(Account, maven / "accounts.csv", mapping=mapping, mode="all_or_nothing")
    assert (report.state, report.created, said(report)) == ("done", 85, [])
    names = {name for (name,) in imports.all(Industry, "name")}
    assert "technology" in names
    assert "technolgy" not in names
    assert len(names) == 10
    with imports.tenon.system(read_only=True) as ctx:
        parents = ctx.session.execute(
            select(Account.name, Account.parent_id).where(Account.parent_id.is_not(None))
        ).all()
        assert len(parents) == 15
        ids = dict(ctx.session.execute(select(Account.id, Account.name)).all())
        assert {ids[parent] for _name, parent in parents} == {
            "Acme Corporation", "Bubba Gump", "Golddex", "Inity", "Massive Dynamic", "Sonron", "Warephase",
        }  # fmt: skip
        countries = ctx.session.execute(
            select(Address.country, func.count()).group_by(Address.country)
        ).all()
        assert dict(countries)["US"] == 71
    acme = imports.one(Account, name="Acme Corporation")
    assert (acme.revenue, acme.founded_year, acme.employees, acme.currency) == (
        Decimal("1100040000.00"), 1996, 2822, "USD",
    )  # fmt: skip
    again = imports.run(Account, maven / "accounts.csv", mapping=mapping)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 85)


def test_products(imports, maven, mappings):
    mapping = read_mapping(mappings / "sales_maven_products.toml")
    report = imports.run(Product, maven / "products.csv", mapping=mapping)
    assert (report.created, said(report)) == (7, [])
    assert {name for (name,) in imports.all(ProductCategory, "name")} == {"GTX", "GTK", "MG"}
    assert imports.one(Product, name="GTK 500").list_price == Decimal("26768.00")
    with_errors = imports.run(
        Product,
        "product,series,sales_price\nGTXPro,GTX,4821\n",
        mapping=mapping,
    )
    assert (with_errors.created, with_errors.unchanged) == (0, 1)


def test_teams_as_users_and_units(imports, maven, mappings):
    path = maven / "sales_teams.csv"
    managers = imports.run(User, path, mapping=read_mapping(mappings / "sales_maven_managers.toml"))
    assert (managers.created, managers.unchanged, said(managers)) == (6, 29, [])
    agents = imports.run(User, path, mapping=read_mapping(mappings / "sales_maven_agents.toml"))
    assert (agents.created, said(agents)) == (35, [])
    assert {name for (name,) in imports.all(Unit, "name")} >= {"Central", "East", "West"}
    anna = imports.one(User, login="anna.snelling")
    manager = imports.one(User, login="dustin.brinkmann")
    assert anna.manager_id == manager.id
    assert anna.unit_id == manager.unit_id == imports.one(Unit, name="Central").id


def test_a_hundred_thousand_companies_with_regions(imports, shared_data, mappings):
    regions = imports.run(
        Region,
        shared_data / "geo_cn" / "adcodes.csv",
        mapping=read_mapping(mappings / "geo_cn.toml"),
    )
    assert (regions.created, said(regions)) == (imports.count(Region), [])
    assert regions.created > 3_400
    tianhe = imports.one(Region, code="440106")
    assert (tianhe.name, tianhe.level) == ("天河区", "county")
    assert imports.one(Region, id=tianhe.parent_id).name == "广州市"

    path = imports.folder / "companies.csv"
    count = write_companies(
        shared_data,
        path,
        [row[0] for row in imports.all(Region, "code", "level") if row[1] == "county"],
    )
    memory = peak()
    report = imports.run(Account, path)
    assert (report.state, report.read, report.created) == ("done", count, count), said(report)[:3]
    assert imports.count(Account) == count
    with imports.tenon.system(read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count(Account.region_id))) == count
    # Mostly the page cache of SQLite and what the search index remembers, both of fixed size.
    assert peak() - memory < 256 * 1024 * 1024


def write_companies(shared_data, path, codes):
    with gzip.open(
        shared_data / "companies_cn" / "names.txt.gz", "rt", encoding="utf-8-sig"
    ) as file:
        names = list(
            islice((line.strip() for line in islice(file, 2, None) if line.strip()), 100_000)
        )
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Name", "Short name", "Status", "Region", "Source", "Website"])
        for name, code in zip(names, cycle(codes), strict=False):
            writer.writerow([name, name[:20], "active", code, "import", "https://example.cn"])
    return len(names)


def peak():
    """Most memory that this process ever held, in bytes."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024
