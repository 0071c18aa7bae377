"""Finding everything that a person is responsible for, from the declarations of all plugins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import ColumnElement, func, select

from tenon_core.entities import Account, Region
from tenon_sdk.context import Context
from tenon_sdk.entities import Entity, fields_of

USER = "core.user"
# The account that a record belongs to: the first of these that the entity has.
ACCOUNT = "core.account"


@frozen(kw_only=True)
class Held:
    """One reference to the giver, with the facts that routing looks at.

    `settled` records are history and stay with whoever did them.
    """

    entity: str
    field: str
    record_id: UUID
    title: str
    account_id: UUID | None
    region: str | None
    tier_id: UUID | None
    settled: bool


def ownership_fields(entities: Iterable[type[Entity]]) -> Iterator[tuple[type[Entity], str]]:
    """Every reference to a user that makes her responsible, in the order of the plugins."""
    for entity in entities:
        for name, info in fields_of(entity).items():
            if info.ownership and info.target == USER:
                yield entity, name


def account_field(entity: type[Entity]) -> str | None:
    """The field that leads to a record's account; `id` for accounts themselves."""
    if entity.__tenon__.name == ACCOUNT:
        return "id"
    references = (n for n, info in fields_of(entity).items() if info.target == ACCOUNT)
    return next(references, None)


def gather(ctx: Any, giver: UUID) -> Iterator[Held]:
    """All that `giver` holds; one statement for each such field. Needs a system context."""
    for entity, name in ownership_fields(ctx.site.registry.stored()):
        yield from _held(ctx, entity, name, giver)


def _held(ctx: Context, entity: type[Entity], name: str, giver: UUID) -> Iterator[Held]:
    info = entity.__tenon__
    columns: list[Any] = [entity.id, getattr(entity, info.title)]
    path = account_field(entity)
    settled = settled_clause(entity)
    if path is not None:
        columns += [Account.id, Account.tier_id, Region.code]
    statement = select(*columns)
    if path is not None and entity is Account:
        statement = statement.outerjoin(Region, Region.id == Account.region_id)
    elif path is not None:
        statement = statement.outerjoin(Account, Account.id == getattr(entity, path)).outerjoin(
            Region, Region.id == Account.region_id
        )
    if settled is not None:
        statement = statement.add_columns(settled)
    rows = ctx.session.execute(statement.where(getattr(entity, name) == giver).order_by(entity.id))
    for row in rows:
        account, tier, region = row[2:5] if path is not None else (None, None, None)
        yield Held(
            entity=info.name,
            field=name,
            record_id=row[0],
            title=str(row[1] or ""),
            account_id=account,
            region=region,
            tier_id=tier,
            settled=bool(row[-1]) if settled is not None else False,
        )


def settled_clause(entity: type[Entity]) -> ColumnElement[bool] | None:
    """Condition that a record of the entity is history; None where nothing ever is."""
    settled = entity.__tenon__.settled
    if settled is None:
        return None
    clause: ColumnElement[bool] = getattr(entity, settled[0]).in_(settled[1])
    return clause


def left_behind(ctx: Any, user: UUID) -> Mapping[str, int]:
    """How much a person still holds, by entity, history left out; {} when nothing.

    Needs a system context. One statement for each field that makes somebody responsible.
    """
    found: dict[str, int] = {}
    for entity, name in ownership_fields(ctx.site.registry.stored()):
        statement = select(func.count()).select_from(entity).where(getattr(entity, name) == user)
        settled = settled_clause(entity)
        if settled is not None:
            statement = statement.where(~settled)
        count = ctx.session.scalar(statement) or 0
        if count:
            found[entity.__tenon__.name] = found.get(entity.__tenon__.name, 0) + count
    return found
