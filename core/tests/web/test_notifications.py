"""What a person is told: the page, and the events that reach an open page."""

import asyncio
import json
from datetime import date
from threading import Event
from uuid import UUID

import pytest
from conftest import id_of
from sqlalchemy import event as sql_event
from sqlalchemy import select

from tenon_core.entities import Account, LoginSession, Notification, User
from tenon_core.events.notify import notify
from tenon_core.web.api.gateway import Api
from tenon_core.web.auth.identities import identities_of
from tenon_core.web.auth.identity import identify
from tenon_core.web.pages import live
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.gateway import _streamed
from tenon_core.web.pages.routes import make_page_router
from tenon_sdk.events import Subject
from tenon_sdk.text import Text

TABLE = Notification.__table__


def tell(web, login="own", text="Look at {name}", subject=None, link=None, **args):
    with web.site.system("test") as ctx:
        notify(ctx, [id_of(login)], Text(text, args), subject=subject, link=link)
    with web.site.engine.connect() as connection:
        return connection.scalars(
            select(TABLE.c.id).where(TABLE.c.user_id == id_of(login)).order_by(TABLE.c.id.desc())
        ).first()


def unread(web, login="own"):
    mine = (TABLE.c.user_id == id_of(login)) & TABLE.c.read_at.is_(None)
    with web.site.engine.connect() as connection:
        return set(connection.scalars(select(TABLE.c.id).where(mine)))


def test_one_sees_ones_own_newest_first(web, page):
    tell(web, name="the first")
    tell(web, name="<b>second</b>")
    tell(web, "all", name="a stranger's")
    shown = page("own", "/notifications").text
    assert shown.index("Look at &lt;b&gt;second") < shown.index("Look at the first")
    assert "stranger" not in shown
    assert "2 unread" in shown
    assert "No notifications yet" in page("nobody", "/notifications").text


def test_one_leads_to_its_record_and_is_read_then(web, page):
    account = web.account("own")
    one = tell(web, name="x", subject=Subject("core.account", UUID(account)))
    assert f'href="/notifications/{one}"' in page("own", "/notifications").text
    to = page("own", f"/notifications/{one}", 303, part=False).headers["location"]
    assert to == f"/core/account/{account}"
    assert unread(web) == set()


def test_a_notification_of_somebody_else_is_not_there(web, page):
    one = tell(web, "all", name="x")
    page("own", f"/notifications/{one}", 404)
    page("own", "/notifications/read", method="POST", data={"ids": str(one)})
    assert unread(web, "all") == {one}


def test_a_link_that_is_no_address_leads_nowhere(web, page):
    one = tell(web, name="x", link="javascript:alert(1)")
    shown = page("own", "/notifications").text
    assert "javascript:" not in shown
    to = page("own", f"/notifications/{one}", 303, part=False).headers["location"]
    assert to == "/notifications"


def test_one_and_all_are_marked_as_read(web, page):
    first, second = tell(web, name="a"), tell(web, name="b")
    shown = page("own", "/notifications/read", method="POST", data={"ids": str(first)}).text
    assert unread(web) == {second}
    assert "1 unread" in shown
    tell(web, name="c")
    shown = page("own", "/notifications/read", method="POST", data={"all": "1"}).text
    assert unread(web) == set()
    assert "You have read everything" in shown
    assert "Nothing unread" in page("own", "/notifications?unread=1").text


@pytest.mark.parametrize("data", [{}, {"ids": "7"}])
def test_marking_says_what(web, page, data):
    tell(web, name="a")
    page("own", "/notifications/read", 422, method="POST", data=data)
    assert len(unread(web)) == 1
    page("own", "/notifications?before=x", 422)


def test_older_ones_come_on_the_next_page(web, page, monkeypatch):
    monkeypatch.setattr("tenon_core.web.pages.notifications.AT_ONCE", 2)
    for name in "abc":
        tell(web, name=f"number {name}")
    shown = page("own", "/notifications").text
    assert "number c" in shown
    assert "number a" not in shown
    before = shown.split("before=")[1].split('"')[0].split("&")[0]
    older = page("own", f"/notifications?before={before}").text
    assert "number a" in older
    assert "number b" not in older
    assert "before=" not in older


# ---------------------------------------------------------------------------------- events


@pytest.fixture
def call(web, page):
    """A request of `own`, who is logged in by a browser."""
    web.set_password("own")
    web.log_in("own")
    secret = web.client.cookies["tenon_session"]
    web.client.cookies.clear()
    return _call(web, secret)


class _Pages:
    def __init__(self, api):
        self.api, self.site = api, api.site


def _call(web, secret):
    api = Api(web.site, make_page_router(web.site))
    headers = [(b"cookie", f"tenon_session={secret}".encode()), (b"accept-language", b"en")]
    scope = {"type": "http", "method": "GET", "path": "/events", "query_string": b"",
             "headers": headers, "scheme": "http", "client": ("127.0.0.1", 1)}  # fmt: skip
    call = PageCall(_Pages(api), scope, "events", "r1")
    identify(call)
    return call


def heard(parts):
    """(kind, data) of each event."""
    found = []
    for part in parts:
        for block in part.decode().split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if "event" in lines:
                found.append((lines["event"], json.loads(lines["data"])))
    return found


def hear(call, monkeypatch, *steps):
    """Runs `told`; before each further look one of the steps is taken. Ends the log-in at last."""
    waiting = list(steps)

    async def pause(_seconds):
        if waiting:
            waiting.pop(0)()
        else:
            end(call)

    monkeypatch.setattr(live.asyncio, "sleep", pause)

    async def run():
        return [part async for part in live.told(call)]

    return heard(asyncio.run(run()))


def end(call):
    with call.site.engine.begin() as connection:
        table = LoginSession.__table__
        connection.execute(table.update().values(revoked_at=call.site.clock()))
    identities_of(call.site).forget()


def test_a_page_that_is_open_is_told(web, call, monkeypatch):
    tell(web, name="old")
    found = hear(call, monkeypatch, lambda: tell(web, name="new"), lambda: None)
    assert found[0] == ("count", {"count": 1})
    kind, data = found[1]
    assert (kind, data["count"], data["text"], data["level"]) == (
        "notification", 2, "Look at new", "info",
    )  # fmt: skip
    assert data["url"].startswith("/notifications/")
    assert len(found) == 2


def test_the_number_falls_when_something_is_read(web, call, page, monkeypatch):
    for name in "abcdefg":
        tell(web, name=name)

    def read_one():
        newest = max(unread(web))
        with web.site.engine.begin() as connection:
            connection.execute(
                TABLE.update().where(TABLE.c.id == newest).values(read_at=web.site.clock())
            )

    assert hear(call, monkeypatch, read_one) == [("count", {"count": 7}), ("count", {"count": 6})]


def test_others_are_not_told(web, call, monkeypatch):
    found = hear(call, monkeypatch, lambda: tell(web, "all", name="secret"))
    assert found == [("count", {"count": 0})]


def test_a_look_is_one_statement_and_ends_with_the_log_in(web, call):
    statements = []

    def note(_c, _cursor, statement, *_rest):
        if statement != "BEGIN":
            statements.append(statement)

    for name in "ab":
        tell(web, name=name)
    sql_event.listen(web.site.read_engine, "before_cursor_execute", note)
    assert live.look(call).count == 2
    assert len(statements) == 1
    end(call)
    assert live.look(call) is None


def test_a_log_in_that_is_closed_hears_nothing_more(web, call):
    table = User.__table__
    web.execute(table, table.c.id == id_of("own"), active_until=date(2026, 1, 1))
    assert live.look(call) is None


def test_a_process_that_ends_tells_nothing_more(call, monkeypatch):
    ends = Event()
    monkeypatch.setattr(live, "STOPPING", ends)
    assert hear(call, monkeypatch, ends.set, pytest.fail) == [("count", {"count": 0})]


def test_nobody_waits_for_who_has_left():
    sent, ended = [], []

    async def parts():
        try:
            yield b"one"
            await asyncio.sleep(3600)
        finally:
            ended.append(True)

    async def receive():
        await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message["body"])

    asyncio.run(asyncio.wait_for(_streamed(parts(), receive, send), 5))
    assert (sent, ended) == ([b"one"], [True])


def test_a_fault_of_a_stream_is_told():
    async def parts():
        yield b"one"
        raise ValueError(Account)

    async def receive():
        await asyncio.sleep(3600)

    async def send(_message):
        pass

    with pytest.raises(ValueError, match="Account"):
        asyncio.run(_streamed(parts(), receive, send))


def test_events_need_a_log_in(web):
    answer = web.client.get("/events", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")
