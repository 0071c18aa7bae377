"""What goes with a record that is deleted: its parts that refer to it by kind and id.

Foreign keys see to all others. What tells of the past (audit, events, ownership) stays.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete

from tenon_sdk.entities import fields_of
from tenon_sdk.events import RecordsSaved, on


@on(RecordsSaved)
def delete_parts(ctx: Any, event: RecordsSaved) -> None:
    """Deletes comments, taggings, attachments, shares and other parts of deleted records."""
    if not event.deleted:
        return
    with ctx.as_system("parts of deleted records", bookkeeping=True) as system:
        for entity in ctx.site.registry.stored():
            info = entity.__tenon__
            described = fields_of(entity).get(info.parent or "")
            if described is None or described.entity_field is None or not _goes(info.name):
                continue
            kind = getattr(entity, described.entity_field)
            reference = getattr(entity, info.parent)
            system.session.execute(
                delete(entity).where(kind == event.entity, reference.in_(event.deleted))
            )


def _goes(name: str) -> bool:
    return name != "core.ownership_period"
