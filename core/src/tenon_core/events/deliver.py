"""Delivery of stored events to durable handlers: after commit, at least once.

Each durable handler has a job of its own, so that a delivery to a handler whose plugin is not
enabled now is parked by the queue, and goes on by itself when the plugin is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from tenon_core.entities.facts import StoredEvent
from tenon_sdk.errors import TenonError
from tenon_sdk.events import Event, Handler, event_named
from tenon_sdk.jobs import Job
from tenon_sdk.text import _

DELIVER = "core.deliver_event"


class UnreadableEvent(TenonError):
    """A stored event that the installed plugins cannot make sense of."""

    code = "unreadable_event"


def delivery_job(handler: Handler[Any]) -> str:
    """Name of the job that delivers to a handler."""
    return f"{DELIVER}:{handler.key}"


def delivery_jobs(handlers: Iterable[Handler[Any]]) -> list[Job]:
    """The jobs of all durable handlers; their argument is `{"event": id}`."""
    return [
        Job(
            name=delivery_job(handler),
            title=_(
                "Deliver “{event}” to {handler}", event=handler.event.label, handler=handler.key
            ),
            run=partial(_deliver, handler),
            retries=8,
            backoff=10.0,
        )
        for handler in handlers
        if handler.durable
    ]


def _deliver(handler: Handler[Any], ctx: Any, args: Mapping[str, Any]) -> None:
    row = stored_event(ctx, UUID(args["event"]))
    handler(ctx, restore(row.name, row.schema, row.payload))


def stored_event(ctx: Any, id_: UUID) -> Any:
    """The row of a stored event. Raises UnreadableEvent when it was deleted."""
    c = StoredEvent
    found = ctx.connection.execute(
        select(c.id, c.name, c.schema, c.occurred_at, c.payload).where(c.id == id_)
    ).one_or_none()
    if found is None:
        raise UnreadableEvent(_("The event {id} is not stored any more.", id=str(id_)))
    return found


def restore(name: str, schema: int, payload: Mapping[str, Any]) -> Event:
    """The event as it was published, of the class that is declared now.

    Fields that came later take their defaults, fields that are gone are left out. Raises
    UnreadableEvent when no enabled plugin declares the event, or its values do not fit.
    """
    try:
        cls = event_named(name)
    except KeyError:
        raise UnreadableEvent(
            _("No enabled plugin declares the event “{name}”.", name=name)
        ) from None
    try:
        return msgspec.convert(payload, cls, str_keys=True)
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        raise UnreadableEvent(
            _(
                "The event “{name}” was stored with schema {stored}, its plugin now has schema "
                "{present}: {error}",
                name=name,
                stored=schema,
                present=cls.schema,
                error=str(error),
            )
        ) from error
