from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tenon_core.entities import Account, Notification, User
from tenon_core.events.messages import dump_message, load_message
from tenon_core.events.notify import Message, NotSent, send_with_apprise
from tenon_core.jobs.failures import JobError
from tenon_sdk.errors import Refused
from tenon_sdk.events import Subject
from tenon_sdk.text import Text, translate


def test_people_are_told_on_the_page_and_by_their_channel(tenon):
    anna = tenon.user(email="anna@example.com", locale="zh_CN", name="Anna")
    account = tenon.make(Account, name="Zhiguang")
    with tenon.system() as ctx:
        subject = Subject("core.account", account.id)
        ctx.notify([anna.id, anna.id], Text("Look at {name}", {"name": "A&B"}), subject=subject)
    (told,) = tenon.notifications
    assert (told.user_id, told.message, told.args) == (anna.id, "Look at {name}", {"name": "A&B"})
    assert (told.entity, told.record_id, told.read_at) == ("core.account", account.id, None)
    tenon.jobs.drain()
    (mail,) = tenon.mails
    assert (mail.to, mail.title) == ("anna@example.com", "Look at A&B")
    assert mail.url == "mailto://tests:none@127.0.0.1?to=anna%40example.com"
    assert f"/core/account/{account.id}" in mail.body
    assert tenon.notifications[0].sent_at == tenon.clock.now


def test_a_key_is_used_once_for_each_person_even_at_the_same_time(tenon):
    anna, bert = tenon.user(email="a@example.com"), tenon.user(email="b@example.com")
    for people in ([anna.id], [anna.id, bert.id], [bert.id]):
        with tenon.system() as ctx:
            ctx.notify(people, Text("Due"), key="task:1")
    assert {n.user_id for n in tenon.notifications} == {anna.id, bert.id}
    assert len(tenon.notifications) == 2
    tenon.jobs.drain()
    assert sorted(m.to for m in tenon.mails) == ["a@example.com", "b@example.com"]
    with tenon.system() as ctx:
        ctx.notify([anna.id], Text("Due"))
        ctx.notify([anna.id], Text("Due"))
    assert len(tenon.notifications) == 4


def test_nothing_is_told_when_the_work_is_undone(tenon):
    anna = tenon.user(email="a@example.com")

    def refused():
        with tenon.system() as ctx:
            ctx.notify([anna.id], Text("Won"))
            raise Refused(Text("no"))

    with pytest.raises(Refused):
        refused()
    tenon.jobs.drain()
    assert (tenon.notifications, tenon.mails) == ([], [])


def test_a_closed_login_is_told_nothing(tenon):
    gone = tenon.user(email="g@example.com", active_until=tenon.clock.today - timedelta(days=1))
    with tenon.system() as ctx:
        ctx.notify([gone.id], Text("Hello"))
    assert tenon.notifications == []


def test_who_has_read_it_meanwhile_gets_no_mail(tenon):
    anna = tenon.user(email="a@example.com")
    with tenon.system() as ctx:
        ctx.notify([anna.id], Text("Hello"))
    with tenon.system() as ctx:
        ctx.session.get(Notification, tenon.notifications[0].id).read_at = ctx.now
    tenon.jobs.drain()
    assert tenon.mails == []


def test_people_choose_their_channels_and_give_their_address(tenon, settings):
    settings(notify_urls={"email": "mailto://h?to={email}", "lark": "feishu://{address}"})
    chooser = tenon.user(
        email="a@example.com", preferences={"channels": {"lark": "to/ken?", "email": False}}
    )
    both = tenon.user(email="b@example.com", preferences={"channels": {"lark": "t", "email": True}})
    none = tenon.user(email="c@example.com", preferences={"channels": {}})
    unset = tenon.user(email=None)
    with tenon.system() as ctx:
        ctx.notify([chooser.id, both.id, none.id, unset.id], Text("Hello"))
    tenon.jobs.drain()
    sent = {(m.user_id, m.channel): m.url for m in tenon.mails}
    assert sent == {
        (chooser.id, "lark"): "feishu://to%2Fken%3F",
        (both.id, "lark"): "feishu://t",
        (both.id, "email"): "mailto://h?to=b%40example.com",
    }
    assert len(tenon.notifications) == 4


def test_a_channel_that_fails_is_tried_again_and_others_are_not_repeated(tenon, monkeypatch):
    from tenon_core.events import notify

    anna = tenon.user(email="a@example.com")
    with tenon.system() as ctx:
        ctx.notify([anna.id], Text("Hello"))
    monkeypatch.setattr(notify, "_sender", [send_with_apprise])
    monkeypatch.setattr("apprise.Apprise.notify", lambda self, **kw: False)
    with pytest.raises(JobError, match="email"):
        tenon.jobs.drain(delayed=True)
    assert tenon.notifications[0].sent_at is None


def test_apprise_refuses_a_wrong_address():
    message = Message(to="x", channel="wecom", url="nothing", user_id=None, title="t", body="b")
    with pytest.raises(NotSent, match="wecom"):
        send_with_apprise(message)


def test_a_message_at_rest_keeps_its_parts_translatable():
    moment = datetime(2026, 3, 9, 1, 30, tzinfo=UTC)
    text = Text(
        "{what} of {amount} at {when}: {n}",
        {"what": Text("Payment"), "amount": Decimal("1E+3"), "when": moment, "n": 3},
    )
    stored = dump_message(text)
    shown = load_message(stored["message"], stored["args"], "Asia/Shanghai")
    assert translate(shown) == "Payment of 1000 at 2026-03-09 09:30: 3"
    assert isinstance(shown.args["what"], Text)
    long = "x {n} " + "y" * 600
    stored = dump_message(Text(long, {"n": 1}))
    assert len(stored["message"]) <= 500
    assert translate(load_message(stored["message"], stored["args"], "UTC")) == long.replace(
        "{n}", "1"
    )


def test_statements_do_not_grow_with_people_who_have_no_channel(tenon):
    people = [tenon.user(email=None) for _ in range(5)]
    with tenon.system() as ctx:
        ctx.session.get(User, people[0].id)
        with tenon.assert_statements(2):
            ctx.notify([p.id for p in people], Text("Hello"))


def test_old_notifications_are_deleted_once_read(tenon):
    anna = tenon.user(email=None)
    with tenon.system() as ctx:
        ctx.notify([anna.id], Text("One"))
        ctx.notify([anna.id], Text("Two"))
    with tenon.system() as ctx:
        ctx.session.get(Notification, tenon.notifications[0].id).read_at = ctx.now
    tenon.clock.advance(days=181)
    with tenon.system() as ctx:
        ctx.enqueue("core.clean_notifications")
    tenon.jobs.drain()
    assert len(tenon.notifications) == 1
