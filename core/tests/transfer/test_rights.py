"""An import does nothing that its person could not do by hand."""

import pytest
from sqlalchemy import select

from tenon_core.entities import Account, AuditEntry, ImportRun, Industry, Product, TeamMember
from tenon_core.storage.sessions import Guardian
from tenon_core.transfer.exporting import ExportGuardian, ExportRequest, export_file
from tenon_core.transfer.runs import cancel_import, save_mapping, saved_mapping
from tenon_sdk.errors import Forbidden, NotFound


def said(report):
    return [(fault.row, fault.header, fault.message.translate()) for fault in report.faults]


@pytest.fixture
def manager(tenon):
    north = tenon.unit("North")
    return tenon.user("sales_manager", unit=north)


def test_importing_takes_a_permission(imports, tenon):
    with pytest.raises(Forbidden, match=r"core\.import\.run"):
        imports.run(Account, "name\nA\n", person=tenon.user("salesperson"))
    with pytest.raises(Forbidden, match=r"core\.product\.create"):
        imports.run(Product, "name\nA\n", person=tenon.user("sales_manager"))
    assert imports.count(ImportRun) == 0


def test_what_she_imports_is_hers_and_only_in_her_reach(imports, tenon, manager):
    tenon.user(login="sue", unit=tenon.unit("South"))
    report = imports.run(Account, f"name,owner\nA,\nB,sue\nC,{manager.login}\n", person=manager)
    assert report.created == 2
    assert said(report) == [(3, "", "You lack the permission “core.account.create”.")]
    assert imports.all(Account, "name", "owner_id") == [("A", manager.id), ("C", manager.id)]


def test_a_record_she_does_not_see_is_not_found_and_not_changed(imports, tenon, manager):
    other = tenon.user("sales_manager", unit=tenon.unit("South"))
    hidden = tenon.make(
        Account, name="Hidden", code="C-77", owner_id=other.id, unit_id=other.unit_id
    )
    report = imports.run(
        Account,
        f"id,name,code,parent\n,A,,Hidden\n{hidden.id},Stolen,,\n,Taken,C-77,\n,D,,\n",
        person=manager,
        mapping={"key": ["id"]},
    )
    assert (report.created, report.updated, report.failed) == (1, 0, 3)
    texts = said(report)
    assert texts[0] == (2, "parent", "There is no Account “Hidden”, or you may not see it.")
    assert texts[1][0] == 3
    assert texts[2][:2] == (4, "code")
    assert imports.one(Account, id=hidden.id).name == "Hidden"


def test_fields_she_may_not_write_are_refused_by_their_header(imports, manager):
    report = imports.run(Account, "name,credit limit\nA,5\n", person=manager)
    assert report.state == "failed"
    assert "credit limit: You may not change this field." in report.message.translate()
    assert imports.count(Account) == 0


def test_creating_on_demand_takes_the_permission_too(imports, manager):
    mapping = {"columns": {"industry": {"field": "industry_id", "on_missing": "create"}}}
    report = imports.run(Account, "name,industry\nA,Pumps\nB,\n", person=manager, mapping=mapping)
    assert said(report) == [(2, "industry", "You lack the permission “core.industry.create”.")]
    assert (imports.count(Industry), imports.count(Account)) == (0, 1)


def test_runs_and_mappings_are_their_owners(imports, tenon, manager):
    report = imports.run(Account, "name\nA\n", person=manager)
    other = tenon.user("sales_manager")
    with tenon.ctx(other) as ctx, pytest.raises(NotFound):
        cancel_import(ctx, report.id)
    with tenon.ctx(manager) as ctx:
        save_mapping(ctx, "core.account", "mine", {"columns": {"firm": "name"}, "key": ["name"]})
    with tenon.ctx(manager) as ctx:
        _id, mapping = saved_mapping(ctx, "core.account", "mine")
        assert mapping == {"columns": {"firm": "name"}, "key": ["name"]}
    with tenon.ctx(other) as ctx, pytest.raises(NotFound):
        saved_mapping(ctx, "core.account", "mine")


def test_an_export_leaves_out_what_she_may_only_see(imports, tenon, tmp_path):
    unit = tenon.unit("North")
    ann, bob = tenon.user("salesperson", unit=unit), tenon.user("salesperson", unit=unit)
    tenon.make(Account, name="Hers", owner_id=ann.id, unit_id=unit.id)
    shared = tenon.make(Account, name="Shared", owner_id=bob.id, unit_id=unit.id)
    tenon.make(TeamMember, entity="core.account", record_id=shared.id, user_id=ann.id, level="view")
    target = tmp_path / "out.csv"
    with tenon.ctx(ann) as ctx:
        assert ctx.session.scalars(select(Account.name).order_by(Account.name)).all() == [
            "Hers",
            "Shared",
        ]
        assert export_file(ctx, ExportRequest(entity=Account), target) == 1
    text = target.read_text("utf-8-sig")
    assert "Hers" in text
    assert "Shared" not in text
    assert "Credit limit" not in text
    asked = ExportRequest(entity=Account, pairs=(("fields", "name,credit_limit"),))
    with tenon.ctx(ann) as ctx, pytest.raises(Forbidden):
        export_file(ctx, asked, target)
    with tenon.ctx(tenon.user("planner")) as ctx, pytest.raises(Forbidden):
        export_file(ctx, ExportRequest(entity=Account), target)
    with tenon.system(read_only=True) as ctx:
        entry = ctx.connection.execute(
            select(AuditEntry.__table__).where(AuditEntry.action == "exported")
        ).one()
        assert (entry.actor_id, entry.entity, entry.changes["rows"]) == (
            ann.id,
            "core.account",
            [None, 1],
        )


def test_every_way_of_reading_is_limited_by_the_right_to_export():
    """One that was handed on to the person's own guardian would let out what she only sees."""
    reading = [name for name in vars(Guardian) if not name.startswith(("_", "check_", "may_"))]
    assert {"criteria", "tested", "ways", "sees_many", "hidden"} <= set(reading)
    assert [name for name in reading if name not in vars(ExportGuardian)] == []
