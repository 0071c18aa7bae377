"""What the press shop does only where the paint shop is there too."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, select
from sqlalchemy.orm import Mapped

from tenon_paint.entities import Colour
from tenon_paint.events import ColourMixed
from tenon_press.entities import Machine
from tenon_press.hookspecs import CheckContext, PressHooks
from tenon_sdk.context import Context
from tenon_sdk.entities import Entity, field, reference
from tenon_sdk.events import Handler, on
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.permissions import ACTIONS, Permission, Scope, entity_permissions
from tenon_sdk.text import _


class Coat(
    Entity,
    name="press.coat",
    label=_("Coat of paint"),
    plural=_("Coats of paint"),
    icon="paint",
    parent="machine_id",
):
    """A coat of paint (涂层) on a press, dry or not."""

    machine_id: Mapped[UUID] = reference(Machine, label=_("Press"), on_delete="cascade")
    colour_id: Mapped[UUID] = reference(Colour, label=_("Colour"), on_delete="cascade")
    dry: Mapped[bool] = field(label=_("Dry"), default=True)
    mixed: Mapped[int] = field(label=_("Litres mixed"), minimum=0, default=0)

    __table_args__ = (UniqueConstraint("machine_id", "colour_id"),)


@implements(Hooks.register_entities)
def entities() -> Sequence[type[Entity]]:
    return (Coat,)


@implements(Hooks.register_permissions)
def permissions() -> Sequence[Permission]:
    everything = dict.fromkeys(ACTIONS, Scope.ALL)
    return entity_permissions(
        "press.coat", {"salesperson": everything, "administrator": everything}
    )


@on(ColourMixed)
def note_litres(ctx: Context, event: ColourMixed) -> None:
    """Adds what was mixed to the coats of this colour."""
    for coat in ctx.session.scalars(select(Coat).where(Coat.colour_id == event.colour_id)):
        coat.mixed += event.litres


@implements(Hooks.register_event_handlers)
def event_handlers() -> Sequence[Handler[Any]]:
    return (note_litres,)


@implements(PressHooks.press_checks)
def wet_paint(question: CheckContext) -> Sequence[str]:
    wet = select(Coat.id).where(Coat.machine_id == question.machine_id, Coat.dry.is_(False))
    return ("wet paint",) if question.context.session.scalar(wet.limit(1)) else ()
