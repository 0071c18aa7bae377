"""A list in groups: how many records each has, and what their numbers add up to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen
from babel import dates

from tenon_core.storage.lists import Filter, aggregate, parse_aggregate
from tenon_core.storage.lists.paths import paths_of
from tenon_core.storage.lists.run import FOUND
from tenon_core.web.pages.fields import Shown
from tenon_core.web.pages.formats import Formats, exact
from tenon_core.web.pages.lists.filters import EMPTY
from tenon_core.web.pages.lists.periods import midnight, moved
from tenon_core.web.pages.lists.state import ListState, split
from tenon_core.web.pages.texts import NO, YES
from tenon_sdk.declarations import Measure
from tenon_sdk.errors import Forbidden, Invalid
from tenon_sdk.text import Text, _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.lists.page import Lists

MOST = 200
MOST_MEASURES = 4
_GROUPED = frozenset({"choice", "state", "boolean", "reference"})
_DATES = frozenset({"date", "datetime"})
_SUMMED = frozenset({"money", "decimal", "integer"})
BY: Mapping[str, Text] = {
    "month": _("{field} by month"),
    "quarter": _("{field} by quarter"),
    "year": _("{field} by year"),
}
_SKELETON = {"month": "yMMM", "quarter": "yQQQ", "year": "y"}
Rows = list[dict[str, Any]]
Pairs = tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class Group:
    """One value: what it is called, how many records have it, their totals as people read them.

    `state` is the list of these records.
    """

    label: str
    count: str
    sums: Sequence[str]
    state: ListState
    tone: str | None = None


@frozen(kw_only=True)
class Grouped:
    label: str
    heads: Sequence[str]
    groups: Sequence[Group]
    count: str
    sums: Sequence[str]
    cut: bool


@frozen(kw_only=True)
class Summed:
    """A number of the list: a field's sum, or a declared measure; `currency` is a field's name."""

    label: str
    measure: str
    money: bool = False
    currency: str | None = None


def group_choices(lists: Lists) -> list[tuple[str, str]]:
    """What a list can be grouped by: (parameter, label)."""
    found: list[tuple[str, str]] = []
    for shown in lists.fields.every():
        if shown.kind in _GROUPED:
            found.append((shown.name, shown.label))
        elif shown.kind in _DATES and shown.info is not None:
            found += [
                (f"{period}({shown.name})", translate(text.format(field=shown.label)))
                for period, text in BY.items()
            ]
    return sorted(found, key=lambda pair: pair[1])


def grouped(lists: Lists, state: ListState) -> Grouped:
    """Two statements, and two more for amounts of money. Raises Invalid, Forbidden.

    Amounts of several currencies are never added: each has its own total.
    """
    shown, period = _field(lists, state.group)
    summed = _summed(lists, state)
    by = f"{state.group},{shown.title}" if shown.title and period is None else state.group
    plain = ",".join(["count", *(s.measure for s in summed if not s.currency)])
    rows = _aggregate(lists, state, by, plain)
    total = _aggregate(lists, state, "", plain)
    money = _money(lists, state, summed, state.group)
    whole = _money(lists, state, summed, "")
    rows = _ordered(shown, rows)
    numbers = _Numbers(lists.fmt, summed)
    return Grouped(
        label=shown.label,
        heads=[s.label for s in summed],
        groups=[
            _group(lists, state, (shown, period), row, numbers.of(row, money[row[state.group]]))
            for row in rows[:MOST]
        ],
        count=lists.fmt.number(total[0]["count"] if total else 0),
        sums=numbers.of(total[0] if total else {}, whole[None]),
        cut=len(rows) > MOST,
    )


def _field(lists: Lists, group: str) -> tuple[Shown, str | None]:
    period, _open, rest = group.partition("(")
    by_period = rest.endswith(")")
    shown = lists.fields.find(rest[:-1] if by_period else group)
    if shown is None or group not in {name for name, _label in group_choices(lists)}:
        raise Invalid({"group": _("A list cannot be grouped by “{name}”.", name=group)})
    return shown, period if by_period else None


def _summed(lists: Lists, state: ListState) -> list[Summed]:
    """The number columns that are shown, then the entity's declared measures."""
    found: list[Summed] = []
    for column in lists.columns.chosen(state.fields):
        shown = column.shown
        if shown is None or shown.info is None or shown.kind not in _SUMMED or "." in shown.name:
            continue
        if shown.kind == "integer" and not _adds_up(shown):
            continue
        money = shown.kind == "money"
        found.append(
            Summed(
                label=shown.label,
                measure=f"sum:{shown.name}",
                money=money,
                currency=shown.currency,
            )
        )
    found += [
        Summed(label=translate(measure.label), measure=measure.key)
        for measure in lists.call.site.registry.measures
        if measure.entity == lists.fields.name and _readable(lists, measure)
    ]
    return found[:MOST_MEASURES]


def _adds_up(shown: Shown) -> bool:
    """Years and places in an order are numbers that nobody adds."""
    return shown.info is not None and shown.info.maximum != 9999 and shown.field != "position"


def _readable(lists: Lists, measure: Measure) -> bool:
    call = lists.call
    try:
        paths_of(call.site, call.guardian, call.target).check_readable(
            measure.expression(call.target)
        )
    except (Forbidden, Invalid):
        return False
    return True


def _aggregate(lists: Lists, state: ListState, group: str, measure: str) -> Rows:
    """What quick search finds is a filter: as many as a list with search words looks through."""
    call = lists.call
    asked = lists.reading.plain(state.filters)
    pairs = [*([("group", group)] if group else []), ("measure", measure), *asked]
    spec = parse_aggregate(call.site, call.guardian, call.target, pairs)
    if state.q:
        ids = call.site.search_ids(call.guardian, call.target, state.q, FOUND)
        spec = evolve(spec, filters=(*spec.filters, Filter("id", "in", tuple(ids))))
    return aggregate(call.site, call.guardian, spec)


Amounts = dict[str, dict[str, Decimal]]


def _money(
    lists: Lists, state: ListState, summed: Sequence[Summed], group: str
) -> defaultdict[Any, Amounts]:
    """Totals by value of the group, measure and currency; one statement a currency field."""
    found: defaultdict[Any, Amounts] = defaultdict(lambda: defaultdict(dict))
    for currency in dict.fromkeys(s.currency for s in summed if s.currency):
        measures = ",".join(s.measure for s in summed if s.currency == currency)
        by = f"{group},{currency}" if group else str(currency)
        for row in _aggregate(lists, state, by, measures):
            amounts = found[row[group] if group else None]
            code = row[currency] or lists.fmt.currency
            for measure in measures.split(","):
                if row[measure] is not None:
                    known = amounts[measure].get(code, Decimal(0))
                    amounts[measure][code] = known + exact(row[measure])
    return found


@frozen
class _Numbers:
    fmt: Formats
    summed: Sequence[Summed]

    def of(self, row: Mapping[str, Any], amounts: Mapping[str, Mapping[str, Decimal]]) -> list[str]:
        return [self._one(each, row, amounts.get(each.measure, {})) for each in self.summed]

    def _one(self, each: Summed, row: Mapping[str, Any], amounts: Mapping[str, Decimal]) -> str:
        if each.currency:
            return " + ".join(self.fmt.money(v, code) for code, v in sorted(amounts.items()))
        value = row.get(each.measure)
        return self.fmt.money(value) if each.money else self.fmt.number(value)


def _ordered(shown: Shown, rows: Rows) -> Rows:
    """Codes as they are declared, references by name, the latest period first; empty ones last."""
    if shown.kind in {"choice", "state"}:
        order = {code: at for at, code in enumerate(shown.choices)}
        return sorted(rows, key=lambda row: order.get(row[shown.name], len(order)))
    if shown.kind == "reference" and shown.title:
        title = shown.title
        return sorted(rows, key=lambda row: (row[shown.name] is None, str(row[title] or "")))
    if shown.kind in _DATES:
        return sorted(rows, key=lambda row: str(next(iter(row.values())) or ""), reverse=True)
    return rows


def _group(
    lists: Lists,
    state: ListState,
    by: tuple[Shown, str | None],
    row: Mapping[str, Any],
    sums: Sequence[str],
) -> Group:
    """`by` is the field, and the period of it."""
    (shown, period), value = by, row[state.group]
    pairs: Pairs
    if value is None or value == "":
        label, pairs = translate(EMPTY), ((f"{shown.name}__isnull", "true"),)
    elif period is not None:
        label, pairs = _of_period(lists, state, shown, period, value)
    else:
        label, pairs = _of_value(shown, value, row)
    return Group(
        label=label,
        count=lists.fmt.number(row["count"]),
        sums=sums,
        state=narrowed(state, pairs),
        tone=shown.tones.get(str(value)) if shown.kind in {"choice", "state"} else None,
    )


def narrowed(state: ListState, pairs: Iterable[tuple[str, str]]) -> ListState:
    """The list of one group: what was asked before still holds."""
    more = tuple(pair for pair in pairs if pair not in state.filters)
    named = {name for name, _value in more}
    ranged = {split(name)[0] for name in named if split(name)[1] == "gte"}
    kept = tuple(
        (name, value)
        for name, value in state.filters
        if name not in named and split(name)[0] not in ranged
    )
    return evolve(state.first_page(), group="", view="", opened=(), filters=(*kept, *more))


def _of_value(shown: Shown, value: Any, row: Mapping[str, Any]) -> tuple[str, Pairs]:
    if shown.kind == "boolean":
        yes = value in {1, "true"}
        return translate(YES if yes else NO), ((shown.name, "true" if yes else "false"),)
    if shown.kind == "reference":
        text = str(row.get(shown.title or "") or "…")
    else:
        text = shown.choices.get(str(value), str(value))
    return text, ((f"{shown.name}__in", str(value)),)


def _of_period(
    lists: Lists, state: ListState, shown: Shown, period: str, value: Any
) -> tuple[str, Pairs]:
    """Periods are those of the site's time zone, as the aggregate counts them.

    What the list asks of the same field already still holds: the later beginning, the earlier end.
    """
    first = date.fromisoformat(str(value)[:10])
    after = moved(period, first, 1)
    zone = lists.call.site.config.zone
    ends = [
        midnight(day, zone).isoformat() if shown.kind == "datetime" else day.isoformat()
        for day in (first, after)
    ]
    own = [pair for pair in state.filters if split(pair[0])[0] == shown.name]
    asked = dict(lists.reading.plain(own))
    ends[0] = max(ends[0], asked.get(f"{shown.name}__gte", ends[0]))
    ends[1] = min(ends[1], asked.get(f"{shown.name}__lt", ends[1]))
    label = dates.format_skeleton(_SKELETON[period], first, locale=lists.fmt.locale)
    return str(label), ((f"{shown.name}__gte", ends[0]), (f"{shown.name}__lt", ends[1]))
