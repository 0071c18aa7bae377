"""Facts of the paint shop."""

from __future__ import annotations

from uuid import UUID

from attrs import frozen

from tenon_sdk.events import Event
from tenon_sdk.text import _


@frozen(kw_only=True)
class ColourMixed(
    Event,
    name="paint.colour.mixed",
    label=_("Colour mixed"),
    icon="palette",
    subjects={"colour_id": "paint.colour"},
):
    """Paint of a colour is ready; `litres` whole litres of it."""

    colour_id: UUID
    litres: int
