"""Filters of a list: which there are, what they say, and the control of each kind of field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen

from tenon_core.storage.lists import list_rows, parse_list
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import NUMERIC, Fields, Shown
from tenon_core.web.pages.formats import Formats
from tenon_core.web.pages.lists.periods import PERIODS
from tenon_core.web.pages.lists.state import ME, ListState, split
from tenon_core.web.pages.texts import NO, YES
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate

PERSON = "core.user"
_TEXTS = frozenset({"text", "long_text", "email", "phone", "url", "number"})
_SIGNS = {
    "gte": _("from {value}"), "lte": _("up to {value}"), "gt": _("above {value}"),
    "lt": _("below {value}"), "contains": _("contains “{value}”"),
    "startswith": _("begins with “{value}”"), "ne": _("not {value}"),
}  # fmt: skip
EMPTY = _("empty")
GIVEN = _("not empty")
_ICONS = {
    "reference": "link", "choice": "list-check", "state": "progress", "boolean": "toggle-left",
    "date": "calendar", "datetime": "calendar-time", "text": "letter-case",
}  # fmt: skip


@frozen(kw_only=True)
class FilterView:
    """A filter as the page shows it: a button with what it says, and hidden inputs that say it.

    control  choice, reference, date, number, boolean or text: which control it opens
    target   the entity a reference leads to
    """

    name: str
    label: str
    control: str
    icon: str
    text: str
    pairs: Sequence[tuple[str, str]]
    target: str | None = None
    moment: bool = False
    quick: bool = False
    nullable: bool = True


class Filters:
    """The filters that one person may use in the lists of an entity."""

    def __init__(self, call: PageCall, fields: Fields, state: ListState) -> None:
        self.call, self.fields, self.state = call, fields, state
        self.fmt: Formats = call.pages.renderer.formats(call)
        self._titles: dict[str, dict[str, str]] = {}

    def shown(self) -> list[FilterView]:
        """Those of the layout, then those that are in use or were just opened."""
        quick = list(self.fields.layout.filters) or self._usual()
        used = [name for name, _value in map(_field_of, self.state.filters)]
        names = dict.fromkeys([*quick, *used, *self.state.opened])
        self._read_titles()
        found = []
        for name in names:
            view = self.view(name, quick=name in quick)
            if view is not None:
                found.append(view)
        return found

    def _usual(self) -> list[str]:
        """Without a layout: what has few values, and whose a record is."""
        wanted = [
            shown.name
            for shown in self.fields.every()
            if shown.kind in {"choice", "state"}
            or shown.name == "owner_id"
            or (shown.kind == "reference" and shown.info is not None and not shown.info.system)
        ]
        return wanted[:4]

    def rest(self) -> list[FilterView]:
        """Every other field that can be asked for, by name."""
        taken = {view.name for view in self.shown()}
        views = (self.view(s.name) for s in self.fields.every() if s.name not in taken)
        found = [view for view in views if view is not None]
        return sorted(found, key=lambda view: view.label)

    def view(self, name: str, *, quick: bool = False) -> FilterView | None:
        shown = self.fields.find(name)
        control = control_of(shown) if shown is not None else None
        if shown is None or control is None:
            return None
        pairs = [pair for pair in self.state.filters if split(pair[0])[0] == name]
        return FilterView(
            name=name,
            label=shown.label,
            control=control,
            icon="user"
            if target_of(self.fields, shown) == PERSON
            else _ICONS.get(shown.kind, "filter"),
            text=self._text(shown, pairs),
            pairs=pairs,
            target=target_of(self.fields, shown),
            moment=shown.kind == "datetime",
            quick=quick,
            nullable=self._nullable(shown),
        )

    def _nullable(self, shown: Shown) -> bool:
        if shown.info is None or shown.entity != self.fields.name:
            return True
        return bool(self.fields.entity.__table__.c[shown.field].nullable)

    def _text(self, shown: Shown, pairs: Sequence[tuple[str, str]]) -> str:
        """What a filter says in a few words, "" when it says nothing."""
        return ", ".join(self._said(shown, split(name)[1], value) for name, value in pairs)

    def _said(self, shown: Shown, lookup: str, value: str) -> str:
        if lookup == "isnull":
            return translate(GIVEN if value == "false" else EMPTY)
        if lookup == "within":
            return translate(PERIODS[value]) if value in PERIODS else value
        if lookup == "in":
            parts = value.split(",")
            if len(parts) > 2:
                return translate(_("{count} chosen", count=len(parts)))
            return ", ".join(self._value(shown, part) for part in parts)
        said = self._value(shown, value)
        return translate(_SIGNS[lookup].format(value=said)) if lookup in _SIGNS else said

    def _value(self, shown: Shown, value: str) -> str:
        if shown.kind in {"choice", "state"}:
            return shown.choices.get(value, value)
        if shown.kind == "boolean":
            return translate(YES if value in {"true", "1", "yes"} else NO)
        if shown.kind == "reference":
            known = self._titles.get(target_of(self.fields, shown) or "", {})
            return translate(_("me")) if value == ME else known.get(value, "…")
        try:
            if shown.kind in NUMERIC:
                return self.fmt.number(value)
            if shown.kind in {"date", "datetime"}:
                return self.fmt.date(value)
        except (ValueError, ArithmeticError):
            return value
        return value

    def _read_titles(self) -> None:
        """What the chosen records are called, one statement a kind of record."""
        wanted: dict[str, set[str]] = {}
        for name, value in self.state.filters:
            shown = self.fields.find(split(name)[0])
            target = target_of(self.fields, shown) if shown is not None else None
            if target is not None and split(name)[1] in {"eq", "in", "ne"}:
                wanted.setdefault(target, set()).update(v for v in value.split(",") if v != ME)
        for target, ids in wanted.items():
            self._titles[target] = titles_of(self.call, target, ids)

    def titles(self, target: str | None) -> Mapping[str, str]:
        if not self._titles:
            self._read_titles()
        return self._titles.get(target or "", {})


def _field_of(pair: tuple[str, str]) -> tuple[str, str]:
    return split(pair[0])[0], pair[1]


def target_of(fields: Fields, shown: Shown | None) -> str | None:
    """The entity that a reference leads to, also of a custom field."""
    if shown is None or shown.kind != "reference":
        return None
    if shown.info is not None:
        return shown.info.target
    key = shown.name.removeprefix("custom.")
    return fields.site.custom_fields(fields.name)[key].target


def control_of(shown: Shown) -> str | None:
    if shown.kind in {"choice", "state"}:
        return "choice"
    if shown.kind in {"date", "datetime"}:
        return "date"
    if shown.kind in NUMERIC:
        return "number"
    if shown.kind in {"boolean", "reference"}:
        return shown.kind
    return "text" if shown.kind in _TEXTS else None


def titles_of(call: PageCall, target: str, ids: Sequence[str] | set[str]) -> dict[str, str]:
    """Titles of those records that the person may see; one statement."""
    if not ids or target not in call.site.registry.entities:
        return {}
    entity = call.site.registry.entity(target)
    title = entity.__tenon__.title
    pairs = [("fields", f"id,{title}"), ("id__in", ",".join(sorted(ids))), ("limit", "200")]
    try:
        page = list_rows(
            call.site, call.guardian, parse_list(call.site, call.guardian, entity, pairs)
        )
    except Invalid:
        return {}
    return {str(row.c0): str(row.c1) for row in page.items}


def some_of(call: PageCall, target: str, most: int) -> list[tuple[str, str]] | None:
    """All records of an entity by title if they are few, None if there are more."""
    entity = call.site.registry.entity(target)
    title = entity.__tenon__.title
    pairs: list[tuple[str, Any]] = [
        ("fields", f"id,{title}"), ("sort", title), ("limit", str(most)),
    ]  # fmt: skip
    page = list_rows(call.site, call.guardian, parse_list(call.site, call.guardian, entity, pairs))
    if page.next is not None:
        return None
    return [(str(row.c0), str(row.c1)) for row in page.items]


def is_record_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
