"""Entries of a time line as a person may read them, in her language and time zone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import define, frozen
from sqlalchemy import select

from tenon_core.entities.activities import ACTIVITY_KINDS
from tenon_core.entities.documents import DOCUMENT_CATEGORIES
from tenon_core.entities.facts import StoredEventSubject
from tenon_core.entities.people import User
from tenon_core.events.changes import FieldChange, references_in, tell_changes
from tenon_core.events.sources import Found
from tenon_core.events.visible import entity_of, readable, titles_of
from tenon_sdk.events import RecordMoved, Subject, event_named
from tenon_sdk.text import Text, _, translate

ACTIONS = {"created": _("Created"), "changed": _("Changed"), "deleted": _("Deleted")}
ICONS = {"created": "plus", "changed": "pencil", "deleted": "trash"}
DONE = dict(ACTIVITY_KINDS)
CATEGORIES = dict(DOCUMENT_CATEGORIES)


@frozen(kw_only=True)
class Ref:
    """A record that an entry names; `title` is None when the reader may not see it."""

    entity: str
    id: UUID
    title: str | None


@frozen(kw_only=True)
class Entry:
    """One thing that happened, all texts in the reader's language.

    kind      `event`, `activity`, `comment`, `document` or `change`; with `id` it is unique
    code      what kind of it: the event's name, the activity's kind, the document's category,
              `comment`, or `created`, `changed`, `deleted`
    label     what happened, in general; `text` in particular
    hidden    it concerns a record that the reader may not see, so only the label is told
    about     the record whose history it is part of, if that is not the record asked for
    subjects  the records that it concerns
    values    an event's own values, as far as they may be seen
    changes   the fields that were changed
    evidence  documents that prove it
    """

    kind: str
    id: str
    occurred_at: datetime
    code: str
    icon: str
    label: str
    text: str | None = None
    hidden: bool = False
    about: Ref
    subjects: tuple[Ref, ...] = ()
    actor_id: UUID | None = None
    actor: str | None = None
    values: Mapping[str, Any] | None = None
    changes: tuple[FieldChange, ...] = ()
    evidence: tuple[Ref, ...] = ()


@define
class Teller:
    """What a page of entries needs to know, looked up for all of them at once."""

    ctx: Any
    titles: Mapping[Subject, str | None]
    people: Mapping[UUID, str]
    concerned: Mapping[UUID, Sequence[Subject]]

    def ref(self, subject: Subject) -> Ref:
        return Ref(entity=subject.entity, id=subject.id, title=self.titles.get(subject))

    def text(self, text: str) -> str:
        return translate(text, self.ctx.locale)


def tell(ctx: Any, page: Sequence[Found]) -> Iterator[Entry]:
    """The entries of a page in its order; those of which nothing may be told are left out."""
    concerned = _concerned(ctx, [f.values["id"] for f in page if f.position.kind == "event"])
    wanted: set[Subject] = {found.about for found in page}
    wanted.update(subject for subjects in concerned.values() for subject in subjects)
    wanted.update(subject for found in page for subject in _named_in(ctx, found))
    people = _people(ctx, {found.actor_id for found in page if found.actor_id is not None})
    teller = Teller(ctx, titles_of(ctx, wanted), people, concerned)
    for found in page:
        entry = TELL[found.position.kind](teller, found)
        if entry is not None:
            yield entry


def _concerned(ctx: Any, ids: Sequence[UUID]) -> dict[UUID, list[Subject]]:
    found: dict[UUID, list[Subject]] = {id_: [] for id_ in ids}
    c = StoredEventSubject
    if ids:
        rows = select(c.event_id, c.entity, c.record_id).where(c.event_id.in_(ids))
        for row in ctx.connection.execute(rows.order_by(c.entity, c.record_id)):
            found[row.event_id].append(Subject(row.entity, row.record_id))
    return found


def _people(ctx: Any, ids: Iterable[UUID]) -> dict[UUID, str]:
    wanted = list(ids)
    if not wanted:
        return {}
    rows = ctx.connection.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _named_in(ctx: Any, found: Found) -> Iterator[Subject]:
    if found.position.kind == "change":
        yield from references_in(ctx, found)
    for document in found.values.get("evidence") or ():
        yield Subject("core.document", UUID(document))


def _entry(teller: Teller, found: Found, **values: Any) -> Entry:
    actor = teller.people.get(found.actor_id) if found.actor_id else None
    return Entry(
        kind=found.position.kind,
        id=str(found.position.id),
        occurred_at=found.position.occurred_at,
        about=teller.ref(found.about),
        actor_id=found.actor_id,
        actor=actor or found.values.get("actor_name"),
        **values,
    )


def _tell_event(teller: Teller, found: Found) -> Entry:
    row = found.values
    subjects = teller.concerned[row["id"]]
    visible = {subject: subject in teller.titles for subject in subjects}
    try:
        cls = event_named(row["name"])
        label, icon, known = cls.label, cls.icon, True
    except KeyError:
        label, icon, known = Text("{name}", {"name": row["name"]}), "point", False
    hidden = not known or not all(visible.values())
    return _entry(
        teller,
        found,
        code=row["name"],
        icon=icon,
        label=teller.text(label),
        text=None if hidden else _moved(teller, row),
        hidden=hidden,
        subjects=tuple(teller.ref(subject) for subject in subjects),
        values=readable(teller.ctx, row["name"], row["payload"], visible),
        evidence=tuple(teller.ref(s) for s in _named_in(teller.ctx, found)),
    )


def _moved(teller: Teller, row: Mapping[str, Any]) -> str | None:
    """`Draft → Approved` for a move of a workflow."""
    if row["name"] != RecordMoved.name:
        return None
    payload = row["payload"]
    workflow = teller.ctx.site.registry.workflows.get(payload["entity"])
    labels = {state.key: state.label for state in workflow.states} if workflow else {}
    states = (payload["source"], payload["target"])
    return " → ".join(teller.text(labels.get(state, state)) for state in states)


def _tell_activity(teller: Teller, found: Found) -> Entry:
    row = found.values
    hidden = found.about not in teller.titles
    parts = (row["subject"], row["outcome"], row["next_step"])
    return _entry(
        teller,
        found,
        code=row["kind"],
        icon="calendar-event",
        label=teller.text(DONE[row["kind"]]),
        text=None if hidden else "\n".join(part for part in parts if part),
        hidden=hidden,
    )


def _tell_comment(teller: Teller, found: Found) -> Entry:
    hidden = found.about not in teller.titles
    return _entry(
        teller,
        found,
        code="comment",
        icon="message",
        label=teller.text(_("Comment")),
        text=None if hidden else found.values["text"],
        hidden=hidden,
    )


def _tell_document(teller: Teller, found: Found) -> Entry:
    category = found.values["category"]
    return _entry(
        teller,
        found,
        code=category,
        icon="file",
        label=teller.text(CATEGORIES[category]),
        text=teller.titles.get(found.about),
        hidden=found.about not in teller.titles,
    )


def _tell_change(teller: Teller, found: Found) -> Entry | None:
    action = found.values["action"]
    hidden = found.about not in teller.titles
    shown: tuple[FieldChange, ...] = ()
    if action == "changed" and not hidden:
        shown = tuple(tell_changes(teller.ctx, found, teller.titles))
        if not shown:
            return None
    cls = entity_of(teller.ctx, found.about.entity)
    kind = cls.__tenon__.label if cls is not None else found.about.entity
    text = _("{action}: {kind}", action=ACTIONS[action], kind=kind)
    return _entry(
        teller,
        found,
        code=action,
        icon=ICONS[action],
        label=teller.text(text),
        hidden=hidden,
        changes=shown,
    )


TELL = {
    "event": _tell_event,
    "activity": _tell_activity,
    "comment": _tell_comment,
    "document": _tell_document,
    "change": _tell_change,
}
