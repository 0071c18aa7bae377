"""Saved reports: views of kind `chart`, shared as lists are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from tenon_core.context import WorkContext
from tenon_core.entities.records import SHARING, SavedView
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.lists.saved import shown_to
from tenon_core.web.pages.rendering import query
from tenon_core.web.pages.reports.spec import ReportSpec
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _

KIND = "chart"
MOST = 200
LONGEST_NAME = 120


@frozen(kw_only=True)
class SavedReport:
    id: UUID
    name: str
    entity: str
    shared: str
    own: bool
    pairs: tuple[tuple[str, str], ...]

    @property
    def url(self) -> str:
        return "/reports/view" + query([*self.pairs, ("id", str(self.id))])


def saved_reports(call: PageCall) -> list[SavedReport]:
    """Her own, those of her unit and of everybody, of entities that she may see; one statement."""
    actor, table = call.guardian.access.actor, SavedView.__table__
    statement = (
        select(*(table.c[n] for n in ("id", "name", "entity", "shared", "owner_id", "definition")))
        .where((table.c.kind == KIND) & shown_to(actor))
        .order_by(table.c.name, table.c.id)
        .limit(MOST)
    )
    with call.site.read_engine.connect() as connection:
        rows = connection.execute(statement).all()
    return [
        SavedReport(
            id=row.id,
            name=row.name,
            entity=row.entity,
            shared=row.shared,
            own=row.owner_id == actor.user_id,
            pairs=pairs_of(row.definition),
        )
        for row in rows
        if call.guardian.access.scope(f"{row.entity}.view") is not None
    ]


def pairs_of(definition: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    found = (definition or {}).get("pairs") or ()
    return tuple((str(name), str(value)) for name, value in found)


def keep_report(
    ctx: WorkContext, spec: ReportSpec, name: str, shared: str, id_: UUID | None
) -> UUID:
    """Stores a report, or her own one anew. Raises Invalid, NotFound, Forbidden."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        text = _("Enter a name of at most {limit} characters.", limit=LONGEST_NAME)
        raise Invalid({"name": text})
    if shared not in dict(SHARING):
        raise Invalid({"shared": _("Choose one of: {choices}.", choices=", ".join(dict(SHARING)))})
    view = _own(ctx, id_) if id_ is not None else SavedView(kind=KIND, owner_id=ctx.actor.user_id)
    view.name, view.shared, view.entity = name, shared, spec.name
    view.unit_id, view.definition = ctx.actor.unit_id, spec.definition()
    ctx.session.add(view)
    ctx.session.flush()
    return view.id


def drop_report(ctx: WorkContext, id_: UUID) -> None:
    ctx.session.delete(_own(ctx, id_))


def _own(ctx: WorkContext, id_: UUID) -> SavedView:
    view = ctx.session.get(SavedView, id_)
    if view is None or view.kind != KIND:
        raise NotFound("core.saved_view", id_)
    return view
