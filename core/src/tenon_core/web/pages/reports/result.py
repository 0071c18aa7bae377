"""Running a report: figures with their labels, totals, and where each one leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import frozen

from tenon_core.storage.lists import aggregate, parse_aggregate
from tenon_core.web.pages.fields import Fields, Shown
from tenon_core.web.pages.form.values import titles
from tenon_core.web.pages.formats import Formats, exact
from tenon_core.web.pages.lists.periods import midnight
from tenon_core.web.pages.lists.state import Reading
from tenon_core.web.pages.rendering import list_url, query
from tenon_core.web.pages.reports.spec import (
    COUNT,
    ReportSpec,
    group_label,
    measure_label,
    split_group,
)
from tenon_core.web.pages.texts import NO, YES
from tenon_sdk.text import translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Filters = tuple[tuple[str, str], ...]
EMPTY = "–"


@frozen(kw_only=True)
class Key:
    """One value that rows are grouped by: what it is called, and the filters that select it."""

    value: Any
    label: str
    filters: Filters


@frozen(kw_only=True)
class Figure:
    """A number as it is shown, exact, and the list of the records behind it."""

    value: Any
    text: str
    url: str


@frozen(kw_only=True)
class Result:
    """`rows` by key, each with one figure a column; `total` sums what can be summed."""

    spec: ReportSpec
    row_label: str
    columns: Sequence[str]
    column_keys: Sequence[Key]
    rows: Sequence[tuple[Key, Sequence[Figure]]]
    total: Sequence[str]
    shown_of: int
    money: bool


def run_report(call: PageCall, spec: ReportSpec) -> Result:
    """One statement for the figures and one for each group whose values are references."""
    fields = Fields(call, spec.entity)
    pairs = [*spec.figures(), *Reading(call, fields).plain(spec.filters)]
    asked = parse_aggregate(call.site, call.guardian, spec.entity, pairs)
    found = aggregate(call.site, call.guardian, asked)
    return _Report(call, spec, fields, found).result()


class _Report:
    def __init__(
        self, call: PageCall, spec: ReportSpec, fields: Fields, found: Sequence[Mapping[str, Any]]
    ) -> None:
        self.call, self.spec, self.fields, self.found = call, spec, fields, found
        self.fmt: Formats = call.pages.renderer.formats(call)
        self.keys = [self._keys(group) for group in spec.groups]

    def result(self) -> Result:
        crossed = len(self.spec.groups) == 2
        rows = self._crossed() if crossed else self._plain()
        shown = self._ordered(rows)
        return Result(
            spec=self.spec,
            row_label=group_label(self.fields, self.spec.groups[0]) if self.spec.groups else "",
            columns=self._columns(),
            column_keys=list(self.keys[1].values()) if crossed else [],
            rows=shown,
            total=self._total(rows) if len(rows) > 1 else [],
            shown_of=len(rows),
            money=self._is_money(self.spec.measures[0]),
        )

    def _columns(self) -> list[str]:
        if len(self.spec.groups) == 2:
            return [key.label for key in self.keys[1].values()]
        return [measure_label(self.fields, measure) for measure in self.spec.measures]

    def _plain(self) -> list[tuple[Key, list[Figure]]]:
        whole = Key(value=None, label="", filters=())
        rows = []
        for row in self.found:
            key = self.keys[0][row[self.spec.groups[0]]] if self.spec.groups else whole
            figures = [self._figure(m, row[m], key.filters) for m in self.spec.measures]
            rows.append((key, figures))
        return rows

    def _crossed(self) -> list[tuple[Key, list[Figure]]]:
        """Rows of the first group, columns of the second, cells of the first measure."""
        first, second = self.spec.groups
        measure = self.spec.measures[0]
        cells = {(row[first], row[second]): row[measure] for row in self.found}
        return [
            (
                key,
                [
                    self._figure(measure, cells.get((value, other)), key.filters + across.filters)
                    for other, across in self.keys[1].items()
                ],
            )
            for value, key in self.keys[0].items()
        ]

    def _ordered(self, rows: list[tuple[Key, list[Figure]]]) -> list[tuple[Key, list[Figure]]]:
        if self.spec.order == "value" or self.spec.top:
            rows = sorted(rows, key=lambda row: _weight(row[1], self.spec), reverse=True)
        return rows[: self.spec.top] if self.spec.top else rows

    def _total(self, rows: Sequence[tuple[Key, Sequence[Figure]]]) -> list[str]:
        crossed = len(self.spec.groups) == 2
        totals = []
        for at in range(len(self._columns())):
            measure = self.spec.measures[0 if crossed else at]
            if measure != COUNT and not measure.startswith("sum:"):
                totals.append("")
                continue
            values = [figures[at].value for _key, figures in rows]
            summed = sum((exact(v) for v in values if v is not None), Decimal(0))
            totals.append(self._text(measure, summed))
        return totals

    def _figure(self, measure: str, value: Any, filters: Filters) -> Figure:
        pairs = [*self.spec.filters, *filters]
        url = list_url(self.spec.name) + query(pairs)
        return Figure(value=value, text=self._text(measure, value), url=url)

    def _text(self, measure: str, value: Any) -> str:
        if value is None:
            return EMPTY
        if isinstance(value, date) or (isinstance(value, str) and "-" in value[1:5]):
            return self.fmt.date(value)
        if self._is_money(measure):
            return self.fmt.money(value)
        return self.fmt.number(value)

    def _is_money(self, measure: str) -> bool:
        function, _colon, name = measure.partition(":")
        if function == "distinct":
            return False
        declared = self.fields.site.registry.measures.get(f"{self.spec.name}:{measure}")
        if declared is not None:
            return declared.unit == "money"
        shown = self.fields.find(name) if name else None
        return shown is not None and shown.kind == "money"

    def _keys(self, group: str) -> dict[Any, Key]:
        """The values of a group in their own order."""
        values = list(dict.fromkeys(row[group] for row in self.found))
        period, name = split_group(group)
        shown = self.fields.find(name)
        if period is not None:
            return {value: self._period_key(period, name, value) for value in values}
        names = self._titles(shown, values)
        keys = {value: self._key(name, shown, names, value) for value in values}
        if shown is not None and shown.choices:
            order = {code: at for at, code in enumerate(shown.choices)}
            return dict(sorted(keys.items(), key=lambda item: order.get(item[0], len(order))))
        if names:
            return dict(sorted(keys.items(), key=lambda item: (item[0] is None, item[1].label)))
        return keys

    def _titles(self, shown: Shown | None, values: Iterable[Any]) -> Mapping[str, str]:
        target = shown.info.target if shown is not None and shown.info is not None else None
        if target is None or shown is None or shown.title is None:
            return {}
        with self.call.reading() as ctx:
            return titles(ctx, target, [value for value in values if value is not None])

    def _key(self, name: str, shown: Shown | None, names: Mapping[str, str], value: Any) -> Key:
        if value is None:
            return Key(value=None, label=EMPTY, filters=((f"{name}__isnull", "true"),))
        label = names.get(str(value)) or (shown.choices.get(str(value)) if shown else None)
        if label is None and shown is not None and shown.kind == "boolean":
            label = translate(YES if value else NO)
            value = "true" if value else "false"
        return Key(value=value, label=label or str(value), filters=((name, str(value)),))

    def _period_key(self, period: str, name: str, value: Any) -> Key:
        if value is None:
            return Key(value=None, label=EMPTY, filters=((f"{name}__isnull", "true"),))
        start = date.fromisoformat(str(value)[:10])
        end = after(period, start)
        shown = self.fields.find(name)
        ends = (start.isoformat(), end.isoformat())
        if shown is not None and shown.kind == "datetime":
            zone = self.call.site.zone
            ends = (midnight(start, zone).isoformat(), midnight(end, zone).isoformat())
        filters = ((f"{name}__gte", ends[0]), (f"{name}__lt", ends[1]))
        return Key(value=str(value), label=period_label(period, start), filters=filters)


def _weight(figures: Sequence[Figure], spec: ReportSpec) -> Decimal:
    """What a row is ordered by: its first measure, over all columns where they are crossed."""
    counted = figures if len(spec.groups) == 2 else figures[:1]
    numbers = (f.value for f in counted if isinstance(f.value, (int, float, Decimal)))
    return sum((exact(number) for number in numbers), Decimal(0))


def after(period: str, start: date) -> date:
    """The first day after a period that begins with `start`."""
    if period == "day":
        return start + timedelta(days=1)
    if period == "week":
        return start + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    count = start.year * 12 + start.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def period_label(period: str, start: date) -> str:
    """2026, 2026-Q1, 2026-03, 2026-W09 (ISO 8601), 2026-03-02: they sort as they are."""
    if period == "year":
        return f"{start.year}"
    if period == "quarter":
        return f"{start.year}-Q{(start.month + 2) // 3}"
    if period == "month":
        return f"{start:%Y-%m}"
    if period == "week":
        year, week, _day = start.isocalendar()
        return f"{year}-W{week:02}"
    return start.isoformat()
