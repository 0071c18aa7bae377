"""The recycle bin: deleting a record twice, the first time only for show."""

from __future__ import annotations

from typing import Any

from tenon_core.workflow.guards import MOVING, GuardedWork, ask, check_unlocked
from tenon_sdk.entities import Archived
from tenon_sdk.errors import Refusal, Refused
from tenon_sdk.hooks import DeleteContext, Hooks
from tenon_sdk.text import _


def remove(ctx: GuardedWork, record: Any) -> None:
    """Deletes a record; one that can be archived and is not yet goes to the recycle bin.

    Both need the permission to delete and ask `guard_delete`. Raises Forbidden, Refused.
    """
    if isinstance(record, Archived) and record.archived_at is None:
        _put_away(ctx, record, archived=True)
    else:
        ctx.session.delete(record)
        ctx.session.flush()


def restore(ctx: GuardedWork, record: Any) -> None:
    """Takes a record out of the recycle bin. Raises Forbidden, Refused if it is not in there."""
    if not isinstance(record, Archived) or record.archived_at is None:
        raise Refused(Refusal(_("The record is not in the recycle bin."), code="not_archived"))
    _put_away(ctx, record, archived=False)


def _put_away(ctx: GuardedWork, record: Any, *, archived: bool) -> None:
    check_unlocked(ctx.rules, type(record))
    entity = type(record).__tenon__
    ctx.require(entity.permission("delete"), record)
    if archived:
        decision = DeleteContext(context=ctx, record=record)
        refusals = ask(ctx.rules, Hooks.guard_delete, decision, entity.name)
        if refusals:
            raise Refused(*refusals)
    # The permission to delete is what counts here, not the one to edit.
    moving: set[Any] = ctx.session.info.setdefault(MOVING, set())
    moving.add(record.id)
    try:
        record.archived_at = ctx.now if archived else None
        record.archived_by = ctx.actor.user_id if archived else None
        ctx.session.flush()
    finally:
        moving.discard(record.id)
