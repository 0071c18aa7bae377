"""The list page: what it shows, to whom, and what it says about bad input."""

import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import START, id_of
from listing import ORDERS, titles
from sqlalchemy import event, select

from tenon_core.entities import Grant, SavedView
from tenon_core.storage.reading import Cursor
from tenon_core.web.pages.lists.periods import days_of, moved
from tenon_core.web.pages.lists.saved import definition_of, state_of
from tenon_core.web.pages.lists.state import ListState, read_state
from tenon_sdk.views import Column


def test_rows_columns_and_their_permission(web, page):
    web.order("own", name="Mine", amount=1200, margin=5, kind="new")
    web.order("all", name="Hers")
    answer = page("own", f"{ORDERS}?fields=kind,amount,margin")
    assert titles(answer) == ["Mine"]
    assert ">New</" in answer.text or ">New<" in answer.text
    assert "1,200.00" in answer.text
    assert "Margin" not in answer.text
    assert set(titles(page("all", f"{ORDERS}?fields=margin"))) == {"Mine", "Hers"}
    assert "Margin" in page("all", f"{ORDERS}?fields=margin").text
    page("nobody", ORDERS, 403)


def test_whole_page_and_part_share_an_address(web, page):
    web.order("own", name="Mine")
    whole, part = page("own", ORDERS, part=False), page("own", ORDERS)
    assert "<!doctype html>" in whole.text
    assert "<!doctype" not in part.text
    assert titles(whole) == titles(part) == ["Mine"]
    assert part.headers["hx-push-url"] == f"{ORDERS}?view=all"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind__in=new", {"A"}),
        ("kind__in=new&kind__in=used", {"A", "B"}),
        ("kind__isnull=true", {"C"}),
        ("kind__isnull=true&kind__in=new", {"C"}),
        ("amount__gte=100&amount__lte=200", {"A"}),
        ("urgent=true", {"B"}),
        ("name__contains=c", {"C"}),
        ("due__within=this_month", {"A"}),
        ("due__within=overdue", {"B"}),
        ("due__gte=2026-03-01&due__lte=2026-03-31", {"A"}),
        ("begins_at__gte=2026-03-03&begins_at__lte=2026-03-03", {"C"}),
        ("owner_id=me", {"A", "B", "C"}),
        ("owner_id__in=me", {"A", "B", "C"}),
    ],
)
def test_filters(web, page, query, found):
    day = START.date()
    web.order("own", name="A", kind="new", amount=150, due=day + timedelta(days=5))
    web.order("own", name="B", kind="used", urgent=True, due=day - timedelta(days=10))
    web.order("own", name="C", begins_at=START + timedelta(days=1))
    assert set(titles(page("own", f"{ORDERS}?{query}"))) == found


def test_bad_parameters_are_named(web, page):
    answer = page("own", f"{ORDERS}?nonsense=1&due__within=someday", 422)
    assert "nonsense" in answer.text or "due__within" in answer.text
    assert "margin" in page("own", f"{ORDERS}?margin__gte=1", 422).text
    page("own", f"{ORDERS}?limit=3", 422)
    page("own", f"{ORDERS}?sort=nothing", 422)
    page("own", f"{ORDERS}?cursor=zzz", 422)
    page("own", f"{ORDERS}?group=notes", 422)


def test_pages_forth_and_back(web, page):
    for number in range(30):
        web.order("own", name=f"N{number:02}")
    first = page("own", f"{ORDERS}?sort=name&limit=25")
    assert len(titles(first)) == 25
    assert "1–25" in first.text
    assert "of 30" not in first.text
    forth = re.search(r'href="([^"]+)"[^>]*data-page="next"', first.text)[1].replace("&amp;", "&")
    second = page("own", forth)
    assert titles(second) == [f"N{n}" for n in range(25, 30)]
    assert "26–30 of 30" in second.text
    back = re.search(r'href="([^"]+)"[^>]*data-page="previous"', second.text)[1]
    assert titles(page("own", back.replace("&amp;", "&"))) == titles(first)
    assert "of 30" in page("own", f"{ORDERS}/count?sort=name").text


def test_nothing_found_says_which_step_helps(web, page):
    assert "No records yet" in page("own", ORDERS).text
    web.order("own", name="A", kind="new")
    answer = page("own", f"{ORDERS}?kind__in=used&name__contains=x")
    assert "Nothing matches" in answer.text
    links = re.findall(r'href="([^"]+)"[^>]*>\s*<svg.*?</svg>Without', answer.text)
    kept = [parse_qs(urlsplit(link.replace("&amp;", "&")).query) for link in links]
    assert {"name__contains": ["x"]} in kept
    assert {"kind__in": ["used"]} in kept


def test_groups_with_totals_by_currency(web, page):
    web.order("own", name="A", kind="new", amount=100, currency="EUR", count=2)
    web.order("own", name="B", kind="new", amount=50, currency="USD", count=3)
    web.order("own", name="C", kind="used", amount=7, currency="EUR", count=1)
    answer = page("own", f"{ORDERS}?group=kind&fields=amount,count")
    assert "€100.00 + $50.00" in answer.text
    assert "€107.00 + $50.00" in answer.text
    assert "kind__in=new" in answer.text
    assert titles(page("own", f"{ORDERS}/rows?kind__in=used&fields=amount")) == ["C"]
    by_month = page("own", f"{ORDERS}?group=month(due)")
    assert "due__isnull=true" in by_month.text


def test_computed_columns_are_asked_once_and_fail_alone(site, web, page):
    asked = []

    def values(ctx, ids):
        asked.append(list(ids))
        return {ids[0]: {"text": "Hot", "tone": "red"}}

    def broken(ctx, ids):
        raise RuntimeError("no")

    common = {"entity": "lathe.order", "permission": "lathe.order.view"}
    for key, run in (("heat", values), ("broken", broken)):
        column = Column(key=key, label=key.title(), values=run, **common)  # type: ignore[arg-type]
        site.registry.columns.add("lathe", column)
    web.order("own", name="A")
    web.order("own", name="B")
    answer = page("own", f"{ORDERS}?fields=column.heat,column.broken")
    assert len(asked) == 1
    assert len(asked[0]) == 2
    assert answer.text.count('is-red">Hot</span>') == 1
    assert answer.text.count("could not be computed") == 2


# ------------------------------------------------------------------------------------ saved views


@pytest.fixture
def keeper(web):
    """Everybody may keep views of her own, as in the ready roles."""

    with web.site.system("test") as ctx:
        for login in ("own", "viewer"):
            for action in ("view", "create", "edit", "delete"):
                ctx.session.add(
                    Grant(role_id=id_of(login), permission=f"core.saved_view.{action}", scope="own")
                )
    return web


def test_views_are_saved_shared_and_opened_first(keeper, web, page):
    web.order("own", name="A", kind="new")
    web.order("own", name="B", kind="used")
    state = "?kind__in=new&fields=kind&sort=-name"
    assert "kind__in=new" in page("own", f"{ORDERS}/views/new{state}").text
    assert "not saved a view" in page("own", f"{ORDERS}/views").text
    page("team", f"{ORDERS}/views/new", 403)
    bad = page("own", f"{ORDERS}/views", 422, "POST", {"name": " ", "state": state})
    assert "Say how the view shall be called" in bad.text
    assert "kind__in=new" in bad.text
    data = {"name": "New ones", "shared": "all", "first": "1", "state": state}
    made = page("own", f"{ORDERS}/views", 204, "POST", data)
    url = made.headers["hx-redirect"]
    assert titles(page("own", url)) == ["A"]
    assert titles(page("own", ORDERS)) == ["A"]
    assert set(titles(page("own", f"{ORDERS}?view=all"))) == {"A", "B"}
    assert "New ones" in page("own", f"{ORDERS}/views").text
    assert "New ones" in page("viewer", ORDERS).text
    assert set(titles(page("viewer", ORDERS))) == {"A", "B"}
    view = url.partition("view=")[2]
    page("viewer", f"{ORDERS}/views/{view}", 404, "POST", {"act": "delete"})
    rename = {"act": "rename", "name": "Fresh", "shared": "private"}
    page("own", f"{ORDERS}/views/{view}", 200, "POST", rename)
    assert "Fresh" not in page("viewer", ORDERS).text
    page("own", f"{ORDERS}/views/{view}", 200, "POST", {"act": "delete"})
    with web.site.system("test") as ctx:
        assert ctx.session.scalars(select(SavedView)).all() == []


def test_a_view_of_the_unit_stays_in_the_unit(web, page):
    with web.site.system("test") as ctx:
        for unit in ("GZ", "HQ"):
            ctx.session.add(
                SavedView(entity="lathe.order", name=f"Of {unit}", shared="unit", definition={},
                          owner_id=id_of("nobody"), unit_id=id_of(unit))
            )  # fmt: skip
    below = page("own", ORDERS).text
    assert "Of GZ" in below
    assert "Of HQ" not in below
    assert "Of GZ" in page("unit_tree", ORDERS).text
    assert "Of HQ" in page("viewer", ORDERS).text


def test_definitions_come_back_as_they_were():
    state = read_state([
        ("status__in", "a"), ("status__in", "b"), ("fields", "x,y"), ("sort", "-x"),
        ("q", "w"), ("limit", "100"), ("group", "x"),
    ])  # fmt: skip
    assert state_of(definition_of(state), "") == state
    demo = {"fields": ["name"], "filters": {"status": "active"}, "sort": ["-revenue"]}
    assert state_of(demo, "v").pairs() == [
        ("view", "v"), ("status", "active"), ("fields", "name"), ("sort", "-revenue"),
    ]  # fmt: skip
    assert ListState().query() == ""


# ----------------------------------------------------------------------------------- the controls


@pytest.mark.parametrize("name", ["kind", "owner_id", "due", "begins_at", "amount", "urgent",
                                  "name", "account_id", "custom.colour", "state"])  # fmt: skip
def test_every_kind_of_field_has_a_control(web, page, name):
    text = page("own", f"{ORDERS}/filter/{name}").text
    assert f'name="{name}' in text


def test_hidden_fields_have_none(web, page):
    page("own", f"{ORDERS}/filter/margin", 404)
    page("own", f"{ORDERS}/filter/secret", 404)
    rest = page("own", f"{ORDERS}/filters").text
    assert "Due" in rest
    assert "Margin" not in rest
    columns = page("own", f"{ORDERS}/columns?fields=kind").text
    assert re.search(r'value="kind" checked', columns)
    assert "margin" not in columns
    assert "month(due)" in page("own", f"{ORDERS}/groups").text.replace("%28", "(").replace(
        "%29", ")"
    )


@pytest.mark.parametrize(
    ("name", "first", "after"),
    [
        ("today", "2026-03-02", "2026-03-03"),
        ("this_week", "2026-03-02", "2026-03-09"),
        ("last_month", "2026-02-01", "2026-03-01"),
        ("this_quarter", "2026-01-01", "2026-04-01"),
        ("last_quarter", "2025-10-01", "2026-01-01"),
        ("last_year", "2025-01-01", "2026-01-01"),
        ("last_30_days", "2026-02-01", "2026-03-03"),
        ("next_7_days", "2026-03-02", "2026-03-09"),
    ],
)
def test_periods(name, first, after):
    assert days_of(name, date(2026, 3, 2)) == (date.fromisoformat(first), date.fromisoformat(after))


def test_no_such_period():
    assert days_of("last_days", date(2026, 3, 2)) is None
    assert moved("month", date(2026, 12, 1), 1) == date(2027, 1, 1)


def test_statements_of_a_page_do_not_grow_with_its_rows(site, web, page, monkeypatch):
    asked = []
    fetch = Cursor.fetch
    monkeypatch.setattr(Cursor, "fetch", lambda self, *a: asked.append(a[0]) or fetch(self, *a))
    for engine in {site.engine, site.read_engine}:
        event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    for number in range(3):
        web.order("own", name=f"N{number}")
    counts = []
    for _ in range(3):
        tries = []
        for _ in range(4):  # now and then rights or sessions are looked after, too
            asked.clear()
            page("own", ORDERS)
            tries.append(len(asked))
        counts.append(min(tries))
        for number in range(20):
            web.order("own", name=f"M{number}")
    assert counts[0] == counts[1] == counts[2], asked
    assert counts[0] <= 8, asked
