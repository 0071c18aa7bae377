"""What happens when the press shop comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from tenon_sdk.context import Context
from tenon_sdk.entities import entity_named
from tenon_sdk.errors import Blocker
from tenon_sdk.text import _


def enabled(ctx: Context) -> None:
    """Makes the tag that presses are sorted with, once."""
    tag: Any = entity_named("core.tag")
    if ctx.session.scalar(select(tag.id).where(tag.name == "press")) is None:
        ctx.session.add(tag(name="press"))


def blockers(ctx: Context) -> Sequence[Blocker]:
    machine: Any = entity_named("press.machine")
    found = select(func.count()).select_from(machine).where(machine.state == "running")
    count = ctx.session.scalar(found) or 0
    return (Blocker(_("Presses are running."), count),) if count else ()


def purged(ctx: Context) -> None:
    tag: Any = entity_named("core.tag")
    for found in ctx.session.scalars(select(tag).where(tag.name == "press")):
        ctx.session.delete(found)
