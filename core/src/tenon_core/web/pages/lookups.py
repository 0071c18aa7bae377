"""`GET /lookup/<plugin>/<entity>?q=`: records to choose from, while one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tenon_core.access.searching import find
from tenon_core.storage.lists import ListSpec, list_rows, parse_list
from tenon_core.web.api.calls import Answer, Endpoint, json_answer
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.lists.state import ME
from tenon_core.web.pages.recent import recent
from tenon_core.web.problems import Fault
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate

LIMIT = 20
# Parameters of the lookup itself; others narrow the records like a list's filters.
OWN = frozenset({"q", "_", ME})
Choice = dict[str, str | None]


def add_lookups(router: Router) -> None:
    router.add("GET", "lookup/{plugin}/{entity}", Endpoint(look_up))


def look_up(call: PageCall, params: Mapping[str, str]) -> Answer:
    """`[{"id", "text", "sub"}, …]`, twenty at most: what the person may see, best first.

    By the search index (characters, pinyin, initials, words, numbers). Without a text those that
    were opened lately, then the first of all. Raises Forbidden without the permission to view.
    """
    entity = _entity(call, f"{params['plugin']}.{params['entity']}")
    with call.reading() as ctx:
        ctx.require(entity.__tenon__.permission("view"))
    given = dict(call.query)
    narrow = [(name, value) for name, value in call.query if name not in OWN]
    text = given.get("q", "").strip()
    choices = _matching(call, entity, text, narrow) if text else _first(call, entity, narrow)
    return json_answer(choices)


def _entity(call: PageCall, name: str) -> type[Entity]:
    found = call.pages.router.entities.get(name)
    if found is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return found


def _matching(
    call: PageCall, entity: type[Entity], text: str, narrow: Sequence[tuple[str, str]]
) -> list[Choice]:
    info = entity.__tenon__
    if not info.search:
        return _rows(call, entity, [*_contains(entity, text), *narrow, ("sort", info.title)])
    if narrow:
        return _rows(call, entity, [("q", text), *narrow])
    hits = find(call.site, call.guardian, text, entities=[info.name], limit=LIMIT)
    return [
        {
            "id": str(hit.record_id),
            "text": hit.title,
            "sub": second_line(entity, hit.subtitle),
        }
        for hit in hits
    ]


def _contains(entity: type[Entity], text: str) -> list[tuple[str, str]]:
    """Entities without an index are few records: titles are looked through."""
    return [(f"{entity.__tenon__.title}__contains", text[:200])] if _titled(entity) else []


def _titled(entity: type[Entity]) -> bool:
    return entity.__tenon__.title in fields_of(entity)


def _first(call: PageCall, entity: type[Entity], narrow: Sequence[tuple[str, str]]) -> list[Choice]:
    info = entity.__tenon__
    order = [("sort", info.title)] if _titled(entity) else []
    rows = _rows(call, entity, [*narrow, *order])
    ids = [id_ for _name, id_ in recent(call, info.name)]
    if not ids:
        return rows
    lately = {row["id"]: row for row in _rows(call, entity, [*narrow, ("id__in", ",".join(ids))])}
    seen = [lately[id_] for id_ in ids if id_ in lately]
    return [*seen, *(row for row in rows if row["id"] not in lately)][:LIMIT]


def _rows(call: PageCall, entity: type[Entity], pairs: Sequence[tuple[str, str]]) -> list[Choice]:
    """Raises Invalid for a filter that there is not."""
    names = titles(call, entity)
    asked = [("fields", ",".join(names)), ("limit", str(LIMIT)), *pairs]
    spec: ListSpec = parse_list(call.site, call.guardian, entity, asked)
    page = list_rows(call.site, call.guardian, spec)
    choice = _choice(entity, names)
    return [choice(row) for row in page.items]


def titles(call: PageCall, entity: type[Entity]) -> list[str]:
    """The paths that a record is told by: id, title, subtitle."""
    info = entity.__tenon__
    hidden = call.guardian.hidden(entity)
    wanted = (info.title, info.subtitle)
    return list(dict.fromkeys(["id", *(n for n in wanted if n and n not in hidden)]))


def second_line(entity: type[Entity], value: object) -> str | None:
    """The subtitle of a record as people read it: the label of a code, not the code."""
    described = fields_of(entity).get(entity.__tenon__.subtitle or "")
    choices = described.choices if described is not None else None
    if choices and value in choices:
        return translate(choices[str(value)])
    return str(value) if value else None


def _choice(entity: type[Entity], names: Sequence[str]) -> Any:
    info = entity.__tenon__
    index = {name: f"c{at}" for at, name in enumerate(names)}

    def make(row: Any) -> Choice:
        title = getattr(row, index[info.title]) if info.title in index else None
        sub = getattr(row, index[info.subtitle]) if info.subtitle in index else None
        id_ = str(row.c0)
        text = str(title) if title else f"{translate(info.label)} {id_[-6:]}"
        return {"id": id_, "text": text, "sub": second_line(entity, sub)}

    return make


def choices_of(call: PageCall, entity: type[Entity], ids: Sequence[str]) -> list[Choice]:
    """These records as choices, in this order, as far as the person sees them; one statement."""
    if not ids:
        return []
    try:
        rows = _rows(call, entity, [("id__in", ",".join(ids[:LIMIT]))])
    except Invalid:
        return []
    known = {row["id"]: row for row in rows}
    return [known[id_] for id_ in ids if id_ in known]
