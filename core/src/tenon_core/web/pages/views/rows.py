"""Reading records for views: the same scoped lists as everywhere, with their filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from tenon_core.storage.lists import aggregate, list_rows, parse_aggregate, parse_list
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import Fields, Shown
from tenon_sdk.entities import Entity

Pairs = Iterable[tuple[str, str]]
# Names that a page's address uses for itself and lists do not know.
OWN = frozenset({"view", "date", "start", "end", "whose", "_"})


def read_rows(
    call: PageCall, entity: type[Entity], names: Sequence[str], pairs: Pairs, limit: int
) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
    """Rows of an entity as tuples in the order of `names`; one statement."""
    wanted = tuple(dict.fromkeys(names))
    asked = [("fields", ",".join(wanted)), ("limit", str(limit)), *pairs]
    spec = parse_list(call.site, call.guardian, entity, asked, max_limit=limit)
    page = list_rows(call.site, call.guardian, spec)
    return page.names, [msgspec.structs.astuple(row) for row in page.items]


def sums(
    call: PageCall, entity: type[Entity], group: str, measure: str, pairs: Pairs
) -> list[dict[str, Any]]:
    """Totals of the same records by one field; one statement."""
    asked = [("group", group), ("measure", measure), *pairs]
    return aggregate(
        call.site, call.guardian, parse_aggregate(call.site, call.guardian, entity, asked)
    )


def filters_of(call: PageCall) -> list[tuple[str, str]]:
    """What the address filters by, beside what the page itself understands."""
    return [(name, value) for name, value in call.query if name not in OWN and value]


def needs(fields: Fields, names: Sequence[str]) -> tuple[list[Shown], list[str]]:
    """The readable ones of `names` with every path that their cells read."""
    found = fields.all(names)
    return found, [path for shown in found for path in shown.needs]


def index_of(names: Sequence[str]) -> Mapping[str, int]:
    return {name: at for at, name in enumerate(names)}
