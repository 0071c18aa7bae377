"""What the page of one record shows before its parts are loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen
from markupsafe import Markup, escape
from sqlalchemy import func, select

from tenon_core.entities.approvals import ApprovalRequest
from tenon_core.entities.documents import Document, DocumentLink
from tenon_core.entities.people import User
from tenon_core.entities.records import Comment, Tag, Tagging
from tenon_core.papers.printing import papers_of
from tenon_core.web.pages.fields import Fields, Shown, value_html
from tenon_core.web.pages.form.inputs import Inputs
from tenon_core.web.pages.form.sections import Part, parts_of
from tenon_core.web.pages.form.values import read_stored, title_of
from tenon_core.web.pages.looks import avatar, tag, tone_class
from tenon_core.workflow.transitions import available
from tenon_sdk.declarations import Action, Panel, Slot
from tenon_sdk.entities import (
    Archived,
    Commented,
    Documented,
    Owned,
    Tagged,
    Workflowed,
    fields_of,
)
from tenon_sdk.text import translate
from tenon_sdk.views import Network
from tenon_sdk.workflows import Transition

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

MOST_FACTS = 8
LONGEST_COPIED = 500
_NOT_COPIED = frozenset({"number", "state", "json", "id", "any_reference"})
# People and companies are known by their names' initials, everything else by its icon.
NAMED = frozenset({"core.account", "core.contact", "core.user"})
ROUND = frozenset({"core.contact", "core.user"})
_FACTS = frozenset(
    {"money", "choice", "reference", "date", "datetime", "integer", "percent", "decimal"}
)


@frozen
class Fact:
    label: str
    html: Markup


@frozen
class PaperLink:
    label: str
    url: str


@frozen
class TagShown:
    id: UUID
    name: str
    colour: str | None


class View:
    """One record with its values, as one person sees it; `look` reads what depends on rights."""

    def __init__(self, call: PageCall, id_: UUID) -> None:
        self.call, self.id, self.entity = call, id_, call.target
        self.site, self.info = call.site, call.target.__tenon__
        self.fields = Fields(call, self.entity)
        self.stored = read_stored(call, self.fields, id_)
        self.fmt = call.pages.renderer.formats(call)
        self.title = title_of(self.fields, self.stored)
        self.transitions: Sequence[Transition] = ()
        self.may_edit = self.may_delete = self.may_create = False
        self.counts: dict[str, int] = {}
        self.tags: Sequence[TagShown] = ()
        self.parent: tuple[str, str, str] | None = None
        self.people: Mapping[str, str] = {}
        self.waiting: Sequence[tuple[str, datetime]] = ()
        self.papers: Sequence[PaperLink] = ()

    @property
    def url(self) -> str:
        return "/" + self.info.name.replace(".", "/") + f"/{self.id}"

    def value(self, name: str) -> Any:
        return self.stored.get(name)

    def html(self, shown: Shown) -> Markup:
        below = self.stored.get("substate") if shown.name == "substate" else None
        if below:
            return escape(self._substate(str(below)))
        return value_html(shown, self.stored.values, self.fmt)

    def filled(self, shown: Shown) -> bool:
        return self.stored.get(shown.name) not in (None, "", [], {})

    def enters(self, shown: Shown) -> bool:
        """Whether the person could fill the field in."""
        return self._inputs.enters(shown) and not self._inputs.fixed(shown)

    @cached_property
    def _inputs(self) -> Inputs:
        return Inputs(self.call, self.fields)

    # The head

    @property
    def picture(self) -> Markup:
        if self.info.name in NAMED:
            shape = "" if self.info.name in ROUND else " tn-sq"
            return avatar(self.title, f"tn-lg{shape}")
        icon = self.call.pages.renderer.icon(self.info.icon)
        return Markup('<span class="tn-avatar tn-lg tn-sq tn-tone-5">{}</span>').format(icon)

    @cached_property
    def subtitle(self) -> Sequence[Markup | str]:
        name = self.info.subtitle
        shown = self.fields.find(name) if name and name in fields_of(self.entity) else None
        kind = translate(self.info.label)
        if shown is None or not self.filled(shown) or shown.name == self.status_name:
            return [kind]
        return [kind, self.html(shown)]

    @cached_property
    def status_name(self) -> str | None:
        if self.fields.layout.status:
            return self.fields.layout.status
        if issubclass(self.entity, Workflowed):
            return "state"
        status = self.fields.find("status")
        return "status" if status is not None and status.kind == "choice" else None

    @cached_property
    def status(self) -> Markup | None:
        """The status with its sub-state, as a tag in its colour."""
        shown = self.fields.find(self.status_name) if self.status_name else None
        code = self.stored.get(shown.name) if shown is not None else None
        if shown is None or not code:
            return None
        text = shown.choices.get(code, str(code))
        below = self.stored.get("substate") if self.fields.find("substate") else None
        if below:
            text = f"{text} · {self._substate(str(below))}"
        return tag(text, tone_class(code, shown.tones), dot=True)

    def _substate(self, key: str) -> str:
        """What the site calls a sub-state below the status of now."""
        name = self.status_name or "status"
        known = self.fields.labels.substates(self.info.name, name, str(self.stored.get(name)))
        return next((n.text() or key for n in known if n.substate == key), key)

    @property
    def steps(self) -> Sequence[tuple[str, bool, bool]]:
        """(label, is past, is now) of a workflow's states, in the order they are declared."""
        flow = self.site.registry.workflows.get(self.info.name)
        shown = self.fields.find("state") if flow is not None else None
        if flow is None or shown is None or len(flow.states) < 3:
            return ()
        keys = [state.key for state in flow.states]
        now = self.stored.get("state")
        at = keys.index(now) if now in keys else -1
        return [(shown.choices.get(k, k), i < at, i == at) for i, k in enumerate(keys)]

    @cached_property
    def facts(self) -> Sequence[Fact]:
        names = self.fields.layout.facts or self._usual_facts()
        found = self.fields.all(list(names)[:MOST_FACTS])
        return [Fact(shown.label, self.html(shown)) for shown in found]

    def _usual_facts(self) -> list[str]:
        skipped = {self.info.title, self.info.subtitle, self.status_name, "unit_id", "currency"}
        system = {"created_at", "updated_at", "archived_at"}
        fitting = [
            shown.name
            for shown in self.fields.every()
            if shown.kind in _FACTS and shown.name not in skipped | system and self.filled(shown)
        ]
        return sorted(fitting, key=lambda name: name == "owner_id")[:6]

    @property
    def archived(self) -> bool:
        return issubclass(self.entity, Archived) and bool(self.stored.get("archived_at"))

    @property
    def bin(self) -> bool:
        """Whether deleting puts the record into the recycle bin first."""
        return issubclass(self.entity, Archived)

    @property
    def copied(self) -> list[tuple[str, str]]:
        """What a copy of the record begins with: all that people entered."""
        found: list[tuple[str, str]] = []
        for shown in self.fields.every():
            value = self.stored.get(shown.name)
            info = shown.info
            entered = info is not None and not info.system and shown.kind not in _NOT_COPIED
            if entered and value not in (None, "") and len(str(value)) <= LONGEST_COPIED:
                found.append((shown.name, "true" if value is True else str(value)))
        return found

    def long(self, shown: Shown) -> str:
        """A text of several lines as it was written; JSON in words."""
        value = self.stored.get(shown.name)
        if isinstance(value, (dict, list)):
            return str(self.html(shown).striptags())
        return str(value)

    # What it can

    @property
    def commented(self) -> bool:
        return issubclass(self.entity, Commented)

    @property
    def documented(self) -> bool:
        return issubclass(self.entity, Documented)

    @property
    def tagged(self) -> bool:
        return issubclass(self.entity, Tagged)

    @property
    def owned(self) -> bool:
        return issubclass(self.entity, Owned)

    @property
    def workflowed(self) -> bool:
        return self.site.registry.workflows.get(self.info.name) is not None

    @cached_property
    def parts(self) -> Sequence[Part]:
        return parts_of(self.fields)

    def panels(self, slot: Slot | str) -> list[Panel]:
        found = [
            panel
            for panel in self.site.registry.panels
            if panel.entity == self.info.name
            and panel.slot == slot
            and self.call.guardian.access.scope(panel.permission) is not None
        ]
        return sorted(found, key=lambda panel: (panel.order, panel.key))

    @property
    def networks(self) -> list[Network]:
        """Relationship networks, each in a tab of its own."""
        access = self.call.guardian.access
        found = [
            view
            for view in self.site.registry.views
            if isinstance(view, Network)
            and view.entity == self.info.name
            and access.scope(view.permission) is not None
        ]
        return sorted(found, key=lambda view: (view.order, view.key))

    @cached_property
    def actions(self) -> list[Action]:
        access = self.call.guardian.access
        found = [
            action
            for action in self.site.registry.actions
            if action.entity == self.info.name and access.scope(action.permission) is not None
        ]
        return sorted(found, key=lambda action: (action.order, action.key))

    def look(self, ctx: Any) -> None:
        """Reads what depends on the person's rights, tags and counts: a bounded number of reads."""
        record = ctx.session.get(self.entity, self.id)
        if record is None:
            return
        self.may_edit = ctx.can(self.info.permission("edit"), record)
        self.may_delete = ctx.can(self.info.permission("delete"), record)
        self.may_create = ctx.can(self.info.permission("create"))
        if self.info.parent is not None:
            self._look_above(ctx, record)
        if not self.archived:
            self.transitions = available(ctx, record) if self.workflowed else ()
        if self.tagged:
            self.tags = _tags(ctx, self.info.name, self.id)
        if self.workflowed:
            self.waiting = self._waiting(ctx)
        self.papers = [
            PaperLink(translate(p.label), f"/api/v1{self.url}/papers/{p.key}.pdf")
            for p in papers_of(ctx, self.entity)
        ]
        self._count(ctx)
        self.people = self._written_by(ctx)

    def _waiting(self, ctx: Any) -> list[tuple[str, datetime]]:
        """(move, since when) of what waits for somebody's approval."""
        flow = self.site.registry.workflows[self.info.name]
        request = ApprovalRequest
        rows = ctx.connection.execute(
            select(request.transition, request.submitted_at).where(
                request.entity == self.info.name,
                request.record_id == self.id,
                request.state == "running",
            )
        )
        return [
            (translate(flow.by_name[name].label) if name in flow.by_name else name, at)
            for name, at in rows
        ]

    def _look_above(self, ctx: Any, record: Any) -> None:
        """A part may be changed by who may change the whole."""
        described = fields_of(self.entity)[str(self.info.parent)]
        name = described.target or getattr(record, described.entity_field or "", None)
        cls = self.site.registry.entities.get(name or "")
        above = getattr(record, str(self.info.parent))
        if cls is None or above is None or cls.__tenon__.internal:
            return
        whole = ctx.session.get(cls, above)
        if whole is None:
            return
        title = getattr(whole, cls.__tenon__.title, None)
        url = "/" + cls.__tenon__.name.replace(".", "/") + f"/{above}"
        self.parent = (translate(cls.__tenon__.label), str(title), url)
        self.may_edit = self.may_delete = ctx.can(cls.__tenon__.permission("edit"), whole)

    def _count(self, ctx: Any) -> None:
        """On the connection itself: who sees a record sees its parts, and this one is seen."""
        name = self.info.name
        if self.documented:
            links = select(func.count()).select_from(DocumentLink).join(Document)
            self.counts["documents"] = ctx.connection.scalar(
                links.where(
                    DocumentLink.entity == name,
                    DocumentLink.record_id == self.id,
                    Document.archived_at.is_(None),
                )
            )
        if self.commented:
            said = select(func.count()).select_from(Comment)
            self.counts["comments"] = ctx.connection.scalar(
                said.where(
                    Comment.entity == name,
                    Comment.record_id == self.id,
                    Comment.archived_at.is_(None),
                )
            )

    def _written_by(self, ctx: Any) -> Mapping[str, str]:
        """Names of who made and who changed the record."""
        ids = {str(self.stored.get(n)) for n in ("created_by", "updated_by", "archived_by")}
        wanted = [UUID(id_) for id_ in ids if id_ != "None"]
        if not wanted:
            return {}
        rows = ctx.connection.execute(select(User.id, User.name).where(User.id.in_(wanted)))
        return {str(id_): name for id_, name in rows}

    def person(self, field: str) -> str:
        return self.people.get(str(self.stored.get(field)), "–")


def _tags(ctx: Any, entity: str, id_: UUID) -> list[TagShown]:
    """Names of what the record refers to, like titles; see `_count`."""
    rows = ctx.connection.execute(
        select(Tag.id, Tag.name, Tag.colour)
        .join(Tagging, Tagging.tag_id == Tag.id)
        .where(Tagging.entity == entity, Tagging.record_id == id_)
        .order_by(Tag.name)
    )
    return [TagShown(*row) for row in rows]
