"""Saving the view of a list, and putting saved ones in order."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl
from uuid import UUID

from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Methods, is_id
from tenon_core.web.pages.calls import PageCall, redirect
from tenon_core.web.pages.gateway import trigger
from tenon_core.web.pages.lists.page import Lists
from tenon_core.web.pages.lists.saved import (
    definition_of,
    load_view,
    make_view,
    move,
    open_first,
    rename,
)
from tenon_core.web.pages.lists.state import ListState, read_state
from tenon_core.web.problems import Fault
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate

Params = Mapping[str, str]
SHARING = (
    ("private", _("Only me")),
    ("unit", _("My unit")),
    ("all", _("Everybody")),
)


def ask_name(call: PageCall, _params: Params) -> Answer:
    with call.reading() as ctx:
        ctx.require("core.saved_view.create")
    state = Lists(call).state(call.query)
    return _form(call, state)


def _form(call: PageCall, state: ListState, faults: Mapping[str, str] | None = None) -> Answer:
    form = call.form if call.body else None
    return call.pages.renderer.part(
        call,
        "core/list/_save_view.html",
        status=422 if faults else 200,
        base=_base(call),
        state=state.query(),
        sharing=SHARING,
        name=form.get("name") if form else "",
        shared=form.get("shared") if form else "private",
        first="first" in form if form else False,
        faults=faults or {},
    )


def _base(call: PageCall) -> str:
    return "/" + call.target.__tenon__.name.replace(".", "/")


def state_in(call: PageCall, name: str = "state") -> ListState:
    """The list that a form names by its address."""
    return read_state(parse_qsl(call.form.get(name).lstrip("?")))


def save_view(call: PageCall, _params: Params) -> Answer:
    state = state_in(call)
    try:
        with call.writing() as ctx:
            ctx.require("core.saved_view.create")
            id_ = make_view(
                ctx,
                call.target.__tenon__.name,
                call.form.get("name"),
                call.form.get("shared") or "private",
                state,
                first="first" in call.form,
            )
    except Invalid as invalid:
        faults = {n: translate(texts[0]) for n, texts in invalid.fields.items()}
        return _form(call, state, faults)
    return redirect(f"{_base(call)}?view={id_}", call=call)


def manage_views(call: PageCall, _params: Params) -> Answer:
    return _manage(call)


def _manage(call: PageCall, fault: str = "", *, refresh: bool = False) -> Answer:
    lists = Lists(call)
    headers = (trigger(**{"list:refresh": {}}),) if refresh else ()
    return call.pages.renderer.part(
        call,
        "core/list/_manage_views.html",
        status=422 if fault else 200,
        headers=headers,
        base=_base(call),
        own=[view for view in lists.views if view.own],
        others=[view for view in lists.views if not view.built_in and not view.own],
        sharing=SHARING,
        fault=fault,
    )


def change_view(call: PageCall, params: Params) -> Answer:
    """`act`: keep (the list as it is now), rename, first, up, down, delete."""
    if not is_id(params["view"]):
        raise Fault(404, "no_route", _("There is nothing at this address."))
    id_, act, name = UUID(params["view"]), call.form.get("act"), call.target.__tenon__.name
    try:
        with call.writing() as ctx:
            view = load_view(ctx, name, id_)
            match act:
                case "keep":
                    view.definition = definition_of(state_in(call))
                case "rename":
                    rename(view, call.form.get("name"), call.form.get("shared"))
                case "first":
                    open_first(ctx, view, on=not view.is_default)
                case "up" | "down":
                    move(ctx, view, -1 if act == "up" else 1)
                case "delete":
                    ctx.session.delete(view)
                case _:
                    raise _no_act()
    except Invalid as invalid:
        return _manage(call, " ".join(translate(t) for ts in invalid.fields.values() for t in ts))
    if act == "keep":
        return redirect(f"{_base(call)}?view={id_}", call=call)
    return _manage(call, refresh=True)


def _no_act() -> Invalid:
    return Invalid({"act": _("This cannot be done with a view.")})


PATTERNS: Mapping[tuple[str, ...], Methods] = {
    ("views",): {"GET": Endpoint(manage_views), "POST": Endpoint(save_view)},
    ("views", "new"): {"GET": Endpoint(ask_name)},
    ("views", "{view}"): {"POST": Endpoint(change_view)},
}
