"""The first page: widgets that come one by one, as their reader arranged them."""

from datetime import timedelta

import pytest
from conftest import START, id_of
from sqlalchemy import event as sql_event
from sqlalchemy import select
from test_profile import Browser

from tenon_core.entities import Activity, ActivityParticipant, Grant, User
from tenon_core.web.pages.home.arranging import arranged, to_keep
from tenon_core.web.pages.home.widgets import WIDGETS
from tenon_sdk.declarations import Widget
from tenon_sdk.text import Text

NEEDED = (
    "core.activity.view", "core.activity.create", "core.approval.use", "core.timeline.view",
)  # fmt: skip


@pytest.fixture
def grown(web):
    """`own` sees what core's widgets are about; `nobody` has no right at all."""
    with web.site.system("test") as ctx:
        ctx.session.add_all(
            Grant(role_id=id_of("own"), permission=name, scope="own") for name in NEEDED
        )
    return web


def plan(web, subject, owner="own", hours=1, status="planned", **values):
    start = START + timedelta(hours=hours)
    times = {"planned_start": start, "planned_end": start + timedelta(minutes=30)}
    if status == "done":
        times["actual_start"] = start
    values = {"kind": "visit", **times, **values}
    with web.site.system("test") as ctx:
        one = Activity(subject=subject, status=status, owner_id=id_of(owner),
                       unit_id=id_of("GZ"), **values)  # fmt: skip
        ctx.session.add(one)
        ctx.session.flush()
        return one.id


def widget(page, key, login="own", status=200):
    return page(login, f"/widgets/{key}", status).text


def replace(monkeypatch, web, **declared):
    one = Widget(key="test.one", label=Text("One"), permission="core.account.view", **declared)
    shelf = web.site.registry.widgets
    monkeypatch.setattr(type(shelf), "get", lambda _self, _key: one)


def test_the_page_asks_for_each_widget_by_itself(grown, page):
    shown = page("own", "/", part=False).text
    for one in WIDGETS:
        assert f'hx-get="/widgets/{one.key}"' in shown
    assert shown.index("core.numbers") < shown.index("core.my_day") < shown.index("core.care")


def test_nobody_is_offered_what_she_may_not_see(grown, page):
    shown = page("nobody", "/", part=False).text
    assert "/widgets/" not in shown
    assert "Nothing is shown here" in shown
    page("nobody", "/widgets/core.my_day", 403)
    page("own", "/widgets/core.nothing", 404)


def test_my_day_is_mine(grown, page):
    plan(grown, "Visit <today>")
    plan(grown, "Late task", hours=-30, kind="task")
    plan(grown, "Tomorrow", hours=30)
    plan(grown, "A stranger's", owner="all")
    plan(grown, "Done already", status="done")
    shown = widget(page, "core.my_day")
    assert "Visit &lt;today&gt;" in shown
    assert shown.index("Visit") < shown.index("Overdue") < shown.index("Late task")
    for other in ("Tomorrow", "stranger", "Done already"):
        assert other not in shown
    assert "10:00" in shown


def test_what_one_takes_part_in_stands_in_ones_day(grown, page):
    one = plan(grown, "Joint visit", owner="team")
    with grown.site.system("test") as ctx:
        ctx.session.add(ActivityParticipant(activity_id=one, user_id=id_of("own")))
    grown.share("core.activity", str(one), "own")
    with grown.site.system("test") as ctx:
        grant = ctx.session.scalars(select(Grant).where(
            Grant.role_id == id_of("own"), Grant.permission == "core.activity.view")).one()  # fmt: skip
        grant.scope = "team"
    assert "Joint visit" in widget(page, "core.my_day")


def test_an_empty_day_says_so(grown, page):
    shown = widget(page, "core.my_day")
    assert "nothing is overdue" in shown
    assert 'href="/core/activity/new"' in shown


def test_numbers_count_ones_own(grown, page):
    grown.account("own", status="active")
    grown.account("own", status="prospect")
    grown.account("all", status="active")
    plan(grown, "Late", hours=-2)
    plan(grown, "Next")
    plan(grown, "Done", hours=-1, status="done")
    plan(grown, "Done before", hours=-80, status="done")
    shown = widget(page, "core.numbers")
    values = [part.split("<")[0] for part in shown.split("tn-stat-value")[1:]]
    assert [value.split(">")[1] for value in values] == ["2", "2", "1", "1", "1"]
    assert "1 are active" in shown
    assert "1 the week before" in shown


def test_charts_are_options(grown, page):
    assert "No activities in these weeks." in widget(page, "core.activity_chart")
    plan(grown, "Done", hours=-1, status="done")
    grown.account("own", status="active")
    shown = widget(page, "core.activity_chart")
    assert "<tenon-chart" in shown
    assert '"data": [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]' in shown
    shown = widget(page, "core.account_chart")
    assert f"owner_id={id_of('own')}" in shown


@pytest.mark.parametrize("key", ["core.approvals", "core.care", "core.recent"])
def test_others_answer_with_nothing_in_them(grown, page, key):
    assert "tn-empty" in widget(page, key)


def test_what_was_opened_is_found_again(grown, page):
    account = grown.account("own", name="Hairun Works")
    hidden = grown.account("all", name="Out of reach")
    grown.client.cookies.set("tenon_recent", f"core.account~{account}|core.account~{hidden}")
    shown = widget(page, "core.recent")
    assert f'href="/core/account/{account}"' in shown
    assert "Out of reach" not in shown


def test_a_widget_fails_alone(grown, page, monkeypatch):
    def broken(_ctx):
        raise ZeroDivisionError("secret detail")

    replace(monkeypatch, grown, load=broken)
    shown = widget(page, "test.one")
    assert "This part could not be loaded." in shown
    assert "secret" not in shown
    page("nobody", "/widgets/test.one", 403)


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"open_offers": 7, "won": 2}, ['<div class="tn-stat-name">Open offers</div>', ">7<"]),
        ({"rows": [{"name": "A<b>", "amount": 5}]}, ["<th>Name</th>", "A&lt;b&gt;", "tn-num"]),
        ({"state": "well", "count": 3}, ["<dt>State</dt><dd>well</dd>"]),
        ({"chart": {"series": []}}, ["<tenon-chart", '{"series": []}']),
        ({}, ["None yet."]),
    ],
)
def test_a_widget_needs_no_template(grown, page, monkeypatch, data, wanted):
    replace(monkeypatch, grown, load=lambda _ctx: data)
    shown = widget(page, "test.one")
    for text in wanted:
        assert text in shown


def test_one_arranges_the_page(grown):
    grown.set_password("own")
    browser = Browser(grown, "own")
    shown = browser.get("/home/arrange")
    assert shown.count('name="order"') == len(WIDGETS)
    keys = [one.key for one in WIDGETS]
    data = {"csrf_token": browser.csrf, "order": keys[::-1], "shown": keys[1:],
            "width-core.care": "12", "width-core.my_day": "99"}  # fmt: skip
    browser.send("POST", "/home/arrange", 303, data)
    shown = browser.get("/")
    assert "widgets/core.numbers" not in shown
    assert shown.index("widgets/core.recent") < shown.index("widgets/core.my_day")
    assert 'tn-span-12" hx-get="/widgets/core.care"' in shown
    assert 'tn-span-6" hx-get="/widgets/core.my_day"' in shown
    browser.send("POST", "/home/arrange", 303, {"csrf_token": browser.csrf, "reset": "1"})
    assert "widgets/core.numbers" in browser.get("/")


def test_other_preferences_stay(grown):
    grown.set_password("own")
    table = User.__table__
    grown.execute(table, table.c.id == id_of("own"), preferences={"channels": {"email": True}})
    browser = Browser(grown, "own")
    data = {"csrf_token": browser.csrf, "order": ["core.care"], "shown": []}
    browser.send("POST", "/home/arrange", 303, data)
    with grown.site.engine.connect() as connection:
        kept = connection.scalar(select(table.c.preferences).where(table.c.id == id_of("own")))
    assert kept["channels"] == {"email": True}
    assert kept["home"]["hidden"] == ["core.care"]


@pytest.mark.parametrize("kept", [None, 7, {"order": "x", "widths": [], "hidden": {}},
                                  {"order": [1, "gone"], "widths": {"core.care": "wide"}}])  # fmt: skip
def test_whatever_was_kept_the_page_stands(kept):
    found = arranged(WIDGETS, kept)
    assert [one.widget.key for one in found] == [one.key for one in WIDGETS]
    assert not any(one.hidden for one in found)
    assert to_keep(found)["widths"] == {}


def test_statements_do_not_grow(grown, page):
    statements = []

    def note(_c, _cursor, statement, *_rest):
        if statement != "BEGIN":
            statements.append(statement)

    page("own", "/", part=False)
    widget(page, "core.my_day")
    sql_event.listen(grown.site.read_engine, "before_cursor_execute", note)

    def counted(path, *, part):
        statements.clear()
        page("own", path, part=part)
        return len(statements)

    first = counted("/", part=False), counted("/widgets/core.my_day", part=True)
    for number in range(5):
        plan(grown, f"Visit {number}")
    assert (counted("/", part=False), counted("/widgets/core.my_day", part=True)) == first
    assert max(first) <= 4
