"""Parts of a list that are drawn when somebody opens them: controls, menus, a look inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import select

from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Methods
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import Fields, Shown, value_html
from tenon_core.web.pages.form.values import Stored, read_stored, title_of
from tenon_core.web.pages.lists.filters import Filters, FilterView, some_of
from tenon_core.web.pages.lists.grouping import group_choices
from tenon_core.web.pages.lists.page import Lists
from tenon_core.web.pages.lists.periods import PERIODS
from tenon_core.web.pages.lists.state import ME, ListState
from tenon_core.web.problems import Fault
from tenon_sdk.declarations import Action
from tenon_sdk.entities import Archived, Workflowed
from tenon_sdk.text import Text, _, translate
from tenon_sdk.workflows import Transition

Params = Mapping[str, str]
# References to at most so many records are ticked, others are typed.
FEW = 12
# So much of a record is shown beside the list.
GLIMPSE = 12


def show_filter(call: PageCall, params: Params) -> Answer:
    """The control of one filter, with what it asks for now."""
    lists = Lists(call)
    state = lists.state(call.query)
    filters = Filters(call, lists.fields, state)
    view = filters.view(params["field"])
    shown = lists.fields.find(params["field"])
    if view is None or shown is None:
        raise Fault(404, "no_filter", _("There is no such field, or you may not see it."))
    context = {**_control(call, filters, view, shown), **_usual(lists, state)}
    return call.pages.renderer.part(call, "core/list/_filter.html", filter=view, **context)


def _usual(lists: Lists, state: ListState) -> dict[str, Any]:
    info = lists.call.target.__tenon__
    return {"base": "/" + info.name.replace(".", "/"), "entity": info, "state": state}


def _control(call: PageCall, filters: Filters, view: FilterView, shown: Shown) -> dict[str, Any]:
    state, name = filters.state, view.name
    chosen = [*state.values(f"{name}__in"), *state.values(name)]
    options: list[tuple[str, str]] = []
    if view.control == "choice":
        options = list(shown.choices.items())
    elif view.target is not None and view.target in call.site.registry.entities:
        options = some_of(call, view.target, FEW) or []
    known = {code for code, _text in options}
    titles = filters.titles(view.target)
    return {
        "options": options,
        "chosen": chosen,
        "others": [(c, titles.get(c, "…")) for c in chosen if c not in known and c != ME],
        "person": view.target == "core.user",
        "periods": [(key, translate(text)) for key, text in PERIODS.items()],
        "within": next(iter(state.values(f"{name}__within")), ""),
        "low": _edge(filters, view, state.values(f"{name}__gte")),
        "high": _edge(filters, view, state.values(f"{name}__lte")),
        "contains": next(iter(state.values(f"{name}__contains")), ""),
        "equal": next(iter(state.values(name)), ""),
        "empty": next(iter(state.values(f"{name}__isnull")), ""),
    }


def _edge(filters: Filters, view: FilterView, given: Sequence[str]) -> str:
    """The day of a moment, for an input that takes days."""
    if not given or view.control != "date" or len(given[0]) == 10:
        return given[0] if given else ""
    try:
        return filters.fmt.local(given[0]).isoformat()
    except ValueError:
        return ""


def more_filters(call: PageCall, _params: Params) -> Answer:
    lists = Lists(call)
    state = lists.state(call.query)
    rest = Filters(call, lists.fields, state).rest()
    links = [(view, state.first_page(opened=(*state.opened, view.name))) for view in rest]
    return call.pages.renderer.part(
        call, "core/list/_more_filters.html", links=links, **_usual(lists, state)
    )


def choose_group(call: PageCall, _params: Params) -> Answer:
    lists = Lists(call)
    state = lists.state(call.query)
    choices = [(n, t, state.first_page(group=n)) for n, t in group_choices(lists)]
    return call.pages.renderer.part(
        call,
        "core/list/_group_menu.html",
        choices=choices,
        plain=state.first_page(group=""),
        **_usual(lists, state),
    )


def choose_columns(call: PageCall, _params: Params) -> Answer:
    """Which columns are shown and in which order; the form leads to the list with them."""
    lists = Lists(call)
    state = lists.state(call.query)
    chosen = lists.columns.chosen(state.fields)
    names = {column.name for column in chosen}
    rest = [column for column in lists.columns.every() if column.name not in names]
    kept = state.first_page(fields=()).pairs()
    return call.pages.renderer.part(
        call,
        "core/list/_columns.html",
        chosen=chosen,
        rest=rest,
        kept=kept,
        usual=state.first_page(fields=()),
        **_usual(lists, state),
    )


def unfold_group(call: PageCall, _params: Params) -> Answer:
    """The first records of a group, below its row."""
    lists = Lists(call)
    state = lists.state(call.query)
    return call.pages.renderer.part(
        call,
        "core/list/_unfolded.html",
        list=lists.show(state),
        heads=lists.heads(state),
        **_usual(lists, evolve(state, fields=())),
    )


# -------------------------------------------------------------------------------- one record


@frozen(kw_only=True)
class Possible:
    """What can be done with one record now: (parameter of a bulk act, label, icon)."""

    acts: Sequence[tuple[str, Text | str, str]]
    may_edit: bool
    may_delete: bool
    archived: bool


def possible(call: PageCall, id_: UUID) -> Possible:
    """Transitions from its state, actions, and the usual; raises NotFound."""
    entity, info = call.target, call.target.__tenon__
    with call.reading() as ctx:
        record: Any = ctx.session.scalar(select(entity).where(entity.id == id_))
        if record is None:
            raise Fault(404, "not_found", _("There is no such record, or you may not see it."))
        archived = isinstance(record, Archived) and record.archived_at is not None
        acts: list[tuple[str, Text | str, str]] = []
        if not archived:
            state = record.state if isinstance(record, Workflowed) else None
            acts += [
                (f"move.{move.name}", move.label, "arrow-right")
                for move, permission in moves_from(call, state)
                if ctx.can(permission, record)
            ]
            acts += [
                (f"action.{action.key}", action.label, action.icon)
                for action in actions_of(call)
                if ctx.can(action.permission, record)
            ]
        return Possible(
            acts=acts,
            may_edit=not archived and ctx.can(info.permission("edit"), record),
            may_delete=ctx.can(info.permission("delete"), record),
            archived=archived,
        )


def moves_from(call: PageCall, state: str | None) -> list[tuple[Transition, str]]:
    flow = call.site.registry.workflows.get(call.target.__tenon__.name)
    if flow is None:
        return []
    return [(m, flow.permission_for(m)) for m in flow.transitions if state in m.source]


def actions_of(call: PageCall) -> list[Action]:
    name = call.target.__tenon__.name
    found = [a for a in call.site.registry.actions if a.entity == name]
    return sorted(found, key=lambda action: (action.order, action.key))


def row_menu(call: PageCall, params: Params) -> Answer:
    id_ = UUID(params["id"])
    info = call.target.__tenon__
    base = "/" + info.name.replace(".", "/")
    return call.pages.renderer.part(
        call, "core/list/_row_menu.html", can_do=possible(call, id_), id=id_, base=base
    )


def peek(call: PageCall, params: Params) -> Answer:
    """A record beside the list: its facts, and the way to its page."""
    id_ = UUID(params["id"])
    fields = Fields(call, call.target)
    stored = read_stored(call, fields, id_)
    info = call.target.__tenon__
    fmt = call.pages.renderer.formats(call)
    status = fields.find(fields.layout.status) if fields.layout.status else None
    return call.pages.renderer.part(
        call,
        "core/list/_peek.html",
        entity=info,
        id=id_,
        base="/" + info.name.replace(".", "/"),
        title=title_of(fields, stored),
        subtitle=stored.get(info.subtitle) if info.subtitle else None,
        status_tag=value_html(status, stored.values, fmt) if status is not None else None,
        facts=[(s.label, value_html(s, stored.values, fmt)) for s in _glimpse(fields, stored)],
        can_do=possible(call, id_),
    )


def _glimpse(fields: Fields, stored: Stored) -> list[Shown]:
    """The facts of the layout, then the columns of its list, as far as there is something."""
    names = [*fields.layout.facts, *(shown.name for shown in fields.columns())]
    found = [s for s in fields.all(list(dict.fromkeys(names))) if s.name != fields.layout.status]
    filled = [s for s in found if stored.get(s.name) not in {None, ""}]
    return filled[:GLIMPSE]


PATTERNS: Mapping[tuple[str, ...], Methods] = {
    ("filter", "{field}"): {"GET": Endpoint(show_filter)},
    ("filters",): {"GET": Endpoint(more_filters)},
    ("groups",): {"GET": Endpoint(choose_group)},
    ("columns",): {"GET": Endpoint(choose_columns)},
    ("rows",): {"GET": Endpoint(unfold_group)},
    ("{id}", "menu"): {"GET": Endpoint(row_menu)},
    ("{id}", "peek"): {"GET": Endpoint(peek)},
}
