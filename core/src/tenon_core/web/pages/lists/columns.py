"""Which columns a list has: fields, and what plugins compute."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import frozen
from markupsafe import escape

from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import NOTHING, Fields, Shown
from tenon_core.web.pages.formats import Formats
from tenon_core.web.pages.lists.state import COMPUTED
from tenon_core.web.pages.looks import tag
from tenon_sdk.text import translate
from tenon_sdk.views import Column

log = logging.getLogger("tenon.web")

# Kinds that an index or a comparison puts into an order that means something.
_UNSORTED = frozenset({"json", "any_reference", "long_text"})
_NEVER_SHOWN = frozenset({"json", "id"})


@frozen(kw_only=True)
class ListColumn:
    """A column under its name in the address; exactly one of `shown` and `computed` is set."""

    name: str
    label: str
    shown: Shown | None = None
    computed: Column | None = None

    @property
    def numeric(self) -> bool:
        return self.shown is not None and self.shown.numeric

    @property
    def sort(self) -> str | None:
        """What to sort by for the order that one sees, None for none."""
        if self.shown is None or self.shown.kind in _UNSORTED:
            return None
        return self.shown.title or self.shown.name


class Columns:
    """The columns that one person may have in the lists of an entity."""

    def __init__(self, call: PageCall, fields: Fields) -> None:
        self.call, self.fields = call, fields
        self._computed = [
            column
            for column in sorted(call.site.registry.columns, key=lambda c: (c.order, c.key))
            if column.entity == fields.name
            and call.guardian.access.scope(column.permission) is not None
        ]

    def chosen(self, names: Sequence[str]) -> list[ListColumn]:
        """Those with these names, or the usual ones; names that fit nothing are left out."""
        if not names:
            return self.usual()
        found = (self.find(name) for name in names if name != self.title)
        return [column for column in found if column is not None]

    @property
    def title(self) -> str:
        return self.fields.entity.__tenon__.title

    def usual(self) -> list[ListColumn]:
        own = [_of(shown) for shown in self.fields.columns()]
        own += [_of(s) for s in self.fields.all(self._custom()) if s.name not in _names(own)]
        return [*own, *(_computed(column) for column in self._computed if column.shown)]

    def _custom(self) -> list[str]:
        return [
            f"custom.{key}"
            for key, found in self.call.site.custom_fields(self.fields.name).items()
            if getattr(found, "in_list", False)
        ]

    def find(self, name: str) -> ListColumn | None:
        if name.startswith(COMPUTED):
            key = name.removeprefix(COMPUTED)
            return next((_computed(c) for c in self._computed if c.key == key), None)
        shown = self.fields.find(name)
        return _of(shown) if shown is not None and shown.kind not in _NEVER_SHOWN else None

    def every(self) -> list[ListColumn]:
        """All that can be chosen, by name, the title aside."""
        found = [
            _of(shown)
            for shown in self.fields.every()
            if shown.kind not in _NEVER_SHOWN
            and shown.name != self.title
            and not (shown.info is not None and shown.info.internal)
        ]
        found += [_computed(column) for column in self._computed]
        return sorted(found, key=lambda column: column.label)


def _names(columns: Sequence[ListColumn]) -> set[str]:
    return {column.name for column in columns}


def _of(shown: Shown) -> ListColumn:
    return ListColumn(name=shown.name, label=shown.label, shown=shown)


def _computed(column: Column) -> ListColumn:
    return ListColumn(name=COMPUTED + column.key, label=translate(column.label), computed=column)


Cells = Mapping[UUID, str]


def computed_cells(
    call: PageCall, columns: Sequence[ListColumn], ids: Sequence[UUID], fmt: Formats
) -> dict[str, Cells | None]:
    """What computed columns show, by column and record: one call for the page each.

    A column that raises is None: it fails alone, and the log says why.
    """
    wanted = [column for column in columns if column.computed is not None]
    if not wanted or not ids:
        return {column.name: {} for column in wanted}
    found: dict[str, Cells | None] = {}
    with call.reading() as ctx:
        for column in wanted:
            values: Callable[..., Mapping[UUID, Any]] = column.computed.values  # type: ignore[union-attr]
            try:
                found[column.name] = {
                    id_: value_cell(value, fmt) for id_, value in values(ctx, ids).items()
                }
            except Exception:
                log.exception("column %s of %s", column.name, call.path)
                found[column.name] = None
    return found


def value_cell(value: Any, fmt: Formats) -> str:
    """A computed value as HTML, by its type."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return str(escape(value))
        case int() | float() | Decimal():
            return f'<span class="tn-num">{escape(fmt.number(value))}</span>'
        case datetime():
            return str(escape(fmt.datetime(value)))
        case date():
            return str(escape(fmt.date(value)))
        case Mapping():
            return str(tag(translate(value.get("text", "")), f"is-{value.get('tone', 'gray')}"))
        case _:
            return str(escape(translate(value) if isinstance(value, str) else value))
