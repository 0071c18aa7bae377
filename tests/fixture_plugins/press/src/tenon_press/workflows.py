"""How a press moves."""

from __future__ import annotations

from tenon_press.inputs import Commissioning
from tenon_press.services.commissioning import commission
from tenon_sdk.text import _
from tenon_sdk.workflows import State, Transition, Workflow

MACHINE = Workflow(
    entity="press.machine",
    initial="built",
    states=(
        State(key="built", label=_("Built")),
        State(key="running", label=_("Press at work")),
        State(key="scrapped", label=_("Scrapped"), category="closed"),
    ),
    transitions=(
        Transition(
            name="commission",
            label=_("Commission"),
            source=("built",),
            target="running",
            inputs=Commissioning,
            apply=commission,
        ),
        Transition(
            name="scrap",
            label=_("Scrap"),
            source=("built", "running"),
            target="scrapped",
            confirm=_("A scrapped press cannot be brought back. Go on?"),
        ),
    ),
)
