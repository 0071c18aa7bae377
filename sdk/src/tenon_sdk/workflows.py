"""Workflows: which states a record can have and who may move it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import field, frozen

from tenon_sdk.text import Text

if TYPE_CHECKING:
    from tenon_sdk.context import Context


@frozen(kw_only=True)
class State:
    """A fixed code with a category that rules may rely on; the label can be changed per site."""

    key: str
    label: Text
    category: str = "open"


@frozen(kw_only=True)
class Transition:
    """A move from one of `source` to `target`.

    permission  defaults to `<entity>.<name>`
    inputs      attrs class of what the person has to say with it
    apply       does what else the move means, inside the transaction, after the guards
    confirm     question asked before a move that is hard to undo
    """

    name: str
    label: Text
    source: Sequence[str]
    target: str
    permission: str | None = None
    inputs: type[Any] | None = None
    apply: Callable[[Context, Any, Any], None] | None = None
    confirm: Text | None = None


@frozen
class Outcome:
    """What became of a transition: it was made, or it waits for the approval `request_id`."""

    moved: bool
    request_id: UUID | None = None


@frozen(kw_only=True)
class Workflow:
    """The states of one entity and the moves between them; it starts in `initial`."""

    entity: str
    states: Sequence[State]
    transitions: Sequence[Transition]
    initial: str
    by_name: Mapping[str, Transition] = field(init=False)

    def __attrs_post_init__(self) -> None:
        keys = {state.key for state in self.states}
        for transition in self.transitions:
            unknown = {transition.target, *transition.source} - keys
            if unknown:
                raise ValueError(f"{self.entity}.{transition.name}: no state {sorted(unknown)}")
        if self.initial not in keys:
            raise ValueError(f"{self.entity}: no initial state {self.initial!r}")
        names = {transition.name: transition for transition in self.transitions}
        if len(names) != len(self.transitions):
            raise ValueError(f"{self.entity}: two transitions of one name")
        object.__setattr__(self, "by_name", names)

    def permission_for(self, transition: Transition) -> str:
        return transition.permission or f"{self.entity}.{transition.name}"

    def state(self, key: str) -> State:
        return next(state for state in self.states if state.key == key)
