"""The page of one record: its head, its tabs, and a short version for the drawer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen

from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.form.lines import lines_of
from tenon_core.web.pages.recent import remember
from tenon_core.web.pages.record.related import relations_of
from tenon_core.web.pages.record.view import View
from tenon_core.web.pages.record.walking import walk
from tenon_sdk.declarations import Slot
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

OVERVIEW = "overview"
NETWORK = "network-"


@frozen
class Tab:
    key: str
    label: str
    count: int | None = None


def show_record(call: PageCall, params: Mapping[str, str]) -> Answer:
    """The whole page; as a fragment one tab, the head alone, or with `peek` a short version."""
    query = dict(call.query)
    view = View(call, UUID(params["id"]))
    peek = query.get("peek") == "1"
    with call.reading() as ctx:
        view.look(ctx)
        step = None if peek or call.fragment else walk(call, view, query)
    tabs = tabs_of(view)
    current = query.get("tab", OVERVIEW)
    if current not in {tab.key for tab in tabs}:
        current = OVERVIEW
    context: dict[str, Any] = {
        "view": view,
        "info": view.info,
        "tabs": tabs,
        "tab": current,
        "step": step,
        "relations": relations_of(call, view.entity) if current == "related" else (),
        "tables": _tables(view) if current == OVERVIEW else (),
        "panel": _panel(view, current),
        "network": current.removeprefix(NETWORK) if current.startswith(NETWORK) else None,
    }
    renderer = call.pages.renderer
    if call.fragment:
        parts = {"head": "_head", "all": "_whole"}
        name = "_peek" if peek else parts.get(query.get("part", ""), "_tab")
        return renderer.part(call, f"core/record/{name}.html", **context)
    seen = remember(call, view.info.name, view.id)
    return renderer.page(call, "core/record/page.html", headers=(seen,), **context)


def tabs_of(view: View) -> Sequence[Tab]:
    tabs = [Tab(OVERVIEW, translate(_("Overview")))]
    tabs += [Tab(p.key, translate(p.label)) for p in view.panels(Slot.TAB)]
    tabs += [Tab(f"{NETWORK}{n.key}", translate(n.label)) for n in view.networks]
    if relations_of(view.call, view.entity):
        tabs.append(Tab("related", translate(_("Related"))))
    if view.documented:
        tabs.append(Tab("documents", translate(_("Documents")), view.counts.get("documents")))
    if view.commented:
        tabs.append(Tab("comments", translate(_("Comments")), view.counts.get("comments")))
    if view.workflowed and view.call.guardian.access.scope("core.approval.use") is not None:
        tabs.append(Tab("approvals", translate(_("Approvals"))))
    tabs.append(Tab("history", translate(_("History"))))
    return tabs


def _panel(view: View, key: str) -> object:
    return next((p for p in view.panels(Slot.TAB) if p.key == key), None)


def _tables(view: View) -> Sequence[object]:
    """The lines of the record, each loaded with one statement."""
    tables = lines_of(view.call, view.fields.layout)
    for table in tables:
        table.load(view.id)
    return [table for table in tables if table.rows]
