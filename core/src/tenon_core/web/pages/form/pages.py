"""The pages of forms: a new record, and one that is changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Methods
from tenon_core.web.pages.calls import local, redirect
from tenon_core.web.pages.form.conflicts import reconcile
from tenon_core.web.pages.form.draft import Draft
from tenon_core.web.pages.form.faults import blame
from tenon_core.web.pages.form.lines import lines_of
from tenon_core.web.pages.form.saving import create, update
from tenon_core.web.pages.form.similar import ASKING, compares, find_similar
from tenon_core.web.pages.form.values import read_stored, title_of, titles
from tenon_core.web.pages.gateway import trigger
from tenon_core.web.pages.rendering import list_url, record_url
from tenon_sdk.entities import Archived
from tenon_sdk.errors import Forbidden, NotFound, Refused, Stale, TenonError
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
# Names of what a form carries besides fields; a field's name never begins with a line.
MORE, NEXT, AGAIN, DRAWER = "_more", "_next", "_again", "_drawer"
SAVED = _("Saved.")


def new_form(call: PageCall, _params: Params) -> Answer:
    """An empty form, prefilled by what the address names."""
    _require_new(call)
    draft = _new(call)
    draft.prefill(call.query)
    for table in draft.lines:
        table.add_blank()
    return _show(call, draft)


def post_new(call: PageCall, _params: Params) -> Answer:
    """Stores the record and goes to it; 422 with the form where something is wrong."""
    _require_new(call)
    draft = _new(call)
    draft.prefill([])
    try:
        draft.id = UUID(call.form.get("_id"))
    except ValueError:
        raise NotFound(call.target.__tenon__.name) from None
    _take(call, draft)
    if MORE in call.form:
        return _more(call, draft)
    try:
        create(call, draft)
    except TenonError as error:
        return _wrong(call, draft, error)
    if call.form.get(DRAWER):
        return _tell_opener(call, draft)
    name = call.target.__tenon__.name
    to = f"{list_url(name)}/new" if AGAIN in call.form else record_url(name, draft.id)
    return redirect(local(call.form.get(NEXT)) if call.form.get(NEXT) else to, call=call)


def edit_form(call: PageCall, params: Params) -> Answer:
    return _show(call, _stored(call, UUID(params["id"])))


def post_edit(call: PageCall, params: Params) -> Answer:
    """Stores what was changed; where somebody else was faster, both values are shown."""
    draft = _stored(call, UUID(params["id"]))
    base = call.form.get("_version")
    draft.version = int(base) if base.isdigit() and len(base) < 10 else draft.version
    _take(call, draft)
    if MORE in call.form:
        return _more(call, draft)
    try:
        update(call, draft)
    except Stale:
        reconcile(call, draft)
        return _show(call, draft, status=422)
    except TenonError as error:
        return _wrong(call, draft, error)
    back = call.form.get(NEXT)
    return redirect(local(back) if back else record_url(draft.fields.name, draft.id), call=call)


def show_similar(call: PageCall, _params: Params) -> Answer:
    """What is there already that looks like what is being entered."""
    found = find_similar(call, call.form)
    return call.pages.renderer.part(call, "core/form/_similar.html", similar=found)


def _require_new(call: PageCall) -> None:
    """Parts are created by who may change the whole, which the session looks at."""
    info = call.target.__tenon__
    permission = info.permission("create")
    if info.parent is None and call.guardian.access.scope(permission) is None:
        raise Forbidden(permission)


def _new(call: PageCall) -> Draft:
    draft = Draft(call, call.target)
    draft.lines = lines_of(call, draft.fields.layout)
    return draft


def _stored(call: PageCall, id_: UUID) -> Draft:
    """The form of a stored record. Raises NotFound, Forbidden, Refused for one in the bin."""
    fields = Draft(call, call.target, only=()).fields
    stored = read_stored(call, fields, id_)
    may_edit(call, id_)
    if issubclass(call.target, Archived) and stored.get("archived_at"):
        raise Refused(_("The record is in the recycle bin. Restore it to change it."))
    draft = Draft(call, call.target, stored)
    draft.lines = lines_of(call, draft.fields.layout)
    for table in draft.lines:
        table.load(id_)
    return draft


def may_edit(call: PageCall, id_: UUID) -> None:
    """Raises Forbidden unless the person may change the record; at most one statement."""
    with call.reading() as ctx:
        record = ctx.session.get(call.target, id_)
        ctx.require(call.target.__tenon__.permission("edit"), record)


def _take(call: PageCall, draft: Draft) -> None:
    draft.take(call.form)
    for table in draft.lines:
        table.take(call.form)


def _more(call: PageCall, draft: Draft) -> Answer:
    """More empty lines, for who has no script that adds them; nothing is stored."""
    for table in draft.lines:
        table.add_blank()
    return _show(call, draft)


def _wrong(call: PageCall, draft: Draft, error: TenonError) -> Answer:
    blame(draft, error)
    return _show(call, draft, status=422)


def _tell_opener(call: PageCall, draft: Draft) -> Answer:
    """The lookup that the new record was entered for takes it over."""
    with call.reading() as ctx:
        name = draft.fields.name
        text = titles(ctx, name, [draft.id]).get(str(draft.id), "…")
    created = {"entity": name, "id": str(draft.id), "text": text}
    # What is planned in a calendar's drawer stands in the calendar at once.
    events = {
        "lookup:created": created,
        "calendar:refresh": {},
        f"{call.form.get(DRAWER)}:close": {},
    }
    saved = {"message": translate(SAVED), "kind": "success"}
    return Answer(204, b"", [trigger(**events, toast=saved)])


def _show(call: PageCall, draft: Draft, status: int = 200) -> Answer:
    with call.reading() as ctx:
        draft.name_references(ctx)
    drawer = _drawer(call)
    back = dict(call.query).get(NEXT) or (call.form.get(NEXT) if call.body else "")
    context: dict[str, Any] = {
        "draft": draft,
        "info": call.target.__tenon__,
        "title": None if draft.stored is None else title_of(draft.fields, draft.stored),
        "action": f"/{call.path}",
        "next": local(back) if back else "",
        "drawer": drawer,
        "compares": compares(draft.fields.name) and draft.creating,
        "asking": ASKING,
    }
    renderer = call.pages.renderer
    if call.fragment:
        template = "core/form/_drawer.html" if drawer and not call.body else "core/form/_form.html"
        return renderer.part(call, template, status=status, **context)
    return renderer.page(call, "core/form/page.html", status=status, **context)


def _drawer(call: PageCall) -> str:
    """Whether the form stands beside the page, and in which of the two places."""
    if call.body:
        given = call.form.get(DRAWER)
        return given if given in {"drawer", "modal"} else ""
    if not call.fragment:
        return ""
    return "modal" if "modal-body" in (call.header(b"hx-target") or "") else "drawer"


PATTERNS: Mapping[tuple[str, ...], Methods] = {
    ("new",): {"GET": Endpoint(new_form), "POST": Endpoint(post_new)},
    ("similar",): {"POST": Endpoint(show_similar)},
    ("{id}", "edit"): {"GET": Endpoint(edit_form), "POST": Endpoint(post_edit)},
}

__all__ = ["PATTERNS", "SAVED", "may_edit"]
