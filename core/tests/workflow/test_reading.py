"""What is shown, and to whom."""

from decimal import Decimal

import pytest
from quoting.entities import Quotation
from sqlalchemy import event, select

from tenon_core.entities import ApprovalRequest
from tenon_core.workflow.approvals import reading
from tenon_sdk.errors import Forbidden, NotFound

MANAGER = {"kind": "manager"}
BOSS = {"kind": "user", "users": ["boss"]}


@pytest.fixture
def statements(company):
    """Counts what the database is asked from here on."""
    seen = []
    event.listen(
        company.site.engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_rest: seen.append(statement),
    )
    return seen


def test_the_inbox_is_one_statement(company, statements):
    company.flow(MANAGER)
    requests = [company.request(amount=n)[1] for n in range(1, 6)]
    with company.site.context(company.site.user_id("lin"), read_only=True) as ctx:
        reading.waiting_for(ctx)
        ctx.session.rollback()
        statements.clear()
        lines = reading.waiting_for(ctx)
        assert len([s for s in statements if s.startswith("SELECT")]) == 1
    assert [line.request_id for line in lines] == requests
    assert {line.submitter for line in lines} == {"Sam"}


def test_the_most_urgent_comes_first(company):
    company.flow({"approvers": MANAGER, "due_hours": 100})
    late = company.request()[1]
    company.flow({"approvers": MANAGER, "due_hours": 10})
    soon = company.request()[1]
    company.flow(MANAGER)
    whenever = company.request()[1]
    assert [line.request_id for line in company.inbox("lin")] == [soon, late, whenever]


def test_an_approver_sees_the_snapshot_and_not_the_record(company):
    company.flow(MANAGER)
    record, request = company.request(amount=4711)
    company.add_line(record, product="Pump", quantity=2)
    with company.as_("lin") as ctx:
        assert ctx.session.scalar(select(Quotation.id)) is None
    with pytest.raises(NotFound):
        company.history("lin", record)
    detail = company.show("lin", request)
    assert detail.snapshot["fields"]["amount"] == "4711"
    [change] = detail.changes
    assert (change.part, change.old, change.new["product"]) == ("quoting.line", None, "Pump")


def test_nobody_else_sees_the_request(company):
    company.flow(MANAGER, BOSS)
    _record, request = company.request()
    for login in ("fay", "sue"):
        with pytest.raises(NotFound):
            company.show(login, request)
    for login in ("sam", "lin", "boss", "ada"):
        assert company.show(login, request).request.id == request


def test_masked_fields_stay_masked(company):
    company.flow(MANAGER, BOSS)
    record = company.quotation()
    with company.site.system("test") as ctx:
        ctx.session.get(Quotation, record).margin = Decimal("12.5")
    request = company.send(record).request_id
    for login in ("sam", "lin"):
        assert "margin" not in company.show(login, request).snapshot["fields"]
    assert company.show("boss", request).snapshot["fields"]["margin"] == "12.5"
    with company.site.system("test") as ctx:
        ctx.session.get(Quotation, record).margin = Decimal(9)
    assert company.show("lin", request).changes == []
    [change] = company.show("boss", request).changes
    assert (change.field, change.old, change.new) == ("margin", "12.5", "9")


def test_the_snapshot_cannot_be_read_beside_the_services(company):
    company.flow(MANAGER)
    _record, request = company.request()
    with company.as_("sam") as ctx:
        found = ctx.session.get(ApprovalRequest, request)
        assert found.title == "Q"
        with pytest.raises(Forbidden):
            found.snapshot  # noqa: B018
        with pytest.raises(Forbidden):
            ctx.session.scalars(select(ApprovalRequest.inputs)).all()


def test_the_difference_shows_old_and_new(company, ids):
    company.flow(MANAGER)
    record, request = company.request(amount=100)
    company.change(record, amount=Decimal(90), reviewer_id=ids("fay"))
    changes = {c.field: (c.old, c.new) for c in company.show("lin", request).changes}
    assert changes == {"amount": ("100", "90"), "reviewer_id": (None, str(ids("fay")))}


def test_references_carry_their_title(company, ids):
    company.flow(MANAGER)
    record = company.quotation(reviewer_id=ids("fay"))
    request = company.send(record).request_id
    assert company.show("lin", request).snapshot["titles"][str(ids("fay"))] == "Fay"


def test_a_deleted_record_leaves_its_snapshot(company):
    company.flow(MANAGER)
    record, request = company.request()
    with company.site.system("test") as ctx:
        table = Quotation.__table__
        ctx.connection.execute(table.delete().where(table.c.id == record))
    detail = company.show("lin", request)
    assert not detail.exists
    assert detail.snapshot["fields"]["name"] == "Q"
    assert company.decide("lin", request, approve=False) == "rejected"


def test_history_costs_the_same_for_any_length(company, statements):
    company.flow(MANAGER)
    record, request = company.request()
    counts = []
    for _n in range(2):
        for _m in range(3):
            company.send_back("lin", request)
            company.resubmit("sam", request)
        statements.clear()
        company.history("sam", record)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_own_open_requests(company):
    company.flow(MANAGER)
    first, second, third = (company.request()[1] for _n in range(3))
    company.send_back("lin", second)
    company.decide("lin", third)
    with company.site.context(company.site.user_id("sam"), read_only=True) as ctx:
        mine = [(one.id, one.state) for one in reading.submitted(ctx)]
    assert mine == [(second, "returned"), (first, "running")]
