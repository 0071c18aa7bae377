"""The addresses of a person's own profile. All are for whoever is logged in herself."""

from __future__ import annotations

from tenon_core.web.api.calls import Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.profile import own, security
from tenon_core.web.pages.profile.language import set_locale
from tenon_core.web.pages.profile.page import show_profile


def add_profile(router: Router) -> None:
    router.add("POST", "locale", Endpoint(set_locale, public=True))
    router.add("GET", "profile", Endpoint(show_profile))
    router.add("GET", "calendars/{file}", Endpoint(security.show_feed, public=True))
    posts = {
        "data": own.save_data,
        "channels": own.save_channels,
        "password": security.change_password,
        "second-factor": security.begin_second_factor,
        "second-factor/confirm": security.confirm_second_factor,
        "second-factor/off": security.end_second_factor,
        "sessions/end": security.end_log_in,
        "tokens": security.create_token,
        "tokens/end": security.end_token,
        "calendar": security.make_feed,
        "calendar/end": security.end_feed,
    }
    for path, run in posts.items():
        router.add("POST", f"profile/{path}", Endpoint(run))
