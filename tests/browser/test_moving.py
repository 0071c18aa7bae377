"""Dragging: cards on a board, appointments in the calendar."""

from playwright.sync_api import expect

FIRST_HOUR, HOUR = 7, 60  # the calendar starts at seven, an hour is so many pixels
BOARD = "/core/account/board/status"


def column(page, key):
    return page.locator(f'[data-column="{key}"] .tn-board-list')


def count(page, key):
    return int(page.locator(f'[data-column="{key}"] [data-count]').inner_text())


def test_a_card_is_dragged_to_another_column(visit):
    person = visit("dengliping")
    page = person.page
    person.open(BOARD)
    before = count(page, "dormant")
    card = column(page, "prospect").locator("[data-id]").first
    moved = card.get_attribute("data-id")
    person.drag(card, column(page, "dormant"))
    expect(page.locator('[data-column="dormant"] [data-count]')).to_have_text(str(before + 1))
    person.open(BOARD)
    expect(column(page, "dormant").locator(f'[data-id="{moved}"]')).to_have_count(1)


def test_a_card_is_moved_by_its_menu(visit):
    person = visit("dengliping")
    page = person.page
    person.open(BOARD)
    card = column(page, "prospect").locator("[data-id]").first
    moved = card.get_attribute("data-id")
    card.locator("[data-bs-toggle=dropdown]").focus()
    page.keyboard.press("Enter")
    card.locator('[data-move="active"]').press("Enter")
    expect(column(page, "active").locator(f'[data-id="{moved}"]:not(.is-waiting)')).to_have_count(1)
    person.open(BOARD)
    expect(column(page, "prospect").locator(f'[data-id="{moved}"]')).to_have_count(0)


def test_a_refused_card_goes_back_and_says_why(visit):
    person, other = visit("dengliping"), visit("dengliping")
    person.refused.update({409, 412})
    for one in (person, other):
        one.open(BOARD)
    page = person.page
    moved = column(page, "prospect").locator("[data-id]").nth(1).get_attribute("data-id")
    theirs = other.page.locator(f'[data-id="{moved}"]')
    other.drag(theirs, column(other.page, "active"))
    expect(column(other.page, "active").locator(f'[data-id="{moved}"]')).to_have_count(1)
    expect(theirs).not_to_have_attribute("data-version", "1")

    mine = page.locator(f'[data-id="{moved}"]')
    person.drag(mine, column(page, "lost"))
    expect(page.locator(".tn-toast.is-error")).to_be_visible()
    expect(column(page, "prospect").locator(f'[data-id="{moved}"]')).to_have_count(1)


def test_who_may_not_edit_moves_nothing(visit):
    person = visit("zoumingde")
    page = person.page
    person.refused.add(403)
    person.open(BOARD)
    card = column(page, "prospect").locator("[data-id]").first
    moved = card.get_attribute("data-id")
    person.drag(card, column(page, "lost"))
    expect(page.locator(".tn-toast.is-error")).to_be_visible()
    expect(column(page, "prospect").locator(f'[data-id="{moved}"]')).to_have_count(1)


def test_an_appointment_is_planned_and_moved_by_dragging(visit):
    person = visit("dengliping")
    page = person.page
    subject = "榫卯验收会"
    later(person)
    person.drag_across(*hours(page, 2, 9, 11))
    drawer = page.locator("#drawer")
    drawer.locator("#f-subject").fill(subject)
    drawer.locator("#f-kind").select_option("meeting")
    drawer.get_by_role("button", name="Save").click()
    planned = page.locator(".ec-event", has_text=subject)
    expect(planned).to_contain_text("09:00")

    start, end = planned.bounding_box(), hours(page, 4, 14, 15)[0]
    with page.expect_response(lambda answer: answer.url.endswith("/move")) as moved:
        person.drag_across((start["x"] + 20, start["y"] + 6), (end[0], end[1] + 6))
    assert moved.value.status == 200
    expect(planned).to_contain_text("14:00")
    later(person)
    expect(planned).to_contain_text("14:00")


def later(person):
    """Opens the calendar some weeks on, where the demo has no plans."""
    page = person.page
    person.open("/calendar")
    title = page.locator(".ec-title")
    for _week in range(6):
        before = title.inner_text()
        with page.expect_response(lambda answer: "/calendar/slots" in answer.url):
            page.get_by_label("Next week").click()
        expect(title).not_to_have_text(before)


def hours(page, day, start, end):
    """Two points in the week view: where an hour of a day starts, and where another ends."""
    column = page.locator(".ec-body .ec-day").nth(day).bounding_box()
    x = column["x"] + column["width"] / 2
    at = [column["y"] + (hour - FIRST_HOUR) * HOUR for hour in (start, end)]
    return (x, at[0] + 2), (x, at[1] - 4)
