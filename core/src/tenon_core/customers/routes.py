"""The API of the customer services, below `core/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from attrs import frozen

from tenon_core.customers import (
    caring,
    finding,
    handover,
    merging,
    ownership,
    pool,
    relationships,
    tiering,
    view,
)
from tenon_core.customers.handover.reaching import RUN
from tenon_core.customers.similar import Similar
from tenon_core.events.timeline import Timeline, timeline
from tenon_sdk.declarations import Route
from tenon_sdk.text import _


@frozen(kw_only=True)
class OneRecord:
    id: UUID


@frozen(kw_only=True)
class OneEntityRecord:
    entity: str
    record_id: UUID


@frozen(kw_only=True)
class TimelinePage:
    """`kinds` are some of event, activity, comment, document, change, with commas."""

    entity: str
    record_id: UUID
    before: str | None = None
    kinds: str | None = None
    limit: int = 50


@frozen(kw_only=True)
class Confirmation:
    id: UUID
    items: Sequence[UUID] | None = None


@frozen(kw_only=True)
class Closing:
    id: UUID
    last_day: date | None = None


def _view(ctx: Any, given: OneRecord) -> view.UnifiedView:
    return view.unified_view(ctx, given.id)


def _network(ctx: Any, given: OneRecord) -> relationships.AccountNetwork:
    return relationships.account_network(ctx, given.id)


def _introductions(ctx: Any, given: OneRecord) -> list[relationships.Introduction]:
    return relationships.who_knows(ctx, given.id)


def _timeline(ctx: Any, given: TimelinePage) -> Timeline:
    kinds = given.kinds.split(",") if given.kinds else None
    return timeline(
        ctx, given.entity, given.record_id, before=given.before, kinds=kinds, limit=given.limit
    )


def _owners(ctx: Any, given: OneEntityRecord) -> list[Mapping[str, Any]]:
    return [
        {
            "user_id": period.user_id,
            "unit_id": period.unit_id,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "reason": period.reason,
            "handover_id": period.handover_id,
        }
        for period in ownership.owners_of(ctx, given.entity, given.record_id)
    ]


def _plan(ctx: Any, given: handover.Plan) -> Any:
    return handover.plan(ctx, given)


def _preview(ctx: Any, given: OneRecord) -> Any:
    return handover.preview(ctx, given.id)


def _execute(ctx: Any, given: OneRecord) -> Mapping[str, int]:
    return {"moved": handover.execute(ctx, given.id)}


def _confirm(ctx: Any, given: Confirmation) -> Mapping[str, bool]:
    return {"confirmed": handover.confirm(ctx, given.id, given.items)}


def _close(ctx: Any, given: Closing) -> None:
    handover.close_login(ctx, given.id, given.last_day)


def _similar(ctx: Any, given: finding.Candidate) -> list[Similar]:
    return finding.similar(ctx, given)


def _merge(ctx: Any, given: merging.Merging) -> Mapping[str, UUID]:
    return {"merge_id": merging.merge(ctx, given)}


def _unmerge(ctx: Any, given: OneRecord) -> Mapping[str, int]:
    return {"moved": merging.undo(ctx, given.id)}


@frozen(kw_only=True)
class OverdueOf:
    owner_id: UUID | None = None
    limit: int = 200


@frozen(kw_only=True)
class PoolPart:
    id: UUID
    after: UUID | None = None
    limit: int = 100


@frozen(kw_only=True)
class Release:
    id: UUID
    pool_id: UUID


def _overdue(ctx: Any, given: OverdueOf) -> list[caring.Overdue]:
    return caring.overdue(ctx, owner_id=given.owner_id, limit=given.limit)


def _tier(ctx: Any, given: OneRecord) -> tiering.Classified:
    return tiering.explain_tier(ctx, given.id)


def _browse(ctx: Any, given: PoolPart) -> pool.PoolPage:
    return pool.browse(ctx, given.id, after=given.after, limit=given.limit)


def _claim(ctx: Any, given: OneRecord) -> None:
    pool.claim(ctx, given.id)


def _release(ctx: Any, given: Release) -> None:
    pool.release(ctx, given.id, given.pool_id)


ACCOUNT, CONTACT = "core.account.view", "core.contact.view"

ROUTES = (
    Route(
        method="GET",
        path="core/account/{id}/view",
        run=_view,
        inputs=OneRecord,
        permission=ACCOUNT,
        summary=_("Unified view of an account"),
    ),
    Route(
        method="GET",
        path="core/account/{id}/network",
        run=_network,
        inputs=OneRecord,
        permission=ACCOUNT,
        summary=_("Who knows whom at an account"),
    ),
    Route(
        method="GET",
        path="core/contact/{id}/introductions",
        run=_introductions,
        inputs=OneRecord,
        permission=CONTACT,
        summary=_("Who can introduce me to a contact"),
    ),
    Route(
        method="GET",
        path="core/timeline/{entity}/{record_id}",
        run=_timeline,
        inputs=TimelinePage,
        permission="core.timeline.view",
        summary=_("Timeline of a record"),
    ),
    Route(
        method="GET",
        path="core/owners/{entity}/{record_id}",
        run=_owners,
        inputs=OneEntityRecord,
        permission="core.timeline.view",
        summary=_("Who owned a record from when until when"),
    ),
    Route(
        method="POST",
        path="core/handover/plan",
        run=_plan,
        inputs=handover.Plan,
        permission=RUN,
        summary=_("Make a hand-over"),
    ),
    Route(
        method="POST",
        path="core/handover/{id}/preview",
        run=_preview,
        inputs=OneRecord,
        permission=RUN,
        summary=_("Show what a hand-over would move"),
    ),
    Route(
        method="POST",
        path="core/handover/{id}/execute",
        run=_execute,
        inputs=OneRecord,
        permission=RUN,
        summary=_("Execute a hand-over"),
    ),
    Route(
        method="POST",
        path="core/handover/{id}/confirm",
        run=_confirm,
        inputs=Confirmation,
        permission="core.handover.confirm",
        summary=_("Confirm what was handed over"),
    ),
    Route(
        method="POST",
        path="core/user/{id}/close",
        run=_close,
        inputs=Closing,
        permission="core.user.edit",
        summary=_("Close a log-in"),
    ),
    Route(
        method="POST",
        path="core/duplicates/check",
        run=_similar,
        inputs=finding.Candidate,
        permission="core.duplicates.check",
        summary=_("Look for what is there already"),
    ),
    Route(
        method="POST",
        path="core/merges",
        run=_merge,
        inputs=merging.Merging,
        permission="core.account.merge",
        summary=_("Merge two records"),
    ),
    Route(
        method="POST",
        path="core/merges/{id}/undo",
        run=_unmerge,
        inputs=OneRecord,
        permission="core.account.merge",
        summary=_("Undo a merge"),
    ),
    Route(
        method="GET",
        path="core/care/overdue",
        run=_overdue,
        inputs=OverdueOf,
        permission=ACCOUNT,
        summary=_("Who should have been contacted by now"),
    ),
    Route(
        method="GET",
        path="core/account/{id}/tier",
        run=_tier,
        inputs=OneRecord,
        permission=ACCOUNT,
        summary=_("Why an account has its tier"),
    ),
    Route(
        method="GET",
        path="core/pool/{id}/accounts",
        run=_browse,
        inputs=PoolPart,
        permission="core.account.claim",
        summary=_("Accounts that can be claimed"),
    ),
    Route(
        method="POST",
        path="core/account/{id}/claim",
        run=_claim,
        inputs=OneRecord,
        permission="core.account.claim",
        summary=_("Claim an account from its pool"),
    ),
    Route(
        method="POST",
        path="core/account/{id}/release",
        run=_release,
        inputs=Release,
        permission="core.account.edit",
        summary=_("Put an account into a pool"),
    ),
)
