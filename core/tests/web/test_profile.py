"""What a person sees and changes of her own log-in and data."""

import re

import pyotp
import pytest
from attrs import evolve
from conftest import PASSWORD, id_of
from sqlalchemy import select

from tenon_core.entities import ApiToken, AuditEntry, LoginSession, User
from tenon_core.settings import CoreSettings
from tenon_core.web.pages.profile.devices import device

USER, TOKEN, SESSION = User.__table__, ApiToken.__table__, LoginSession.__table__
NEW = "a longer sentence than before"


@pytest.fixture
def own(web):
    """`own` in a browser: get(path) and post(path, **fields)."""
    web.set_password("own")
    return Browser(web, "own")


class Browser:
    def __init__(self, web, login):
        self.web = web
        answer = web.log_in(login)
        assert answer.status_code == 200, answer.text
        self.csrf = answer.json()["csrf_token"]
        self.cookie = web.client.cookies["tenon_session"]
        web.client.cookies.clear()

    def send(self, method, path, status, data=None):
        self.web.client.cookies.clear()
        answer = self.web.client.request(
            method, path, data=data, follow_redirects=False,
            headers={"Cookie": f"tenon_session={self.cookie}", "Accept-Language": "en"},
        )  # fmt: skip
        assert answer.status_code == status, answer.text[:3000]
        return answer

    def get(self, path="/profile", status=200):
        return self.send("GET", path, status).text

    def post(self, part, status=303, **fields):
        data = {"csrf_token": self.csrf, **fields}
        return self.send("POST", f"/profile/{part}", status, data)


def stored(web, login="own"):
    with web.site.engine.connect() as connection:
        return connection.execute(select(USER).where(USER.c.id == id_of(login))).one()


def test_the_profile_shows_own_data(web, own):
    web.execute(USER, USER.c.id == id_of("own"), email="own@example.com", position="Seller <1>")
    shown = own.get()
    for text in ("Own", "own@example.com", "Seller &lt;1&gt;", "GZ", "This device"):
        assert text in shown


def test_a_token_opens_no_profile(web, page):
    page("own", "/profile", 403)
    page("own", "/profile/data", 403, method="POST", data={"locale": "en"})
    assert stored(web).locale is None


def test_nothing_changes_without_the_form_token(web, own):
    own.csrf = "wrong"
    own.post("data", 403, locale="en", phone="1")
    assert stored(web).phone is None


def test_own_data_are_saved(web, own):
    answer = own.post("data", phone=" 138 0000 ", locale="zh_CN", zone="Asia/Shanghai")
    assert "tenon_locale=zh_CN" in answer.headers["set-cookie"]
    assert answer.headers["location"] == "/profile?done=data#data"
    found = stored(web)
    assert (found.phone, found.locale, found.zone) == ("138 0000", "zh_CN", "Asia/Shanghai")


def test_wrong_data_stay_in_the_form(web, own):
    shown = own.post("data", 422, phone="5" * 41, locale="xx", zone="Mars/Base").text
    assert 'value="Mars/Base" ' in shown
    assert "Enter a time zone such as" in shown
    assert "At most 40 characters" in shown
    assert "Choose one of" in shown
    assert stored(web).zone is None


def test_the_password_is_changed_with_the_one_before(web, own):
    other = Browser(web, "own")
    own.post("password", current=PASSWORD, new=NEW, again=NEW)
    own.get()
    other.get(status=303)
    assert web.log_in("own", NEW).status_code == 200
    assert web.log_in("own").status_code == 401


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"current": "wrong", "new": NEW, "again": NEW}, "The password is wrong."),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "At least 10 characters."),
        ({"current": PASSWORD, "new": NEW, "again": NEW + "x"}, "This is not what stands above."),
    ],
)
def test_a_password_that_does_not_fit_changes_nothing(web, own, given, text):
    shown = own.post("password", 422, **given).text
    assert f"<span>{text}</span>" in shown
    assert NEW not in shown
    assert web.log_in("own").status_code == 200


def set_up(own):
    shown = own.post("second-factor", 200, password=PASSWORD).text
    assert "<svg" in shown
    return re.search(r'name="secret" value="(\w+)"', shown)[1]


def test_the_second_factor_is_set_up_and_switched_off(web, own):
    secret = set_up(own)
    assert stored(web).second_factor_secret is None
    wrong = own.post("second-factor/confirm", 422, secret=secret, code="000000").text
    assert f'value="{secret}"' in wrong
    assert "This code is wrong" in wrong
    code = pyotp.TOTP(secret).at(web.site.clock())
    shown = own.post("second-factor/confirm", 200, secret=secret, code=code).text
    codes = re.search(r'id="codes"[^>]*>([^<]+)<', shown)[1].split()
    assert len(codes) == 10
    assert web.log_in("own").json()["second_factor_needed"] is True
    assert "10 recovery codes are left" in own.get()
    own.post("second-factor/off", 422, password="wrong")
    assert stored(web).second_factor_secret is not None
    own.post("second-factor/off", password=PASSWORD)
    assert stored(web).second_factor_secret is None


def test_no_secret_without_the_password(own):
    shown = own.post("second-factor", 422, password="wrong").text
    assert "The password is wrong." in shown
    assert 'name="secret"' not in shown


def test_a_secret_of_the_page_that_was_changed_is_refused(web, own):
    own.post("second-factor/confirm", 422, secret="<x>", code="1")
    assert stored(web).second_factor_secret is None


def test_a_token_is_told_once_and_can_be_revoked(web, own):
    shown = own.post(
        "tokens", 200, name=" ERP ", permissions="core.account.view", expires_at="2026-12-31"
    ).text
    token = re.search(r"tnn_[\w-]+", shown)[0]
    assert token not in own.get()
    with web.site.engine.connect() as connection:
        row = connection.execute(select(TOKEN)).one()
    assert (row.name, row.permissions, row.user_id) == ("ERP", ["core.account.view"], id_of("own"))
    assert row.expires_at.date().isoformat() == "2026-12-31"
    bearer = {"Authorization": f"Bearer {token}"}
    web.client.cookies.clear()
    assert web.client.get("/api/v1/core/account", headers=bearer).status_code == 200
    own.post("tokens/end", id=str(row.id))
    assert web.client.get("/api/v1/core/account", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"name": ""}, "Enter a name"),
        ({"name": "x", "expires_at": "2020-01-01"}, "The expiry must lie in the future."),
        ({"name": "x", "expires_at": "soon"}, "Enter a day such as"),
        ({"name": "x", "permissions": "core.nothing.view"}, "There is no permission"),
    ],
)
def test_a_wrong_token_is_not_made(web, own, given, text):
    assert text in own.post("tokens", 422, **given).text
    with web.site.engine.connect() as connection:
        assert connection.execute(select(TOKEN)).first() is None


def test_tokens_and_log_ins_of_others_are_out_of_reach(web, own):
    web.set_password("all")
    other = Browser(web, "all")
    web.token("all")
    with web.site.engine.connect() as connection:
        token = connection.scalar(select(TOKEN.c.id))
        session = connection.scalar(select(SESSION.c.id).where(SESSION.c.user_id == id_of("all")))
    own.post("tokens/end", 404, id=str(token))
    own.post("sessions/end", 404, id=str(session))
    own.post("sessions/end", 404, id="x")
    other.get()
    assert str(session) not in own.get()


def test_other_devices_are_logged_out(web, own):
    second, third = Browser(web, "own"), Browser(web, "own")
    shown = own.get()
    listed = re.findall(r'action="/profile/sessions/end">.*?name="id" value="([\w-]+)"', shown)
    assert len(listed) == 2
    own.post("sessions/end", id=listed[0])
    assert sorted(status_of(browser) for browser in (second, third)) == [200, 303]
    own.post("sessions/end", others="1")
    second.get(status=303)
    third.get(status=303)
    own.get()


def status_of(browser):
    browser.web.client.cookies.clear()
    return browser.web.client.get(
        "/", headers={"Cookie": f"tenon_session={browser.cookie}"}, follow_redirects=False
    ).status_code


def test_the_calendar_feed_is_opened_by_its_address_alone(web, own):
    shown = own.post("calendar", 200).text
    path = re.search(r'value="[^"]*(/calendars/[\w-]+\.ics)"', shown)[1]
    web.client.cookies.clear()
    answer = web.client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert "BEGIN:VCALENDAR" in answer.text
    again = web.client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert web.client.get(path[:-5] + "x.ics").status_code == 404
    assert web.client.get(path.removesuffix(".ics")).status_code == 404
    own.post("calendar/end")
    assert web.client.get(path).status_code == 404


def test_channels_are_chosen(web, own, monkeypatch):
    settings = evolve(
        web.site.settings_of(CoreSettings),
        notify_urls={"email": "mailto://x?to={email}", "lark": "lark://{address}"},
    )
    monkeypatch.setattr(type(web.site), "settings_of", lambda _self, _cls: settings)
    assert "lack what this channel needs" in own.get()
    refused = own.post("channels", 422, channels="lark", **{"address-lark": ""}).text
    assert "Enter your address there." in refused
    own.post("channels", channels="lark", **{"address-lark": "ou_7"})
    assert stored(web).preferences == {"channels": {"email": False, "lark": "ou_7"}}


def test_changes_of_own_data_are_audited(web, own):
    assert "phone" in own.post("data", 422, phone="1", locale="en", zone="").text
    own.post("data", phone="138 0000 0000", locale="en", zone="")
    with web.site.engine.connect() as connection:
        found = connection.execute(
            select(AuditEntry.actor_id).where(AuditEntry.record_id == id_of("own"))
        ).scalars()
        assert id_of("own") in set(found)


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", ("Edge · Windows", False)),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Safari", ("Safari · iPhone", True)),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/1 MicroMessenger/8", ("WeChat · Android", True)),
        ("curl/8", ("curl/8", False)),
        (None, ("–", False)),
    ],
)
def test_devices_have_names(agent, shown):
    assert device(agent) == shown
