"""The details of a record: one section, read or edited where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.form.conflicts import reconcile
from tenon_core.web.pages.form.draft import Draft
from tenon_core.web.pages.form.faults import blame
from tenon_core.web.pages.form.pages import SAVED, may_edit
from tenon_core.web.pages.form.saving import update
from tenon_core.web.pages.form.sections import Part
from tenon_core.web.pages.form.values import read_stored
from tenon_core.web.pages.gateway import trigger
from tenon_core.web.pages.record.heading import Heading, part
from tenon_core.web.pages.record.view import View
from tenon_core.web.problems import Fault
from tenon_sdk.errors import Stale, TenonError
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
# A part of the page that is one field alone is named after it.
FIELD = "field-"
CHANGED = "record-changed"


def show_section(call: PageCall, params: Params) -> Answer:
    """The section as it reads; with `edit=1` as a form."""
    view = View(call, UUID(params["id"]))
    if dict(call.query).get("edit") == "1":
        may_edit(call, view.id)
        draft = Draft(call, call.target, view.stored, only=_names(view, params["part"]))
        return _form(call, view, params["part"], draft)
    return _read(call, view, params["part"])


def save_section(call: PageCall, params: Params) -> Answer:
    """Stores what was changed of the section; conflicts are shown with both values."""
    view = View(call, UUID(params["id"]))
    may_edit(call, view.id)
    draft = Draft(call, call.target, view.stored, only=_names(view, params["part"]))
    base = call.form.get("_version")
    draft.version = int(base) if base.isdigit() and len(base) < 10 else draft.version
    draft.take(call.form)
    try:
        update(call, draft)
    except Stale:
        reconcile(call, draft)
        return _form(call, view, params["part"], draft, status=422)
    except TenonError as error:
        blame(draft, error)
        return _form(call, view, params["part"], draft, status=422)
    if not call.fragment:
        return redirect(view.url)
    view.stored = read_stored(call, view.fields, view.id)
    saved = {"message": translate(SAVED), "kind": "success"}
    return _read(call, view, params["part"], trigger(**{CHANGED: {}}, toast=saved))


def _names(view: View, key: str) -> list[str]:
    return [shown.name for shown in find_part(view, key).fields]


def find_part(view: View, key: str) -> Part:
    """Raises Fault 404 for a section that there is not."""
    if key.startswith(FIELD):
        shown = view.fields.find(key.removeprefix(FIELD))
        if shown is not None:
            return Part(key=key, label=shown.label, help="", fields=[shown])
    found = next((one for one in view.parts if one.key == key), None)
    if found is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return found


def _read(call: PageCall, view: View, key: str, *headers: tuple[bytes, bytes]) -> Answer:
    with call.reading() as ctx:
        view.look(ctx)
    name = "_field" if key.startswith(FIELD) else "_section"
    return part(
        call,
        f"core/record/{name}.html",
        _heading(view),
        *headers,
        view=view,
        part=find_part(view, key),
    )


def _form(call: PageCall, view: View, key: str, draft: Draft, status: int = 200) -> Answer:
    with call.reading() as ctx:
        draft.name_references(ctx)
    if not draft.by_name:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return part(
        call,
        "core/record/_section_form.html",
        _heading(view),
        status=status,
        view=view,
        draft=draft,
        part=find_part(view, key),
        single=key.startswith(FIELD),
    )


def _heading(view: View) -> Heading:
    return Heading(view.info, view.id, view.title)
