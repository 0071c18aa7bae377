"""Two people changed one record: what each field holds for both, and who was faster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import select

from tenon_core.entities.people import User
from tenon_core.web.pages.fields import Shown
from tenon_core.web.pages.form.draft import Conflict, Draft
from tenon_core.web.pages.form.inputs import Input
from tenon_core.web.pages.form.texts import CHECKED, to_text
from tenon_core.web.pages.form.values import Stored, read_stored
from tenon_core.web.pages.texts import NO, YES
from tenon_sdk.text import translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall


def reconcile(call: PageCall, draft: Draft) -> None:
    """Makes the form one of the record as it is now, with what the person changed kept.

    What only the other changed is adopted, and said; where both changed a field to different
    values, it is a conflict: the person chooses. The form then holds the version of now.
    """
    stored = read_stored(call, draft.fields, draft.id)
    with call.reading() as ctx:
        draft.name_references(ctx)
        draft.changed_by = _who(ctx, stored)
    for shown, made in draft.each():
        began = draft.base.get(shown.name, "")
        now = to_text(shown.kind, stored.get(shown.name), draft.zone)
        theirs = _readable(made, now, _title(shown, stored))
        if made.text == began or made.fixed:
            if now != began:
                draft.adopted.append((shown.label, theirs))
                made.text, made.shown = now, _title(shown, stored)
        elif now not in {began, made.text}:
            mine = _readable(made, made.text, made.shown)
            conflict = Conflict(name=shown.name, label=shown.label, mine=mine, theirs=theirs)
            draft.conflicts[shown.name] = conflict
        draft.base[shown.name] = now
    draft.stored, draft.version = stored, stored.version


def _title(shown: Shown, stored: Stored) -> str:
    return str(stored.get(shown.title) or "") if shown.title else ""


def _readable(made: Input, text: str, title: str) -> str:
    if made.control == "check":
        return translate(YES if text == CHECKED else NO)
    if made.control == "lookup":
        return title or ("–" if not text else "…")
    named = {code: label for code, label, _group in made.options}
    return named.get(text, text.replace("T", " ") if made.control == "datetime" else text) or "–"


def _who(ctx: Any, stored: Stored) -> tuple[str, str]:
    """(name, when) of the last change."""
    by = stored.get("updated_by")
    name = None
    if by:
        name = ctx.connection.scalar(select(User.name).where(User.id == UUID(str(by))))
    return name or "–", str(stored.get("updated_at") or "")
