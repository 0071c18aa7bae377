"""A salesperson's day with customers: find, look, log, edit."""

import re

import pytest
from playwright.sync_api import expect

NAME = "宁波海润榫卯化工有限公司"


def create(person, name):
    """Enters a customer through the form and gives its address."""
    page = person.page
    person.open("/core/account/new")
    page.get_by_label("Name", exact=True).or_(page.locator("#f-name")).first.fill(name)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    person.settle()
    return page.url


def test_a_customer_is_found_by_the_initials_of_its_name(visit):
    person = visit("dengliping")
    page = person.page
    address = create(person, NAME)
    person.open("/")
    page.keyboard.press("Control+k")
    page.locator("#palette input").fill("hrsm")
    expect(page.locator("#palette [role=option]").first).to_contain_text(NAME)
    page.keyboard.press("Enter")
    page.wait_for_url(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)


def test_a_visit_is_logged_on_the_phone(visit):
    person = visit("dengliping", phone=True)
    page = person.page
    address = create(person, "温州榫头阀门有限公司")
    person.open(address)
    page.get_by_role("button", name="Log", exact=True).click()
    drawer = page.locator("#drawer")
    drawer.get_by_role("radio", name="Visit").check()
    drawer.locator("#f-outcome").fill("Saw the line that is to be replaced.")
    drawer.locator("#f-next_step").fill("Send the offer")
    drawer.get_by_role("button", name="Save").click()
    expect(drawer).not_to_be_visible()
    expect(page.locator(".tn-timeline")).to_contain_text("Saw the line that is to be replaced.")
    assert person.overflow() == 0


def test_a_list_is_sorted_filtered_and_paged_and_back_leads_back(visit):
    person = visit("huangzhiqiang")
    page = person.page
    names = page.locator("tbody .tn-main-cell a")
    foot = page.locator(".tn-list-foot")
    person.open("/core/activity?view=all")
    first_page = names.all_inner_texts()
    page.get_by_role("link", name="Next page").click()
    expect(foot).to_contain_text("51–100")
    page.go_back()
    expect(foot).to_contain_text("1–50")
    assert names.all_inner_texts() == first_page

    person.open("/core/account?view=all")
    page.locator("thead").get_by_role("link", name="Name").click()
    head = page.locator("th", has_text="Name").first
    expect(head).to_have_attribute("aria-sort", re.compile("ascending|descending"))
    page.locator("#fb-status").click()
    menu = page.locator("#fm-status")
    menu.get_by_label("Dormant").check()
    expect(page.locator("#fb-status")).to_contain_text("Dormant")
    expect(page.locator('td[data-edit="status"]', has_text="Active")).to_have_count(0)
    expect(page.locator('td[data-edit="status"]').first).to_contain_text("Dormant")
    expect(menu).to_be_visible()
    assert "status__in=dormant" in page.url


def test_the_search_of_a_list_keeps_the_focus(visit):
    person = visit("dengliping")
    page = person.page
    create(person, "嘉兴燕尾榫机械有限公司")
    person.open("/core/account?view=all")
    page.keyboard.press("/")
    page.keyboard.type("jxyws")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr")).to_contain_text("嘉兴燕尾榫机械有限公司")
    expect(page.locator("#page-q")).to_be_focused()
    page.keyboard.type("zzzz")
    expect(page.locator("#list .tn-empty")).to_be_visible()


def test_a_fault_is_shown_at_its_field_and_nothing_is_lost(visit):
    person = visit("dengliping")
    page = person.page
    person.refused.add(422)
    person.open("/core/account/new")
    page.locator("#f-short_name").fill("无名")
    page.locator("#f-founded_year").fill("soon")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Not saved")
    for field in ("name", "founded_year"):
        expect(page.locator(f"#f-{field}")).to_have_attribute("aria-invalid", "true")
        expect(page.locator(f"#f-{field}-error")).to_be_visible()
    person.settle()
    expect(page.locator("#f-short_name")).to_have_value("无名")
    expect(page.locator("#f-founded_year")).to_have_value("soon")
    assert person.faults() == []


@pytest.mark.parametrize("theirs", [False, True], ids=["mine", "theirs"])
def test_two_change_a_customer_and_the_second_chooses(visit, theirs):
    person, other = visit("dengliping"), visit("dengliping")
    person.refused.update({409, 412, 422})
    address = create(person, "台州直榫木业有限公司" if theirs else "台州斜榫木业有限公司")
    for one, phone in ((person, "0576-11112222"), (other, "0576-33334444")):
        one.open(f"{address}/edit")
        one.page.locator("#f-phone").fill(phone)
    other.page.get_by_role("button", name="Save", exact=True).click()
    expect(other.page.get_by_role("heading", level=1)).to_be_visible()
    other.page.wait_for_url(address)

    page = person.page
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("changed this record")
    conflict = page.locator(".tn-conflict")
    expect(conflict).to_contain_text("0576-11112222")
    expect(conflict).to_contain_text("0576-33334444")
    if theirs:
        conflict.get_by_label("Stored meanwhile").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(address)
    expect(page.locator("#record")).to_contain_text("0576-33334444" if theirs else "0576-11112222")
