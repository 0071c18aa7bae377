"""`/`: the widgets that a person may see, as she arranged them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from tenon_core.entities.people import User
from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.auth.endpoints import session_of
from tenon_core.web.pages.calls import PageCall, redirect
from tenon_core.web.pages.home.arranging import WIDTHS, Placed, arranged, to_keep, width_of
from tenon_core.web.pages.palette import lately
from tenon_core.web.pages.profile.own import keep_preference
from tenon_core.web.pages.record.panels import draw
from tenon_core.web.problems import Fault
from tenon_sdk.declarations import Widget
from tenon_sdk.errors import TenonError
from tenon_sdk.text import _, translate

log = logging.getLogger("tenon.web")
Params = Mapping[str, str]
NOT_LOADED = _("This part could not be loaded.")
# Stand above the others, without a frame of their own.
FRAMELESS = frozenset({"core.numbers"})


def add_home(router: Router) -> None:
    router.add("GET", "", Endpoint(show_home))
    router.add("GET", "widgets/{key}", Endpoint(show_widget))
    router.add("GET", "home/arrange", Endpoint(show_arranging))
    router.add("POST", "home/arrange", Endpoint(arrange))


def show_home(call: PageCall, _params: Params) -> Answer:
    """The frame alone, for whoever is logged in: one statement, and each widget its own request."""
    placed = [one for one in _placed(call) if not one.hidden]
    return call.pages.renderer.page(call, "core/home.html", placed=placed, frameless=FRAMELESS)


def show_widget(call: PageCall, params: Params) -> Answer:
    """A widget drawn by its template, or generically; an error stands in its own place.

    Raises Fault 404 for an unknown one, Forbidden for one that she may not see.
    """
    widget = call.site.registry.widgets.get(params["key"])
    if widget is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    context: dict[str, Any] = {"data": {}, "fault": None, "drawn": None, "numbers": False}
    with call.reading() as ctx:
        ctx.require(widget.permission)
        try:
            data = context["data"] = widget.load(ctx)
            if widget.template is None:
                rest = {key: value for key, value in data.items() if key not in {"chart", "height"}}
                context["drawn"] = draw(rest, call.pages.renderer.formats(call))
                context["numbers"] = bool(rest) and all(map(_number, rest.values()))
            return _widget(call, widget, **context)
        except TenonError as error:
            context["fault"] = translate(error.message)
        except Exception:
            log.exception("widget %s failed", widget.key)
            context["fault"] = translate(NOT_LOADED)
    return _widget(call, widget, **context)


def _number(value: object) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def _widget(call: PageCall, widget: Widget, **context: Any) -> Answer:
    renderer = call.pages.renderer
    frame = widget.key not in FRAMELESS or context["fault"] is not None
    context |= {"widget": widget, "lately": lambda: lately(call), "frame": frame}
    if call.fragment:
        return renderer.part(call, "core/home/_widget.html", **context)
    return renderer.page(call, "core/home/alone.html", **context)


def show_arranging(call: PageCall, _params: Params) -> Answer:
    session_of(call)
    return call.pages.renderer.page(
        call, "core/home/arrange.html", placed=_placed(call), widths=WIDTHS
    )


def arrange(call: PageCall, _params: Params) -> Answer:
    """Order, widths and what is shown; with `reset` it is again as it was declared.

    Widgets that the form does not name, such as those of a plugin that came just now, stay shown.
    """
    who, form = session_of(call), call.form
    if form.get("reset"):
        keep_preference(call, who.user_id, "home", {})
        return redirect("/")
    places = {key: at for at, key in enumerate(form.all("order"))}
    shown = set(form.all("shown"))
    placed = [
        Placed(
            one.widget,
            width_of(_int(form.get(f"width-{one.widget.key}")), one.width),
            one.widget.key in places and one.widget.key not in shown,
        )
        for one in sorted(_placed(call), key=lambda one: places.get(one.widget.key, len(places)))
    ]
    keep_preference(call, who.user_id, "home", to_keep(placed))
    return redirect("/")


def _int(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _placed(call: PageCall) -> list[Placed]:
    """One statement."""
    table: Any = User.__table__
    mine = table.c.id == call.guardian.access.actor.user_id
    with call.site.read_engine.connect() as connection:
        kept = connection.execute(select(table.c.preferences).where(mine)).scalar_one()
    may = call.guardian.access.scope
    widgets = [one for one in call.site.registry.widgets if may(one.permission) is not None]
    return arranged(widgets, (kept or {}).get("home"))
