"""Which page answers a path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tenon_core.web.api.calls import Endpoint
from tenon_core.web.api.routing import Found, Methods, Router, is_id
from tenon_core.web.pages.admin.routes import add_admin
from tenon_core.web.pages.desks.approvals import add_approvals
from tenon_core.web.pages.desks.duplicates import add_duplicates
from tenon_core.web.pages.form.pages import PATTERNS as FORMS
from tenon_core.web.pages.home.page import add_home
from tenon_core.web.pages.imports.routes import add_imports
from tenon_core.web.pages.lists.routes import PATTERNS as LISTS
from tenon_core.web.pages.live import add_live
from tenon_core.web.pages.login import add_login
from tenon_core.web.pages.lookups import add_lookups
from tenon_core.web.pages.notifications import add_notifications
from tenon_core.web.pages.palette import add_palette
from tenon_core.web.pages.profile.routes import add_profile
from tenon_core.web.pages.record.routes import PATTERNS as RECORDS
from tenon_core.web.pages.record.routes import add_records
from tenon_core.web.pages.reports.pages import add_reports
from tenon_core.web.pages.views import boards, charts, schedules

if TYPE_CHECKING:
    from tenon_core.site import Site

# What every entity answers to, by what stands behind its own path.
PATTERNS: Mapping[tuple[str, ...], Methods] = {
    **LISTS,
    **FORMS,
    **RECORDS,
    ("board", "{key}"): {"GET": Endpoint(boards.show_board)},
    ("board", "{key}", "move"): {"POST": Endpoint(boards.move_card)},
    ("calendar", "{key}"): {"GET": Endpoint(schedules.show_schedule)},
    ("calendar", "{key}", "slots"): {"GET": Endpoint(schedules.schedule_slots)},
    ("calendar", "{key}", "move"): {"POST": Endpoint(schedules.move_slot)},
    ("dispatch", "{key}"): {"GET": Endpoint(schedules.show_dispatch)},
    ("dispatch", "{key}", "data"): {"GET": Endpoint(schedules.dispatch_data)},
    ("{id}", "network", "{key}"): {"GET": Endpoint(charts.show_network)},
}


def find(rest: list[str]) -> Found | None:
    """`{…}` parts of a pattern are handed on by name; `{id}` takes ids alone."""
    for pattern, methods in PATTERNS.items():
        params = _match(pattern, rest)
        if params is not None:
            return methods, params
    return None


def _match(pattern: tuple[str, ...], rest: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(rest):
        return None
    found: dict[str, str] = {}
    for part, given in zip(pattern, rest, strict=True):
        if part == "{id}" and not is_id(given):
            return None
        if part.startswith("{"):
            found[part[1:-1]] = given
        elif part != given:
            return None
    return found


def make_page_router(site: Site) -> Router:
    router = Router(site.registry.entities, find)
    add_login(router)
    add_home(router)
    add_profile(router)
    add_notifications(router)
    add_live(router)
    add_lookups(router)
    add_records(router)
    add_palette(router)
    add_admin(router)
    add_approvals(router)
    add_duplicates(router)
    add_imports(router)
    schedules.add_schedules(router)
    charts.add_charts(router)
    add_reports(router)
    return router
