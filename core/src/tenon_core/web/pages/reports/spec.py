"""What a report asks: read from an address, kept as a saved view."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from tenon_core.storage.lists.aggregate import MAX_GROUPS, MAX_MEASURES, PERIODS
from tenon_core.web.pages.calls import CSRF_FIELD
from tenon_core.web.pages.fields import NUMERIC, Fields, Shown
from tenon_core.web.problems import Fault
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

CHARTS: Mapping[str, Text] = {
    "table": _("Table"),
    "bar": _("Bars"),
    "line": _("Lines"),
    "pie": _("Pie"),
    "funnel": _("Funnel"),
    "heatmap": _("Heat map"),
}
PERIOD_LABELS: Mapping[str, Text] = {
    "day": _("{field} by day"),
    "week": _("{field} by week"),
    "month": _("{field} by month"),
    "quarter": _("{field} by quarter"),
    "year": _("{field} by year"),
}
FUNCTION_LABELS: Mapping[str, Text] = {
    "sum": _("Sum of {field}"),
    "avg": _("Average of {field}"),
    "min": _("Least {field}"),
    "max": _("Greatest {field}"),
    "distinct": _("Number of different values: {field}"),
}
COUNT = "count"
OWN = frozenset(
    {"entity", "measure", "group", "chart", "top", "order", "name", "id", "shared", CSRF_FIELD}
)
TOP = (0, 5, 10, 20, 50)


@frozen(kw_only=True)
class ReportSpec:
    """A report: `measures` and `groups` as the API's aggregate takes them.

    top    only so many rows with the greatest first measure, 0 for all
    order  `value` by the first measure, `label` by the groups themselves
    """

    entity: type[Entity]
    measures: tuple[str, ...] = (COUNT,)
    groups: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    chart: str = "bar"
    top: int = 0
    order: str = "label"

    @property
    def name(self) -> str:
        return self.entity.__tenon__.name

    def pairs(self) -> list[tuple[str, str]]:
        """As the parameters of an address."""
        found = [("entity", self.name)]
        found += [("measure", measure) for measure in self.measures]
        found += [("group", group) for group in self.groups]
        found += [("chart", self.chart), ("order", self.order)]
        if self.top:
            found.append(("top", str(self.top)))
        return [*found, *self.filters]

    def figures(self) -> list[tuple[str, str]]:
        """Measures and groups as the parameters of the aggregate."""
        found = [("measure", ",".join(self.measures))]
        return [("group", ",".join(self.groups)), *found] if self.groups else found

    def definition(self) -> dict[str, Any]:
        return {"pairs": [list(pair) for pair in self.pairs()]}


def read_spec(call: PageCall, pairs: Iterable[tuple[str, str]]) -> ReportSpec:
    """Raises Invalid for what no report is, Fault 403 for an entity that one may not see."""
    given = [(name, value) for name, value in pairs if value]
    single = dict(given)
    entity = entity_of(call, single.get("entity", ""))
    chart, order = single.get("chart", "bar"), single.get("order", "label")
    if chart not in CHARTS:
        raise Invalid({"chart": _("Choose one of: {choices}.", choices=", ".join(CHARTS))})
    top = single.get("top", "0")
    return ReportSpec(
        entity=entity,
        measures=tuple(_all(given, "measure"))[:MAX_MEASURES] or (COUNT,),
        groups=tuple(_all(given, "group"))[:MAX_GROUPS],
        filters=tuple((n, v) for n, v in given if n not in OWN),
        chart=chart,
        top=int(top) if top.isdigit() and len(top) < 5 else 0,
        order="value" if order == "value" else "label",
    )


def _all(pairs: Sequence[tuple[str, str]], name: str) -> list[str]:
    return list(dict.fromkeys(value for key, value in pairs if key == name))


def entity_of(call: PageCall, name: str) -> type[Entity]:
    """An entity that reports may be made of. Raises Invalid or Fault 403."""
    found = call.site.registry.entities.get(name)
    if found is None or found.__tenon__.internal:
        raise Invalid({"entity": _("There is no kind of record “{name}”.", name=name)})
    if call.guardian.access.scope(f"{name}.view") is None:
        raise Fault(403, "forbidden", _("You are not allowed to do this."))
    return found


def reportable(call: PageCall) -> list[tuple[str, str]]:
    """(name, label) of what the person may report on, by label."""
    found = [
        (cls.__tenon__.name, translate(cls.__tenon__.plural))
        for cls in call.site.registry.entities
        if not cls.__tenon__.internal
        and cls.__tenon__.extends is None
        and call.guardian.access.scope(cls.__tenon__.permission("view")) is not None
    ]
    return sorted(found, key=lambda pair: pair[1])


def measure_choices(fields: Fields) -> list[tuple[str, str]]:
    """(measure, label): the count, functions of every number, plugins' own measures."""
    found = [(COUNT, translate(_("Number of records")))]
    found += [
        (measure.key, translate(measure.label))
        for measure in fields.site.registry.measures
        if measure.entity == fields.name
    ]
    for shown in fields.every():
        if shown.kind in NUMERIC and not shown.name.startswith("custom."):
            found += [
                (f"{key}:{shown.name}", _labelled(FUNCTION_LABELS[key], shown.label))
                for key in ("sum", "avg", "min", "max")
            ]
        elif shown.kind == "reference":
            label = _labelled(FUNCTION_LABELS["distinct"], shown.label)
            found.append((f"distinct:{shown.name}", label))
    return found


def group_choices(fields: Fields) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for shown in fields.every():
        if shown.kind in {"date", "datetime"}:
            found += [
                (f"{period}({shown.name})", _period_label(period, shown)) for period in PERIODS
            ]
        elif shown.kind in {"choice", "state", "reference", "boolean", "text", "integer"}:
            found.append((shown.name, shown.label))
    return found


def _period_label(period: str, shown: Shown) -> str:
    return _labelled(PERIOD_LABELS[period], shown.label)


def _labelled(text: Text, label: str) -> str:
    return translate(text.format(field=label))


def measure_label(fields: Fields, measure: str) -> str:
    if measure == COUNT:
        return translate(_("Number of records"))
    function, colon, name = measure.partition(":")
    if not colon:
        declared = fields.site.registry.measures.get(f"{fields.name}:{measure}")
        return translate(declared.label) if declared is not None else measure
    shown = fields.find(name)
    label = shown.label if shown is not None else name
    text = FUNCTION_LABELS.get(function)
    return _labelled(text, label) if text is not None else label


def group_label(fields: Fields, group: str) -> str:
    period, name = split_group(group)
    shown = fields.find(name)
    if shown is None:
        return name
    return _period_label(period, shown) if period else shown.label


def split_group(group: str) -> tuple[str | None, str]:
    """`month(close_date)` -> (`month`, `close_date`); a plain field has no period."""
    period, bracket, rest = group.partition("(")
    return (period, rest[:-1]) if bracket and rest.endswith(")") else (None, group)
