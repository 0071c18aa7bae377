import hashlib
import hmac
import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from attrs import field, frozen
from sqlalchemy import select
from uuid_utils.compat import uuid7

from tenon_core.entities import Account
from tenon_core.entities.facts import StoredEvent, Webhook, WebhookDelivery
from tenon_core.events.deliveries import new_secret, replay, replay_failed
from tenon_core.events.webhooks import matches, secret_place
from tenon_core.vault.hidden import shown
from tenon_core.vault.keys import Vault, make_key
from tenon_sdk.errors import Forbidden, NotFound, Refused
from tenon_sdk.events import Event
from tenon_sdk.text import Text

LOCAL = {"webhook_networks": ("127.0.0.0/8",)}


@frozen(kw_only=True)
class AccountBought(
    Event,
    name="core.test.bought",
    label=Text("Bought"),
    subjects={"account_id": "core.account", "other_ids": "core.account"},
):
    account_id: UUID
    amount: Decimal = Decimal("12.50")
    credit_limit: Decimal | None = None
    margin: Decimal | None = field(default=None, metadata={"read": "core.test.read_margin"})
    other_ids: tuple[UUID, ...] = ()


@frozen(kw_only=True)
class SiteTold(Event, name="core.test.site_told", label=Text("Told")):
    text: str


@frozen(kw_only=True)
class Kept(Event, name="core.test.kept", label=Text("Kept"), webhook=False):
    text: str


def secret_of(tenon, hook):
    return shown(tenon.site, stored(tenon, Webhook, hook.id).secret, secret_place(hook.id))


@pytest.fixture
def hook(tenon, target, settings):
    """Makes a webhook of the administrator for all events of these tests."""
    change = settings

    def make(*, settings=LOCAL, **values):
        change(**{**LOCAL, **settings})
        given = {"url": target.url, "events": ["core.test.*"], "name": "ERP", **values}
        given.setdefault("user_id", tenon.id_of("administrator"))
        return tenon.make(Webhook, **given)

    return make


@pytest.fixture
def publish(tenon):
    def publish(event):
        with tenon.system() as ctx:
            return ctx.publish(event)

    return publish


@pytest.fixture
def log(tenon):
    def read():
        with tenon.system(read_only=True) as ctx:
            found = ctx.session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()
            ctx.session.expunge_all()
            return found

    return read


def stored(tenon, cls, id_):
    with tenon.system(read_only=True) as ctx:
        record = ctx.session.get(cls, id_)
        ctx.session.expunge_all()
        return record


def test_an_event_reaches_the_hook_signed_and_is_logged(tenon, target, hook, publish, log):
    made = hook()
    account = tenon.make(Account)
    event_id = publish(AccountBought(account_id=account.id))
    assert target.got == []
    assert [d.state for d in log()] == ["pending"]
    tenon.jobs.drain()
    (got,) = target.got
    body = json.loads(got.body)
    assert body == {
        "id": str(event_id),
        "name": "core.test.bought",
        "schema": 1,
        "occurred_at": "2026-03-09T01:30:00Z",
        "data": {
            "account_id": str(account.id),
            "amount": "12.50",
            "credit_limit": None,
            "other_ids": [],
        },
        "subjects": [{"entity": "core.account", "id": str(account.id)}],
    }
    moment, _comma, v1 = got.headers["Tenon-Signature"].partition(",")
    signed = moment.removeprefix("t=").encode() + b"." + got.body
    secret = secret_of(tenon, made).encode()
    assert v1 == "v1=" + hmac.new(secret, signed, hashlib.sha256).hexdigest()
    (line,) = log()
    assert got.headers["Tenon-Delivery"] == str(line.id)
    assert (line.state, line.attempts, line.status_code) == ("delivered", 1, 200)
    assert (line.answer, line.next_at) == ("taken", None)
    assert line.duration_ms >= 0


def test_hooks_hear_what_they_subscribed_to(tenon, hook, publish, log):
    assert matches("*", "a.b")
    assert matches("sales.*", "sales.project.won")
    assert not matches("sales.*", "salesforce.x")
    assert not matches("sales.won", "sales.won.x")
    hook(events=["core.test.site_told"])
    hook(events=["core.test.bought"], active=False)
    publish(AccountBought(account_id=tenon.make(Account).id))
    publish(SiteTold(text="x"))
    publish(Kept(text="x"))
    assert len(log()) == 1


def test_without_webhooks_publishing_costs_nothing_more(tenon, hook, publish):
    publish(SiteTold(text="warm"))
    with tenon.system() as ctx, tenon.assert_statements(1):
        ctx.publish(SiteTold(text="x"))
    made = hook()
    with tenon.system() as ctx:
        ctx.publish(SiteTold(text="heard at once"))
    assert len(tenon.jobs.waiting) == 1
    with tenon.system() as ctx:
        ctx.session.get(Webhook, made.id).active = False
    with tenon.system() as ctx:
        ctx.publish(SiteTold(text="x"))
    assert len(tenon.jobs.waiting) == 1


def test_a_hook_made_and_undone_in_one_transaction_is_not_remembered(tenon, hook, publish, log):
    publish(SiteTold(text="warm"))
    admin = tenon.id_of("administrator")

    def undone():
        with tenon.system() as ctx:
            ctx.session.add(Webhook(user_id=admin, name="x", url="http://127.0.0.1", events=["*"]))
            ctx.session.flush()
            ctx.publish(SiteTold(text="seen by it"))
            raise Refused(Text("no"))

    with pytest.raises(Refused):
        undone()
    publish(SiteTold(text="x"))
    assert log() == []


def test_failures_are_tried_again_further_and_further_apart(tenon, target, hook, publish, log):
    hook()
    target.status = [500, 404, 503, 200]
    publish(SiteTold(text="x"))
    pauses = []
    for _attempt in range(3):
        tenon.jobs.drain()
        (line,) = log()
        assert line.state == "failed"
        pauses.append((line.next_at - tenon.clock.now).total_seconds())
        tenon.clock.set(line.next_at)
    assert pauses == [30, 60, 120]
    tenon.jobs.drain()
    (line,) = log()
    assert (line.state, line.attempts, line.status_code) == ("delivered", 4, 200)
    assert tenon.jobs.waiting == []


def test_it_is_given_up_in_the_end_and_can_be_sent_again(tenon, target, hook, publish, log):
    made = hook(settings={"webhook_attempts": 2})
    target.status = 500
    publish(SiteTold(text="one"))
    publish(SiteTold(text="two"))
    tenon.jobs.drain(delayed=True)
    assert [(d.state, d.attempts) for d in log()] == [("given_up", 2)] * 2
    target.status = 200
    with tenon.ctx("administrator") as ctx:
        assert replay(ctx, [log()[0].id]) == 1
    tenon.jobs.drain()
    assert [d.state for d in log()] == ["delivered", "given_up"]
    first = [json.loads(g.body)["id"] for g in target.got if b"one" in g.body]
    assert len(first) == 3
    assert len(set(first)) == 1
    with tenon.ctx("administrator") as ctx:
        assert replay_failed(ctx, made.id) == 1
    tenon.jobs.drain()
    assert [d.state for d in log()] == ["delivered", "delivered"]


def test_only_who_may_edit_webhooks_sends_again(tenon, hook, publish, log):
    made = hook()
    publish(SiteTold(text="x"))
    tenon.jobs.drain()
    with tenon.ctx("auditor") as ctx, pytest.raises(Forbidden):
        replay(ctx, [log()[0].id])
    with tenon.ctx("salesperson") as ctx:
        with pytest.raises(NotFound):
            replay(ctx, [log()[0].id])
        with pytest.raises(NotFound):
            replay_failed(ctx, made.id)
        with pytest.raises(NotFound):
            new_secret(ctx, made.id)


def test_a_hook_that_keeps_failing_is_paused(tenon, target, hook, publish):
    target.status = [500, 200, 500, 500, 500]
    made = hook(settings={"webhook_pause_after": 3, "webhook_attempts": 2})
    for text in ("one", "two", "three", "four"):
        publish(SiteTold(text=text))
        tenon.jobs.drain(delayed=True)
    paused = stored(tenon, Webhook, made.id)
    assert (paused.active, paused.failures) == (False, 3)
    (told,) = tenon.notifications
    assert told.user_id == tenon.id_of("administrator")
    assert "paused" in told.message
    assert told.args == {"name": "ERP", "count": 3}
    assert told.kind == "warning"
    sent = len(target.got)
    publish(SiteTold(text="five"))
    tenon.jobs.drain(delayed=True)
    assert len(target.got) == sent
    with tenon.ctx("administrator") as ctx, pytest.raises(Refused, match="paused"):
        replay_failed(ctx, made.id)
    with tenon.ctx("administrator") as ctx:
        ctx.session.get(Webhook, made.id).active = True
    assert stored(tenon, Webhook, made.id).failures == 0


def test_an_unreachable_address_is_logged(tenon, hook, publish, log):
    hook(settings={"webhook_attempts": 1, "webhook_networks": ()})
    publish(SiteTold(text="x"))
    tenon.jobs.drain()
    (line,) = log()
    assert (line.state, line.status_code) == ("given_up", None)
    assert "private address 127.0.0.1" in line.answer


def test_nothing_is_sent_that_the_user_of_the_hook_may_not_see(tenon, target, hook, publish, log):
    anna, bert = tenon.user(), tenon.user()
    hers = tenon.make(Account, owner=anna)
    hook(user_id=bert.id)
    publish(AccountBought(account_id=hers.id))
    publish(SiteTold(text="about no record"))
    tenon.jobs.drain()
    assert target.got == []
    assert [d.state for d in log()] == ["given_up"] * 2
    assert "may not see" in log()[0].answer


def test_of_an_event_about_several_records_only_ids_of_the_seen_ones_are_told(
    tenon, target, hook, publish
):
    anna, bert = tenon.user(), tenon.user()
    hers, his = tenon.make(Account, owner=anna), tenon.make(Account, owner=bert)
    hook(user_id=bert.id)
    publish(AccountBought(account_id=his.id, other_ids=(hers.id, his.id)))
    tenon.jobs.drain()
    body = json.loads(target.got[0].body)
    assert body["data"] == {"account_id": str(his.id), "other_ids": [str(his.id)]}
    assert body["subjects"] == [{"entity": "core.account", "id": str(his.id)}]
    assert str(hers.id) not in target.got[0].body.decode()


def test_masked_fields_are_masked_for_hooks(tenon, target, hook, publish):
    tenon.grant("clerk", "core.account.view", "all")
    clerk = tenon.user("clerk")
    account = tenon.make(Account)
    hook(user_id=clerk.id)
    event = AccountBought(account_id=account.id, credit_limit=Decimal(5), margin=Decimal(7))
    publish(event)
    tenon.jobs.drain()
    data = json.loads(target.got[0].body)["data"]
    assert data == {"account_id": str(account.id), "amount": "12.50", "other_ids": []}
    tenon.grant("clerk", "core.account.read_credit", "all")
    tenon.grant("clerk", "core.test.read_margin", "all")
    publish(event)
    tenon.jobs.drain()
    data = json.loads(target.got[1].body)["data"]
    assert (data["credit_limit"], data["margin"]) == ("5", "7")


def test_a_deleted_record_is_told_of_to_who_saw_all_of_its_kind(tenon, target, hook, publish):
    bert = tenon.user()
    hook()
    hook(user_id=bert.id, name="his")
    publish(AccountBought(account_id=uuid4()))
    tenon.jobs.drain()
    assert len(target.got) == 1


def test_a_closed_login_hears_nothing(tenon, target, hook, publish):
    gone = tenon.user("administrator", active_until=tenon.clock.today - timedelta(days=1))
    hook(user_id=gone.id)
    publish(AccountBought(account_id=tenon.make(Account).id))
    tenon.jobs.drain()
    assert target.got == []


def test_a_webhook_does_not_see_more_than_its_author(tenon):
    tenon.grant("integrator", "core.webhook.create", "all")
    tenon.grant("integrator", "core.webhook.view", "all")
    tenon.grant("integrator", "core.user.view", "all")
    author = tenon.user("integrator")
    admin = tenon.id_of("administrator")
    values = {"name": "x", "url": "https://example.com", "events": ["sales.*"]}
    with pytest.raises(Refused, match="grants rights"), tenon.ctx(author) as ctx:
        ctx.session.add(Webhook(user_id=admin, **values))
    with tenon.ctx(author) as ctx:
        ctx.session.add(Webhook(user_id=author.id, **values))
    with tenon.ctx("administrator") as ctx:
        ctx.session.add(Webhook(user_id=author.id, **values))


@pytest.mark.parametrize("events", [[], ["core.test.nothing"], ["core.test.kept"], [7]])
def test_a_webhook_listens_to_events_that_there_are(tenon, events):
    admin = tenon.id_of("administrator")
    with pytest.raises(Refused), tenon.system() as ctx:
        ctx.session.add(Webhook(name="x", url="https://example.com", events=events, user_id=admin))


def test_the_secret_is_made_once_and_can_be_renewed(tenon, hook):
    made, other = hook(), hook()
    before = secret_of(tenon, made)
    assert before != secret_of(tenon, other)
    with tenon.ctx("administrator") as ctx:
        secret = new_secret(ctx, made.id)
    assert secret_of(tenon, made) == secret != before
    assert secret not in stored(tenon, Webhook, made.id).secret


def test_what_cannot_be_signed_is_not_sent_but_tried_again(tenon, hook, publish, log):
    made = hook()
    keys = tenon.site.vault.path
    kept = keys.read_bytes()
    tenon.site.vault.store((make_key(),))
    tenon.site.vault = Vault(tenon.folder)
    publish(SiteTold(text="x"))
    tenon.jobs.drain()
    (line,) = log()
    assert line.state != "delivered"
    assert "The key " in line.answer
    assert "is missing" in line.answer
    keys.write_bytes(kept)
    with tenon.ctx("administrator") as ctx:
        replay(ctx, [line.id])
    tenon.jobs.drain()
    assert log()[0].state == "delivered"
    assert made is not None


def test_the_log_is_cleaned(tenon, hook, publish, log):
    hook()
    publish(SiteTold(text="old"))
    tenon.jobs.drain()
    tenon.clock.advance(days=91)
    publish(SiteTold(text="new"))
    with tenon.system() as ctx:
        ctx.enqueue("core.clean_deliveries")
    tenon.jobs.drain()
    assert len(log()) == 1
    with tenon.system(read_only=True) as ctx:
        assert len(ctx.connection.execute(select(StoredEvent.id)).all()) == 2


def test_a_replay_of_an_unknown_delivery_is_refused(tenon):
    with tenon.ctx("administrator") as ctx, pytest.raises(NotFound):
        replay(ctx, [uuid7()])
