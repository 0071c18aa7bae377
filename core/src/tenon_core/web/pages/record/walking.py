"""From one record to the next of the list that one came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from attrs import evolve, frozen

from tenon_core.storage.lists import ListSpec, Sort, list_rows, parse_list, record_json
from tenon_core.storage.lists.paging import ordering, write_cursor
from tenon_core.storage.lists.parse import RESERVED
from tenon_core.storage.lists.paths import paths_of
from tenon_sdk.errors import TenonError

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall
    from tenon_core.web.pages.record.view import View

# The parameter of a record's address that holds the address of its list.
LIST = "list"
LONGEST = 2_000
_WANTED = frozenset({"sort", "archived"})


@frozen
class Walk:
    """Addresses of the neighbours, None at an end, and of the list."""

    before: str | None
    after: str | None
    list: str


def walk(call: PageCall, view: View, query: Mapping[str, str]) -> Walk | None:
    """Who came from no list, or from one by search words, has no neighbours. Three statements."""
    base = "/" + view.info.name.replace(".", "/")
    given = query.get(LIST, _referred(call, base))
    if given is None or len(given) > LONGEST:
        return None
    home = f"{base}?{given}" if given else base
    try:
        spec = _spec(call, view, given)
        keys = _keys(call, view, spec) if spec is not None else None
    except TenonError:
        return None
    if spec is None or keys is None:
        return Walk(None, None, home)
    suffix = "?" + urlencode({LIST: given})
    found = [_next(call, one, keys) for one in (_turned(call, spec), spec)]
    before, after = (f"{base}/{id_}{suffix}" if id_ else None for id_ in found)
    return Walk(before, after, home)


def _referred(call: PageCall, base: str) -> str | None:
    """The query of the list that linked here; browsers tell it within one site."""
    parts = urlsplit(call.header(b"referer") or "")
    return parts.query if parts.path == base and parts.netloc == call.header(b"host") else None


def _spec(call: PageCall, view: View, given: str) -> ListSpec | None:
    pairs = parse_qsl(given, keep_blank_values=True)
    if any(name == "q" and value for name, value in pairs):
        return None
    layout = view.fields.layout
    kept = [(k, v) for k, v in pairs if _filters(view, k) or (k in _WANTED and v)]
    if layout.sort and not any(name == "sort" for name, _value in kept):
        kept.append(("sort", layout.sort))
    return evolve(parse_list(call.site, call.guardian, view.entity, kept), limit=1, fields=("id",))


def _filters(view: View, name: str) -> bool:
    """Whether a parameter is a plain filter; what only the list page knows is left out."""
    field, sep, lookup = name.rpartition("__")
    if name in RESERVED or lookup == "within":
        return False
    return view.fields.readable(field if sep else name)


def _keys(call: PageCall, view: View, spec: ListSpec) -> list[Any] | None:
    """What this record has in the fields that the list is ordered by."""
    names = tuple(path.name for path, _desc in ordering(_paths(call, view), spec))
    found = record_json(call.site, call.guardian, view.entity, view.id, names)
    if found is None:
        return None
    values = msgspec.json.decode(found[0])
    return [values[name] for name in names]


def _paths(call: PageCall, view: View) -> Any:
    return paths_of(call.site, call.guardian, view.entity)


def _turned(call: PageCall, spec: ListSpec) -> ListSpec:
    order = ordering(paths_of(call.site, call.guardian, spec.entity), spec)
    return evolve(spec, sort=tuple(Sort(path.name, not desc) for path, desc in order))


def _next(call: PageCall, spec: ListSpec, keys: list[Any]) -> str | None:
    try:
        page = list_rows(call.site, call.guardian, evolve(spec, cursor=write_cursor(keys)))
    except TenonError:
        return None
    return str(page.items[0].c0) if page.items else None
