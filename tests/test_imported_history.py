"""An import makes no history that its person may not make; both ways of storing say the same."""

import pytest
from sqlalchemy import select

from tenon_core.entities import AuditEntry
from tenon_core.transfer.importing import import_file, run_import
from tenon_core.transfer.runs import ImportRequest, start_import
from tenon_press.entities import Machine

tenon_plugins = ["paint", "press"]

HISTORY = "core.import.history"
ROWS = "name,state\nNew,built\nOld,running\nGone,scrapped\nPlain,\n"
REFUSED = (
    "A new record begins as “Built”. Another status is imported by who has the permission "
    "“core.import.history” only."
)


@pytest.fixture
def run(tenon, tmp_path):
    """Imports presses as a person; `plain` is the fast way past the ORM."""

    def run(person, text, *, plain=True, **options):
        path = tmp_path / "presses.csv"
        path.write_text(text)
        request = ImportRequest(entity="press.machine", **options)
        with tenon.ctx(person) as ctx:
            run_id = start_import(ctx, Machine, path, path.name, request, queue=False)
        return run_import(tenon.site, run_id, plain=plain)

    return run


@pytest.fixture
def keeper(tenon):
    """May import and keep all presses, but import no history."""
    for action in ("view", "create", "edit"):
        tenon.grant("contract_clerk", f"press.machine.{action}", "all")
    return tenon.user("contract_clerk")


def states(tenon):
    with tenon.system(read_only=True) as ctx:
        return dict(ctx.session.execute(select(Machine.name, Machine.state)).all())


def history_entries(tenon):
    with tenon.system(read_only=True) as ctx:
        told = select(AuditEntry).where(AuditEntry.action == "history imported")
        return [(e.entity, e.actor_id, e.changes) for e in ctx.session.scalars(told)]


@pytest.mark.parametrize("plain", [True, False])
def test_without_the_permission_a_new_record_begins_where_its_workflow_does(
    tenon, run, keeper, plain
):
    report = run(keeper, ROWS, plain=plain)
    assert (report.created, report.failed) == (2, 2)
    said = [(fault.row, fault.header, fault.message.translate()) for fault in report.faults]
    assert said == [(3, "state", REFUSED), (4, "state", REFUSED)]
    assert states(tenon) == {"New": "built", "Plain": "built"}
    assert history_entries(tenon) == []


def test_a_dry_run_tells_the_same(tenon, run, keeper):
    report = run(keeper, ROWS, dry_run=True)
    assert [fault.row for fault in report.faults] == [3, 4]
    assert states(tenon) == {}


@pytest.mark.parametrize("plain", [True, False])
def test_who_may_import_history_does_and_the_audit_says_so(tenon, run, plain):
    admin = tenon.user("administrator")
    report = run(admin, ROWS + "Older,running\n", plain=plain)
    assert (report.created, report.failed) == (5, 0)
    assert states(tenon)["Gone"] == "scrapped"
    told = {"running": [None, 2], "scrapped": [None, 1]}
    assert history_entries(tenon) == [("press.machine", admin.id, told)]


def test_the_permission_can_be_granted_alone(tenon, run, keeper):
    tenon.grant("contract_clerk", HISTORY, "all")
    assert run(keeper, ROWS).created == 4


def test_nobody_lets_an_import_move_what_is_stored(tenon, run):
    admin = tenon.user("administrator")
    tenon.make(Machine, by=admin, name="Old")
    report = run(admin, "name,state\nOld,scrapped\n", mapping={"key": ["name"]})
    assert [fault.header for fault in report.faults] == ["state"]
    assert "by a transition only" in report.faults[0].message.translate()
    assert states(tenon) == {"Old": "built"}


def test_a_status_that_does_not_exist_is_refused_to_everybody(tenon, run):
    report = run(tenon.user("administrator"), "name,state\nOld,flying\n")
    assert (report.created, report.failed) == (0, 1)


def test_a_take_over_by_the_system_may(tenon, tmp_path):
    path = tmp_path / "presses.csv"
    path.write_text(ROWS)
    request = ImportRequest(entity="press.machine")
    assert import_file(tenon.site, None, Machine, path, request).created == 4
