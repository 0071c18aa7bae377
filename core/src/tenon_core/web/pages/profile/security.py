"""Password, second factor, log-ins, tokens and the calendar feed of who is logged in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from io import BytesIO
from uuid import UUID

import pyotp
import segno
from markupsafe import Markup

from tenon_core.events.calendar_feed import (
    calendar_feed,
    new_calendar_token,
    revoke_calendar_token,
)
from tenon_core.web.api.calls import Answer
from tenon_core.web.api.routing import is_id
from tenon_core.web.auth import second_factor
from tenon_core.web.auth.acting import as_oneself
from tenon_core.web.auth.endpoints import confirm, renew_password, session_of, uri_of
from tenon_core.web.auth.passwords import end_sessions
from tenon_core.web.auth.sessions import end_session
from tenon_core.web.auth.tokens import make_token, revoke_token
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.profile.page import done, draw, refused
from tenon_core.web.problems import Fault
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _

Params = Mapping[str, str]
CALENDAR = b"text/calendar; charset=utf-8"
SUFFIX = ".ics"


def change_password(call: PageCall, _params: Params) -> Answer:
    who, form = session_of(call), call.form
    if form.get("new") != form.get("again"):
        differs = Invalid({"again": _("This is not what stands above.")})
        return refused(call, "password", differs, "current", "new", "again")
    try:
        _confirmed(call, form.get("current"), "current")
        with call.writing() as ctx:
            renew_password(ctx, who, form.get("new"))
    except Invalid as error:
        return refused(call, "password", error, "current", "new", "again")
    return done(call, "password")


def begin_second_factor(call: PageCall, _params: Params) -> Answer:
    """Shows a secret for the phone; nothing is stored before a code confirms it."""
    try:
        _confirmed(call, call.form.get("password"), "password")
    except Invalid as error:
        return refused(call, "second-factor", error, "password")
    return draw(call, told=_phone(call, pyotp.random_base32()))


def confirm_second_factor(call: PageCall, _params: Params) -> Answer:
    who, form = session_of(call), call.form
    secret, code = form.get("secret"), form.get("code").strip().replace(" ", "")
    try:
        with call.writing() as ctx:
            codes = second_factor.switch_on(ctx, who.user_id, who.id, secret, code)
    except Invalid as error:
        if "secret" in error.fields:
            return refused(call, "second-factor", Invalid({"password": error.fields["secret"]}))
        again = _phone(call, secret) | {"wrong": second_factor.WRONG_CODE}
        return draw(call, told=again, status=422)
    return draw(call, told={"codes": codes})


def end_second_factor(call: PageCall, _params: Params) -> Answer:
    who = session_of(call)
    try:
        _confirmed(call, call.form.get("password"), "password")
    except Invalid as error:
        return refused(call, "second-factor", error, "password")
    with call.writing() as ctx:
        second_factor.switch_off(ctx, who.user_id)
    return done(call, "second-factor")


def _phone(call: PageCall, secret: str) -> dict[str, object]:
    """The secret in groups of four to type, and as a picture to scan."""
    drawn = BytesIO()
    segno.make(uri_of(call, secret), error="m").save(
        drawn, kind="svg", scale=4, border=2, dark="#161a22", light="#ffffff", xmldecl=False
    )
    groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    picture = Markup(drawn.getvalue().decode())  # noqa: S704 (segno's own drawing)
    return {"secret": secret, "groups": groups, "qr": picture}


def end_log_in(call: PageCall, _params: Params) -> Answer:
    """One of the own log-ins, or with `others=1` all but this one."""
    who = session_of(call)
    with call.writing() as ctx:
        if call.form.get("others") == "1":
            end_sessions(ctx, who.user_id, but=who.id)
        else:
            end_session(ctx, _id(call, "core.session"), who.user_id)
    return done(call, "sessions")


def create_token(call: PageCall, _params: Params) -> Answer:
    """The token is told on this page and never again; it ends with the day that was chosen."""
    who, form = session_of(call), call.form
    try:
        with call.writing() as ctx:
            ends = _last_moment(form.get("expires_at"), call)
            wanted = form.get("permissions").split() or None
            token = make_token(ctx, who.user_id, form.get("name"), wanted, ends)
    except Invalid as error:
        return refused(call, "tokens", error)
    return draw(call, told={"token": token, "token_name": form.get("name").strip()})


def _last_moment(text: str, call: PageCall) -> datetime | None:
    if not text.strip():
        return None
    try:
        day = datetime.strptime(text.strip(), "%Y-%m-%d")  # noqa: DTZ007 (a day alone)
    except ValueError:
        raise Invalid({"expires_at": _("Enter a day such as 2027-03-31.")}) from None
    zone = call.guardian.access.actor.zone
    return datetime.combine(day.date(), time(23, 59, 59), zone)


def end_token(call: PageCall, _params: Params) -> Answer:
    who = session_of(call)
    with call.writing() as ctx:
        revoke_token(ctx, _id(call, "core.api_token"), user_id=who.user_id)
    return done(call, "tokens")


def make_feed(call: PageCall, _params: Params) -> Answer:
    session_of(call)
    with call.writing() as ctx:
        as_oneself(ctx)
        token = new_calendar_token(ctx)
    base = call.site.config.site.base_url.rstrip("/")
    return draw(call, told={"feed": f"{base}/calendars/{token}{SUFFIX}"})


def end_feed(call: PageCall, _params: Params) -> Answer:
    session_of(call)
    with call.writing() as ctx:
        revoke_calendar_token(ctx)
    return done(call, "calendar")


def show_feed(call: PageCall, params: Params) -> Answer:
    """Public: the secret in the address is the key. 304 for what the calendar has already."""
    token = params["file"].removesuffix(SUFFIX)
    if not token or not params["file"].endswith(SUFFIX):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    feed = calendar_feed(call.site, token)
    headers = [(b"etag", feed.etag.encode()), (b"cache-control", b"private, no-cache")]
    if call.header(b"if-none-match") == feed.etag:
        return Answer(304, b"", headers, CALENDAR)
    return Answer(200, feed.text.encode(), headers, CALENDAR)


def _confirmed(call: PageCall, password: str, name: str) -> None:
    """Raises Invalid for a wrong password, Fault 429 after too many."""
    confirm(call, session_of(call), password, name)


def _id(call: PageCall, entity: str) -> UUID:
    given = call.form.get("id")
    if not is_id(given):
        raise NotFound(entity, given)
    return UUID(given)
