from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from icalendar import Calendar

from tenon_core.entities import Activity, ActivityParticipant, User
from tenon_core.events.calendar_feed import (
    calendar_feed,
    new_calendar_token,
    revoke_calendar_token,
)
from tenon_sdk.errors import NotFound

NINE = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
LONG = "Besprechung, mit; Ärger\\ 与智光电气的会议，讨论下一年度的设备采购计划与售后服务安排、付款条件以及交货期"


@pytest.fixture
def anna(tenon):
    return tenon.user(name="Anna", zone="Asia/Shanghai")


@pytest.fixture
def feed(tenon, anna):
    with tenon.ctx(anna) as ctx:
        token = new_calendar_token(ctx)
    return lambda: calendar_feed(tenon.site, token)


@pytest.fixture
def plan(tenon, anna):
    def make(**values):
        given = {"kind": "meeting", "subject": "Talk", "status": "planned", "owner": anna,
                 "planned_start": NINE, "planned_end": NINE + timedelta(hours=1), **values}  # fmt: skip
        return tenon.make(Activity, **given)

    return make


def parsed(feed):
    return Calendar.from_ical(feed().text).walk("VEVENT")


def test_an_appointment_is_told_with_all_its_parts(tenon, feed, plan):
    made = plan(
        subject=LONG, place="Halle 7; Tor, B", description="Zeile 1\nZeile 2", priority="high",
        remind_at=NINE - timedelta(minutes=15), longitude=Decimal("113.26"), latitude=Decimal("23.13"),
    )  # fmt: skip
    (event,) = parsed(feed)
    assert event["UID"] == f"{made.id}@tenon"
    assert event["SUMMARY"] == LONG
    assert event["LOCATION"] == "Halle 7; Tor, B"
    assert event["DESCRIPTION"] == "Zeile 1\nZeile 2"
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (NINE, NINE + timedelta(hours=1))
    assert (event["STATUS"], event["PRIORITY"], event["SEQUENCE"]) == ("CONFIRMED", 1, 0)
    assert event["URL"].endswith(f"/core/activity/{made.id}")
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("TRIGGER") == NINE - timedelta(minutes=15)
    text = feed().text
    assert "DTSTART:20260310T010000Z\r\n" in text
    assert "LOCATION:Halle 7\\; Tor\\, B\r\n" in text
    assert "DESCRIPTION:Zeile 1\\nZeile 2\r\n" in text


def test_lines_are_folded_by_the_standard(tenon, feed, plan):
    plan(subject=LONG)
    text = feed().text
    assert text.startswith("BEGIN:VCALENDAR\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    lines = text.split("\r\n")
    assert "\n" not in "".join(lines)
    assert max(len(line.encode()) for line in lines) <= 75
    assert any(line.startswith(" ") for line in lines)
    for required in (
        "VERSION:2.0",
        "PRODID:-//Tenon//Tenon CRM//EN",
        "X-WR-CALNAME:Schedule of Anna",
    ):
        assert required in lines


def test_what_was_done_stands_at_its_real_time(feed, plan):
    plan(
        status="done", actual_start=NINE + timedelta(hours=3), actual_end=NINE + timedelta(hours=5)
    )
    (event,) = parsed(feed)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (
        NINE + timedelta(hours=3),
        NINE + timedelta(hours=5),
    )
    assert event["SUMMARY"] == "Talk (done)"


def test_what_was_called_off_is_told_as_cancelled(feed, plan):
    plan(status="cancelled")
    assert parsed(feed)[0]["STATUS"] == "CANCELLED"


def test_whole_days_are_days_of_the_user(feed, plan):
    """16:00 UTC is midnight in China."""
    plan(all_day=True, planned_start=datetime(2026, 3, 9, 16, tzinfo=UTC),
         planned_end=datetime(2026, 3, 11, 15, 59, tzinfo=UTC))  # fmt: skip
    (event,) = parsed(feed)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2026, 3, 10), date(2026, 3, 12))


def test_a_task_stands_where_it_is_due(feed, plan):
    plan(kind="task", planned_start=None, planned_end=NINE)
    (event,) = parsed(feed)
    assert event["DTSTART"].dt == NINE
    assert "DTEND" not in event


def test_it_holds_what_is_hers_or_what_she_takes_part_in(tenon, anna, feed, plan):
    other = tenon.user()
    plan(subject="hers")
    theirs = plan(subject="with her", owner=other)
    plan(subject="of others", owner=other)
    plan(subject="long ago", planned_start=NINE - timedelta(days=200), planned_end=None)
    tenon.make(ActivityParticipant, activity=theirs, user_id=anna.id, contact_id=None)
    tenon.grant("salesperson", "core.activity.view", "all")
    assert sorted(e["SUMMARY"] for e in parsed(feed)) == ["hers", "with her"]
    tenon.grant("salesperson", "core.activity.view", "own")
    assert [e["SUMMARY"] for e in parsed(feed)] == ["hers"]


def test_the_tag_changes_with_the_content_only(tenon, feed, plan):
    made = plan()
    first = feed()
    tenon.clock.advance(minutes=5)
    assert feed() == first
    assert first.etag.startswith('"')
    assert first.etag.endswith('"')
    with tenon.system() as ctx:
        ctx.session.get(Activity, made.id).subject = "Other"
    assert feed().etag != first.etag
    assert parsed(feed)[0]["SEQUENCE"] == 1


def test_the_address_is_secret_and_can_be_taken_back(tenon, anna, feed):
    with tenon.ctx(anna) as ctx:
        second = new_calendar_token(ctx)
    with pytest.raises(NotFound):
        feed()
    assert calendar_feed(tenon.site, second).text
    with tenon.system(read_only=True) as ctx:
        assert second not in str(ctx.session.get(User, anna.id).calendar_token_hash)
    with tenon.ctx(anna) as ctx:
        revoke_calendar_token(ctx)
    for token in (second, "", "x"):
        with pytest.raises(NotFound):
            calendar_feed(tenon.site, token)


def test_a_closed_login_has_no_feed(tenon, anna, feed):
    with tenon.system() as ctx:
        ctx.session.get(User, anna.id).active_until = tenon.clock.today - timedelta(days=1)
    with pytest.raises(NotFound):
        feed()
