"""What the press shop asks other plugins."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from attrs import frozen

from tenon_sdk.context import Context
from tenon_sdk.hooks import hookspec


@frozen(kw_only=True)
class CheckContext:
    context: Context
    machine_id: UUID


class PressHooks:
    """The hooks of the press shop."""

    @staticmethod
    @hookspec
    def press_checks(question: CheckContext) -> Sequence[str]:
        """What has to be looked at before a press runs, one line each."""
        return ()
