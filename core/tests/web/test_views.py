"""Boards, calendars, dispatch boards, gantt charts and networks of a declared entity."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from conftest import id_of
from lathe.entities import Order
from sqlalchemy import select

ORDERS = "/lathe/order"
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
WEEK = "start=2026-03-02&end=2026-03-09"


def stored(web, id_):
    with web.site.system("test") as ctx:
        record = ctx.session.scalar(select(Order).where(Order.id == UUID(id_)))
        ctx.session.expunge(record)
        return record


def items(answer):
    return {item["title"]: item for item in answer.json()["items"]}


def test_a_board_shows_what_one_may_see_with_exact_totals(web, page):
    web.order("own", name="Mine", amount=1200, margin=7, kind="new")
    web.order("own", name="More", amount=300)
    web.order("all", name="Hers", amount=5000)
    shown = page("own", f"{ORDERS}/board/state").text
    assert "Mine" in shown
    assert "Hers" not in shown
    assert "¥1.5K" in shown
    assert 'title="Margin"' not in shown
    assert 'title="Margin"' in page("all", f"{ORDERS}/board/state").text
    assert "Mine" not in page("own", f"{ORDERS}/board/state?kind=used").text
    page("nobody", f"{ORDERS}/board/state", 403)
    page("own", f"{ORDERS}/board/nothing", 404)


def test_a_card_moves_by_the_transition_that_leads_there(web, page):
    done = web.order("own", name="Done")
    web.execute(Order.__table__, Order.__table__.c.id == UUID(done), state="done")
    moved = page(
        "own", f"{ORDERS}/board/state/move", method="POST", data={"id": done, "column": "open"}
    )
    assert stored(web, done).state == "open"
    assert moved.json()["totals"]["open"]["count"] == 1
    refused = page(
        "own", f"{ORDERS}/board/state/move", 409, "POST", {"id": done, "column": "done"}
    ).json()
    assert "asks for more" in refused["detail"]
    assert stored(web, done).state == "open"


def test_a_card_moves_by_an_edit_of_its_field_and_never_behind_ones_back(web, page):
    order = web.order("own", name="Mine", kind="new")
    move = f"{ORDERS}/board/kind/move"
    page("own", move, method="POST", data={"id": order, "column": "used", "version": "1"})
    assert stored(web, order).kind == "used"
    page("own", move, 412, "POST", {"id": order, "column": "new", "version": "1"})
    page("own", move, 422, "POST", {"id": order, "column": "stolen"})
    page("viewer", move, 403, "POST", {"id": order, "column": "new"})
    page("own", move, 404, "POST", {"id": str(uuid4()), "column": "new"})
    assert stored(web, order).kind == "used"


def test_the_calendar_holds_what_is_hers_in_the_window(web, page):
    web.order("own", name="In", begins_at=MONDAY, kind="new")
    web.order("own", name="Later", begins_at=datetime(2026, 3, 20, 8, tzinfo=UTC))
    web.order("all", name="Hers", begins_at=MONDAY)
    slot = items(page("own", f"/calendar/slots?{WEEK}"))
    assert list(slot) == ["In"]
    assert slot["In"]["start"] == "2026-03-02T08:00:00+00:00"
    assert slot["In"]["url"].startswith("/lathe/order/")
    assert set(items(page("all", f"/calendar/slots?{WEEK}&whose=all"))) == {"In", "Hers"}
    assert set(items(page("all", f"/calendar/slots?{WEEK}"))) == {"Hers"}
    assert "tenon-calendar" in page("own", "/calendar", part=False).text


def test_a_window_must_be_one(page):
    for window in (
        "",
        "start=x&end=y",
        "start=2026-03-09&end=2026-03-02",
        "start=2026-01-01&end=2026-12-31",
    ):
        page("own", f"/calendar/slots?{window}", 422)


def test_the_page_of_an_error_names_what_is_wrong(page):
    shown = page("own", "/calendar/slots?start=soon&end=later", 422, part=False).text
    assert "<code>start</code> Enter a date and a time." in shown


def test_dragging_plans_and_is_refused_with_its_reason(web, page):
    order = web.order("own", name="Mine")
    move = f"{ORDERS}/calendar/plan/move"
    times = {"start": "2026-03-03T10:00", "end": "2026-03-03T10:00"}
    page("own", move, method="POST", data={"id": order, **times})
    zone = web.site.guardian(id_of("own")).access.actor.zone
    assert stored(web, order).begins_at == datetime(2026, 3, 3, 10, tzinfo=zone)
    page("own", move, 422, "POST", {"id": order, "start": "2026-03-03", "end": "2026-03-02"})
    page("own", move, 422, "POST", {"id": order, "start": "soon", "end": "later"})
    page("viewer", move, 403, "POST", {"id": order, **times})


def test_a_dispatch_board_has_resources_slots_and_what_waits(web, page):
    web.order("own", name="Planned", begins_at=MONDAY)
    waiting = web.order("own", name="Waiting")
    data = page("own", f"{ORDERS}/dispatch/plan/data?{WEEK}").json()
    assert "Own" in {row["name"] for row in data["resources"]}
    assert [item["title"] for item in data["items"]] == ["Planned"]
    assert data["items"][0]["resource"] == str(id_of("own"))
    assert [item["id"] for item in data["pool"]] == [waiting]
    assert "Waiting" in page("own", f"{ORDERS}/dispatch/plan", part=False).text


def test_a_gantt_chart_tells_the_consequence_before_it_moves(page):
    bars = page("own", "/lathe/gantt/works/bars?name=Bee").json()["bars"]
    assert [bar["name"] for bar in bars] == ["A", "Bee"]
    assert bars[1]["dependencies"] == ["a"]
    asked = {"id": "a", "start": "2026-03-03", "end": "2026-03-10"}
    told = page("own", "/lathe/gantt/works/foresee", method="POST", data=asked).json()
    assert told["lines"] == ["a ends on 2026-03-10"]
    page("own", "/lathe/gantt/works/move", 409, "POST", asked)
    page("own", "/lathe/gantt/works/move", method="POST", data={**asked, "reason": "rain"})
    page("own", "/lathe/gantt/works/move", 422, "POST", {**asked, "end": "2026-03-01"})
    page("nobody", "/lathe/gantt/works", 403)
    assert "tenon-gantt" in page("own", "/lathe/gantt/works", part=False).text


def test_a_network_is_of_a_record_that_one_sees(web, page):
    order = web.order("own", name="Mine")
    graph = page("own", f"{ORDERS}/{order}/network/ties").json()
    assert graph["nodes"][0]["id"] == order
    page("team", f"{ORDERS}/{web.order('all')}/network/ties", 404)
    page("own", f"{ORDERS}/{order}/network/none", 404)
