"""The approvals desk: what waits, what one asked for, deciding from there."""

from uuid import UUID

import pytest
from browsing import Browser, fields, text_of
from conftest import id_of
from lathe.entities import Order
from sqlalchemy import event

from tenon_core.entities import Grant
from tenon_core.workflow.approvals.flows import save_flow

DESK = "/approvals"


@pytest.fixture
def flow(web):
    """Finishing an order above 1,000 needs the agreement of `unit`, who sees few records."""
    with web.site.system("test") as ctx:
        for login in ("own", "unit", "all"):
            ctx.session.add(
                Grant(role_id=id_of(login), permission="core.approval.use", scope="all")
            )
        steps = [{"key": "s", "name": "Lead", "approvers": {"kind": "user", "users": ["unit"]}}]
        save_flow(ctx, {"key": "orders", "name": "Orders", "entity": "lathe.order",
                        "transition": "finish", "steps": steps, "watch": ["amount"],
                        "condition": {"fact": "amount", "op": "gt", "value": 1000}})  # fmt: skip


@pytest.fixture
def asks(flow, web):
    """Asks for the approval of an order; returns the order's id."""

    def ask(login, name):
        browser = Browser(web, login).open()
        order = web.order(login, name=name, amount=5000)
        answer = browser.post(
            f"/lathe/order/{order}/move/finish", {"remark": "r", "_note": "urgent"}, True
        )
        assert answer.status_code == 204
        return order

    return ask


def state_of(web, order):
    with web.site.system("test") as ctx:
        return ctx.session.get(Order, UUID(order)).state


def request_of(html):
    (found,) = {part for part in html.split('"') if part.endswith("/decide")}
    return found


def test_what_waits_stands_on_the_desk_and_is_decided_there(asks, web):
    order = asks("own", "Big one")
    lead = Browser(web, "unit").open()
    shown = lead.get(DESK).text
    said = text_of(shown)
    for part in ("Big one", "urgent", "Own", "Lead", "Finish", "Waiting for me 1"):
        assert part in said, part
    assert f'href="/lathe/order/{order}?tab=approvals"' in shown
    decide = request_of(shown)
    given = fields(shown, decide) | {"decision": "approve", "comment": "fine"}
    stale = lead.post(decide, given | {"version": "999"})
    assert stale.status_code == 422
    assert 'value="fine"' in stale.text
    done = lead.post(decide, given)
    assert (done.status_code, done.headers["location"]) == (303, DESK)
    assert "Nothing waits for you" in text_of(lead.get(DESK).text)
    assert state_of(web, order) == "done"


def test_whoever_asked_sees_how_far_it_is(asks, web):
    asks("own", "Mine")
    own = Browser(web, "own").open()
    said = text_of(own.get(f"{DESK}?tab=mine").text)
    assert "Mine" in said
    assert "Lead: Unit" in said
    assert "Running" in said
    assert "Nothing waits for you" in text_of(own.get(DESK).text)
    other = Browser(web, "all").open()
    assert "You have no open requests" in text_of(other.get(f"{DESK}?tab=mine").text)


def test_who_decides_without_seeing_the_record_reads_what_was_submitted(asks, web):
    order = asks("all", "Hidden from the lead")
    lead = Browser(web, "unit").open()
    assert lead.get(f"/lathe/order/{order}").status_code == 404
    shown = lead.get(DESK).text
    assert f"/lathe/order/{order}" not in shown
    page = request_of(shown).removesuffix("/decide")
    detail = lead.get(page)
    said = text_of(detail.text)
    assert "As it was submitted" in said
    assert "5,000.00" in said
    assert "Margin" not in said
    given = fields(detail.text, f"{page}/decide") | {"decision": "reject", "comment": "Too dear"}
    rejected = lead.post(f"{page}/decide", given, fragment=True)
    assert "Rejected" in text_of(rejected.text)
    assert state_of(web, order) == "open"


def test_filters_narrow_the_desk_and_say_so(asks, web):
    asks("own", "First")
    lead = Browser(web, "unit").open()
    assert "First" in text_of(lead.get(f"{DESK}?kind=lathe.order").text)
    late = text_of(lead.get(f"{DESK}?late=overdue").text)
    assert "Nothing matches" in late
    assert "First" not in late


def test_strangers_see_nothing_and_decide_nothing(asks, web):
    asks("own", "Secret")
    lead = Browser(web, "unit").open()
    decide = request_of(lead.get(DESK).text)
    page = decide.removesuffix("/decide")
    other = Browser(web, "viewer").open()
    assert other.get(DESK).status_code == 403
    assert other.get(page).status_code == 403
    with web.site.system("test") as ctx:
        grant = Grant(role_id=id_of("team"), permission="core.approval.use", scope="all")
        ctx.session.add(grant)
    team = Browser(web, "team").open()
    assert team.get(page).status_code == 404
    assert team.post(decide, {"decision": "approve"}).status_code in {404, 422}
    assert lead.get(page).status_code == 200
    assert lead.get(f"{DESK}/{id_of('none')}").status_code == 404
    assert lead.get(f"{DESK}/nonsense").status_code == 404
    assert lead.post(f"{page}/explode", {}).status_code == 404


def count_statements(web, act):
    seen = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    for engine in (web.site.engine, web.site.read_engine):
        event.listen(engine, "before_cursor_execute", note)
    act()
    for engine in (web.site.engine, web.site.read_engine):
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_the_desk_asks_as_often_for_many_as_for_one(asks, web):
    asks("own", "One")
    lead = Browser(web, "unit").open()
    lead.get(DESK)
    few = count_statements(web, lambda: lead.get(DESK))
    for number in range(4):
        asks("own", f"More {number}")
    assert "More 3" in text_of(lead.get(DESK).text)
    assert count_statements(web, lambda: lead.get(DESK)) == few
