"""Parts of a record that are edited in place: rows of a table, saved with the record.

Names are those of <tenon-lines>: `lines0-<key>-<field>`, where the key is an id or `new1`, `new2`…
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from attrs import define, field
from markupsafe import Markup
from uuid_utils.compat import uuid7

from tenon_core.storage.lists import Filter, ListSpec, Sort, list_rows
from tenon_core.web.pages.calls import Form
from tenon_core.web.pages.fields import Fields, Shown, value_html
from tenon_core.web.pages.form.inputs import Input, Inputs
from tenon_core.web.pages.form.texts import CHECKED, NUMBERS, from_text, to_text
from tenon_sdk.entities import fields_of
from tenon_sdk.views import Layout, Lines

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall
    from tenon_core.web.pages.formats import Formats

MOST = 500
BLANK_ROWS = 3
_NAME = re.compile(r"lines(\d{1,2})-([0-9a-f-]{36}|new\d{1,4})-(.{1,120})")
PLACE = "position"


@define(kw_only=True)
class Row:
    """A line; `version` is None for one that is not stored yet, `place` its stored position."""

    key: str
    id: UUID
    version: int | None = None
    place: int | None = None
    removed: bool = False
    inputs: list[Input] = field(factory=list)
    base: dict[str, str] = field(factory=dict)


class LinesDraft:
    """One table of lines in a form.

    The ids of new lines are made from `nonce`, which the form carries: a form that is sent twice
    makes them once.
    """

    def __init__(self, call: PageCall, index: int, lines: Lines) -> None:
        self.nonce = uuid7()
        self.call, self.index, self.lines = call, index, lines
        self.entity = call.site.registry.entity(lines.entity)
        self.fields = Fields(call, self.entity)
        self._inputs = Inputs(call, self.fields)
        self.shown: list[Shown] = [
            s for s in self.fields.all(lines.fields) if self._inputs.enters(s)
        ]
        self.rows: list[Row] = []
        self._values: dict[str, Mapping[str, Any]] = {}

    @property
    def zone(self) -> Any:
        return self.call.guardian.access.actor.zone

    @property
    def columns(self) -> list[Input]:
        return [self._inputs.make(shown) for shown in self.shown]

    @property
    def sums(self) -> list[tuple[str, str, bool]]:
        """(field, its total, whether it is money) of the columns that are added up."""
        found = []
        for shown in self.shown:
            if shown.name in self.lines.sums:
                total = sum((self._amount(row, shown) for row in self.rows), Decimal(0))
                found.append((shown.name, format(total, "f"), shown.kind == "money"))
        return found

    def _amount(self, row: Row, shown: Shown) -> Decimal:
        text = next((i.text for i in row.inputs if i.name == self.name(row.key, shown.name)), "")
        try:
            value = from_text(shown.kind, text, self.zone)
            return Decimal(0) if row.removed or value is None else Decimal(str(value))
        except InvalidOperation:
            return Decimal(0)

    @property
    def prefix(self) -> str:
        return f"lines{self.index}"

    @property
    def placed(self) -> bool:
        """Whether the order of the lines is one that people make."""
        slot = self._inputs.slot(PLACE)
        own = slot is not None and slot.column.info.kind == "integer"
        return own and PLACE not in self.lines.fields

    def name(self, key: str, field_name: str) -> str:
        return f"{self.prefix}-{key}-{field_name}"

    def blank(self, key: str) -> list[Input]:
        """The inputs of a new line; `key` may be the placeholder of a template."""
        made = [self._inputs.make(shown, prefix=f"{self.prefix}-{key}-") for shown in self.shown]
        for shown, input_ in zip(self.shown, made, strict=True):
            slot = self._inputs.slot(shown.name)
            default = slot.column.default if slot is not None else None
            if default is not None and default.is_scalar and shown.kind in {"boolean", "choice"}:
                input_.text = to_text(shown.kind, default.arg, self.zone)
            input_.required = False
        return made

    def new_row(self, key: str) -> Row:
        row = Row(key=key, id=uuid5(self.nonce, key), inputs=self.blank(key))
        row.base = {made.name: made.text for made in row.inputs}
        return row

    def add_blank(self, count: int = BLANK_ROWS) -> None:
        """Empty lines, for who has no script that adds them."""
        used = [int(row.key[3:]) for row in self.rows if row.key.startswith("new")]
        first = max(used, default=0) + 1
        self.rows += [self.new_row(f"new{first + i}") for i in range(count)]

    def load(self, record_id: UUID) -> None:
        """The stored lines; one statement."""
        order = PLACE if PLACE in fields_of(self.entity) else "id"
        needed = [name for shown in self.shown for name in shown.needs]
        names = dict.fromkeys(["id", "version", order, *needed])
        spec = ListSpec(
            entity=self.entity,
            fields=tuple(names),
            filters=(Filter(self.lines.field, "eq", record_id),),
            sort=(Sort(order),),
            limit=MOST,
        )
        for item in list_rows(self.call.site, self.call.guardian, spec).items:
            values = {name: getattr(item, f"c{i}") for i, name in enumerate(names)}
            self._stored(values)

    def _stored(self, values: Mapping[str, Any]) -> None:
        id_ = UUID(str(values["id"]))
        row = Row(key=str(id_), id=id_, version=values["version"], place=values.get(PLACE))
        self._values[row.key] = values
        for shown in self.shown:
            made = self._inputs.make(shown, prefix=f"{self.prefix}-{row.key}-")
            made.required = False
            made.text = to_text(shown.kind, values[shown.name], self.zone)
            made.shown = str(values.get(shown.title or "") or "")
            row.base[made.name] = made.text
            row.inputs.append(made)
        self.rows.append(row)

    def take(self, form: Form) -> None:
        """The posted lines, in their order; new ones where nothing was filled in are dropped.

        Stored lines that the form did not show are left alone.
        """
        try:
            self.nonce = UUID(form.get(f"{self.prefix}-nonce"))
        except ValueError:
            self.nonce = uuid7()
        stored = {row.key: row for row in self.rows}
        found = [self._posted(form, key, stored.get(key)) for key in _keys(form, self)]
        self.rows = [row for row in found if row is not None]

    def _posted(self, form: Form, key: str, known: Row | None) -> Row | None:
        row = self.new_row(key)
        row.removed = self.name(key, "removed") in form
        if known is not None:
            version = form.get(self.name(key, "version"))
            row.id, row.place = known.id, known.place
            row.version = int(version) if version.isdigit() else known.version
            row.base = known.base
        elif not key.startswith("new"):
            return None  # somebody else removed it
        blank = {made.name: made.text for made in row.inputs}
        for i, (shown, made) in enumerate(zip(self.shown, row.inputs, strict=True)):
            if row.removed or made.fixed:
                made.text = row.base.get(made.name, "")
            elif made.control == "check":
                made.text = CHECKED if self.name(key, shown.name) in form else ""
            else:
                made.text = form.get(self.name(key, shown.name))[:20_000].replace("\r\n", "\n")
            if known is not None and made.text == known.inputs[i].text:
                made.shown = known.inputs[i].shown
        filled = any(made.text != blank[made.name] for made in row.inputs)
        return row if known is not None or (filled and not row.removed) else None

    def data(self, row: Row) -> dict[str, Any]:
        """What is to be stored of a line: all of a new one, what differs of a stored one."""
        found: dict[str, Any] = {}
        for shown, made in zip(self.shown, row.inputs, strict=True):
            if made.fixed or (row.version is not None and made.text == row.base.get(made.name)):
                continue
            value = from_text(shown.kind, made.text, self.zone, whole=made.whole)
            if value is not None or row.version is not None:
                found[shown.name] = value
        if row.version is None:
            found["id"] = str(row.id)
        return found

    def drawn(self, row: Row, fmt: Formats) -> list[Markup]:
        """A stored line as it reads."""
        values = self._values[row.key]
        return [value_html(shown, values, fmt) for shown in self.shown]

    def want(self, wanted: dict[str, list[Input]]) -> None:
        """Adds the lookups whose chosen record has no name yet."""
        for row in self.rows:
            for made in row.inputs:
                if made.control == "lookup" and made.text and not made.shown:
                    wanted.setdefault(made.target, []).append(made)

    @property
    def numeric(self) -> Sequence[bool]:
        return [shown.kind in NUMBERS for shown in self.shown]


def _keys(form: Form, table: LinesDraft) -> list[str]:
    """The keys of the posted lines as the person ordered them."""
    posted: dict[str, None] = {}
    for name, _value in form.pairs:
        match = _NAME.fullmatch(name)
        if match is not None and int(match[1]) == table.index:
            posted.setdefault(match[2])
    order = form.get(f"{table.prefix}-order").split(",")
    placed = [key for key in dict.fromkeys(order) if key in posted]
    return [*placed, *(key for key in posted if key not in set(placed))][:MOST]


def lines_of(call: PageCall, layout: Layout) -> list[LinesDraft]:
    """The tables of lines that the person may see, those without columns left out."""
    found = []
    for index, lines in enumerate(sorted(layout.lines, key=lambda one: one.order)):
        if lines.entity not in call.site.registry.entities:
            continue
        made = LinesDraft(call, index, lines)
        if made.shown:
            found.append(made)
    return found
