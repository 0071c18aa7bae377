from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import msgspec
import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete
from uuid_utils.compat import uuid7

from tenon_core.entities import Account
from tenon_core.entities.facts import StoredEvent
from tenon_core.events.deliver import UnreadableEvent, delivery_job, restore
from tenon_core.jobs.failures import JobError
from tenon_core.jobs.runs import State
from tenon_sdk.events import Event, Subject, on
from tenon_sdk.text import Text


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@frozen
class Line:
    product_id: UUID
    quantity: Decimal
    due: date | None = None


@frozen(kw_only=True)
class EverythingHappened(Event, name="core.test.everything", label=Text("Everything")):
    uuid: UUID
    maybe: UUID | None
    amount: Decimal
    count: int
    share: float
    flag: bool
    text: str
    day: date
    moment: datetime
    clock: time
    length: timedelta
    raw: bytes
    colour: Colour
    ids: tuple[UUID, ...]
    names: list[str]
    codes: frozenset[str]
    pair: tuple[int, Decimal]
    lines: tuple[Line, ...]
    by_id: dict[UUID, Decimal]
    values: dict[str, Any]
    subject: Subject | None = None


@frozen(kw_only=True)
class AccountTold(
    Event, name="core.test.told", label=Text("Told"), subjects={"account_id": "core.account"}
):
    account_id: UUID
    note: str = "x"


decimals = st.decimals(allow_nan=False, allow_infinity=False, places=4)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))]))
whole = st.integers(-(2**53), 2**53)
lines = st.builds(Line, st.uuids(), decimals, st.none() | st.dates())
happened = st.builds(
    EverythingHappened,
    uuid=st.uuids(),
    maybe=st.none() | st.uuids(),
    amount=decimals,
    count=whole,
    share=st.floats(allow_nan=False, allow_infinity=False),
    flag=st.booleans(),
    text=texts,
    day=st.dates(),
    moment=moments,
    clock=st.times(),
    length=st.timedeltas(timedelta(days=-9999), timedelta(days=9999)),
    raw=st.binary(),
    colour=st.sampled_from(Colour),
    ids=st.lists(st.uuids()).map(tuple),
    names=st.lists(texts),
    codes=st.frozensets(texts),
    pair=st.tuples(whole, decimals),
    lines=st.lists(lines, max_size=3).map(tuple),
    by_id=st.dictionaries(st.uuids(), decimals, max_size=3),
    values=st.dictionaries(texts, st.none() | st.booleans() | texts | whole, max_size=3),
    subject=st.none() | st.builds(Subject, st.just("core.account"), st.uuids()),
)


@given(happened)
@settings(max_examples=150, deadline=None)
def test_every_kind_of_value_survives_storage(event):
    stored = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(event)))
    assert restore("core.test.everything", 1, stored) == event


def test_events_survive_both_databases(tenon, subscribe):
    got = []
    subscribe(on(EverythingHappened, durable=True)(lambda ctx, event: got.append(event)))
    event = EverythingHappened(
        uuid=uuid7(), maybe=None, amount=Decimal("1200.50"), count=7, share=0.1, flag=True,
        text="智光", day=date(2026, 3, 9), moment=datetime(2026, 3, 9, 1, 30, 5, 7, UTC),
        clock=time(8, 30), length=timedelta(days=2, seconds=5), raw=b"\0\xff", colour=Colour.BLUE,
        ids=(uuid7(), uuid7()), names=["a"], codes=frozenset({"x", "y"}), pair=(1, Decimal("0.1")),
        lines=(Line(uuid7(), Decimal(2)),), by_id={uuid7(): Decimal("3.00")}, values={"a": [1]},
    )  # fmt: skip
    with tenon.system() as ctx:
        ctx.publish(event)
    assert got == []
    tenon.jobs.drain()
    assert got == [event]
    assert str(got[0].amount) == "1200.50"


def test_a_durable_handler_works_in_a_transaction_of_its_own(tenon, subscribe):
    def note(ctx, event):
        account = ctx.session.get(Account, event.account_id)
        account.name = f"{account.name}!"
        ctx.session.flush()
        if not tries:
            tries.append(1)
            raise OSError("network")

    tries = []
    subscribe(on(AccountTold, durable=True)(note))
    account = tenon.make(Account, name="Zhiguang")
    with tenon.system() as ctx:
        ctx.publish(AccountTold(account_id=account.id))
    tenon.jobs.drain(delayed=True, check=False)
    with tenon.system(read_only=True) as ctx:
        assert ctx.session.get(Account, account.id).name == "Zhiguang!"


def test_handlers_are_delivered_to_one_by_one(tenon, subscribe):
    def first(ctx, event):
        got.append("first")

    def second(ctx, event):
        raise ValueError("broken")

    got = []
    subscribe(on(AccountTold, durable=True)(first), on(AccountTold, durable=True)(second))
    with tenon.system() as ctx:
        ctx.publish(AccountTold(account_id=uuid7()))
    tenon.jobs.drain(delayed=True, check=False)
    assert got == ["first"]


def test_a_delivery_waits_for_its_plugin(tenon, subscribe):
    got = []
    handler = on(AccountTold, durable=True)(lambda ctx, event: got.append(event))
    subscribe(handler)
    with tenon.system() as ctx:
        ctx.publish(AccountTold(account_id=uuid7()))
    job = tenon.site._jobs.pop(delivery_job(handler))
    (run,) = tenon.jobs.drain()
    assert run.state == State.PARKED
    assert "No enabled plugin" in str(run.error)
    assert tenon.jobs.unpark() == 0
    tenon.site._jobs[job.name] = job
    assert tenon.jobs.unpark() == 1
    tenon.jobs.drain()
    assert len(got) == 1


def test_a_delivery_that_makes_no_sense_says_why(tenon, subscribe):
    handler = on(AccountTold, durable=True)(lambda ctx, event: None)
    subscribe(handler)
    with tenon.system() as ctx:
        id_ = ctx.publish(AccountTold(account_id=uuid7()))
    with tenon.system() as ctx:
        ctx.connection.execute(delete(StoredEvent).where(StoredEvent.id == id_))
    with pytest.raises(JobError, match="not stored any more"):
        tenon.jobs.drain(delayed=True)


def test_events_of_other_releases():
    id_ = str(uuid7())
    assert restore("core.test.told", 1, {"account_id": id_, "gone": 1}).note == "x"
    with pytest.raises(UnreadableEvent, match=r"schema 1.*schema 1.*account_id"):
        restore("core.test.told", 1, {"note": "x"})
    with pytest.raises(UnreadableEvent, match=r"nobody\.knows"):
        restore("nobody.knows", 1, {})
