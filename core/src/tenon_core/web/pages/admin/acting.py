"""Logging in as somebody else by the browser, and back."""

from __future__ import annotations

from tenon_core.settings import CoreSettings
from tenon_core.web.api.calls import Answer
from tenon_core.web.auth.acting import IMPERSONATE, begin_acting, end_acting
from tenon_core.web.auth.identity import cookie_of
from tenon_core.web.auth.sessions import cookie
from tenon_core.web.pages.admin.base import Params, id_of, need
from tenon_core.web.pages.admin.users import user_page
from tenon_core.web.pages.calls import PageCall, redirect
from tenon_core.web.pages.gateway import LOGIN
from tenon_sdk.errors import Refused
from tenon_sdk.text import _

# The own session waits here; only the way back is told of it.
OWN_COOKIE = "tenon_own_session"
BACK = "/log-in-as"


def log_in_as(call: PageCall, params: Params) -> Answer:
    need(call, IMPERSONATE)
    user_id, own = id_of(params, "core.user"), cookie_of(call)
    if call.who is None or own is None:
        raise Refused(_("Log in yourself first."))
    try:
        with call.writing() as ctx:
            agent = call.header(b"user-agent")
            opened = begin_acting(ctx, call.who, user_id, agent)
            hours = ctx.settings(CoreSettings).session_hours
    except Refused as refused:
        return user_page(call, user_id, status=409, error=refused.message)
    theirs = cookie(opened.secret, secure=call.secure, hours=hours)
    return redirect("/", _set(theirs), _set(_own(call, own, hours)))


def end_log_in_as(call: PageCall, _params: Params) -> Answer:
    """Back to the own log-in, if it still stands."""
    if call.who is None or call.who.acting is None:
        raise Refused(_("You are logged in as yourself."))
    who, own = call.who, call.cookies.get(OWN_COOKIE, "")
    with call.writing() as ctx:
        end_acting(ctx, who)
        hours = ctx.settings(CoreSettings).session_hours
    found = call.api.identities.find("session", own) if own else None
    back = own if found is not None and found.id == who.acting_session else ""
    mine = cookie(back, secure=call.secure, hours=hours)
    to = f"/admin/users/{who.user_id}" if back else LOGIN
    return redirect(to, _set(mine), _set(_own(call, "", 0)))


def _own(call: PageCall, secret: str, hours: int) -> str:
    made = cookie(secret, secure=call.secure, hours=hours)
    _name, _equals, rest = made.partition("=")
    return f"{OWN_COOKIE}={rest}".replace("Path=/;", f"Path={BACK};")


def _set(header: str) -> tuple[bytes, bytes]:
    return (b"set-cookie", header.encode())
