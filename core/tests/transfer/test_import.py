from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from tenon_core.entities import (
    Account,
    Address,
    AuditEntry,
    Contact,
    ContactAccount,
    CustomField,
    ImportRun,
    Industry,
    InvoiceProfile,
    Product,
    Tag,
    Tagging,
    Tier,
)
from tenon_sdk.entities import fields_of
from tenon_sdk.text import translate


def said(report):
    return [(fault.row, fault.header, fault.message.translate()) for fault in report.faults]


def test_known_headers_need_no_mapping(imports):
    report = imports.run(
        Account,
        "Name;SHORT_NAME;status;annual revenue;Number of employees\n"
        "Acme;AC;Active;1,100.04;2.822\n"
        "Beta;;prospect;¥ 1 000;12\n",
        mapping={"decimal": "."},
    )
    assert said(report) == [(2, "Number of employees", "Enter a whole number.")]
    assert (report.state, report.read, report.created, report.failed) == ("done", 2, 1, 1)
    assert imports.all(Account, "name", "status", "revenue", "employees") == [
        ("Beta", "prospect", Decimal("1000.00"), 12)
    ]


def test_headers_and_choices_in_chinese(imports):
    fields = fields_of(Account)
    words = [translate(fields[name].label, "zh_CN") for name in ("name", "status", "email")]
    words[0] = translate(Account.__tenon__.label, "zh_CN") + words[0]
    active = translate(fields["status"].choices["active"], "zh_CN")
    report = imports.run(Account, f"{','.join(words)}\n广州智光电气股份有限公司,{active},a@b.cn\n")
    assert (report.state, report.created) == ("done", 1), said(report)
    assert imports.one(Account).status == "active"


def test_references_are_found_by_code_name_and_created_on_demand(imports):
    tenon = imports.tenon
    ann = tenon.user(login="ann", name="Ann Lee")
    tenon.make(Industry, code="35", name="Machine building")
    tenon.make(Industry, code="36", name="Car building")
    report = imports.run(
        Account,
        "name,industry,owner,tier\nA,35,ANN,gold\nB,car  Building,Ann Lee,Gold\nC,,ann,silver\n"
        "D,nothing,ann,gold\nE,,nobody,\n",
        mapping={"columns": {"tier": {"field": "tier_id", "on_missing": "create"}}},
    )
    assert said(report) == [
        (5, "industry", "There is no Industry “nothing”, or you may not see it."),
        (6, "owner", "There is no User “nobody”, or you may not see it."),
    ]
    assert report.created == 3
    found = imports.all(Account, "name", "owner_id", "unit_id")
    assert found == [(name, ann.id, ann.unit_id) for name in "ABC"]
    assert imports.all(Tier, "name", "code", "rank") == [
        ("gold", "gold", 1),
        ("silver", "silver", 2),
    ]


def test_an_ambiguous_name_lists_the_candidates(imports):
    for code in ("1", "2"):
        imports.tenon.make(Industry, code=code, name="Pumps")
    report = imports.run(Account, "name,industry\nA,pumps\n")
    assert said(report) == [(2, "industry", "“pumps” is ambiguous: Pumps, Pumps.")]
    assert imports.count(Account) == 0


def test_a_parent_may_come_later_in_the_file(imports):
    report = imports.run(
        Account,
        "name,Group parent\nChild,Parent\nGrandchild,child\nParent,\nOrphan,Nobody\n",
    )
    assert report.created == 3
    assert said(report) == [
        (5, "Group parent", "There is no Account “Nobody”, or you may not see it.")
    ]
    by_name = {
        name: (id_, parent) for name, id_, parent in imports.all(Account, "name", "id", "parent_id")
    }
    assert by_name["Child"][1] == by_name["Parent"][0]
    assert by_name["Grandchild"][1] == by_name["Child"][0]
    assert by_name["Parent"][1] is None


def test_parents_are_created_on_demand_once(imports):
    report = imports.run(
        Account,
        "name,parent\nA,Holding\nB,holding\n",
        mapping={"columns": {"parent": {"field": "parent_id", "on_missing": "create"}}},
    )
    assert report.created == 2
    assert [row[0] for row in imports.all(Account, "name")] == ["A", "B", "Holding"]


def test_parts_of_an_account_stand_in_its_row(imports):
    head = "name,Tax number,address.lines,address.postcode,contact.name,contact.mobile,contact.position\n"
    first = imports.run(
        Account, head + "Acme,914403001922038216,Road 1,510000,Li Lei,13800138000,CEO\n"
    )
    assert (first.created, said(first)) == (1, [])
    profile, address = imports.one(InvoiceProfile), imports.one(Address)
    assert (profile.title, profile.tax_number) == ("Acme", "914403001922038216")
    assert (address.lines, address.postcode, address.is_primary) == ("Road 1", "510000", True)
    link = imports.one(ContactAccount)
    assert (link.position, link.is_primary) == ("CEO", True)

    again = imports.run(
        Account,
        head + "Acme,914403001922038216,Road 2,510000,li lei,13800138001,CEO\n",
        mapping={"key": ["name"]},
    )
    assert (again.created, again.updated, said(again)) == (0, 1, [])
    assert imports.all(Address, "lines") == [("Road 2",)]
    assert imports.all(Contact, "name", "mobile") == [("li lei", "13800138001")]
    assert imports.count(InvoiceProfile) == imports.count(ContactAccount) == 1

    same = imports.run(
        Account,
        head + "Acme,914403001922038216,Road 2,510000,li lei,13800138001,CEO\n",
        mapping={"key": ["name"]},
    )
    assert (same.updated, same.unchanged) == (0, 1)


def test_tags_booleans_custom_fields_and_dates(imports):
    with imports.tenon.system() as ctx:
        ctx.session.add(
            CustomField(
                entity="core.product",
                key="since",
                labels={"en": "Made since", "zh_CN": "投产日期"},
                kind="date",
            )
        )
    report = imports.run(
        Product,
        'name,tags,Has a serial number,active,投产日期,custom.since2\nPump,"hot, New；heavy",是,No,2026年3月1日,\n',
        mapping={"ignore": ["custom.since2"]},
    )
    assert said(report) == [], report.message
    pump = imports.one(Product, name="Pump")
    assert (pump.has_serial, pump.active, pump.custom) == (True, False, {"since": "2026-03-01"})
    assert [row[0] for row in imports.all(Tag, "name")] == ["New", "heavy", "hot"]
    assert imports.count(Tagging) == 3


def test_a_dry_run_tells_everything_and_stores_nothing(imports):
    imports.run(Account, "name,short name\nA,a\nB,b\n")
    report = imports.run(
        Account,
        "name,short name,industry\nA,a,\nB,bb,\nC,,Pumps\nD,,\n" + "E" * 201 + ",,\n",
        mapping={
            "key": ["name"],
            "columns": {"industry": {"field": "industry_id", "on_missing": "create"}},
        },
        dry_run=True,
    )
    assert (report.state, report.created, report.updated, report.unchanged, report.failed) == (
        "done", 2, 1, 1, 1,
    )  # fmt: skip
    assert said(report) == [(6, "name", "At most 200 characters; this has 201.")]
    assert imports.all(Account, "name", "short_name") == [("A", "a"), ("B", "b")]
    assert imports.count(Industry) == 0
    stored = imports.one(ImportRun, id=report.id)
    assert (stored.dry_run, stored.created, stored.state) == (True, 2, "done")


def test_all_or_nothing_leaves_nothing(imports):
    report = imports.run(Account, "name\nA\nB\n" + "x" * 300 + "\n", mode="all_or_nothing")
    assert (report.state, report.created, report.failed) == ("failed", 0, 1)
    assert "1 of 3 rows" in report.message.translate()
    assert imports.count(Account) == 0
    good = imports.run(Account, "name\nA\nB\n", mode="all_or_nothing")
    assert (good.state, good.created, imports.count(Account)) == ("done", 2, 2)


def test_keys_update_and_say_what_stayed(imports):
    first = imports.run(Product, "Product number,name,list price\nM-1,Pump,10\nM-2,Valve,5\n")
    assert first.created == 2
    second = imports.run(
        Product, "code,name,list price\nM-1,Pump,12.50\nM-2,Valve,5.00\nM-3,Tap,1\n"
    )
    assert (second.created, second.updated, second.unchanged) == (1, 1, 1)
    assert imports.all(Product, "code", "list_price") == [
        ("M-1", Decimal("12.50")), ("M-2", Decimal("5.00")), ("M-3", Decimal("1.00")),
    ]  # fmt: skip


def test_rows_of_one_key_are_one_record(imports):
    report = imports.run(
        Account,
        "name,short name,website\nA,a,\nA,a,\nA,,https://a.cn\nB,b,\n",
        mapping={"key": ["name"]},
    )
    assert (report.created, report.updated, report.unchanged) == (2, 1, 1)
    assert imports.all(Account, "name", "short_name", "website") == [
        ("A", "a", "https://a.cn"), ("B", "b", None),
    ]  # fmt: skip


def test_a_key_of_two_fields(imports):
    head = "name,source,phone\n"
    mapping = {"key": ["name", "source"]}
    imports.run(Account, head + "A,tender,100 200\nA,website,100 201\n", mapping=mapping)
    report = imports.run(Account, head + "A,tender,100 202\n", mapping=mapping)
    assert (report.updated, imports.count(Account)) == (1, 2)


def test_an_empty_cell_keeps_what_is_there_unless_it_is_to_clear(imports):
    imports.run(Account, "name,short name\nA,a\n")
    imports.run(Account, "name,short name\nA,\n", mapping={"key": ["name"]})
    assert imports.one(Account).short_name == "a"
    imports.run(Account, "name,short name\nA,\n", mapping={"key": ["name"], "empty": "clear"})
    assert imports.one(Account).short_name is None


def test_numbers_are_drawn_in_the_order_of_the_rows(imports):
    imports.run(Account, "name\n" + "".join(f"A{n}\n" for n in range(5)))
    assert [row[0] for row in imports.all(Account, "code", "name")] == [
        f"C-{n:06}" for n in range(1, 6)
    ]


def test_dates_need_their_form_where_two_are_possible(imports):
    report = imports.run(
        Contact, "name,birthday\nA,1/2/2026\nB,2026-01-02\nC,02.01.2026\nD,2026.1.2\nE,20260102\n"
    )
    assert said(report) == [
        (2, "birthday", "Declare the form of dates, such as DD/MM/YYYY: “1/2/2026” may mean two.")
    ]
    assert {row[1].isoformat() for row in imports.all(Contact, "name", "birthday")} == {
        "2026-01-02"
    }
    mapping = {"date_format": "MM/DD/YYYY"}
    imports.run(Contact, "name,birthday\nF,1/2/2026\n", mapping=mapping)
    assert imports.one(Contact, name="F").birthday.isoformat() == "2026-01-02"


def test_the_run_is_recorded_and_audited(imports, tenon):
    report = imports.run(Account, "name\nA\n")
    run = imports.one(ImportRun, id=report.id)
    assert (run.state, run.entity, run.file_name, run.total, run.created) == (
        "done", "core.account", "list.csv", 1, 1,
    )  # fmt: skip
    assert run.owner_id == imports.admin.id
    assert run.started_at == run.finished_at == datetime(2026, 3, 9, 1, 30, tzinfo=UTC)


def test_progress_is_told_after_each_portion(imports):
    heard = []
    imports.run(
        Account,
        "name\n" + "".join(f"A{n}\n" for n in range(1500)),
        report=lambda done, total: heard.append((done, total)),
    )
    assert heard == [(1000, 1500), (1500, 1500)]


class Killed(BaseException):
    """Ends the process."""


@pytest.mark.parametrize("mode", ["row_by_row", "all_or_nothing"])
def test_a_killed_run_goes_on_exactly_where_it_stood(imports, mode):
    from tenon_core.transfer.importing import run_import

    def die(done, _total):
        if done >= 1000:
            raise Killed

    content = "name,Group parent\nFirst,Last\nFaulty,Nobody\n"
    content += "".join(f"A{n},\n" for n in range(1500)) + "Last,\n"
    with pytest.raises(Killed):
        imports.run(Account, content, mode=mode, report=die)
    run = imports.one(ImportRun)
    assert run.state == "running"
    assert (run.read, imports.count(Account)) == ((1000, 999) if mode == "row_by_row" else (0, 0))
    report = run_import(imports.site, run.id)
    if mode == "all_or_nothing":
        assert (report.state, imports.count(Account)) == ("failed", 0)
        return
    assert (report.state, report.read, report.created, report.failed) == ("done", 1503, 1502, 1)
    assert imports.count(Account) == 1502
    assert imports.one(Account, name="First").parent_id == imports.one(Account, name="Last").id
    assert said(report)[0][:2] == (3, "Group parent")


def test_cancelled_meanwhile(imports, tenon):
    from tenon_core.transfer.runs import cancel_import

    def cancel(done, _total):
        with tenon.ctx(imports.admin) as ctx:
            cancel_import(ctx, imports.one(ImportRun).id)

    content = "name\n" + "".join(f"A{n}\n" for n in range(1500))
    report = imports.run(Account, content, report=cancel)
    assert (report.state, report.read, report.created) == ("cancelled", 1000, 1000)
    assert imports.count(Account) == 1000


def test_a_job_is_no_call_of_the_command_line(imports, tenon):
    imports.run(Account, "name\nA\n")
    with tenon.system() as ctx:
        chosen = select(AuditEntry.origin, AuditEntry.reason).where(
            AuditEntry.entity == "core.account"
        )
        assert set(ctx.session.execute(chosen).all()) == {("import", None)}


def test_as_a_durable_job(imports, tenon):
    client = tenon.client(imports.admin)
    import base64

    content = base64.b64encode(b"name\nA\nB\n,\n").decode()
    given = {"entity": "core.account", "file_name": "a.csv", "content": content}
    look = client.post("/api/v1/core/import/preview", json=given)
    assert look.json()["columns"] == [{"header": "name", "field": "name"}], look.text
    started = client.post("/api/v1/core/import", json=given)
    assert started.status_code in {200, 201}, started.text
    tenon.jobs.drain()
    found = client.get(f"/api/v1/core/import/{started.json()['id']}").json()
    assert (found["state"], found["created"], found["failed"]) == ("done", 2, 0)
    assert imports.count(Account) == 2


def test_duplicates_by_the_given_check(imports, tenon):
    from tenon_core.transfer.importer import DuplicateFound

    imports.run(Account, "name\nAcme Ltd\n")
    there = imports.one(Account)

    def check(ctx, entity, rows):
        return [
            DuplicateFound(there.id, there.name, 0.97) if "acme" in row["name"].lower() else None
            for row in rows
        ]

    rows = "name,phone\nACME Limited,100 200\nBeta,100 201\n"
    refused = imports.run(Account, rows, duplicates="refuse", check=check)
    assert said(refused) == [(2, "", "Probably there already: Acme Ltd (97 %).")]
    assert imports.count(Account) == 2
    warned = imports.run(Account, "name\nAcme Inc\n", duplicates="warn", check=check)
    assert (warned.created, len(warned.warnings)) == (1, 1)
    merged = imports.run(Account, "name,phone\nAcme AG,100 300\n", duplicates="merge", check=check)
    assert (merged.created, merged.updated) == (0, 1)
    assert imports.one(Account, id=there.id).phone == "100 300"


def test_duplicates_of_what_is_there(imports, tenon):
    imports.run(Account, "name,phone\n广州智光电气股份有限公司,020-85512345\n")
    rows = "name,phone\n广州智光电气有限公司,020 8551 2345\n成都天府软件有限公司,028-12345678\n"
    report = imports.run(Account, rows, duplicates="refuse")
    assert (report.created, report.failed) == (1, 1)
    assert "Probably there already: 广州智光电气股份有限公司" in said(report)[0][2]
    ignored = imports.run(Account, rows, duplicates="ignore")
    assert ignored.created == 2


@pytest.mark.parametrize("wish", ["warn", "refuse", "merge"])
def test_a_duplicate_that_the_person_does_not_see_stays_unnamed(imports, tenon, wish):
    owner = tenon.user("salesperson", unit=tenon.unit("Far"), name="Li Lei")
    tenon.make(Account, name="广州智光电气股份有限公司", phone="020-85512345", owner_id=owner.id)
    manager = tenon.user("sales_manager", unit=tenon.unit("Near"))
    rows = "name,phone\n广州智光电气股份有限公司,020 8551 2345\n"
    report = imports.run(Account, rows, person=manager, duplicates=wish)
    assert report.created == (1 if wish == "warn" else 0)
    told = report.faults or report.warnings
    assert [fault.message.translate() for fault in told] == [
        "Probably there already. Ask Li Lei, who looks after it."
    ]
