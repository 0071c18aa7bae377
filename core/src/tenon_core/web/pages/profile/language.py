"""The language of who looks, logged in or not."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import update

from tenon_core.entities.people import User
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.calls import LOCALE_COOKIE, PageCall, local, redirect
from tenon_sdk.errors import Invalid
from tenon_sdk.text import LOCALES, _

YEAR = 365 * 24 * 3600


def set_locale(call: PageCall, _params: Mapping[str, str]) -> Answer:
    """The language of this browser at once, and of the person's profile if she is logged in."""
    wanted = call.form.get("locale")
    if wanted not in LOCALES:
        raise Invalid({"locale": _("Choose one of: {choices}.", choices=", ".join(LOCALES))})
    if call.who is not None:
        with call.site.acting(call.guardian, origin=call.origin) as ctx:
            mine = User.__table__.c.id == call.who.user_id
            ctx.connection.execute(update(User).where(mine).values(locale=wanted))
            ctx.session.info["rights_changed"] = True
    return redirect(local(call.form.get("next") or "/"), remembered(call, wanted))


def remembered(call: PageCall, locale: str) -> tuple[bytes, bytes]:
    """The header that keeps a language in this browser."""
    secure = "; Secure" if call.secure else ""
    cookie = f"{LOCALE_COOKIE}={locale}; Path=/; Max-Age={YEAR}; SameSite=Lax{secure}"
    return (b"set-cookie", cookie.encode())
