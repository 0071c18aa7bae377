"""Changing one value where it stands in the list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Methods
from tenon_core.web.api.writing import change, check_version, load, read_input, storing
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import Fields, Shown, value_html
from tenon_core.web.pages.form.inputs import Input, Inputs
from tenon_core.web.pages.form.pages import may_edit as may_edit_record
from tenon_core.web.pages.form.texts import from_text, to_text
from tenon_core.web.pages.form.values import Stored, read_stored
from tenon_core.web.pages.lists.table import may_edit
from tenon_core.web.problems import Fault, problem_of
from tenon_sdk.errors import Invalid, Stale, TenonError
from tenon_sdk.text import _

Params = Mapping[str, str]


class CellEdit:
    """One field of one record under the pen."""

    def __init__(self, call: PageCall, params: Params) -> None:
        self.call, self.id = call, UUID(params["id"])
        self.fields = Fields(call, call.target)
        shown = self.fields.find(params["field"])
        if shown is None or not may_edit(call, self.fields, shown.name):
            raise Fault(404, "no_field", _("This field cannot be changed in the list."))
        self.shown: Shown = shown
        self.zone: Any = call.guardian.access.actor.zone
        self.stored: Stored = read_stored(call, self.fields, self.id)

    @property
    def now(self) -> str:
        return to_text(self.shown.kind, self.stored.get(self.shown.name), self.zone)

    def input(self, text: str) -> Input:
        made = Inputs(self.call, self.fields).make(self.shown)
        made.name, made.text = "value", text
        made.shown = str(self.stored.get(self.shown.title) or "") if self.shown.title else ""
        return made

    def cell(self) -> Answer:
        html = value_html(
            self.shown, self.stored.values, self.call.pages.renderer.formats(self.call)
        )
        return self.call.pages.renderer.part(self.call, "core/list/_cell.html", html=html)

    def form(self, text: str, error: str = "", theirs: object = None) -> Answer:
        info = self.call.target.__tenon__
        return self.call.pages.renderer.part(
            self.call,
            "core/list/_cell_edit.html",
            status=422 if error or theirs is not None else 200,
            one=self.input(text),
            url=f"/{info.name.replace('.', '/')}/{self.id}/cell/{self.shown.name}",
            version=self.stored.version,
            was=self.now,
            label=self.shown.label,
            error=error,
            theirs=theirs,
        )


def edit_cell(call: PageCall, params: Params) -> Answer:
    """The input in place of the value; with `show` the value again."""
    edit = CellEdit(call, params)
    if dict(call.query).get("show"):
        return edit.cell()
    may_edit_record(call, edit.id)
    return edit.form(edit.now)


def store_cell(call: PageCall, params: Params) -> Answer:
    """Stores the value; where somebody else has changed the same one, both are shown.

    A change of other fields since is no conflict: it stays, and this one is added.
    """
    edit = CellEdit(call, params)
    given, was = call.form.get("value"), call.form.get("was")
    if edit.shown.kind == "boolean":
        given = "true" if given else ""
    version = call.form.get("version")
    same = edit.now == was or version == str(edit.stored.version)
    if not same and edit.now != given:
        theirs = value_html(edit.shown, edit.stored.values, call.pages.renderer.formats(call))
        return edit.form(given, theirs=theirs)
    try:
        _store(edit, given)
    except TenonError as error:
        return edit.form(given, error=_said(call, error))
    edit.stored = read_stored(call, edit.fields, edit.id)
    return edit.cell()


def _store(edit: CellEdit, text: str) -> None:
    call, name = edit.call, edit.shown.name
    whole = edit.input(text).whole
    data = {name: from_text(edit.shown.kind, text, edit.zone, whole=whole)}
    with call.writing() as ctx:
        values = read_input(call, ctx, data, creating=False)
        record = load(ctx, call.target, edit.id)
        check_version(record, edit.stored.version)
        change(ctx, record, values)
        storing(call, edit.id, values, ctx.session.flush)


def _said(call: PageCall, error: TenonError) -> str:
    """What is wrong, in one line."""
    members = problem_of(error, call.locale, call.request_id).members
    if isinstance(error, Invalid):
        return " ".join(text for texts in members["fields"].values() for text in texts)
    refusals = " ".join(r["message"] for r in members.get("refusals", ()))
    if isinstance(error, Stale):
        return str(members["detail"])
    return refusals or str(members["detail"])


PATTERNS: Mapping[tuple[str, ...], Methods] = {
    ("{id}", "cell", "{field}"): {"GET": Endpoint(edit_cell), "POST": Endpoint(store_cell)},
}
