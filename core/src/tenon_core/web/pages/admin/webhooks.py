"""Webhooks: which there are, what each was told, sending again, new secrets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from tenon_core.entities.facts import DELIVERY_STATES, StoredEvent, Webhook, WebhookDelivery
from tenon_core.events.deliveries import new_secret, replay, replay_failed
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.admin.base import PAGE, Params, asked, done, id_of, need, offset_of, show
from tenon_core.web.pages.calls import PageCall
from tenon_sdk.errors import NotFound, Refused
from tenon_sdk.text import Text, _

EDIT = "core.webhook.edit"
_hook: Any = Webhook.__table__
_log: Any = WebhookDelivery.__table__
SHOWN = ("id", "name", "url", "events", "active", "failures")


def show_webhooks(call: PageCall, _params: Params) -> Answer:
    need(call, EDIT)
    mine = _log.c.webhook_id == _hook.c.id
    waiting = mine & _log.c.state.in_(("failed", "given_up"))
    failed = select(func.count(_log.c.id)).where(waiting).scalar_subquery()
    last = select(func.max(_log.c.attempted_at)).where(mine).scalar_subquery()
    columns = [_hook.c[name] for name in SHOWN]
    statement = select(*columns, failed.label("failed"), last.label("last")).order_by(_hook.c.name)
    with call.reading() as ctx:
        rows = ctx.connection.execute(statement).mappings().all()
    return show(call, "webhooks.html", rows=rows)


def show_webhook(call: PageCall, params: Params) -> Answer:
    need(call, EDIT)
    return hook_page(call, id_of(params, "core.webhook"))


def hook_page(
    call: PageCall,
    hook_id: UUID,
    *,
    status: int = 200,
    error: Text | None = None,
    secret: str | None = None,
) -> Answer:
    """A webhook and its log, newest first; `secret` is a new one, shown this once."""
    first, state = offset_of(call), asked(call, "state")
    event = StoredEvent.__table__
    log = select(_log, event.c.name.label("event")).select_from(
        _log.join(event, event.c.id == _log.c.event_id)
    )
    log = log.where(_log.c.webhook_id == hook_id)
    if state:
        log = log.where(_log.c.state == state)
    with call.reading() as ctx:
        columns = [_hook.c[name] for name in SHOWN]
        hook = ctx.connection.execute(select(*columns).where(_hook.c.id == hook_id)).mappings()
        found = hook.first()
        if found is None:
            raise NotFound("core.webhook", hook_id)
        page = log.order_by(_log.c.id.desc()).offset(first).limit(PAGE + 1)
        rows = ctx.connection.execute(page).mappings().all()
    return show(
        call,
        "webhook.html",
        status,
        hook=found,
        rows=rows[:PAGE],
        more=len(rows) > PAGE,
        first=first,
        state=state,
        states=DELIVERY_STATES,
        error=error,
        secret=secret,
    )


def give_secret(call: PageCall, params: Params) -> Answer:
    need(call, EDIT)
    hook_id = id_of(params, "core.webhook")
    with call.writing() as ctx:
        secret = new_secret(ctx, hook_id)
    return hook_page(call, hook_id, secret=secret)


def send_again(call: PageCall, params: Params) -> Answer:
    """One delivery if the form names it, else all that the webhook did not take."""
    need(call, EDIT)
    hook_id = id_of(params, "core.webhook")
    given = call.form.get("delivery")
    try:
        with call.writing() as ctx:
            if given:
                replay(ctx, [id_of({"id": given}, "core.webhook_delivery")])
            else:
                replay_failed(ctx, hook_id)
    except Refused as refused:
        return hook_page(call, hook_id, status=409, error=refused.message)
    return done(call, f"/admin/webhooks/{hook_id}", _("It is sent again."))
