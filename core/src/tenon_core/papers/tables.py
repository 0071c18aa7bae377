"""Tables of records: the parts of a record, or whatever concerns it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from tenon_core.papers.reading import NUMBERS, Fields, Shown, paths_to
from tenon_core.storage.lists import Filter, ListSpec, Sort, list_rows
from tenon_sdk.entities import Entity
from tenon_sdk.papers import Money
from tenon_sdk.text import Text

MOST_LINES = 500


def table_of(
    ctx: Any,
    entity: type[Entity],
    label: Text,
    names: Sequence[str],
    *,
    where: Sequence[Filter],
    sort: Sequence[Sort] = (Sort("id"),),
    sums: Sequence[str] = (),
    limit: int = MOST_LINES,
    columns: int | None = None,
    shared: bool = False,
) -> dict[str, Any] | None:
    """What the template's `lines` shows, of the records that whoever prints may see; one statement.

    At most the first `columns` of those with any value. None if there is nothing to show.
    """
    shown = Fields(ctx, entity, shared=shared).all(names)
    if not shown:
        return None
    spec = ListSpec(
        entity=entity, fields=paths_to(shown), filters=tuple(where), sort=tuple(sort), limit=limit
    )
    page = list_rows(ctx.site, ctx.guardian, spec)
    rows = [dict(zip(page.names, msgspec.structs.astuple(i), strict=True)) for i in page.items]
    filled = [c for c in shown if any(row.get(c.path) not in {None, ""} for row in rows)][:columns]
    if not filled:
        return None
    currency = ctx.site.config.site.currency
    values = [[each.value(row, currency) for each in filled] for row in rows]
    return {
        "label": label,
        "columns": [{"label": c.label, "number": c.kind in NUMBERS} for c in filled],
        "rows": values,
        "sums": _sums(sums, filled, values) if sums and page.next is None else None,
        "more": page.next is not None,
    }


def _sums(
    wanted: Sequence[str], columns: Sequence[Shown], rows: Sequence[Sequence[Any]]
) -> list[Any]:
    """Under each column that is summed its total; none where currencies differ."""
    return [
        _total([row[at] for row in rows]) if column.name in wanted else None
        for at, column in enumerate(columns)
    ]


def _total(values: Sequence[Any]) -> Any:
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, Money) for value in there):
        currencies = {value.currency for value in there}
        total = sum((value.amount for value in there), Decimal(0))
        return Money(total, currencies.pop()) if len(currencies) == 1 else None
    if there and all(isinstance(value, Decimal) for value in there):
        return sum(there, Decimal(0))
    return None
