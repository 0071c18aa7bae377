"""`GET /api/v1/search`: every entity at once."""

from __future__ import annotations

from collections.abc import Mapping

from tenon_core.access.searching import find
from tenon_core.storage.search import Hit
from tenon_core.web.api.calls import Answer, Call, json_answer
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


def search_records(call: Call, _params: Mapping[str, str]) -> Answer:
    """The best matches for `q` among what the person may see, best first."""
    query = call.no_query("q", "entities", "limit")
    text = query.get("q", "").strip()
    if not text:
        raise Invalid({"q": _("This field is required.")})
    limit = _limit(query.get("limit"))
    entities = _entities(query.get("entities"), call.api.router.entities)
    hits = find(call.site, call.guardian, text, entities=entities, limit=limit)
    return json_answer({"items": [_shown(hit) for hit in hits]})


def _limit(given: str | None) -> int:
    if given is None:
        return DEFAULT_LIMIT
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given) <= MAX_LIMIT:
        raise Invalid({"limit": _("Enter a whole number from 1 to {limit}.", limit=MAX_LIMIT)})
    return int(given)


def _entities(given: str | None, known: Mapping[str, type[Entity]]) -> set[str] | None:
    """The kinds of records to look for, None for all."""
    if given is None:
        return None
    names = {name.strip() for name in given.split(",") if name.strip()}
    for name in names:
        if name not in known or not known[name].__tenon__.search:
            raise Invalid({"entities": _("There is no kind of record “{name}”.", name=name)})
    return names


def _shown(hit: Hit) -> dict[str, object]:
    return {
        "entity": hit.entity,
        "id": hit.record_id,
        "title": hit.title,
        "subtitle": hit.subtitle or None,
    }
