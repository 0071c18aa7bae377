"""Reports: figures under the reader's own rights, where they lead, and how they are kept."""

import io
from datetime import date

import pytest
from conftest import START, id_of
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from tenon_core.entities import Grant, SavedView
from tenon_core.web.pages.reports.result import after, period_label

VIEW = "/reports/view?entity=lathe.order"
CHART = "/reports/chart?entity=lathe.order"


@pytest.fixture
def orders(web):
    account = web.account("own", name="Acme")
    web.order("own", name="A", amount=100, kind="new", due=date(2026, 3, 5), account_id=account)
    web.order("own", name="B", amount="0.10", kind="used", due=date(2026, 3, 20))
    web.order("own", name="C", amount=50, due=date(2026, 4, 1))
    web.order("all", name="D", amount=7000, kind="new", margin=3)


def points(answer):
    option = answer.json()
    names = option["xAxis"].get("data") or option["yAxis"]["data"]
    values = [[point["value"] for point in one["data"]] for one in option["series"]]
    return dict(zip(names, zip(*values, strict=True), strict=True))


@pytest.mark.usefixtures("orders")
def test_figures_are_those_of_what_one_sees(page):
    asked = f"{CHART}&measure=sum:amount&measure=count&group=kind"
    assert points(page("own", asked)) == {"New": (100, 1), "Used": (0.1, 1), "–": (50, 1)}
    assert points(page("all", asked))["New"] == (7100, 2)
    page("nobody", asked, 403)


@pytest.mark.usefixtures("orders")
def test_totals_are_exact_and_a_figure_leads_to_its_records(page):
    shown = page("own", f"{VIEW}&measure=sum:amount&group=kind", part=False).text
    assert ">¥150.10<" in shown
    assert 'href="/lathe/order?kind=new"' in shown
    assert "kind__isnull=true" in shown


@pytest.mark.usefixtures("orders")
def test_two_groups_make_rows_and_columns(page):
    asked = f"{CHART}&measure=count&group=month(due)&group=kind"
    option = page("own", asked).json()
    assert option["xAxis"]["data"] == ["2026-03", "2026-04"]
    assert [one["name"] for one in option["series"]] == ["New", "Used", "–"]
    assert option["series"][0]["data"][0]["url"].count("due__gte=2026-03-01") == 1
    assert "due__lt=2026-04-01" in option["series"][0]["data"][0]["url"]


@pytest.mark.usefixtures("orders")
def test_references_are_shown_by_their_titles(page):
    assert "Acme" in points(page("own", f"{CHART}&measure=count&group=account_id"))


@pytest.mark.usefixtures("orders")
def test_order_and_first_rows(page):
    asked = f"{CHART}&measure=sum:amount&group=name&order=value"
    assert list(points(page("own", asked))) == ["A", "C", "B"]
    shown = page("own", f"{VIEW}&measure=count&group=name&top=5", part=False).text
    assert "First 5" in shown


@pytest.mark.usefixtures("orders")
def test_filters_of_lists_narrow_a_report(page):
    asked = f"{CHART}&measure=count&group=kind&due__gte=2026-03-01&due__lte=2026-03-31"
    assert set(points(page("own", asked))) == {"New", "Used"}
    assert set(points(page("all", f"{CHART}&measure=count&group=name&owner_id=me"))) == {"D"}


@pytest.mark.usefixtures("orders")
def test_what_one_may_not_read_is_not_counted_either(page):
    page("own", f"{CHART}&measure=sum:margin&group=kind", 403)
    page("own", f"{CHART}&measure=gain&group=kind", 403)
    assert points(page("all", f"{CHART}&measure=gain&group=kind"))["New"] == (3,)


def test_bad_questions_say_what_is_wrong(page):
    assert "nothing" in page("own", f"{VIEW}&measure=sum:nothing", 422, part=False).text
    page("own", f"{VIEW}&group=nothing", 422, part=False)
    page("own", f"{VIEW}&chart=cake", 422)
    page("own", "/reports/view?entity=core.grant_of_all", 422)
    page("own", "/reports/view", 422)


@pytest.mark.usefixtures("orders")
def test_a_workbook_holds_numbers(page):
    book = page("own", "/reports/workbook?entity=lathe.order&measure=sum:amount&group=kind")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0)
    rows = sheet.to_python()
    assert rows[0] == ["Kind", "Sum of Amount"]
    assert [row[1] for row in rows[1:]] == [100, 0.1, 50]
    page("viewer", "/reports/workbook?entity=lathe.order&measure=count", 403)


def allow_views(web, *logins):
    with web.site.system("test") as ctx:
        for login in logins:
            for action in ("view", "create", "edit", "delete"):
                grant = Grant(role_id=id_of(login), permission=f"core.saved_view.{action}",
                              scope="own", created_at=START)  # fmt: skip
                ctx.session.add(grant)


@pytest.mark.usefixtures("orders")
def test_saved_reports_are_shared_as_far_as_they_say(web, page):
    allow_views(web, "own", "unit_tree")
    given = {"entity": "lathe.order", "measure": "count", "group": "kind", "chart": "pie",
             "name": "Kinds", "shared": "private"}  # fmt: skip
    there = page("own", "/reports", 204, "POST", given).headers["hx-redirect"]
    assert "Kinds" in page("own", there, part=False).text
    assert "Kinds" in page("own", "/reports", part=False).text
    assert "Kinds" not in page("all", "/reports", part=False).text
    with web.site.system("test") as ctx:
        (view,) = ctx.session.scalars(select(SavedView)).all()
        id_ = str(view.id)
    page("own", "/reports", 204, "POST", {**given, "id": id_, "shared": "all"})
    assert "Kinds" in page("all", "/reports", part=False).text
    page("unit_tree", f"/reports/{id_}/delete", 404, "POST")
    page("own", "/reports", 422, "POST", {**given, "name": " "})
    page("own", f"/reports/{id_}/delete", 204, "POST")
    assert "Kinds" not in page("own", "/reports", part=False).text


@pytest.mark.parametrize(
    ("period", "start", "end", "label"),
    [
        ("day", date(2026, 2, 28), date(2026, 3, 1), "2026-02-28"),
        ("week", date(2025, 12, 29), date(2026, 1, 5), "2026-W01"),
        ("month", date(2026, 12, 1), date(2027, 1, 1), "2026-12"),
        ("quarter", date(2026, 10, 1), date(2027, 1, 1), "2026-Q4"),
        ("year", date(2026, 1, 1), date(2027, 1, 1), "2026"),
    ],
)
def test_periods_end_where_the_next_begins(period, start, end, label):
    assert after(period, start) == end
    assert period_label(period, start) == label
