"""Logging in, languages, and what one may not."""

import re

from playwright.sync_api import expect

from demosite import PASSWORD


def fill_log_in(page, login, password):
    page.get_by_label("Log-in name").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_whoever_knows_the_password_enters(visit):
    person = visit()
    page = person.page
    person.open("/core/account")
    expect(page).to_have_url(re.compile(r"/login\?"))
    fill_log_in(page, "dengliping", PASSWORD)
    expect(page).to_have_url(re.compile(r"/core/account$"))
    expect(page.locator("tbody tr")).not_to_have_count(0)


def test_a_wrong_password_is_refused_and_the_name_stays(visit):
    person = visit()
    page = person.page
    person.refused.update({401, 422})
    person.open("/login")
    fill_log_in(page, "dengliping", "mortise and tenon")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Log-in name")).to_have_value("dengliping")
    expect(page.get_by_label("Password")).to_have_value("")


def test_the_language_is_switched_where_one_is(visit):
    person = visit("dengliping")
    page = person.page
    person.open("/core/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")
    page.locator(".tn-user").click()
    page.locator(".tn-sidebar").get_by_role("button", name="简体中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page).to_have_url(re.compile(r"/core/account$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("客户")
    page.locator(".tn-user").click()
    page.locator(".tn-sidebar").get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")


def test_dark_stays_dark(visit):
    person = visit("dengliping")
    page = person.page
    person.open("/core/account")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "light")
    page.get_by_role("button", name="Light or dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    person.open("/calendar")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_what_one_may_not_is_said_and_not_offered(visit):
    person = visit("caiweihao")
    page = person.page
    person.refused.add(403)
    person.open("/core/account")
    expect(page.locator("main .btn-primary", has_text="New")).to_have_count(0)
    assert person.open("/core/account/new").status == 403
    expect(page.locator(".tn-error-page")).to_contain_text("core.account.create")
    page.get_by_role("link", name="To the home page").click()
    expect(page).to_have_url(re.compile(r"/$"))
