from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from attrs import frozen
from sqlalchemy import insert, select, update
from uuid_utils.compat import uuid7

from tenon_core.entities import (
    Account,
    Activity,
    ActivityParticipant,
    ActivitySubject,
    Comment,
    Contact,
    ContactAccount,
    CustomField,
    Document,
    DocumentLink,
)
from tenon_core.entities.facts import StoredEvent, StoredEventSubject
from tenon_core.events.timeline import timeline
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.events import Event, RecordMoved
from tenon_sdk.text import Text


@frozen(kw_only=True)
class Met(
    Event,
    name="core.test.met",
    label=Text("Met"),
    icon="users",
    subjects={"account_id": "core.account", "contact_ids": "core.contact"},
):
    account_id: UUID | None = None
    contact_ids: tuple[UUID, ...] = ()
    topic: str = "prices"
    credit_limit: Decimal | None = None


@pytest.fixture
def world(tenon):
    """An account with a contact and one entry of every kind, an hour apart each."""

    class World:
        anna, bert = tenon.user(name="Anna"), tenon.user(name="Bert")
        account = tenon.make(Account, owner=anna, name="Zhiguang", by="administrator")
        contact = tenon.make(Contact, name="Mr Li", owner=anna)

    w = World()
    tenon.make(ContactAccount, contact=w.contact, account=w.account)
    later(tenon)
    with tenon.ctx(w.anna) as ctx:
        ctx.publish(Met(account_id=w.account.id, contact_ids=(w.contact.id,)))
    start = later(tenon)
    w.visit = tenon.make(
        Activity, kind="visit", subject="First visit", outcome="went well", status="done",
        account=w.account, owner=w.anna, actual_start=start,
    )  # fmt: skip
    tenon.make(Activity, kind="visit", status="planned", account=w.account, planned_start=start)
    later(tenon)
    w.comment = tenon.make(
        Comment, entity="core.account", record_id=w.account.id, author=w.anna, text="Careful"
    )
    later(tenon)
    w.document = tenon.make(Document, name="Offer.pdf", category="quotation", owner=w.anna)
    tenon.make(DocumentLink, document=w.document, entity="core.account", record_id=w.account.id)
    later(tenon)
    with tenon.ctx(w.anna) as ctx:
        ctx.session.get(Account, w.account.id).short_name = "ZG"
    later(tenon)
    return w


def later(tenon):
    return tenon.clock.advance(hours=1)


def told(tenon, person, record, **options):
    with tenon.ctx(person, read_only=True) as ctx:
        return timeline(ctx, record.__tenon__.name, record.id, **options)


def brief(page):
    return [(e.kind, e.code) for e in page.entries]


def test_one_line_holds_every_kind_newest_first(tenon, world):
    page = told(tenon, world.anna, world.account)
    assert brief(page) == [
        ("change", "changed"),
        ("document", "quotation"),
        ("comment", "comment"),
        ("activity", "visit"),
        ("event", "core.test.met"),
        ("change", "created"),
        ("change", "created"),
    ]
    assert page.next is None
    changed, document, comment, visit, met, *_created = page.entries
    assert [(c.field, c.label, c.old, c.new) for c in changed.changes] == [
        ("short_name", "Short name", None, "ZG")
    ]
    assert (changed.actor, changed.label) == ("Anna", "Changed: Account")
    assert (document.text, document.label, document.hidden) == ("Offer.pdf", "Quotation", False)
    assert (comment.text, comment.actor) == ("Careful", "Anna")
    assert (visit.label, visit.text, visit.actor) == ("Visit", "First visit\nwent well", "Anna")
    assert (met.label, met.icon, met.hidden) == ("Met", "users", False)
    assert [(s.entity, s.title) for s in met.subjects] == [
        ("core.account", "Zhiguang"),
        ("core.contact", "Mr Li"),
    ]
    assert met.values["topic"] == "prices"
    assert [e.occurred_at for e in page.entries] == sorted(
        (e.occurred_at for e in page.entries), reverse=True
    )


def test_it_speaks_the_language_of_the_reader(tenon, world):
    chinese = tenon.user("administrator", locale="zh_CN")
    tenon.site.texts.messages["zh_CN"].update({"Visit": "拜访", "Short name": "简称"})
    page = told(tenon, chinese, world.account)
    assert page.entries[3].label == "拜访"
    assert page.entries[0].changes[0].label == "简称"


def test_kinds_are_chosen(tenon, world):
    assert brief(told(tenon, world.anna, world.account, kinds=["activity", "comment"])) == [
        ("comment", "comment"),
        ("activity", "visit"),
    ]
    for options in ({"kinds": ["x"]}, {"before": "x"}, {"before": "2026-01-01~event~1"}):
        with pytest.raises(Invalid):
            told(tenon, world.anna, world.account, **options)


def test_pages_neither_repeat_nor_skip_even_within_one_moment(tenon, world):
    with tenon.system() as ctx:
        for _ in range(5):
            ctx.publish(Met(account_id=world.account.id, contact_ids=(world.contact.id,)))
            ctx.session.add(
                Comment(
                    entity="core.account",
                    record_id=world.account.id,
                    author_id=world.anna.id,
                    text="x",
                )
            )
            ctx.session.flush()
            ctx.session.get(Account, world.account.id).name += "!"
    everything = [e.id for e in told(tenon, world.anna, world.account, limit=200).entries]
    assert len(everything) == len(set(everything)) == 22
    for size in (1, 2, 3, 7):
        seen, before = [], None
        while True:
            page = told(tenon, world.anna, world.account, limit=size, before=before)
            seen += [e.id for e in page.entries]
            before = page.next
            if before is None:
                break
        assert seen == everything


def test_only_who_sees_the_record_sees_its_history(tenon, world):
    assert brief(told(tenon, "auditor", world.account))
    with pytest.raises(NotFound):
        told(tenon, world.bert, world.account)
    with tenon.ctx(world.anna) as ctx:
        for entity, id_ in (("core.account", uuid7()), ("no.such", world.account.id)):
            with pytest.raises(NotFound):
                timeline(ctx, entity, id_)


def test_of_records_that_the_reader_does_not_see_only_the_label_is_told(tenon, world):
    """An account of hers, in facts and activities that are also about accounts of others."""
    secret = tenon.make(Account, name="Secret Ltd", owner=world.bert)
    mine = tenon.make(Account, name="Mine", owner=world.anna)
    later(tenon)

    with tenon.system() as ctx:
        event = uuid7()
        subjects = [(mine, event), (secret, event)]
        ctx.connection.execute(
            insert(StoredEvent),
            [{"id": event, "name": "core.test.met", "schema": 1, "occurred_at": ctx.now,
              "recorded_at": ctx.now, "payload": {"account_id": str(secret.id), "topic": "war"}}],
        )  # fmt: skip
        ctx.connection.execute(
            insert(StoredEventSubject),
            [{"event_id": id_, "entity": "core.account", "record_id": a.id, "occurred_at": ctx.now}
             for a, id_ in subjects],
        )  # fmt: skip
    later(tenon)
    visit = tenon.make(
        Activity, kind="call", subject="Hush", status="done", account=secret, owner=world.bert,
        actual_start=tenon.clock.now,
    )  # fmt: skip
    tenon.make(ActivitySubject, activity=visit, entity="core.account", record_id=mine.id)
    tenon.grant("salesperson", "core.activity.view", "own")
    call, met, *_rest = told(tenon, world.anna, mine).entries
    assert (call.kind, call.label, call.text, call.hidden) == ("activity", "Call", None, True)
    assert call.about.title is None
    assert (met.label, met.hidden, met.values, met.text) == ("Met", True, {}, None)
    assert [s.title for s in met.subjects if s.id == secret.id] == [None]
    shown = repr(told(tenon, world.anna, mine))
    assert "Secret" not in shown
    assert "Hush" not in shown
    assert "war" not in shown


def test_masked_fields_are_left_out_of_changes_and_events(tenon, world):
    tenon.grant("clerk", "core.account.view", "all")
    clerk = tenon.user("clerk")
    with tenon.ctx("administrator") as ctx:
        account = ctx.session.get(Account, world.account.id)
        account.credit_limit, account.name = Decimal(98765), "Zhiguang Electric"
        ctx.publish(Met(account_id=account.id, credit_limit=Decimal(98765)))
    later(tenon)
    with tenon.ctx("administrator") as ctx:
        ctx.session.get(Account, world.account.id).credit_limit = Decimal(98766)
    entries = told(tenon, clerk, world.account).entries
    assert "9876" not in repr([(e.changes, e.values) for e in entries])
    assert [c.field for e in entries for c in e.changes] == ["name", "short_name"]
    entries = told(tenon, "administrator", world.account).entries
    assert [c.new for e in entries for c in e.changes if c.field == "credit_limit"] == [
        "98766.00",
        "98765.00",
    ]


def test_an_account_also_tells_of_its_contacts_and_of_what_they_took_part_in(tenon, world):
    later(tenon)
    with tenon.system() as ctx:
        ctx.session.get(Contact, world.contact.id).wechat = "li"
        ctx.publish(Met(contact_ids=(world.contact.id,)))
    later(tenon)
    call = tenon.make(
        Activity, kind="call", subject="Chat", status="done", actual_start=tenon.clock.now
    )
    tenon.make(ActivityParticipant, activity=call, contact=world.contact, user_id=None)
    later(tenon)
    tenon.make(
        Comment, entity="core.contact", record_id=world.contact.id, author=world.anna, text="Nice"
    )
    page = told(tenon, "administrator", world.account)
    assert brief(page)[:4] == [
        ("comment", "comment"), ("activity", "call"), ("event", "core.test.met"), ("change", "changed"),
    ]  # fmt: skip
    comment, _call, met, change = page.entries[:4]
    assert (comment.about.title, met.about.title, change.about.title) == ("Mr Li",) * 3
    assert [(c.field, c.new) for c in change.changes] == [("wechat", "li")]
    own = told(tenon, "administrator", world.contact)
    assert brief(own)[:4] == brief(page)[:4]


def test_changes_are_shown_as_people_read_them(tenon, world):
    tenon.make(
        CustomField,
        entity="core.account",
        key="hall",
        labels={"en": "Hall"},
        kind="text",
        active=True,
    )
    tenon.site.book.forget()
    with tenon.ctx("administrator") as ctx:
        account = ctx.session.get(Account, world.account.id)
        account.owner_id, account.status = world.bert.id, "active"
        account.custom = {"hall": "7"}
    with tenon.ctx("administrator") as ctx:
        page = timeline(ctx, "core.account", world.account.id, limit=1)
    shown = {c.field: (c.label, c.old, c.new) for c in page.entries[0].changes}
    assert shown["owner_id"] == ("Owner", "Anna", "Bert")
    assert shown["status"] == ("Status", "Prospect", "Active")
    assert shown["custom.hall"] == ("Hall", None, "7")


def test_a_move_of_a_workflow_tells_from_where_to_where(tenon, world):
    with tenon.system() as ctx:
        ctx.publish(
            RecordMoved(
                entity="core.account",
                record_id=world.account.id,
                transition="win",
                source="open",
                target="won",
            )
        )
    entry = told(tenon, world.anna, world.account, limit=1).entries[0]
    assert (entry.label, entry.text) == ("Status changed", "open → won")


def test_facts_of_a_plugin_that_is_gone_keep_their_place(tenon, world):
    with tenon.system() as ctx:
        id_ = ctx.publish(Met(account_id=world.account.id, topic="secret"))
        renamed = update(StoredEvent).where(StoredEvent.id == id_)
        ctx.connection.execute(renamed.values(name="gone.thing.happened"))
    entry = told(tenon, "administrator", world.account, limit=1).entries[0]
    assert (entry.label, entry.values, entry.hidden) == ("gone.thing.happened", {}, True)


def test_evidence_is_named(tenon, world):
    with tenon.system() as ctx:
        ctx.publish(Met(account_id=world.account.id), evidence=[world.document.id])
    entry = told(tenon, world.anna, world.account, limit=1).entries[0]
    assert [e.title for e in entry.evidence] == ["Offer.pdf"]


def test_the_number_of_statements_does_not_grow_with_history(tenon, world):
    def statements():
        with tenon.ctx(world.anna, read_only=True) as ctx:
            timeline(ctx, "core.account", world.account.id, limit=200)
            with tenon.count_statements() as counted:
                timeline(ctx, "core.account", world.account.id, limit=200)
        return len(counted.texts)

    before = statements()
    with tenon.system() as ctx:
        for n in range(20):
            ctx.publish(Met(account_id=world.account.id, contact_ids=(world.contact.id,)))
            ctx.session.get(Account, world.account.id).name = f"Name {n}"
            for cls, more in ((Comment, {"author_id": world.anna.id, "text": "x"}),):
                ctx.session.add(cls(entity="core.account", record_id=world.account.id, **more))
            ctx.session.add(
                Activity(
                    kind="call",
                    subject="x",
                    status="done",
                    account_id=world.account.id,
                    owner_id=world.anna.id,
                    actual_start=ctx.now - timedelta(minutes=n),
                )
            )
            ctx.session.flush()
        assert len(ctx.session.scalars(select(Comment.id)).all()) == 21
    assert statements() == before <= 14
