"""Finding out who sends a request, and refusing what she may not even ask."""

from __future__ import annotations

import hmac
from datetime import date, datetime
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING

from tenon_core.web.auth.identities import Identity, Kind
from tenon_core.web.auth.secrets import TOKEN_PREFIX
from tenon_core.web.problems import Fault
from tenon_sdk.text import Text, _

if TYPE_CHECKING:
    from tenon_core.web.api.calls import Call

COOKIE = "tenon_session"
CSRF_HEADER = b"x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What a session may do before its second factor was shown.
BEFORE_SECOND_FACTOR = frozenset({"v1/auth/verify", "v1/auth/logout", "login/code", "logout"})

NOT_LOGGED_IN = _("Log in, or send a token that is valid.")


def identify(call: Call, *, public: bool = False) -> None:
    """Sets `who` and `guardian` of a call.

    A token goes before a cookie. Raises Fault 401 where nobody is known and the endpoint is not
    public, and for a token that is wrong, revoked, expired, or of a user who may not log in
    today; 403 for a session without its form token, or whose second factor is missing.
    """
    found = _found(call, public=public)
    guardian = call.guardian
    if found is not None:
        guardian = call.site.guardian(found.user_id)
        if found.epoch != call.site.book.epoch:  # somebody's rights changed, hers perhaps
            found = _found(call, public=public)
    if found is None:
        if not public:
            raise unauthenticated(NOT_LOGGED_IN)
        return
    if found.acting is not None:
        check_acting(call, found)
    if found.kind == "session":
        if public and not _has_csrf(call, found):
            return
        _check_session(call, found)
    call.who, call.guardian = found, found.narrow(guardian)
    call.api.identities.touch(found)


def _found(call: Call, *, public: bool) -> Identity | None:
    authorization = call.headers.get(b"authorization")
    if authorization is not None:
        scheme, _space, secret = authorization.decode("latin-1").partition(" ")
        token = secret.strip()
        if scheme.lower() != "bearer" or not token.startswith(TOKEN_PREFIX):
            raise unauthenticated(_("Send a token as “Authorization: Bearer tnn_…”."))
        found = _standing(call, "token", token)
        if found is None:
            raise unauthenticated(_("This token is unknown, expired or revoked."))
        return found
    cookie = cookie_of(call)
    found = _standing(call, "session", cookie) if cookie is not None else None
    if found is None and cookie is not None and not public:
        raise unauthenticated(_("The log-in has ended. Log in again."))
    return found


def _standing(call: Call, kind: Kind, secret: str) -> Identity | None:
    found = call.api.identities.find(kind, secret)
    now = call.site.clock()
    return found if found is not None and found.holds(now, today(call, now)) else None


def today(call: Call, now: datetime) -> date:
    return now.astimezone(call.site.zone).date()


def check_acting(call: Call, found: Identity) -> None:
    """Raises Fault 401 where the log-in behind this one has ended."""
    from tenon_core.web.auth.acting import still_acting

    if not still_acting(call, found):
        raise unauthenticated(_("The log-in has ended. Log in again."))


def _check_session(call: Call, found: Identity) -> None:
    if not _has_csrf(call, found):
        raise Fault(403, "csrf", _("The form token is missing or wrong. Load the page again."))
    if found.pending and call.path not in BEFORE_SECOND_FACTOR:
        raise unauthenticated(_("Enter the code of your second factor first."), "second_factor")


def _has_csrf(call: Call, found: Identity) -> bool:
    if call.method in SAFE:
        return True
    return hmac.compare_digest(call.headers.get(CSRF_HEADER, b""), (found.csrf or "").encode())


def cookie_of(call: Call) -> str | None:
    header = call.headers.get(b"cookie")
    if header is None:
        return None
    try:
        found = SimpleCookie(header.decode("latin-1")).get(COOKIE)
    except CookieError:
        return None
    return found.value if found is not None and found.value else None


def unauthenticated(message: Text, code: str = "unauthenticated") -> Fault:
    return Fault(401, code, message, {"WWW-Authenticate": "Bearer"})
