"""Counts and sums over what a person may see, grouped by up to two fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    String,
    cast,
    distinct,
    func,
    literal_column,
    select,
)

from tenon_core.storage.lists.compile import (
    compile_statement,
    filter_values,
    fixed,
    narrowed,
)
from tenon_core.storage.lists.parse import Filter, ListSpec, read_filter
from tenon_core.storage.lists.paths import Path, Paths, kept, paths_of
from tenon_core.storage.reading import Cursor
from tenon_core.storage.sessions import Guardian
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _
from tenon_sdk.types import Exact

PERIODS = ("day", "week", "month", "quarter", "year")
FUNCTIONS = ("sum", "avg", "min", "max", "distinct")
NUMBERS = {"integer", "decimal", "money", "percent"}
MAX_GROUPS = 2
MAX_MEASURES = 10
MAX_ROWS = 10_000


@frozen
class Group:
    """A field, or a period of a date field, that rows are counted by."""

    name: str
    field: str
    period: str | None = None


@frozen
class Summed:
    """`count`, a function of a field, or a declared measure."""

    name: str
    function: str
    field: str | None = None


@frozen(kw_only=True)
class AggregateSpec:
    entity: type[Entity]
    groups: tuple[Group, ...] = ()
    measures: tuple[Summed, ...] = ()
    filters: tuple[Filter, ...] = ()


def parse_aggregate(
    site: Any, guardian: Guardian | None, entity: type[Entity], pairs: Iterable[tuple[str, str]]
) -> AggregateSpec:
    """Reads `group=stage,month(close_date)`, `measure=sum:amount,count` and filters.

    Raises Invalid that names the parameter, Forbidden for a field that may not be read.
    """
    paths = paths_of(site, guardian, entity)
    groups: tuple[Group, ...] = ()
    measures: tuple[Summed, ...] = (Summed("count", "count"),)
    filters: list[Filter] = []
    faults: dict[str, list[Text]] = {}
    for name, value in pairs:
        try:
            if name == "group":
                groups = _groups(paths, value)
            elif name == "measure":
                measures = _measures(site, paths, value)
            else:
                filters.append(read_filter(paths, name, value))
        except Invalid as error:
            for parameter, texts in error.fields.items():
                faults.setdefault(parameter, []).extend(texts)
    if faults:
        raise Invalid(faults)
    return AggregateSpec(entity=entity, groups=groups, measures=measures, filters=tuple(filters))


def _groups(paths: Paths, value: str) -> tuple[Group, ...]:
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if len(parts) > MAX_GROUPS:
        raise Invalid({"group": _("At most {limit} fields.", limit=MAX_GROUPS)})
    found = []
    for part in parts:
        period, _open, rest = part.partition("(")
        if rest.endswith(")"):
            if period not in PERIODS:
                raise Invalid({"group": _("Choose one of: {choices}.", choices=", ".join(PERIODS))})
            path = paths.resolve(rest[:-1], "group")
            if path.kind not in {"date", "datetime"}:
                raise Invalid({"group": _("“{name}” is no date.", name=path.name)})
            found.append(Group(part, path.name, period))
        else:
            path = paths.resolve(part, "group")
            if path.kind in {"json", "long_text"}:
                raise Invalid({"group": _("“{name}” has no order.", name=path.name)})
            found.append(Group(part, path.name))
    return tuple(found)


def _measures(site: Any, paths: Paths, value: str) -> tuple[Summed, ...]:
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not 1 <= len(parts) <= MAX_MEASURES:
        raise Invalid({"measure": _("At most {limit} measures.", limit=MAX_MEASURES)})
    return tuple(_measure(site, paths, part) for part in dict.fromkeys(parts))


def _measure(site: Any, paths: Paths, part: str) -> Summed:
    function, colon, name = part.partition(":")
    if part == "count":
        return Summed(part, "count")
    if not colon:
        if f"{paths.entity.__tenon__.name}:{part}" not in site.registry.measures:
            raise Invalid({"measure": _("There is no measure “{name}”.", name=part)})
        return Summed(part, "measure", part)
    if function not in FUNCTIONS:
        raise Invalid({"measure": _("Choose one of: {choices}.", choices=", ".join(FUNCTIONS))})
    path = paths.resolve(name, "measure")
    fits = path.kind in NUMBERS or (
        function in {"min", "max"} and path.kind in {"date", "datetime"}
    )
    if function != "distinct" and not fits:
        raise Invalid({"measure": _("“{name}” is no number.", name=name)})
    return Summed(part, function, name)


def aggregate(site: Any, guardian: Guardian | None, spec: AggregateSpec) -> list[dict[str, Any]]:
    """One mapping per group, by group names and measure names, ordered by the groups.

    Sums of exact numbers are exact (text in JSON, Decimal here); `avg` is rounded half even to
    four more digits than the field has. Periods are those of the site's time zone and appear as
    their first day. At most MAX_ROWS groups; more raise Invalid.
    """
    paths = paths_of(site, guardian, spec.entity)
    shapes = tuple(flt.shape for flt in spec.filters)
    statement, converters = kept(
        site.statements(guardian),
        ("aggregate", spec.entity, spec.groups, spec.measures, shapes),
        lambda: _compile(site, paths, guardian, spec),
    )
    with Cursor(site) as cursor:
        rows = statement.run(cursor, filter_values(spec.filters))
    if len(rows) > MAX_ROWS:
        raise Invalid({"group": _("More than {limit} groups; filter first.", limit=MAX_ROWS)})
    names = [*(group.name for group in spec.groups), *(m.name for m in spec.measures)]
    return [
        {
            name: convert(value) if value is not None else None
            for name, convert, value in zip(names, converters, row, strict=True)
        }
        for row in rows
    ]


def aggregate_json(
    site: Any, guardian: Guardian | None, entity: type[Entity], pairs: Iterable[tuple[str, str]]
) -> bytes:
    """The body of an aggregate's answer: `{"items": [{group…, measure…}, …]}`."""
    spec = parse_aggregate(site, guardian, entity, pairs)
    return msgspec.json.encode({"items": aggregate(site, guardian, spec)})


def _compile(
    site: Any, paths: Paths, guardian: Guardian | None, spec: AggregateSpec
) -> tuple[Any, Sequence[Callable[[Any], Any]]]:
    used: list[Path] = []
    columns: list[ColumnElement[Any]] = []
    converters: list[Callable[[Any], Any]] = []
    for group in spec.groups:
        path = paths.resolve(group.field, "group")
        used.append(path)
        columns.append(_grouped(paths.dialect, path, group.period, str(site.config.zone)))
        converters.append(_plain if group.period is None else str)
        if group.period is None and isinstance(path.type, Exact):
            converters[-1] = _exact(paths.dialect, path.type.scale)
    grouped = list(columns)
    for measure in spec.measures:
        column, convert = _summed(site, paths, measure, used)
        columns.append(column)
        converters.append(convert)
    statement: Select[Any] = select(*columns)
    list_spec = ListSpec(entity=spec.entity, filters=spec.filters)
    criteria = guardian.criteria(paths.entity, "view") if guardian is not None else None
    statement = narrowed(statement, paths, criteria, list_spec, used)
    if grouped:
        # By position: the same expression with other parameters is another one to PostgreSQL.
        places: list[ColumnElement[Any]] = [
            literal_column(str(index + 1)) for index in range(len(grouped))
        ]
        statement = statement.group_by(*places).order_by(*(p.nulls_last() for p in places))
    statement = statement.limit(fixed(MAX_ROWS + 1))
    return compile_statement(paths.dialect, statement), tuple(converters)


def _summed(
    site: Any, paths: Paths, measure: Summed, used: list[Path]
) -> tuple[ColumnElement[Any], Callable[[Any], Any]]:
    if measure.function == "count":
        return func.count(), _plain
    if measure.function == "measure":
        declared = site.registry.measures[f"{paths.entity.__tenon__.name}:{measure.field}"]
        expression = declared.expression(paths.entity)
        paths.check_readable(expression)
        scale = getattr(expression.type, "scale", None)
        exact = isinstance(expression.type, Exact)
        return expression, _exact(paths.dialect, scale or 0) if exact else _plain
    path = paths.resolve(measure.field or "", "measure")
    used.append(path)
    column: Any = path.expression
    if measure.function == "distinct":
        return func.count(distinct(column)), _plain
    if measure.function == "avg":
        scale = path.type.scale if isinstance(path.type, Exact) else 0
        return func.avg(column), _average(paths.dialect, scale)
    summed: ColumnElement[Any] = getattr(func, measure.function)(column)
    if isinstance(path.type, Exact):
        return summed, _exact(paths.dialect, path.type.scale)
    return summed, _plain


def _grouped(dialect: str, path: Path, period: str | None, zone: str) -> ColumnElement[Any]:
    """The first day of the period in the site's time zone, as `YYYY-MM-DD` or a date."""
    column: Any = path.expression
    if period is None:
        plain: ColumnElement[Any] = column
        return plain
    if dialect == "postgresql":
        local = func.timezone(zone, column) if path.kind == "datetime" else column
        return cast(func.date_trunc(literal_column(f"'{period}'"), local), Date)
    day = func.tenon_day(column, zone) if path.kind == "datetime" else column
    return func.tenon_period(cast(day, String), period)


def _plain(value: Any) -> Any:
    return value


def _exact(dialect: str, scale: int) -> Callable[[Any], Decimal]:
    if dialect == "sqlite":
        return lambda value: Decimal(value).scaleb(-scale)
    unit = Decimal(1).scaleb(-scale)
    return lambda value: Decimal(value).quantize(unit)


def _average(dialect: str, scale: int) -> Callable[[Any], Decimal]:
    unit = Decimal(1).scaleb(-scale - 4)
    shift = -scale if dialect == "sqlite" else 0
    return lambda value: Decimal(str(value)).scaleb(shift).quantize(unit)
