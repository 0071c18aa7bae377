"""What the address of a list says.

The parameters are those of the API (`fields`, `q`, `sort`, `limit`, `cursor`, `archived`,
`<field>__<lookup>`). Pages know some more:

    <reference>=me       who looks herself
    <date>__within=this_month
    <moment>__gte=2026-03-02    a day of the reader's, where the API wants a moment
    view, group, trail, with
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from attrs import evolve, frozen

from tenon_core.storage.lists import ListSpec, parse_list
from tenon_core.storage.lists.parse import MAX_LIMIT
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import Fields
from tenon_core.web.pages.lists.periods import PERIODS, WITHIN, days_of, midnight
from tenon_sdk.errors import Forbidden, Invalid
from tenon_sdk.text import Text, _, translate

SIZES = (25, 50, 100, 200)
USUAL_SIZE = 50
ME = "me"
EVERYTHING = "all"
# How many pages back one gets.
TRAIL = 20
BEGINNING = "-"
_SINGLE = ("q", "sort", "limit", "cursor", "archived", "view", "group", "trail")
COMPUTED = "column."
Pairs = tuple[tuple[str, str], ...]


@frozen(kw_only=True)
class ListState:
    """`filters` are parameters as the page writes them; `opened` fields whose control is shown."""

    fields: tuple[str, ...] = ()
    q: str = ""
    sort: str = ""
    limit: int = USUAL_SIZE
    cursor: str = ""
    archived: str = ""
    view: str = ""
    group: str = ""
    trail: tuple[str, ...] = ()
    filters: Pairs = ()
    opened: tuple[str, ...] = ()

    def pairs(self) -> list[tuple[str, str]]:
        """The address again, short: nothing that goes without saying."""
        found = [("view", self.view), ("q", self.q), *self.filters]
        found += [("archived", self.archived), ("fields", ",".join(self.fields))]
        found += [("sort", self.sort), ("group", self.group)]
        if self.limit != USUAL_SIZE:
            found.append(("limit", str(self.limit)))
        found += [("cursor", self.cursor), ("trail", "~".join(self.trail))]
        return [(name, value) for name, value in found if value]

    def query(self) -> str:
        text = urlencode(self.pairs(), safe=",~")
        return f"?{text}" if text else ""

    def first_page(self, **changes: Any) -> ListState:
        return evolve(self, cursor="", trail=(), **changes)

    def values(self, name: str) -> list[str]:
        """The value of a filter parameter, its parts for `__in`."""
        given = dict(self.filters).get(name, "")
        return given.split(",") if name.endswith("__in") and given else [given] if given else []

    def without(self, field: str) -> ListState:
        kept = tuple((n, v) for n, v in self.filters if n.rpartition("__")[0] != field)
        kept = tuple((n, v) for n, v in kept if n != field)
        return self.first_page(
            filters=kept, opened=tuple(name for name in self.opened if name != field)
        )

    @property
    def filtered(self) -> set[str]:
        """Fields that something is asked of."""
        return {split(name)[0] for name, _value in self.filters}

    @property
    def narrowed(self) -> bool:
        return bool(self.filters or self.q or self.archived)

    @property
    def place(self) -> int:
        """How many pages lie before this one, as far as is known."""
        return len(self.trail)


def split(parameter: str) -> tuple[str, str]:
    """Field and lookup of a filter parameter."""
    name, sep, lookup = parameter.rpartition("__")
    return (name, lookup) if sep else (parameter, "eq")


def read_state(pairs: Iterable[tuple[str, str]]) -> ListState:
    """What comes several times is one list; what is empty was not said. Raises Invalid."""
    single: dict[str, str] = {}
    fields: list[str] = []
    opened: list[str] = []
    filters: dict[str, str] = {}
    for name, given in pairs:
        value = given.strip()
        if name == "with":
            opened.append(value)
        elif not value or name in {"_", "open"}:
            continue
        elif name == "fields":
            fields += [part.strip() for part in value.split(",") if part.strip()]
        elif name in _SINGLE:
            single[name] = value
        elif name in filters and name.endswith("__in"):
            filters[name] = f"{filters[name]},{value}"
        else:
            filters[name] = value
    return ListState(
        fields=tuple(dict.fromkeys(fields)),
        limit=_size(single.pop("limit", "")),
        trail=tuple(single.pop("trail", "").split("~")) if single.get("trail") else (),
        filters=_sound(filters),
        opened=tuple(dict.fromkeys(name for name in opened if name)),
        **{name: value for name, value in single.items() if name != "trail"},
    )


def _size(given: str) -> int:
    if not given:
        return USUAL_SIZE
    if not given.isascii() or not given.isdigit() or int(given) not in SIZES:
        choices = ", ".join(map(str, SIZES))
        raise Invalid({"limit": _("Choose one of: {choices}.", choices=choices)})
    return int(given)


def _sound(filters: Mapping[str, str]) -> Pairs:
    """Who asks for empty ones asks for no value of the same field, and a period is no range."""
    empty = {split(n)[0] for n, v in filters.items() if n.endswith("__isnull") and v != "false"}
    period = {split(n)[0] for n in filters if n.endswith(WITHIN)}
    return tuple(
        (name, value)
        for name, value in filters.items()
        if not (split(name)[0] in empty and split(name)[1] != "isnull")
        and not (split(name)[0] in period and split(name)[1] in {"gte", "lte", "gt", "lt"})
    )


class Reading:
    """Turns a state into what lists understand, for one person."""

    def __init__(self, call: PageCall, fields: Fields) -> None:
        self.call, self.fields = call, fields
        self.fmt = call.pages.renderer.formats(call)

    def plain(self, filters: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Filters as the API takes them. Raises Invalid for a period that there is not."""
        found: list[tuple[str, str]] = []
        for name, value in filters:
            field, lookup = split(name)
            kind = getattr(self.fields.find(field), "kind", "")
            if lookup == "within":
                found += self._period(field, kind, value)
            elif kind == "datetime" and len(value) == 10 and lookup != "isnull":
                found += self._day(field, lookup, value, name)
            elif kind in {"reference", "any_reference"}:
                found.append((name, self._named(value)))
            else:
                found.append((name, value))
        return found

    def _named(self, value: str) -> str:
        mine = str(self.call.guardian.access.actor.user_id)
        return ",".join(mine if part == ME else part for part in value.split(","))

    def _period(self, field: str, kind: str, value: str) -> list[tuple[str, str]]:
        days = days_of(value, self.fmt.today) if kind in {"date", "datetime"} else None
        if days is None:
            choices = ", ".join(PERIODS)
            raise Invalid({field + WITHIN: _("Choose one of: {choices}.", choices=choices)})
        first, after = days
        found = [(f"{field}__lt", self._edge(after, kind))]
        if first is not None:
            found.append((f"{field}__gte", self._edge(first, kind)))
        return found

    def _day(self, field: str, lookup: str, value: str, name: str) -> list[tuple[str, str]]:
        """A day where a moment is wanted is all of that day."""
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise Invalid({name: _("Enter a date, such as 2026-11-23.")}) from None
        start, end = self._edge(day, "datetime"), self._edge(day + timedelta(days=1), "datetime")
        return {
            "gte": [(f"{field}__gte", start)],
            "gt": [(f"{field}__gte", end)],
            "lt": [(f"{field}__lt", start)],
            "lte": [(f"{field}__lt", end)],
        }.get(lookup, [(f"{field}__gte", start), (f"{field}__lt", end)])

    def _edge(self, day: date, kind: str) -> str:
        return day.isoformat() if kind == "date" else midnight(day, self.fmt.zone).isoformat()

    def asked(self, state: ListState) -> list[tuple[str, str]]:
        """Everything but which fields, and where on."""
        found = self.plain(state.filters)
        found += [(n, getattr(state, n)) for n in ("q", "archived") if getattr(state, n)]
        return found

    def spec(
        self,
        state: ListState,
        names: Sequence[str],
        *,
        more: Mapping[str, str] = {},
        most: int = MAX_LIMIT,
    ) -> ListSpec:
        """Raises Invalid that names each parameter that cannot be understood.

        One that the person may not ask for is named like that, too: the page says which.
        """
        asked = [*self.asked(state), ("fields", ",".join(names)), *more.items()]
        faults: dict[str, Sequence[Text] | Text] = {}
        try:
            return parse_list(
                self.call.site, self.call.guardian, self.call.target, asked, max_limit=most
            )
        except Invalid as invalid:
            faults.update(invalid.fields)
        except Forbidden:
            for pair in asked:
                try:
                    parse_list(self.call.site, self.call.guardian, self.call.target, [pair])
                except Forbidden as forbidden:
                    faults[pair[0]] = forbidden.message
                except Invalid as invalid:
                    faults.update(invalid.fields)
        raise Invalid(faults)


def told(invalid: Invalid) -> list[tuple[str, str]]:
    """What is wrong, as pairs of parameter and sentence."""
    return [(name, translate(text)) for name, texts in invalid.fields.items() for text in texts]
