"""Webhooks: other systems are told of events, as far as the hook's user may see them.

    POST <url>
    Tenon-Event: sales.project.won
    Tenon-Delivery: <id of the delivery>
    Tenon-Signature: t=<seconds since 1970>,v1=<hex HMAC-SHA-256(secret, "<t>." + body)>

    {"id": …, "name": …, "schema": 1, "occurred_at": …, "data": {…}, "subjects": [{"entity", "id"}]}

Delivered at least once, in no promised order; `id` is the event's and stays the same when it is
sent again. Any 2xx answer counts as taken.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any
from uuid import UUID

import msgspec
from attrs import define, field, frozen
from sqlalchemy import insert, select
from uuid_utils.compat import uuid7

from tenon_core.entities.facts import StoredEventSubject, Webhook, WebhookDelivery
from tenon_core.entities.people import User
from tenon_core.events.deliver import stored_event
from tenon_core.events.outbound import Unreachable, post
from tenon_core.events.visible import reachable, readable
from tenon_core.settings import CoreSettings
from tenon_core.vault.hidden import place_of, shown
from tenon_core.vault.keys import KeyMissing
from tenon_sdk.events import Event, Subject
from tenon_sdk.text import Text, _

DELIVER_WEBHOOK = "core.deliver_webhook"


@frozen
class Subscription:
    """An active webhook, as far as publishing needs to know it."""

    id: UUID
    events: tuple[str, ...]

    def wants(self, name: str) -> bool:
        return any(matches(pattern, name) for pattern in self.events)


def matches(pattern: str, name: str) -> bool:
    """`sales.project.won`, `sales.*`, `sales.project.*` or `*`."""
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return pattern == name


@define
class WebhookBook:
    """The active webhooks of a site, kept until the site's epoch rises."""

    _epoch: int = field(default=-1, init=False)
    _known: tuple[Subscription, ...] = field(default=(), init=False)

    def active(self, ctx: Any) -> tuple[Subscription, ...]:
        if ctx.session.info.get("rights_changed"):
            return _load(ctx)
        epoch = ctx.site.book.current_epoch(ctx.connection)
        if epoch != self._epoch:
            self._known = _load(ctx)
            self._epoch = epoch
        return self._known


def _load(ctx: Any) -> tuple[Subscription, ...]:
    rows = ctx.connection.execute(select(Webhook.id, Webhook.events).where(Webhook.active))
    return tuple(Subscription(row.id, tuple(row.events)) for row in rows)


def announce(ctx: Any, event_id: UUID, event: Event) -> None:
    """Queues a stored event for every webhook that wants it, in the publisher's transaction."""
    if not event.webhook:
        return
    hooks = [hook for hook in ctx.site.webhooks.active(ctx) if hook.wants(event.name)]
    if not hooks:
        return
    rows = [
        {
            "id": uuid7(),
            "webhook_id": hook.id,
            "event_id": event_id,
            "next_at": ctx.now,
            "created_at": ctx.now,
            "updated_at": ctx.now,
            "created_by": ctx.actor.user_id,
            "updated_by": ctx.actor.user_id,
        }
        for hook in hooks
    ]
    ctx.connection.execute(insert(WebhookDelivery), rows)
    attempts = ctx.settings(CoreSettings).webhook_attempts
    for row in rows:
        args = {"delivery": str(row["id"]), "left": attempts}
        ctx.enqueue(DELIVER_WEBHOOK, args, key=str(row["id"]))


@frozen(kw_only=True)
class Parcel:
    """A delivery that is ready to be sent; `body` is None when nothing of it may be told.

    `fault` says why it cannot be signed.
    """

    webhook_id: UUID
    url: str
    secret: str
    event: str
    body: bytes | None
    fault: Text | None = None


@frozen(kw_only=True)
class Outcome:
    """How one attempt ended; `final` says that a further one would end the same way."""

    delivered: bool
    final: bool = False
    status: int | None = None
    answer: str = ""
    milliseconds: int = 0


def secret_place(webhook_id: UUID) -> str:
    """What a webhook's encrypted secret is bound to."""
    return place_of(Webhook, "secret", webhook_id)


def pack(ctx: Any, delivery_id: UUID) -> Parcel | None:
    """What is to be sent now; None for a delivery that is done, or whose webhook is paused."""
    with ctx.site.system("deliver webhook", read_only=True) as reading:
        hook = reading.session.execute(
            select(
                WebhookDelivery.event_id,
                Webhook.id,
                Webhook.url,
                Webhook.secret,
                Webhook.user_id,
                User.active_on(reading.now.astimezone(reading.zone).date()).label("listens"),
            )
            .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
            .join(User, User.id == Webhook.user_id)
            .where(
                WebhookDelivery.id == delivery_id,
                WebhookDelivery.state != "delivered",
                Webhook.active,
            )
        ).one_or_none()
        if hook is None:
            return None
        stored = stored_event(reading, hook.event_id)
        subjects = _subjects(reading, hook.event_id)
    body = _seen(ctx, hook.user_id, stored, subjects) if hook.listens else None
    secret, fault = "", None
    try:
        secret = shown(ctx.site, hook.secret, secret_place(hook.id))
    except KeyMissing as error:
        fault = error.message
    return Parcel(
        webhook_id=hook.id, url=hook.url, secret=secret, event=stored.name, body=body, fault=fault
    )


def _subjects(ctx: Any, event_id: UUID) -> list[Subject]:
    c = StoredEventSubject
    rows = ctx.connection.execute(
        select(c.entity, c.record_id).where(c.event_id == event_id).order_by(c.entity, c.record_id)
    )
    return [Subject(row.entity, row.record_id) for row in rows]


def _seen(ctx: Any, user_id: UUID, stored: Any, subjects: list[Subject]) -> bytes | None:
    """The body for a user. An event about no record is told to who may edit webhooks only."""
    with ctx.site.context(user_id, read_only=True) as theirs:
        seen = reachable(theirs, subjects)
        if not seen and (subjects or not theirs.can("core.webhook.edit")):
            return None
        visible = {subject: subject in seen for subject in subjects}
        data = readable(theirs, stored.name, stored.payload, visible)
    return msgspec.json.encode(
        {
            "id": str(stored.id),
            "name": stored.name,
            "schema": stored.schema,
            "occurred_at": stored.occurred_at,
            "data": data,
            "subjects": [{"entity": s.entity, "id": str(s.id)} for s in subjects if s in seen],
        }
    )


def send(parcel: Parcel, delivery_id: UUID, settings: CoreSettings) -> Outcome:
    """One attempt over the network; never raises for what the other side does.

    The answer that is logged is in English: several people read the log.
    """
    if parcel.body is None:
        refusal = _("Not sent: the webhook's user may not see it.")
        return Outcome(delivered=False, final=True, answer=refusal.translate("en"))
    if parcel.fault is not None:
        return Outcome(delivered=False, answer=parcel.fault.translate("en"))
    headers = {
        "Content-Type": "application/json",
        "Tenon-Event": parcel.event,
        "Tenon-Delivery": str(delivery_id),
        "Tenon-Signature": signature(parcel.secret, parcel.body, int(time.time())),
    }
    began = time.monotonic()
    try:
        answer = post(
            parcel.url,
            parcel.body,
            headers,
            timeout=settings.webhook_timeout,
            networks=settings.webhook_networks,
        )
    except Unreachable as error:
        answered = error.message.translate("en")
        return Outcome(delivered=False, answer=answered, milliseconds=_since(began))
    return Outcome(
        delivered=200 <= answer.status < 300,
        status=answer.status,
        answer=answer.excerpt,
        milliseconds=_since(began),
    )


def signature(secret: str, body: bytes, seconds: int) -> str:
    """The value of `Tenon-Signature` for a body that is sent at `seconds` since 1970."""
    signed = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)
