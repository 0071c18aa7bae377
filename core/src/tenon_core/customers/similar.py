"""What is told of stored records that look like another: all to who may see them, else little."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from tenon_core.customers.compared import COMPARED, PARTS_COMPARED
from tenon_core.customers.duplicates import Match, describe
from tenon_core.entities import User
from tenon_core.settings import CoreSettings
from tenon_sdk.text import Text, _, translate


@frozen(kw_only=True)
class Similar:
    """A stored record that looks like the asked one; `reasons` in the reader's language.

    Of a record that the reader may not see only `owner` and `certain` are told: the company owns
    the customer and the two colleagues have to talk, but nobody learns a value of it. `id`,
    `title` and `score` are None then and `reasons` empty, as both would tell which of the
    entered values are stored.
    """

    id: UUID | None
    title: str | None
    owner: str | None
    score: float | None
    certain: bool
    reasons: tuple[str, ...]


def show(ctx: Any, system: Any, entity: str, matches: Sequence[Match]) -> dict[UUID, Similar]:
    """The matches as the actor of `ctx` may see them, by the stored id and in their order.

    Two statements. What is gone meanwhile is left out.
    """
    cls: Any = COMPARED[entity]
    certain = system.settings(CoreSettings).duplicates.certain
    ids = [UUID(match.right) for match in matches]
    known = _named(system, cls, ids)
    seen = visible(ctx, cls, known)
    hidden = _hidden_fields(ctx, entity)
    found: dict[UUID, Similar] = {}
    for id_, match in zip(ids, matches, strict=True):
        if id_ not in known:
            continue
        title, owner = known[id_]
        sees = id_ in seen
        told = _reasons(match, hidden, system.locale) if sees else ()
        found[id_] = Similar(
            id=id_ if sees else None,
            title=title if sees else None,
            owner=owner,
            score=round(match.score, 4) if sees else None,
            certain=match.score >= certain,
            reasons=told,
        )
    return found


def _named(system: Any, cls: Any, ids: Sequence[UUID]) -> dict[UUID, tuple[str, str | None]]:
    statement = (
        select(cls.id, cls.name, User.name.label("owner"))
        .outerjoin(User, User.id == cls.owner_id)
        .where(cls.id.in_(ids))
    )
    return {row.id: (row.name, row.owner) for row in system.session.execute(statement)}


def visible(ctx: Any, cls: Any, ids: Collection[UUID]) -> Collection[UUID]:
    """Those of the stored records that the actor may see."""
    guardian = ctx.guardian
    if guardian is None or not ids:
        return ids
    reached: set[UUID] = guardian.reached_on(ctx.connection, cls, list(ids), "view")
    return reached


def _hidden_fields(ctx: Any, entity: str) -> frozenset[str]:
    """Names of fields that the actor may not read, of the records and of the parts compared."""
    if ctx.guardian is None:
        return frozenset()
    kinds = (COMPARED[entity], *PARTS_COMPARED[entity])
    return frozenset[str]().union(*(ctx.guardian.hidden(kind) for kind in kinds))


def _reasons(match: Match, hidden: frozenset[str], locale: str) -> tuple[str, ...]:
    return tuple(
        translate(describe(reason), locale)
        for reason in match.reasons
        if reason.weight > 0 and reason.field not in hidden
    )


def there_already(title: str | None, owner: str | None) -> Text:
    """Why a record is not taken: the one that is there, or at least whom to ask about it."""
    if title is None:
        return _ask(owner)
    return _(
        "This is there already: {title}, looked after by {owner}.", title=title, owner=owner or "–"
    )


def probably_there(title: str | None, owner: str | None, score: float) -> Text:
    """What is told of a row that probably repeats a record; `score` from 0 to 1."""
    if title is None:
        return _ask(owner)
    return _("Probably there already: {title} ({percent} %).", title=title,
             percent=round(score * 100))  # fmt: skip


def _ask(owner: str | None) -> Text:
    if owner is not None:
        return _("Probably there already. Ask {owner}, who looks after it.", owner=owner)
    return _("Probably there already, and nobody looks after it. Ask an administrator.")
