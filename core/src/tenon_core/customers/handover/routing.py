"""Who receives what: rules in order, the first that fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen

from tenon_core.customers.handover.gathering import Held
from tenon_core.kernel.inputs import structure
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _


@frozen(kw_only=True)
class Route:
    """Sends what fits all given conditions to `receiver`.

    entity   name of an entity; None for any
    region   beginning of the region's code (GB/T 2260) of the record's account: `44` is Guangdong
    tier     tier of the record's account
    account  the record's account itself
    """

    receiver: UUID
    entity: str | None = None
    region: str | None = None
    tier: UUID | None = None
    account: UUID | None = None

    def fits(self, held: Held) -> bool:
        return (
            (self.entity is None or self.entity == held.entity)
            and (self.region is None or (held.region or "").startswith(self.region))
            and (self.tier is None or self.tier == held.tier_id)
            and (self.account is None or self.account == held.account_id)
        )


def read_routes(stored: Sequence[Mapping[str, Any]]) -> tuple[Route, ...]:
    """Rules from JSON. Raises Invalid that names rule and key: `rules.1.receiver`."""
    routes: list[Route] = []
    faults: dict[str, Sequence[Text]] = {}
    for index, rule in enumerate(stored):
        try:
            routes.append(structure(Route, rule))
        except Invalid as error:
            faults.update({f"rules.{index}.{k}".rstrip("."): v for k, v in error.fields.items()})
    if faults:
        raise Invalid(faults)
    return tuple(routes)


def check_routes(routes: Iterable[Route], entities: Iterable[str], people: Iterable[UUID]) -> None:
    """Raises Invalid for a rule about no entity or for nobody who could receive."""
    known, able = set(entities), set(people)
    faults: dict[str, Text] = {}
    for index, route in enumerate(routes):
        if route.entity is not None and route.entity not in known:
            faults[f"rules.{index}.entity"] = _(
                "There is no kind of record “{name}”.", name=route.entity
            )
        if route.receiver not in able:
            faults[f"rules.{index}.receiver"] = _("This person cannot receive anything.")
    if faults:
        raise Invalid(faults)


def receiver_of(held: Held, routes: Sequence[Route], rest: UUID | None) -> UUID | None:
    """Who receives it; None when no rule fits and nobody takes the rest."""
    return next((route.receiver for route in routes if route.fits(held)), rest)
