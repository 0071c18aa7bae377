"""Whether the rows of a file repeat records that are there: the check that imports use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from tenon_core.customers.compared import COMPARED
from tenon_core.customers.duplicates import Match, Party
from tenon_core.customers.finding import check_batch
from tenon_core.customers.similar import Similar, show
from tenon_core.transfer.importer import DuplicateFound
from tenon_sdk.entities import Entity, fields_of

OTHER_NAMES = ("short_name", "title")


def check_duplicates(
    ctx: Any, entity: type[Entity], rows: Sequence[Mapping[str, Any]]
) -> list[DuplicateFound | None]:
    """The likeliest stored record for each row; see `importer.DuplicateCheck`.

    Every record is looked at, whether or not the person sees it: the company owns the customer.
    Of one that she does not see the title is left out.
    """
    name = entity.__tenon__.name
    if name not in COMPARED:
        return [None] * len(rows)
    sought = [_party(str(number), entity, row) for number, row in enumerate(rows)]
    with ctx.as_system("duplicate check", bookkeeping=True) as system:
        matches = check_batch(system, name, sought)
        best = {party: found[0] for party, found in matches.items() if found}
        told = show(ctx, system, name, list(best.values()))
    return [_found(best.get(party.id), told) for party in sought]


def _found(match: Match | None, told: Mapping[UUID, Similar]) -> DuplicateFound | None:
    shown = told.get(UUID(match.right)) if match is not None else None
    if match is None or shown is None:
        return None
    return DuplicateFound(UUID(match.right), shown.title, match.score, shown.certain, shown.owner)


def _party(id_: str, entity: type[Entity], row: Mapping[str, Any]) -> Party:
    kinds = {name: info.kind for name, info in fields_of(entity).items()}
    pairs = list(_texts(row))
    name = str(row.get(entity.__tenon__.title) or "")
    others = {text for field, text in pairs if field in OTHER_NAMES and text != name}
    return Party(
        id=id_,
        name=name,
        other_names=tuple(sorted(others)),
        tax_number=next((text for field, text in pairs if field == "tax_number"), ""),
        phones=tuple(t for f, t in pairs if kinds.get(f) == "phone" or f in {"phone", "mobile"}),
        emails=tuple(t for f, t in pairs if kinds.get(f) == "email"),
        addresses=tuple(t for f, t in pairs if f in {"lines", "address"}),
    )


def _texts(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields with their texts, those of parts too."""
    for name, value in row.items():
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, Mapping):
            yield from _texts(value)
