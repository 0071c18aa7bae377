"""Reading pairs of the duplicates desk: those of which the person sees both records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from attrs import frozen
from sqlalchemy import select

from tenon_core.customers.compared import COMPARED, PARTS_COMPARED
from tenon_core.customers.duplicates import Code, Reason, describe
from tenon_core.customers.similar import visible
from tenon_core.entities import DuplicatePair, Merge, User
from tenon_core.settings import CoreSettings
from tenon_core.storage.lists import record_json
from tenon_core.web.pages.fields import Fields, Shown, value_html
from tenon_sdk.entities import Entity
from tenon_sdk.errors import NotFound
from tenon_sdk.text import translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

MERGE = "core.account.merge"
# So many pairs are looked at, the likeliest first; those that one may not see are left out.
LOOKED_AT = 500
SHOWN = 50
MERGES = 20
UNCOMPARED = frozenset({"json", "id", "any_reference", "state"})


@frozen(kw_only=True)
class PairLine:
    """A pair with both titles; `percent` is how likely the two are one."""

    id: UUID
    entity: str
    percent: int
    certain: bool
    first: tuple[UUID, str, str | None]
    second: tuple[UUID, str, str | None]
    reasons: Sequence[str]
    against: Sequence[str]


@frozen(kw_only=True)
class Compared:
    """One field of both records; of a `fixed` one no value is chosen, a filled one always stays."""

    name: str
    label: str
    first: Any
    second: Any
    different: bool
    fixed: bool
    suggested: str


@frozen(kw_only=True)
class MergeLine:
    """A merge that can be undone."""

    id: UUID
    entity: str
    kept_id: UUID
    title: str
    at: datetime
    by: str | None
    undone: bool


def pairs_of(ctx: Any, call: PageCall, state: str) -> list[PairLine]:
    """Pairs in a state, the likeliest first; three statements for each kind of record."""
    table: Any = DuplicatePair.__table__
    rows = ctx.connection.execute(
        select(table)
        .where(table.c.state == state, table.c.entity.in_(COMPARED))
        .order_by(table.c.score.desc(), table.c.id)
        .limit(LOOKED_AT)
    ).all()
    titles: dict[UUID, tuple[str, str | None]] = {}
    for entity in {row.entity for row in rows}:
        ids = {id_ for r in rows if r.entity == entity for id_ in (r.first_id, r.second_id)}
        titles.update(_titles(ctx, COMPARED[entity], ids))
    certain = _certain(call)
    return [
        _line(ctx, row, titles, certain)
        for row in rows
        if row.first_id in titles and row.second_id in titles
    ]


def _certain(call: PageCall) -> float:
    return float(call.site.settings_of(CoreSettings).duplicates.certain)


def _titles(ctx: Any, cls: Any, ids: set[UUID]) -> dict[UUID, tuple[str, str | None]]:
    if not ctx.can(cls.__tenon__.permission("view")):
        return {}
    seen = visible(ctx, cls, list(ids))
    statement = (
        select(cls.id, cls.name, User.name.label("owner"))
        .outerjoin(User, User.id == cls.owner_id)
        .where(cls.id.in_(seen), cls.archived_at.is_(None))
    )
    return {row.id: (row.name, row.owner) for row in ctx.connection.execute(statement)}


def _line(
    ctx: Any, row: Any, titles: Mapping[UUID, tuple[str, str | None]], certain: float
) -> PairLine:
    hidden = hidden_fields(ctx, row.entity)
    told = [one for one in row.reasons if one["field"] not in hidden]
    return PairLine(
        id=row.id,
        entity=row.entity,
        percent=round(float(row.score) * 100),
        certain=float(row.score) >= certain,
        first=(row.first_id, *titles[row.first_id]),
        second=(row.second_id, *titles[row.second_id]),
        reasons=[_sentence(one) for one in told if one["weight"] > 0],
        against=[_sentence(one) for one in told if one["weight"] < 0],
    )


def hidden_fields(ctx: Any, entity: str) -> frozenset[str]:
    """Fields of the records and of their compared parts that the person may not read."""
    kinds = (COMPARED[entity], *PARTS_COMPARED[entity])
    return frozenset[str]().union(*(ctx.guardian.hidden(kind) for kind in kinds))


def _sentence(stored: Mapping[str, Any]) -> str:
    reason = Reason(Code(stored["code"]), stored["field"], stored["weight"], stored["detail"] or "")
    return translate(describe(reason))


def pair_of(ctx: Any, call: PageCall, id_: UUID) -> tuple[Any, PairLine]:
    """One pair. Raises NotFound unless the person sees both records."""
    ctx.require(MERGE)
    table: Any = DuplicatePair.__table__
    row = ctx.connection.execute(select(table).where(table.c.id == id_)).one_or_none()
    if row is None or row.entity not in COMPARED:
        raise NotFound("core.duplicate_pair", id_)
    titles = _titles(ctx, COMPARED[row.entity], {row.first_id, row.second_id})
    if len(titles) < 2:
        raise NotFound("core.duplicate_pair", id_)
    return row, _line(ctx, row, titles, _certain(call))


def compare(call: PageCall, entity: type[Entity], first: UUID, second: UUID) -> list[Compared]:
    """Both records field by field, without what neither has; two statements."""
    fields = Fields(call, entity)
    shown = [one for one in fields.every() if one.kind not in UNCOMPARED and _own(one)]
    names = tuple(dict.fromkeys(("id", *(n for one in shown for n in one.needs))))
    values = []
    for id_ in (first, second):
        found = record_json(call.site, call.guardian, entity, id_, names)
        if found is None:
            raise NotFound(entity.__tenon__.name, id_)
        values.append(msgspec.json.decode(found[0]))
    fmt = call.pages.renderer.formats(call)
    fixed = call.guardian.fields.fixed(entity)
    lines = []
    for one in shown:
        mine, theirs = values[0].get(one.name), values[1].get(one.name)
        if _empty(mine) and _empty(theirs):
            continue
        lines.append(
            Compared(
                name=one.name,
                label=one.label,
                first=value_html(one, values[0], fmt),
                second=value_html(one, values[1], fmt),
                different=mine != theirs,
                fixed=_empty(mine) or _empty(theirs) or one.name in fixed or _stays(entity, one),
                suggested="second" if _empty(mine) else "first",
            )
        )
    return sorted(lines, key=lambda line: not line.different)


def _own(shown: Shown) -> bool:
    """Fields that a merge can take: the record's own ones."""
    return "." not in shown.name and shown.info is not None and not shown.info.internal


def _stays(entity: type[Entity], shown: Shown) -> bool:
    """What belongs to one record alone: numbers, unique values, what the framework writes."""
    column: Any = entity.__table__.c.get(shown.name)
    unique = column is not None and bool(column.unique)
    own = shown.info is not None and (shown.info.system or shown.info.kind == "number")
    return unique or own or shown.name == "substate"


def _empty(value: Any) -> bool:
    return value is None or value == ""


def merges_of(ctx: Any) -> list[MergeLine]:
    """The last merges into records that the person sees."""
    table: Any = Merge.__table__
    rows = ctx.connection.execute(
        select(table, User.name.label("by"))
        .outerjoin(User, User.id == table.c.created_by)
        .where(table.c.entity.in_(COMPARED))
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(MERGES)
    ).all()
    seen: set[UUID] = set()
    for entity in Counter(row.entity for row in rows):
        ids = [row.kept_id for row in rows if row.entity == entity]
        seen.update(_titles(ctx, COMPARED[entity], set(ids)))
    return [
        MergeLine(
            id=row.id,
            entity=row.entity,
            kept_id=row.kept_id,
            title=row.merged_title,
            at=row.created_at,
            by=row.by,
            undone=row.undone_at is not None,
        )
        for row in rows
        if row.kept_id in seen
    ]
