"""A form as it is being filled in: what it shows, what was typed, what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import define, field, frozen
from uuid_utils.compat import uuid7

from tenon_core.web.pages.calls import Form
from tenon_core.web.pages.fields import Fields, Shown
from tenon_core.web.pages.form.inputs import Input, Inputs
from tenon_core.web.pages.form.sections import parts_of
from tenon_core.web.pages.form.texts import CHECKED, from_text, to_text
from tenon_core.web.pages.form.values import Stored, titles
from tenon_sdk.entities import Entity, Owned

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall
    from tenon_core.web.pages.form.lines import LinesDraft

BASE, NAMES, TAKE = "_base", "_fields", "_take:"
THEIRS = "theirs"


@frozen(kw_only=True)
class DraftPart:
    key: str
    label: str
    help: str
    inputs: Sequence[Input]


@frozen(kw_only=True)
class Conflict:
    """A field that two people changed: both values, as they are read."""

    name: str
    label: str
    mine: str
    theirs: str


@define(kw_only=True)
class Fault:
    """A line of the summary above a form; `to` is the id of the input it belongs to, if any."""

    text: str
    label: str = ""
    to: str = ""


@define
class Draft:
    """The form of one record, new if `stored` is None.

    base       texts that the inputs held when the person began: what she did not touch is not
               sent on, so that she overwrites nobody else's change
    adopted    (label, value) that somebody else changed meanwhile and this person did not
    changed_by (name, when) of that change
    only       names of the fields that are edited, None for all
    """

    call: PageCall
    entity: type[Entity]
    stored: Stored | None = None
    only: Collection[str] | None = None
    id: UUID = field(factory=uuid7)
    version: int | None = None
    parts: list[DraftPart] = field(factory=list)
    lines: list[LinesDraft] = field(factory=list)
    base: dict[str, str] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    conflicts: dict[str, Conflict] = field(factory=dict)
    adopted: list[tuple[str, str]] = field(factory=list)
    changed_by: tuple[str, str] = ("", "")
    fields: Fields = field(init=False)
    inputs: Inputs = field(init=False)
    by_name: dict[str, tuple[Shown, Input]] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        self.fields = Fields(self.call, self.entity)
        self.inputs = Inputs(self.call, self.fields)
        for part in parts_of(self.fields):
            made = [self._add(shown) for shown in part.fields if self._enters(shown)]
            if made:
                self.parts.append(
                    DraftPart(key=part.key, label=part.label, help=part.help, inputs=made)
                )
        if self.stored is not None:
            self.id, self.version = self.stored.id, self.stored.version
            self.show(self.stored)

    @property
    def creating(self) -> bool:
        return self.stored is None

    def _enters(self, shown: Shown) -> bool:
        if self.only is not None and shown.name not in self.only:
            return False
        if self.creating and (shown.kind == "number" or self.inputs.fixed(shown)):
            return False
        if self.creating and shown.name == "unit_id" and issubclass(self.entity, Owned):
            return False  # that of the owner, unless somebody sets another later
        return self.inputs.enters(shown)

    def _add(self, shown: Shown) -> Input:
        made = self.inputs.make(shown)
        self.by_name[shown.name] = (shown, made)
        return made

    def each(self) -> Iterator[tuple[Shown, Input]]:
        yield from self.by_name.values()

    @property
    def zone(self) -> Any:
        return self.call.guardian.access.actor.zone

    # What it shows

    def show(self, stored: Stored) -> None:
        """Fills the inputs with what is stored, and takes that for where the person began."""
        for shown, made in self.each():
            made.text = to_text(shown.kind, stored.get(shown.name), self.zone)
            made.shown = str(stored.get(shown.title or "") or "") if made.text else ""
            if made.control == "lookup" and made.text and not made.shown:
                made.shown = "…"
            self.base[shown.name] = made.text

    def prefill(self, given: Sequence[tuple[str, str]]) -> None:
        """A new form: defaults of the declaration, then what the address says."""
        for shown, made in self.each():
            slot = self.inputs.slot(shown.name)
            default = slot.column.default if slot is not None else None
            if default is not None and default.is_scalar:
                made.text = to_text(shown.kind, default.arg, self.zone)
        self._responsible()
        for name, text in given:
            found = self.by_name.get(name)
            if found is not None and not found[1].fixed and len(text) <= 2_000:
                found[1].text = self._prefilled(found[0], text)
        self._hide_prefilled(dict(given))

    def _prefilled(self, shown: Shown, text: str) -> str:
        if shown.kind == "datetime":
            value = from_text("datetime", text, self.zone)
            try:
                return to_text("datetime", value, self.zone)
            except ValueError:
                return ""
        return text

    def _hide_prefilled(self, given: Mapping[str, str]) -> None:
        """A record that a new one is made for is given by the page that links here."""
        for shown, made in self.each():
            info = shown.info
            if info is not None and info.kind == "any_reference" and shown.name in given:
                made.control = "hidden"
                if info.entity_field in self.by_name:
                    self.by_name[info.entity_field][1].control = "hidden"

    def _responsible(self) -> None:
        owner = self.by_name.get("owner_id")
        actor = self.call.guardian.access.actor
        if owner is not None and issubclass(self.entity, Owned):
            owner[1].text, owner[1].shown = str(actor.user_id), actor.name

    def name_references(self, ctx: Any) -> None:
        """Looks up what chosen records are called; one statement for each kind of record."""
        wanted: dict[str, list[Input]] = {}
        for _shown, made in self.each():
            if made.control == "lookup" and made.text and not made.shown:
                wanted.setdefault(made.target, []).append(made)
        for lines in self.lines:
            lines.want(wanted)
        for target, inputs in wanted.items():
            found = titles(ctx, target, [made.text for made in inputs if _is_id(made.text)])
            for made in inputs:
                made.shown = found.get(made.text, "…")

    # What was typed

    def take(self, form: Form) -> None:
        """Reads the posted texts of the fields that the form showed."""
        posted = set(form.get(NAMES).split(","))
        if not self.creating:
            self.base.update(_texts(form.get(BASE)))
        for shown, made in self.each():
            if made.fixed or shown.name not in posted:
                continue
            if form.get(TAKE + shown.name) == THEIRS:
                made.text = self.base.get(shown.name, made.text)
                continue
            text = form.get(shown.name)[:1_100_000].replace("\r\n", "\n")
            if made.control == "check":
                text = CHECKED if shown.name in form else ""
            if text != made.text:
                made.shown = ""
            made.text = text

    def data(self) -> dict[str, Any]:
        """What the person changed, as the API takes it; of a new record all that is filled in."""
        found: dict[str, Any] = {}
        for shown, made in self.each():
            if made.fixed or (not self.creating and made.text == self.base.get(shown.name)):
                continue
            value = from_text(shown.kind, made.text, self.zone, whole=made.whole)
            if value is None and self.creating:
                continue
            found[shown.name] = self._blank(shown) if value is None else value
        return found

    def _blank(self, shown: Shown) -> Any:
        """Nothing, as the column has it: empty text where it may not be null."""
        slot = self.inputs.slot(shown.name)
        text = slot is not None and not slot.column.nullable and shown.kind in _TEXTS
        return "" if text and slot is not None and slot.column.default is not None else None

    @property
    def base_text(self) -> str:
        return json.dumps(self.base, ensure_ascii=False)

    @property
    def names(self) -> str:
        return ",".join(name for name, (_shown, made) in self.by_name.items() if not made.fixed)


_TEXTS = frozenset({"text", "long_text", "email", "phone", "url"})


def _texts(given: str) -> dict[str, str]:
    """The texts that the form began with; anything else counts as nothing."""
    try:
        found = json.loads(given) if given else {}
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(k): v for k, v in found.items() if isinstance(v, str)}


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
