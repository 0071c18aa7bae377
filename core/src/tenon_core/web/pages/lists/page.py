"""The page of a list, and the parts of it that change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from attrs import evolve, frozen

from tenon_core.storage.lists import ListPage, list_rows
from tenon_core.storage.reading import TooLong
from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Methods
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import Fields
from tenon_core.web.pages.lists.columns import Columns, ListColumn, computed_cells
from tenon_core.web.pages.lists.filters import Filters
from tenon_core.web.pages.lists.grouping import Grouped, group_choices, grouped
from tenon_core.web.pages.lists.saved import (
    ListView,
    built_in,
    changed,
    effective,
    saved_views,
)
from tenon_core.web.pages.lists.state import (
    BEGINNING,
    SIZES,
    TRAIL,
    ListState,
    Reading,
    read_state,
    told,
)
from tenon_core.web.pages.lists.table import ids_of, make_table, rows_html
from tenon_sdk.declarations import Action
from tenon_sdk.entities import Archived, Owned, Tagged
from tenon_sdk.errors import Invalid
from tenon_sdk.text import translate

Params = Mapping[str, str]
DRAWN_ALONE = "list-body"


@frozen(kw_only=True)
class Shown:
    """What the table and its footer show; `faults` are parameters that nobody understands."""

    rows: str = ""
    amount: int = 0
    first: int = 0
    previous: ListState | None = None
    following: ListState | None = None
    total: int | None = None
    groups: Grouped | None = None
    faults: Sequence[tuple[str, str]] = ()
    too_long: str = ""
    editable: bool = False


class Lists:
    """One request for a list: its state, its columns, and what came of it."""

    def __init__(self, call: PageCall) -> None:
        self.call = call
        call_permission(call)
        self.fields = Fields(call, call.target)
        self.columns = Columns(call, self.fields)
        self.fmt = call.pages.renderer.formats(call)
        self.reading = Reading(call, self.fields)
        self.views: list[ListView] = [*built_in(call), *saved_views(call)]

    def state(self, pairs: Sequence[tuple[str, str]]) -> ListState:
        given = [(n, v) for n, v in pairs if n not in {"_", "open"}]
        return effective(read_state(given), self.views, plain=not given)

    def sorted(self, state: ListState) -> ListState:
        """With the order that the layout names, where the address names none."""
        usual = self.fields.layout.sort
        if state.sort or not usual or not self.fields.readable(usual.lstrip("-")):
            return state
        return evolve(state, sort=usual)

    def show(self, state: ListState, *, count: bool = False) -> Shown:
        try:
            if state.group:
                return Shown(groups=grouped(self, state))
            return self._rows(self.sorted(state), state, count=count)
        except Invalid as invalid:
            return Shown(faults=told(invalid))
        except TooLong as error:
            return Shown(too_long=translate(error.message))

    def _rows(self, asked: ListState, state: ListState, *, count: bool) -> Shown:
        columns = self.columns.chosen(state.fields)
        table = make_table(self.call, self.fields, columns)
        more: dict[str, str] = {"limit": str(asked.limit)}
        if asked.sort:
            more["sort"] = asked.sort
        if asked.cursor:
            more["cursor"] = asked.cursor
        if count:
            more["count"] = "exact"
        spec = self.reading.spec(asked, table.names, more=more)
        page = list_rows(self.call.site, self.call.guardian, spec)
        rows = [msgspec.structs.astuple(row) for row in page.items]
        computed = computed_cells(self.call, columns, ids_of(rows), self.fmt)
        menu = self.call.pages.renderer.html(self.call, "core/list/_row_end.html")
        return Shown(
            rows=rows_html(self.fields, table, rows, fmt=self.fmt, computed=computed, end=menu),
            amount=len(rows),
            first=state.place * state.limit + 1,
            previous=_previous(state),
            following=_following(state, page),
            total=_total(state, page),
            editable=bool(table.editable),
        )

    def heads(self, state: ListState) -> list[dict[str, Any]]:
        """What stands above each column, and where a click leads."""
        sort = self.sorted(state).sort
        title = self.fields.find(self.columns.title)
        first = (
            ListColumn(name=title.name, label=title.label, shown=title)
            if title is not None
            else ListColumn(name="id", label=translate(self.call.target.__tenon__.label))
        )
        return [_head(c, state, sort) for c in (first, *self.columns.chosen(state.fields))]


def call_permission(call: PageCall) -> None:
    """Raises Forbidden without the permission to see such records."""
    with call.reading() as ctx:
        ctx.require(call.target.__tenon__.permission("view"))


def _head(column: ListColumn, state: ListState, sort: str) -> dict[str, Any]:
    by = column.sort
    ascending = by is not None and sort == by
    descending = by is not None and sort == f"-{by}"
    to = None
    if by is not None:
        to = state.first_page(sort=f"-{by}" if ascending else by)
    return {
        "label": column.label,
        "numeric": column.numeric,
        "to": to,
        "order": "ascending" if ascending else "descending" if descending else "",
    }


def _previous(state: ListState) -> ListState | None:
    if not state.cursor:
        return None
    if not state.trail:
        return state.first_page()
    *before, last = state.trail
    return evolve(state, trail=tuple(before), cursor="" if last == BEGINNING else last)


def _following(state: ListState, page: ListPage) -> ListState | None:
    if page.next is None:
        return None
    trail = (*state.trail, state.cursor or BEGINNING)
    return evolve(state, cursor=page.next, trail=trail[-TRAIL:])


def _total(state: ListState, page: ListPage) -> int | None:
    """Known where it was counted, or where the last page says it."""
    if page.count is not None:
        return page.count
    known = not state.cursor or (state.trail and len(state.trail) < TRAIL)
    if page.next is None and known:
        return state.place * state.limit + len(page.items)
    return None


def show_list(call: PageCall, _params: Params) -> Answer:
    """The page; for htmx what changes of it, with the short address to push."""
    lists = Lists(call)
    try:
        state = lists.state(call.query)
    except Invalid as invalid:
        return _draw(call, lists, ListState(), Shown(faults=told(invalid)))
    return _draw(call, lists, state, lists.show(state))


def _draw(call: PageCall, lists: Lists, state: ListState, shown: Shown) -> Answer:
    status = 422 if shown.faults or shown.too_long else 200
    context = page_context(lists, state, shown)
    if call.fragment:
        address = f"/{call.path}{state.query()}"
        headers = ((b"hx-push-url", address.encode()),)
        return call.pages.renderer.part(
            call, "core/list/_body.html", status=status, headers=headers, **context
        )
    return call.pages.renderer.page(call, "core/list/page.html", status=status, **context)


def page_context(lists: Lists, state: ListState, shown: Shown) -> dict[str, Any]:
    call = lists.call
    entity, info = call.target, call.target.__tenon__
    filters = Filters(call, lists.fields, state)
    view = next((v for v in lists.views if v.id == state.view), None)
    scope = call.guardian.access.scope
    return {
        "entity": info,
        "base": "/" + info.name.replace(".", "/"),
        "state": state,
        "open": dict(call.query).get("open"),
        "views": [v for v in lists.views if v.id != "bin"],
        "bin": next((v for v in lists.views if v.id == "bin"), None),
        "view": view,
        "changed": changed(state, view),
        "filters": filters.shown() if not shown.faults else [],
        "heads": lists.heads(state),
        "list": shown,
        "sizes": SIZES,
        "groups": group_choices(lists),
        "bulk": bulk_of(call),
        "may": {
            "create": scope(info.permission("create")) is not None,
            "edit": scope(info.permission("edit")) is not None,
            "delete": scope(info.permission("delete")) is not None,
            "export": scope(info.permission("export")) is not None,
            "import": scope("core.import.run") is not None
            and scope(info.permission("create")) is not None,
            "own": issubclass(entity, Owned),
            "tag": issubclass(entity, Tagged),
            "archive": issubclass(entity, Archived),
            "save": scope("core.saved_view.create") is not None,
        },
    }


def bulk_of(call: PageCall) -> list[Action]:
    """Actions that plugins declare for a selection, for who may."""
    return [
        action
        for action in sorted(call.site.registry.actions, key=lambda a: (a.order, a.key))
        if action.entity == call.target.__tenon__.name
        and action.bulk
        and call.guardian.access.scope(action.permission) is not None
    ]


def count_list(call: PageCall, _params: Params) -> Answer:
    """How many there are, for who wants to know."""
    lists = Lists(call)
    state = lists.state(call.query)
    spec = lists.reading.spec(state, ("id",), more={"limit": "1", "count": "exact"})
    page = list_rows(call.site, call.guardian, spec)
    return call.pages.renderer.part(call, "core/list/_count.html", total=page.count or 0)


PATTERNS: Mapping[tuple[str, ...], Methods] = {
    (): {"GET": Endpoint(show_list)},
    ("count",): {"GET": Endpoint(count_list)},
}
