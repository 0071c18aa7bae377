"""The dialogs of bulk actions: what is asked before, and what was done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import define, field

from tenon_core.entities.records import Tag
from tenon_core.storage.lists import list_rows, parse_list
from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Methods
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import Fields
from tenon_core.web.pages.form.asking import Questions
from tenon_core.web.pages.form.inputs import Input, Inputs
from tenon_core.web.pages.form.texts import from_text
from tenon_core.web.pages.gateway import trigger
from tenon_core.web.pages.lists.bulk import (
    Report,
    act_all,
    change_all,
    chosen_ids,
    delete_all,
    move_all,
    named,
    need,
    questions,
    restore_all,
    said,
    summary,
    tag_all,
)
from tenon_core.web.pages.lists.table import may_edit
from tenon_core.web.problems import Fault, problem_of
from tenon_sdk.entities import Archived, Owned, Tagged
from tenon_sdk.errors import Invalid, TenonError
from tenon_sdk.text import Text, _, translate

Params = Mapping[str, str]
GO = "go"


@define(kw_only=True)
class Dialog:
    """What is asked before an act: `run` does it with what the form then says."""

    act: str
    title: str
    button: str
    run: Callable[[Sequence[UUID]], Report]
    text: str = ""
    danger: bool = False
    inputs: Sequence[Input] = ()
    asked: Questions | None = None
    tags: Sequence[tuple[str, str]] = ()
    fields: Sequence[tuple[str, str]] = ()
    chosen: str = ""
    may_empty: bool = False
    errors: list[str] = field(factory=list)


def run_bulk(call: PageCall, params: Params) -> Answer:
    """Asks first; does it when the form says `go`, and reports."""
    act = params["act"]
    dialog = _dialog(call, act)
    try:
        ids = chosen_ids(call)
        if GO not in call.form or dict(call.query).get("ask"):
            _name(call, dialog)
            return _ask(call, dialog, len(ids))
        if dialog.asked is not None:
            dialog.asked.take(call.form)
        report = dialog.run(ids)
    except TenonError as error:
        _blame(call, dialog, error)
        return _ask(call, dialog, len(call.form.all("ids")), status=422)
    return _told(call, dialog, report)


def _name(call: PageCall, dialog: Dialog) -> None:
    if dialog.asked is not None:
        with call.reading() as ctx:
            dialog.asked.name_references(ctx)


def _blame(call: PageCall, dialog: Dialog, error: TenonError) -> None:
    """Puts what is wrong to its input, or above the form."""
    fields = dict(error.fields) if isinstance(error, Invalid) else {}
    if dialog.asked is not None:
        dialog.errors += dialog.asked.blame(fields)
    elif len(dialog.inputs) == 1 and fields and "ids" not in fields:
        dialog.inputs[0].errors += [translate(t) for texts in fields.values() for t in texts]
    else:
        dialog.errors += [translate(t) for texts in fields.values() for t in texts]
    if not fields:
        dialog.errors.append(said(problem_of(error, call.locale, call.request_id)))


def _ask(call: PageCall, dialog: Dialog, count: int, status: int = 200) -> Answer:
    return call.pages.renderer.part(
        call,
        "core/list/_ask.html",
        status=status,
        dialog=dialog,
        base=_base(call),
        ids=call.form.all("ids"),
        every=bool(call.form.get("matching")),
        state=call.form.get("state"),
        count=count,
        inputs_=dialog.asked.inputs if dialog.asked is not None else dialog.inputs,
    )


def _told(call: PageCall, dialog: Dialog, report: Report) -> Answer:
    events: dict[str, Any] = {"list:refresh": {}}
    if report.whole:
        events |= {"toast": {"message": summary(report), "kind": "success"}, "drawer:close": {}}
    return call.pages.renderer.part(
        call,
        "core/list/_report.html",
        headers=(trigger(**events),),
        title=dialog.title,
        report=named(call, report),
        summary=summary(report),
        base=_base(call),
    )


def _base(call: PageCall) -> str:
    return "/" + call.target.__tenon__.name.replace(".", "/")


# ------------------------------------------------------------------------------------- which acts


def _dialog(call: PageCall, act: str) -> Dialog:
    kind, _dot, rest = act.partition(".")
    make = _ACTS.get(kind)
    if make is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return make(call, rest)


def _no_such() -> Fault:
    return Fault(404, "no_route", _("There is nothing at this address."))


def _permission(call: PageCall, verb: str) -> str:
    return call.target.__tenon__.permission(verb)


def _assign(call: PageCall, _rest: str) -> Dialog:
    need(call, _permission(call, "edit"))
    if not issubclass(call.target, Owned):
        raise _no_such()
    dialog = _edit(call, "owner_id")
    dialog.act, dialog.title = "assign", translate(_("Give to somebody else"))
    dialog.fields, dialog.button, dialog.may_empty = (), translate(_("Assign")), False
    return dialog


def _edit(call: PageCall, name: str) -> Dialog:
    """One field for all: first which, then what it shall be."""
    need(call, _permission(call, "edit"))
    fields = Fields(call, call.target)
    known = [(s.name, s.label) for s in fields.every() if may_edit(call, fields, s.name)]
    name = name or call.form.get("field")
    made: Input | None = None
    if name:
        shown = fields.find(name)
        if shown is None or not may_edit(call, fields, name):
            raise Invalid({"field": _("This field cannot be changed in the list.")})
        made = Inputs(call, fields).make(shown)
        made.name, made.text, made.required = "value", call.form.get("value"), False

    def run(ids: Sequence[UUID]) -> Report:
        if made is None:
            raise Invalid({"field": _("Choose a field.")})
        if not made.text and made.control != "check" and "empty" not in call.form:
            raise Invalid({name: _("Enter a value.")})
        zone = call.guardian.access.actor.zone
        value = from_text(made.kind, made.text, zone, whole=made.whole)
        return change_all(call, ids, {name: value})

    return Dialog(
        act="edit",
        title=translate(_("Change one field of all")),
        button=translate(_("Change")),
        run=run,
        inputs=[made] if made is not None else (),
        fields=sorted(known, key=lambda pair: pair[1]),
        chosen=name,
        may_empty=made is not None and made.control != "check",
    )


def _tag(call: PageCall, _rest: str) -> Dialog:
    need(call, "core.tagging.create")
    if not issubclass(call.target, Tagged):
        raise _no_such()
    tags = _tags(call)
    known = {id_ for id_, _name in tags}

    def run(ids: Sequence[UUID]) -> Report:
        chosen = [UUID(tag) for tag in call.form.all("tag") if tag in known]
        if not chosen:
            raise Invalid({"tag": _("Choose at least one tag.")})
        return tag_all(call, ids, chosen, on=call.form.get("how") != "off")

    return Dialog(
        act="tag",
        title=translate(_("Tags")),
        button=translate(_("Apply")),
        text="" if tags else translate(_("There are no tags for such records yet.")),
        run=run,
        tags=tags,
    )


def _tags(call: PageCall) -> list[tuple[str, str]]:
    pairs = [
        ("fields", "id,name"), ("entity__in", f",{call.target.__tenon__.name}"),
        ("sort", "name"), ("limit", "200"),
    ]  # fmt: skip
    page = list_rows(call.site, call.guardian, parse_list(call.site, call.guardian, Tag, pairs))
    return [(str(row.c0), str(row.c1)) for row in page.items]


def _delete(call: PageCall, _rest: str) -> Dialog:
    need(call, _permission(call, "delete"))
    bin_ = issubclass(call.target, Archived)
    text = (
        _("They go to the recycle bin, where you can restore them.")
        if bin_
        else _("They are deleted for good. This cannot be undone.")
    )
    return _plain(
        "delete", (_("Delete records"), _("Delete"), text), lambda ids: delete_all(call, ids)
    )


def _erase(call: PageCall, _rest: str) -> Dialog:
    need(call, _permission(call, "delete"))
    text = _("They are deleted for good. This cannot be undone.")
    texts = (_("Delete for good"), _("Delete for good"), text)
    return _plain("erase", texts, lambda ids: delete_all(call, ids))


def _restore(call: PageCall, _rest: str) -> Dialog:
    need(call, _permission(call, "delete"))
    text = _("They come back to where they were.")
    texts = (_("Restore records"), _("Restore"), text)
    dialog = _plain("restore", texts, lambda ids: restore_all(call, ids))
    dialog.danger = False
    return dialog


def _plain(
    act: str, texts: tuple[Text, Text, Text], run: Callable[[Sequence[UUID]], Report]
) -> Dialog:
    """`texts` are title, button, and what will happen."""
    title, button, text = map(translate, texts)
    return Dialog(act=act, title=title, button=button, text=text, danger=True, run=run)


def _move(call: PageCall, name: str) -> Dialog:
    flow = call.site.registry.workflows.get(call.target.__tenon__.name)
    move = flow.by_name.get(name) if flow is not None else None
    if flow is None or move is None:
        raise _no_such()
    need(call, flow.permission_for(move))
    asked = questions(call, move.inputs)
    return Dialog(
        act=f"move.{name}",
        title=translate(move.label),
        button=translate(move.label),
        text=translate(move.confirm) if move.confirm else "",
        asked=asked,
        run=lambda ids: move_all(call, ids, name, asked.data() if asked else {}),
    )


def _action(call: PageCall, key: str) -> Dialog:
    action = call.site.registry.actions.get(f"{call.target.__tenon__.name}:{key}")
    if action is None or (not action.bulk and len(call.form.all("ids")) > 1):
        raise _no_such()
    need(call, action.permission)
    asked = questions(call, action.inputs)
    return Dialog(
        act=f"action.{key}",
        title=translate(action.label),
        button=translate(action.label),
        text=translate(action.confirm) if action.confirm else "",
        asked=asked,
        run=lambda ids: act_all(call, ids, action, asked.data() if asked else {}),
    )


_ACTS: Mapping[str, Callable[[PageCall, str], Dialog]] = {
    "assign": _assign,
    "edit": _edit,
    "tag": _tag,
    "delete": _delete,
    "erase": _erase,
    "restore": _restore,
    "move": _move,
    "action": _action,
}

PATTERNS: Mapping[tuple[str, ...], Methods] = {("bulk", "{act}"): {"POST": Endpoint(run_bulk)}}
