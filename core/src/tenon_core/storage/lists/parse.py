"""From a query string to the description of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import field, frozen

from tenon_core.storage.lists.paths import Path, Paths, paths_of
from tenon_core.storage.lists.values import read_flag, read_value
from tenon_core.storage.sessions import Guardian
from tenon_sdk.entities import Archived, Entity
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _

LOOKUPS = ("eq", "ne", "lt", "lte", "gt", "gte", "in", "contains", "startswith", "isnull")
TEXT_LOOKUPS = {"contains", "startswith"}
TEXT_KINDS = {"text", "long_text", "email", "phone", "url", "number", "choice"}
ORDER_LOOKUPS = {"lt", "lte", "gt", "gte"}
DEFAULT_LIMIT = 50
MAX_LIMIT = 500
MAX_FIELDS = 200
MAX_IN = 200
RESERVED = frozenset({"fields", "q", "sort", "limit", "cursor", "count", "archived"})


@frozen
class Filter:
    """`field` `lookup` `value`; value is a tuple for `in` and a bool for `isnull`."""

    field: str
    lookup: str
    value: Any

    @property
    def shape(self) -> tuple[Any, ...]:
        """What decides the statement: the number of values of `in`, the answer of `isnull`."""
        if self.lookup == "in":
            return self.field, self.lookup, len(self.value)
        if self.lookup == "isnull":
            return self.field, self.lookup, self.value
        return self.field, self.lookup


@frozen
class Sort:
    field: str
    descending: bool = False


@frozen(kw_only=True)
class ListSpec:
    """A list: which fields of which records in what order, and from where on.

    fields    names as `Paths` knows them; () for the default ones
    search    words for the search index
    cursor    where the last page ended
    count     None or "exact"
    archived  None for what is not in the recycle bin, True for what is, False for both
    """

    entity: type[Entity]
    fields: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    search: str | None = None
    sort: tuple[Sort, ...] = ()
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    count: bool = False
    archived: bool | None = field(default=None)


def parse_list(
    site: Any,
    guardian: Guardian | None,
    entity: type[Entity],
    pairs: Iterable[tuple[str, str]],
    *,
    max_limit: int = MAX_LIMIT,
) -> ListSpec:
    """Reads `fields`, `<field>`, `<field>__<lookup>`, `q`, `sort`, `limit`, `cursor`, `count`.

    Raises Invalid that names each faulty parameter, and Forbidden for a field that the person
    may not read: filtering or sorting by it would tell its value.
    """
    paths = paths_of(site, guardian, entity)
    reader = _Reader(paths, max_limit)
    for name, value in pairs:
        reader.read(name, value)
    if reader.faults:
        raise Invalid(reader.faults)
    return ListSpec(entity=entity, filters=tuple(reader.filters), **reader.values)


class _Reader:
    def __init__(self, paths: Paths, max_limit: int) -> None:
        self.paths, self.max_limit = paths, max_limit
        self.values: dict[str, Any] = {}
        self.filters: list[Filter] = []
        self.faults: dict[str, list[Text]] = {}

    def read(self, name: str, value: str) -> None:
        try:
            if name in RESERVED:
                self._once(name)
                self._reserved(name, value)
            else:
                self.filters.append(read_filter(self.paths, name, value))
        except Invalid as error:
            for parameter, texts in error.fields.items():
                self.faults.setdefault(parameter, []).extend(texts)

    def _once(self, name: str) -> None:
        if name in self.values or (name == "q" and "search" in self.values):
            raise Invalid({name: _("This parameter may be given once.")})

    def _reserved(self, name: str, value: str) -> None:
        match name:
            case "fields":
                self.values["fields"] = self._fields(value)
            case "q":
                self.values["search"] = value.strip() or None
            case "sort":
                self.values["sort"] = self._sort(value)
            case "limit":
                self.values["limit"] = self._limit(value)
            case "cursor":
                self.values["cursor"] = value
            case "count":
                self.values["count"] = _count(value)
            case _:
                self.values["archived"] = self._archived(value)

    def _fields(self, value: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        if len(names) > MAX_FIELDS:
            raise Invalid({"fields": _("At most {limit} fields.", limit=MAX_FIELDS)})
        for name in names:
            self.paths.resolve(name, "fields")
        return names

    def _sort(self, value: str) -> tuple[Sort, ...]:
        sorts = []
        for part in value.split(","):
            name = part.strip()
            sort = Sort(name.removeprefix("-"), name.startswith("-"))
            if self.paths.resolve(sort.field, "sort").kind == "json":
                raise Invalid({"sort": _("“{name}” has no order.", name=sort.field)})
            sorts.append(sort)
        if len(sorts) > 4:
            raise Invalid({"sort": _("At most {limit} fields.", limit=4)})
        return tuple(sorts)

    def _limit(self, value: str) -> int:
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= self.max_limit:
            raise Invalid(
                {"limit": _("Enter a whole number from 1 to {limit}.", limit=self.max_limit)}
            )
        return int(value)

    def _archived(self, value: str) -> bool | None:
        if not issubclass(self.paths.entity, Archived):
            raise Invalid({"archived": _("These records have no recycle bin.")})
        return False if value == "all" else read_flag(value, "archived") or None


def read_filter(paths: Paths, name: str, value: str) -> Filter:
    """One filter parameter. Raises Invalid."""
    field_name, sep, lookup = name.rpartition("__")
    if not sep:
        field_name, lookup = name, "eq"
    if lookup not in LOOKUPS:
        raise Invalid({name: _("There is no parameter or lookup “{name}”.", name=name)})
    path = paths.resolve(field_name, name)
    return Filter(field_name, lookup, _value(path, lookup, value, name))


def _value(path: Path, lookup: str, value: str, parameter: str) -> Any:
    if lookup == "isnull":
        return read_flag(value, parameter)
    wrong = (
        path.kind == "json"
        or (lookup in TEXT_LOOKUPS and path.kind not in TEXT_KINDS)
        or (lookup in ORDER_LOOKUPS and path.kind in {"boolean", "choice"})
    )
    if wrong:
        raise Invalid({parameter: _("“{lookup}” does not fit this field.", lookup=lookup)})
    if lookup in TEXT_LOOKUPS:
        if not value or len(value) > 200:
            raise Invalid({parameter: _("At most {limit} characters.", limit=200)})
        return value
    if lookup != "in":
        return read_value(path, value, parameter)
    parts: Sequence[str] = value.split(",")
    if len(parts) > MAX_IN:
        raise Invalid({parameter: _("At most {limit} values.", limit=MAX_IN)})
    return tuple(read_value(path, part, parameter) for part in parts)


def _count(value: str) -> bool:
    if value != "exact":
        raise Invalid({"count": _("Choose one of: {choices}.", choices="exact")})
    return True
