"""Saved views of a list: who sees them, what they hold, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import ColumnElement, or_, select

from tenon_core.context import WorkContext
from tenon_core.entities.records import SavedView
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.lists.state import EVERYTHING, SIZES, USUAL_SIZE, ListState, read_state
from tenon_sdk.context import Actor
from tenon_sdk.entities import Archived, Owned
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import Text, _, translate

MINE = "mine"
BIN = "bin"
MOST = 100
_NAME = 120
_LISTED = ("id", "name", "shared", "definition", "owner_id", "is_default", "position")


@frozen(kw_only=True)
class ListView:
    """A tab above a list: built in (`id` is a word), or saved by somebody."""

    id: str
    name: str
    state: ListState
    shared: str = ""
    own: bool = False
    opens_first: bool = False

    @property
    def built_in(self) -> bool:
        return not self.shared


def built_in(call: PageCall) -> list[ListView]:
    entity = call.target
    found = [_fixed(EVERYTHING, _("All"), ListState())]
    if issubclass(entity, Owned):
        found.append(_fixed(MINE, _("Mine"), ListState(filters=(("owner_id", "me"),))))
    if issubclass(entity, Archived):
        found.append(_fixed(BIN, _("Recycle bin"), ListState(archived="true")))
    return found


def _fixed(id_: str, name: Text, state: ListState) -> ListView:
    return ListView(id=id_, name=translate(name), state=evolve(state, view=id_))


def shown_to(actor: Actor) -> ColumnElement[bool]:
    """Whose saved views somebody sees: her own, those for her unit, those for everybody."""
    table = SavedView.__table__
    units = {actor.unit_id, *actor.unit_tree} - {None}
    return or_(
        table.c.owner_id == actor.user_id,
        table.c.shared == "all",
        (table.c.shared == "unit") & table.c.unit_id.in_(units),
    )


def saved_views(call: PageCall) -> list[ListView]:
    """Her own, those of her unit and of everybody; one statement.

    What others share is not hers to see by the entity's permission (that is about changing them),
    so the rule stands here.
    """
    actor, table = call.guardian.access.actor, SavedView.__table__
    wanted = (
        (table.c.entity == call.target.__tenon__.name) & (table.c.kind == "list") & shown_to(actor)
    )
    statement = (
        select(*(table.c[name] for name in _LISTED))
        .where(wanted)
        .order_by(table.c.position, table.c.name, table.c.id)
        .limit(MOST)
    )
    with call.site.read_engine.connect() as connection:
        rows = connection.execute(statement).all()
    return [
        ListView(
            id=str(row.id),
            name=row.name,
            state=state_of(row.definition or {}, str(row.id)),
            shared=row.shared,
            own=row.owner_id == actor.user_id,
            opens_first=row.is_default and row.owner_id == actor.user_id,
        )
        for row in rows
    ]


def state_of(definition: Mapping[str, Any], view: str) -> ListState:
    """The list that a definition describes; what it does not know is left out."""
    filters = definition.get("filters") or {}
    pairs = [
        (str(name), ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value))
        for name, value in (filters.items() if isinstance(filters, Mapping) else filters)
    ]
    sort = definition.get("sort") or ()
    pairs += [
        ("fields", ",".join(definition.get("fields") or ())),
        ("sort", sort if isinstance(sort, str) else ",".join(sort)),
        ("q", str(definition.get("q") or "")),
        ("group", str(definition.get("group") or "")),
        ("archived", str(definition.get("archived") or "")),
    ]
    size = definition.get("limit")
    if size in SIZES:
        pairs.append(("limit", str(size)))
    return evolve(read_state(pairs), view=view)


def definition_of(state: ListState) -> dict[str, Any]:
    found: dict[str, Any] = {
        "fields": list(state.fields),
        "filters": dict(state.filters),
        "sort": state.sort.split(",") if state.sort else [],
    }
    for name in ("q", "group", "archived"):
        if getattr(state, name):
            found[name] = getattr(state, name)
    if state.limit != USUAL_SIZE:
        found["limit"] = state.limit
    return found


def effective(state: ListState, views: Sequence[ListView], *, plain: bool) -> ListState:
    """What is shown: the address, or the view that it names and nothing more.

    `plain` is an address without parameters: the view that the person opens first.
    """
    if plain:
        first = next((view for view in views if view.opens_first), None)
        return first.state if first is not None else evolve(state, view=EVERYTHING)
    chosen = next((view for view in views if view.id == state.view), None)
    if chosen is None:
        return evolve(state, view="")
    page = ("cursor", "trail", "view")
    alone = evolve(state, cursor="", trail=(), view="") == ListState()
    if alone:
        return evolve(chosen.state, **{name: getattr(state, name) for name in page})
    return state


def changed(state: ListState, view: ListView | None) -> bool:
    """Whether the list is another one than the view whose tab is marked."""
    if view is None:
        return state.narrowed or bool(state.fields or state.sort or state.group)
    return definition_of(state) != definition_of(view.state)


# -------------------------------------------------------------------------------------- changing


def make_view(
    ctx: WorkContext, entity: str, name: str, shared: str, state: ListState, *, first: bool
) -> UUID:
    """Raises Invalid for a name that says nothing, Forbidden without the permission."""
    view = SavedView(
        entity=entity,
        name=_sound_name(name),
        kind="list",
        shared=_sound_sharing(shared),
        definition=definition_of(state),
        owner_id=ctx.actor.user_id,
        unit_id=ctx.actor.unit_id,
        position=_last(ctx, entity) + 1,
    )
    ctx.session.add(view)
    ctx.session.flush()
    if first:
        open_first(ctx, view)
    return view.id


def _last(ctx: WorkContext, entity: str) -> int:
    found = ctx.session.scalars(
        select(SavedView.position).where(
            SavedView.entity == entity, SavedView.owner_id == ctx.actor.user_id
        )
    ).all()
    return max(found, default=0)


def load_view(ctx: WorkContext, entity: str, id_: UUID) -> SavedView:
    """A view that the person may change: hers. Raises NotFound."""
    view = ctx.session.get(SavedView, id_)
    if view is None or view.entity != entity:
        raise NotFound("core.saved_view", id_)
    return view


def rename(view: SavedView, name: str, shared: str) -> None:
    view.name, view.shared = _sound_name(name), _sound_sharing(shared)


def open_first(ctx: WorkContext, view: SavedView, *, on: bool = True) -> None:
    """Makes it the one view of the entity that opens first for its owner."""
    same = select(SavedView).where(
        SavedView.entity == view.entity,
        SavedView.owner_id == view.owner_id,
        SavedView.is_default.is_(True),
    )
    for other in ctx.session.scalars(same):
        other.is_default = False
    view.is_default = on


def move(ctx: WorkContext, view: SavedView, step: int) -> None:
    """One place up or down among the owner's views."""
    same = select(SavedView).where(
        SavedView.entity == view.entity, SavedView.owner_id == view.owner_id
    )
    views = sorted(ctx.session.scalars(same), key=lambda v: (v.position, v.name, v.id))
    at = views.index(view)
    to = min(max(at + step, 0), len(views) - 1)
    views.insert(to, views.pop(at))
    for position, each in enumerate(views, 1):
        each.position = position


def _sound_name(name: str) -> str:
    name = name.strip()
    if not name:
        raise Invalid({"name": _("Say how the view shall be called.")})
    if len(name) > _NAME:
        raise Invalid({"name": _("At most {limit} characters.", limit=_NAME)})
    return name


def _sound_sharing(shared: str) -> str:
    if shared not in {"private", "unit", "all"}:
        raise Invalid({"shared": _("Choose one of: {choices}.", choices="private, unit, all")})
    return shared
