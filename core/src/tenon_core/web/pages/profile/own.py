"""What a person changes of her own data: phone, language, zone, how she is told things."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from tenon_core.entities.people import User
from tenon_core.settings import CoreSettings
from tenon_core.web.api.calls import Answer
from tenon_core.web.auth.endpoints import session_of
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.profile.language import remembered
from tenon_core.web.pages.profile.page import done, refused
from tenon_sdk.errors import Invalid
from tenon_sdk.text import LOCALES, _

Params = Mapping[str, str]
LONGEST_PHONE, LONGEST_ADDRESS = 40, 500


def save_data(call: PageCall, _params: Params) -> Answer:
    who, form = session_of(call), call.form
    phone, locale, zone = (form.get(name).strip() for name in ("phone", "locale", "zone"))
    errors: dict[str, Any] = {}
    if len(phone) > LONGEST_PHONE:
        errors["phone"] = _("At most {limit} characters.", limit=LONGEST_PHONE)
    if locale not in LOCALES:
        errors["locale"] = _("Choose one of: {choices}.", choices=", ".join(LOCALES))
    if zone and zone not in available_timezones():
        errors["zone"] = _("Enter a time zone such as Asia/Shanghai.")
    if errors:
        return refused(call, "data", Invalid(errors))
    try:
        with call.writing() as ctx, ctx.as_system("own profile") as system:
            user = system.session.get_one(User, who.user_id)
            user.phone, user.locale, user.zone = phone or None, locale, zone or None
    except Invalid as error:
        return refused(call, "data", error)
    return done(call, "data", remembered(call, locale))


def save_channels(call: PageCall, _params: Params) -> Answer:
    """Of the channels that the site has; what she chose of others stays."""
    who, form = session_of(call), call.form
    urls = call.site.settings_of(CoreSettings).notify_urls
    chosen: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for name, template in urls.items():
        address = form.get(f"address-{name}").strip()
        on = name in form.all("channels")
        if on and "{address}" in template and not 0 < len(address) <= LONGEST_ADDRESS:
            errors[f"address-{name}"] = _("Enter your address there.")
        chosen[name] = (address if "{address}" in template else True) if on else False
    if errors:
        return refused(call, "channels", Invalid(errors))
    keep_preference(call, who.user_id, "channels", chosen)
    return done(call, "channels")


def keep_preference(call: PageCall, user_id: Any, name: str, value: Any) -> None:
    """Stores one of the person's own preferences; the others stay."""
    with call.writing() as ctx, ctx.as_system("own preferences") as system:
        user = system.session.get_one(User, user_id, with_for_update=True)
        user.preferences = {**(user.preferences or {}), name: value}
