"""What holds for every page: no error, nothing from elsewhere, fit for a phone and for everyone."""

import pytest
from playwright.sync_api import expect

PAGES = {
    "home": "/",
    "list": "/core/account",
    "activities": "/core/activity",
    "record": "first:/core/account",
    "contact": "first:/core/contact",
    "form": "/core/account/new",
    "log": "log:/core/account",
    "board": "/core/account/board/status",
    "calendar": "/calendar",
    "missing": "/core/account/01900000-0000-7000-8000-000000000000",
}
# Upstream: EventCalendar's time grid has a row in a table that is not of the table's rows. What
# it shows is in its list view, too.
EXCLUDED = {"calendar": (".ec",)}


def go(person, page):
    """Opens one of PAGES; a record's address is that of the list's first row."""
    if page == "missing":
        person.refused.add(404)
    start, _, path = PAGES[page].rpartition(":")
    if start:
        person.open(f"{path}?sort=created_at")
        href = person.page.locator("tbody tr[data-href]").first.get_attribute("data-href")
        path = href if start == "first" else f"{href}/log"
    return person.open(path)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_page_can_be_used_by_everyone(visit, page, dark):
    person = visit("dengliping", dark=dark)
    go(person, page)
    assert person.faults(*EXCLUDED.get(page, ())) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_log_in_page_can_be_used_by_everyone(visit, dark):
    person = visit(dark=dark)
    person.open("/login")
    assert person.faults() == []


@pytest.mark.parametrize("page", PAGES)
def test_nothing_scrolls_sideways_on_the_smallest_phone(visit, page):
    person = visit("dengliping", phone=True)
    person.page.set_viewport_size({"width": 360, "height": 740})
    go(person, page)
    assert person.overflow() == 0


@pytest.mark.parametrize("page", ["list", "record", "form", "board", "calendar"])
def test_a_chinese_page_fits_a_phone(visit, page):
    person = visit("dengliping", phone=True, locale="zh_CN")
    person.page.set_viewport_size({"width": 360, "height": 740})
    go(person, page)
    expect(person.page.locator("html")).to_have_attribute("lang", "zh-CN")
    assert person.overflow() == 0


def test_an_inline_script_does_not_run(visit):
    person = visit("dengliping")
    person.open("/core/account")
    person.page.evaluate(
        """() => { const script = document.createElement("script");
             script.textContent = "window.smuggled = 1"; document.body.append(script); }"""
    )
    assert person.page.evaluate("window.smuggled") is None
    assert len(person.problems) == 1
    assert "Content Security Policy" in person.problems.pop()
