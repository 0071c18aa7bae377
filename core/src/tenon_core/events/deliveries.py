"""The log of webhooks: attempts and their answers, further attempts, sending again, pausing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update

from tenon_core.entities.facts import Webhook, WebhookDelivery, make_webhook_secret
from tenon_core.events.notify import notify
from tenon_core.events.webhooks import DELIVER_WEBHOOK, Outcome, pack, secret_place, send
from tenon_core.jobs.execute import backoff
from tenon_core.settings import CoreSettings
from tenon_core.vault.hidden import hide
from tenon_sdk.declarations import Action
from tenon_sdk.entities import Entity
from tenon_sdk.errors import NotFound, Refusal, Refused
from tenon_sdk.events import RecordsSaved, Subject, event_named, on
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.text import Text, _

CHUNK = 1_000
EDIT = "core.webhook.edit"


def deliver_webhook(ctx: Any, args: Mapping[str, Any]) -> str | None:
    """One attempt. Nothing is held in the database while the other side thinks."""
    delivery_id = UUID(args["delivery"])
    parcel = pack(ctx, delivery_id)
    if parcel is None:
        return None
    outcome = send(parcel, delivery_id, ctx.settings(CoreSettings))
    state = _record(ctx, delivery_id, outcome, int(args["left"]))
    _count(ctx, parcel.webhook_id, outcome)
    return state


def _record(ctx: Any, delivery_id: UUID, outcome: Outcome, left: int) -> str:
    """Logs the attempt and queues the next one; `left` counts this one in."""
    c = WebhookDelivery
    again = not outcome.delivered and not outcome.final and left > 1
    state = "delivered" if outcome.delivered else "failed" if again else "given_up"
    attempts = ctx.connection.execute(
        update(WebhookDelivery)
        .where(c.id == delivery_id)
        .values(
            state=state,
            attempts=c.attempts + 1,
            attempted_at=ctx.now,
            next_at=None,
            status_code=outcome.status,
            answer=outcome.answer,
            duration_ms=outcome.milliseconds,
            updated_at=ctx.now,
        )
        .returning(c.attempts)
    ).scalar_one()
    if again:
        pause = backoff(JOB, ctx.settings(CoreSettings).webhook_attempts - left + 1)
        soon = update(WebhookDelivery).where(c.id == delivery_id)
        ctx.connection.execute(soon.values(next_at=ctx.now + pause))
        args = {"delivery": str(delivery_id), "left": left - 1}
        ctx.enqueue(DELIVER_WEBHOOK, args, key=f"{delivery_id}:{attempts + 1}", delay=pause)
    return state


def _count(ctx: Any, webhook_id: UUID, outcome: Outcome) -> None:
    """Counts failures in a row; pauses the webhook when there were too many."""
    if outcome.final:
        return
    counted = update(Webhook.__table__).where(Webhook.__table__.c.id == webhook_id)  # type: ignore[arg-type]
    c = Webhook.__table__.c
    if outcome.delivered:
        ctx.connection.execute(counted.where(c.failures > 0).values(failures=0))
        return
    failures = ctx.connection.execute(
        counted.values(failures=c.failures + 1).returning(c.failures)
    ).scalar_one()
    if failures >= ctx.settings(CoreSettings).webhook_pause_after:
        _pause(ctx, webhook_id, failures)


def _pause(ctx: Any, webhook_id: UUID, failures: int) -> None:
    hook = ctx.session.get(Webhook, webhook_id, with_for_update=True)
    if not hook.active:
        return
    hook.active = False
    ctx.session.flush()
    notify(
        ctx,
        [user for user in (hook.user_id, hook.created_by) if user is not None],
        _(
            "Webhook “{name}” is paused: {count} attempts in a row failed.",
            name=hook.name,
            count=failures,
        ),
        subject=Subject("core.webhook", hook.id),
        kind="warning",
    )


def replay(ctx: Any, deliveries: Sequence[UUID]) -> int:
    """Sends deliveries again, whatever became of them; tells how many.

    Raises NotFound for one that the actor does not see, Forbidden unless she may edit its
    webhook, Refused if that is paused.
    """
    rows = ctx.session.execute(
        select(WebhookDelivery.id, Webhook)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.id.in_(deliveries))
    ).all()
    found = {row.id: row.Webhook for row in rows}
    for id_ in deliveries:
        if id_ not in found:
            raise NotFound("core.webhook_delivery", id_)
    for hook in set(found.values()):
        _check_open(ctx, hook)
    _queue_again(ctx, list(found))
    return len(found)


def replay_failed(ctx: Any, webhook_id: UUID) -> int:
    """Sends again all that a webhook did not take; tells how many."""
    hook = _hook(ctx, webhook_id)
    _check_open(ctx, hook)
    failed = select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == webhook_id,
        WebhookDelivery.state.in_(["failed", "given_up"]),
    )
    ids = list(ctx.session.scalars(failed.order_by(WebhookDelivery.id)))
    _queue_again(ctx, ids)
    return len(ids)


def new_secret(ctx: Any, webhook_id: UUID) -> str:
    """Gives a webhook a new secret and returns it; it cannot be read later."""
    hook = _hook(ctx, webhook_id)
    ctx.require(EDIT, hook)
    secret = make_webhook_secret()
    with ctx.as_system("new webhook secret") as system:
        stored = hide(ctx.site, system.connection, secret, secret_place(webhook_id))
        system.session.get(Webhook, webhook_id).secret = stored
    return secret


def _hook(ctx: Any, webhook_id: UUID) -> Webhook:
    hook = ctx.session.scalar(select(Webhook).where(Webhook.id == webhook_id))
    if hook is None:
        raise NotFound("core.webhook", webhook_id)
    found: Webhook = hook
    return found


def _check_open(ctx: Any, hook: Webhook) -> None:
    ctx.require(EDIT, hook)
    if not hook.active:
        raise Refused(_("Webhook “{name}” is paused; activate it first.", name=hook.name))


def _queue_again(ctx: Any, ids: Sequence[UUID]) -> None:
    left = ctx.settings(CoreSettings).webhook_attempts
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        ctx.connection.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.id.in_(some))
            .values(state="pending", next_at=ctx.now, updated_at=ctx.now)
        )
    for id_ in ids:
        ctx.enqueue(DELIVER_WEBHOOK, {"delivery": str(id_), "left": left})


def give_secrets(ctx: Any, ids: Iterable[UUID]) -> None:
    """A new webhook signs from the first event on; who wants to check asks for a new secret."""
    table: Any = Webhook.__table__
    for id_ in ids:
        stored = hide(ctx.site, ctx.connection, make_webhook_secret(), secret_place(id_))
        ctx.connection.execute(update(table).where(table.c.id == id_).values(secret=stored))


@on(RecordsSaved)
def check_webhooks(ctx: Any, saved: RecordsSaved) -> None:
    """Refuses webhooks that would tell more than their author may know, or listen to nothing."""
    if saved.entity != "core.webhook":
        return
    give_secrets(ctx, saved.created)
    ids = {*saved.created, *saved.changed}
    for hook in ctx.session.scalars(select(Webhook).where(Webhook.id.in_(ids))):
        refusals = [*_event_faults(hook)]
        if hook.user_id != ctx.actor.user_id and not ctx.can("core.grant.create"):
            refusals.append(
                Refusal(_("Only who grants rights may choose another user here."), field="user_id")
            )
        if refusals:
            raise Refused(*refusals)
        if hook.active and "active" in saved.fields:
            counter = update(Webhook.__table__).where(Webhook.__table__.c.id == hook.id)  # type: ignore[arg-type]
            ctx.connection.execute(counter.values(failures=0))


def _event_faults(hook: Webhook) -> list[Refusal]:
    wrong = [pattern for pattern in hook.events if not _known(pattern)]
    if not hook.events:
        return [Refusal(_("Choose at least one event."), field="events")]
    return [
        Refusal(_("There is no event “{name}”.", name=pattern), field="events") for pattern in wrong
    ]


def _known(pattern: object) -> bool:
    """A name that is declared, or a group: what a plugin will publish one day is not known yet."""
    if not isinstance(pattern, str):
        return False
    if pattern == "*" or pattern.endswith(".*"):
        return True
    try:
        return event_named(pattern).webhook and event_named(pattern).stored
    except KeyError:
        return False


def clean_deliveries(ctx: Any, _args: Mapping[str, Any]) -> int:
    """Deletes old lines of the log and tells how many."""
    limit = ctx.now - timedelta(days=ctx.settings(CoreSettings).delivery_days)
    table = WebhookDelivery.__table__
    old = delete(table).where(table.c.created_at < limit)  # type: ignore[arg-type]
    return int(ctx.connection.execute(old).rowcount)


JOB = Job(
    name=DELIVER_WEBHOOK,
    title=_("Tell a webhook"),
    run=deliver_webhook,
    retries=3,
    backoff=30.0,
    timeout=300.0,
)
JOBS = (
    JOB,
    Job(
        name="core.clean_deliveries",
        title=_("Delete old deliveries of webhooks"),
        run=clean_deliveries,
        schedule=Cron("50 3 * * *"),
    ),
)
HANDLERS = (check_webhooks,)


def _action(
    entity: type[Entity], key: str, label: Text, run: Any, icon: str, *, bulk: bool = False
) -> Action:
    return Action(
        entity=entity.__tenon__.name,
        key=key,
        label=label,
        run=run,
        permission=EDIT,
        icon=icon,
        bulk=bulk,
    )


ACTIONS = (
    _action(
        WebhookDelivery,
        "replay",
        _("Send again"),
        lambda ctx, ids, _inputs: replay(ctx, ids),
        "refresh",
        bulk=True,
    ),
    _action(
        Webhook,
        "replay_failed",
        _("Send again what failed"),
        lambda ctx, ids, _inputs: replay_failed(ctx, ids[0]),
        "refresh",
    ),
    _action(
        Webhook,
        "new_secret",
        _("New secret"),
        lambda ctx, ids, _inputs: new_secret(ctx, ids[0]),
        "key",
    ),
)
