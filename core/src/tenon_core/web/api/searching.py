"""`GET /api/v1/search`: every entity at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from tenon_core.access.clauses import people_of
from tenon_core.access.guarding import AccessGuardian
from tenon_core.context import WorkContext
from tenon_core.storage.search import Hit, Scope, search
from tenon_core.web.api.calls import Answer, Call, json_answer
from tenon_sdk.entities import Entity, Owned
from tenon_sdk.errors import Invalid
from tenon_sdk.permissions import Scope as Reach
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
    known = {n: c for n, c in call.api.router.entities.items() if c.__tenon__.search}
    wanted = _entities(query.get("entities"), known)
    with call.site.acting(
        call.guardian, read_only=True, origin=call.origin, locale=call.locale
    ) as ctx:
        hits = search(
            ctx.connection,
            text,
            narrowing=_narrowing(call.guardian, wanted),
            limit=limit,
            permit=lambda entity, ids: _visible(ctx, wanted[entity], ids),
        )
    return json_answer({"items": [_shown(hit) for hit in hits]})


def _limit(given: str | None) -> int:
    if given is None:
        return DEFAULT_LIMIT
    if not (given.isascii() and given.isdigit()) or not 1 <= int(given) <= MAX_LIMIT:
        raise Invalid({"limit": _("Enter a whole number from 1 to {limit}.", limit=MAX_LIMIT)})
    return int(given)


def _entities(given: str | None, known: Mapping[str, type[Entity]]) -> Mapping[str, type[Entity]]:
    if given is None:
        return known
    names = [name.strip() for name in given.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise Invalid({"entities": _("There is no kind of record “{name}”.", name=name)})
    return {name: known[name] for name in names}


def _narrowing(guardian: AccessGuardian, entities: Mapping[str, type[Entity]]) -> dict[str, Scope]:
    """A first net for each entity; `permit` then looks at every hit by the real conditions."""
    return {name: _scope(guardian, cls) for name, cls in entities.items()}


def _scope(guardian: AccessGuardian, entity: type[Entity]) -> Scope:
    info, access = entity.__tenon__, guardian.access
    plain = issubclass(entity, Owned) and not info.seen_with and info.parent is None
    reach = access.scope(info.permission("view"))
    if not plain or reach is Reach.ALL:
        return Scope(everything=True)
    if reach is None:
        return Scope()
    people = people_of(access)
    units = set(access.actor.unit_tree) if reach is Reach.UNIT_TREE else set()
    if reach.width >= Reach.UNIT.width and access.actor.unit_id is not None:
        units.add(access.actor.unit_id)
    members = people if reach.width >= Reach.TEAM.width else frozenset[UUID]()
    return Scope(owners=people, members=members, units=frozenset(units))


def _visible(ctx: WorkContext, entity: type[Entity], ids: Sequence[UUID]) -> set[UUID]:
    return set(ctx.session.scalars(select(entity.id).where(entity.id.in_(ids))))


def _shown(hit: Hit) -> dict[str, object]:
    return {
        "entity": hit.entity,
        "id": hit.record_id,
        "title": hit.title,
        "subtitle": hit.subtitle or None,
    }
