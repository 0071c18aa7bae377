"""The read side: what waits for somebody, what became of a record's requests, one request."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import Select, select
from sqlalchemy.orm import selectinload

from tenon_core.access.clauses import people_of
from tenon_core.entities.approvals import (
    OPEN_REQUESTS,
    ApprovalAssignment,
    ApprovalDecision,
    ApprovalRequest,
    ApprovalStep,
)
from tenon_core.entities.people import User
from tenon_core.jobs.failures import load_text
from tenon_core.storage.sessions import GuardedSession
from tenon_core.workflow.approvals.records import REQUEST, takes_part
from tenon_core.workflow.approvals.snapshot import (
    Difference,
    Snapshot,
    compare,
    masked,
    take,
    values_of,
)
from tenon_core.workflow.approvals.stepping import in_round
from tenon_core.workflow.approvals.work import ADMINISTER, Work, unlimited
from tenon_sdk.errors import NotFound
from tenon_sdk.text import Text


@frozen(kw_only=True)
class Waiting:
    """A line of the inbox. `on_behalf_of_id` is the absent approver, None for one's own."""

    request_id: UUID
    version: int
    title: str
    entity: str
    record_id: UUID
    transition: str
    submitter_id: UUID
    submitter: str
    note: str | None
    submitted_at: datetime
    step: str
    due_at: datetime | None
    on_behalf_of_id: UUID | None


def waiting_for(ctx: Work, limit: int = 200) -> list[Waiting]:
    """What the actor has to decide, for herself and for whom she stands in; the most due first.

    One statement. Her own requests do not wait for her as somebody's substitute.
    """
    me = ctx.actor.user_id
    people = people_of(ctx.guardian.access) if ctx.guardian is not None else {me} - {None}
    request, step, asked = ApprovalRequest, ApprovalStep, ApprovalAssignment
    rows = ctx.connection.execute(
        select(
            request.id.label("request_id"),
            request.version,
            request.title,
            request.entity,
            request.record_id,
            request.transition,
            request.submitter_id,
            User.name.label("submitter"),
            request.note,
            request.submitted_at,
            step.name.label("step"),
            step.due_at,
            asked.pending_id.label("on_behalf_of_id"),
        )
        .join(step, step.id == asked.step_id)
        .join(request, request.id == step.request_id)
        .join(User, User.id == request.submitter_id)
        .where(asked.pending_id.in_(people), step.state == "running")
        .where((request.submitter_id != me) | (asked.pending_id == me))
        .order_by(step.due_at.is_(None), step.due_at, request.submitted_at, request.id)
        .limit(limit)
    ).mappings()
    own = {"on_behalf_of_id": None}
    return [Waiting(**{**row, **(own if row["on_behalf_of_id"] == me else {})}) for row in rows]


@frozen(kw_only=True)
class DecisionView:
    number: int
    action: str
    step: str | None
    user: str | None
    on_behalf_of: str | None
    target: str | None
    target_step: str | None
    placement: str | None
    comment: str | None
    at: datetime
    evidence: Sequence[str]


@frozen(kw_only=True)
class ApproverView:
    user_id: UUID
    user: str
    pending: str | None
    decision: str | None
    decided_at: datetime | None


@frozen(kw_only=True)
class StepView:
    key: str
    name: str
    mode: str
    state: str
    due_at: datetime | None
    approvers: Sequence[ApproverView]


@frozen(kw_only=True)
class RequestView:
    """A request with the steps of its present round and everything that was done in it."""

    id: UUID
    version: int
    title: str
    entity: str
    record_id: UUID
    transition: str
    submitter: str
    note: str | None
    submitted_at: datetime
    state: str
    round: int
    blocked: Sequence[Text]
    steps: Sequence[StepView]
    decisions: Sequence[DecisionView]


@frozen(kw_only=True)
class RequestDetail:
    """A request with the record as it was submitted and what changed since.

    Both are less what the reader has no permission to read. `exists` is False once the record
    is gone.
    """

    request: RequestView
    snapshot: Snapshot
    changes: Sequence[Difference]
    exists: bool


def history(ctx: Work, entity: str, record_id: UUID) -> list[RequestView]:
    """All requests about a record, the newest first; 5 statements. Raises NotFound unless seen."""
    cls = ctx.rules.registry.entities.get(entity)
    if cls is None or ctx.session.scalar(select(cls.id).where(cls.id == record_id)) is None:
        raise NotFound(entity, record_id)
    of_record = (ApprovalRequest.entity == entity, ApprovalRequest.record_id == record_id)
    with unlimited(ctx) as session:
        return _views(session, _whole().where(*of_record).order_by(ApprovalRequest.id.desc()))


def submitted(ctx: Work, limit: int = 200) -> list[RequestView]:
    """The actor's own open requests, the newest first: waiting, returned to her, or blocked."""
    mine = _whole().where(
        ApprovalRequest.submitter_id == ctx.actor.user_id,
        ApprovalRequest.state.in_(OPEN_REQUESTS),
    )
    with unlimited(ctx) as session:
        return _views(session, mine.order_by(ApprovalRequest.id.desc()).limit(limit))


def show(ctx: Work, request_id: UUID) -> RequestDetail:
    """One request, for who submitted it, has or had to decide, sees the record, or administers.

    Raises NotFound for everybody else.
    """
    with unlimited(ctx) as session:
        request = session.scalar(_whole().where(ApprovalRequest.id == request_id))
        if request is None or not _may_read(ctx, request):
            raise NotFound(REQUEST, request_id)
        view = _view(request, *_lookups(session, [request]))
        cls = ctx.rules.registry.entities.get(request.entity)
        if cls is None:
            return RequestDetail(request=view, snapshot={}, changes=(), exists=False)
        old = masked(ctx, cls, request.snapshot)
        try:
            now = take(ctx, cls, request.record_id, values_of(ctx, cls, request.record_id))
        except NotFound:
            return RequestDetail(request=view, snapshot=old, changes=(), exists=False)
        changes = compare(old, masked(ctx, cls, now))
        return RequestDetail(request=view, snapshot=old, changes=changes, exists=True)


def _may_read(ctx: Work, request: ApprovalRequest) -> bool:
    if takes_part(ctx, request) or ctx.can(ADMINISTER):
        return True
    cls = ctx.rules.registry.entities.get(request.entity)
    if cls is None:
        return False
    return ctx.session.scalar(select(cls.id).where(cls.id == request.record_id)) is not None


def _whole() -> Select[ApprovalRequest]:
    steps = selectinload(ApprovalRequest.steps).selectinload(ApprovalStep.assignments)
    return select(ApprovalRequest).options(steps)


def _views(session: GuardedSession, statement: Select[ApprovalRequest]) -> list[RequestView]:
    requests = list(session.scalars(statement))
    decisions, names = _lookups(session, requests)
    return [_view(request, decisions, names) for request in requests]


_Decisions = Mapping[UUID, Sequence[ApprovalDecision]]


def _lookups(
    session: GuardedSession, requests: Sequence[ApprovalRequest]
) -> tuple[_Decisions, Mapping[UUID, str]]:
    """The decisions of each request, and the names of everybody concerned."""
    ids = [request.id for request in requests]
    found: dict[UUID, list[ApprovalDecision]] = defaultdict(list)
    for decision in session.scalars(
        select(ApprovalDecision)
        .where(ApprovalDecision.request_id.in_(ids))
        .order_by(ApprovalDecision.number)
    ):
        found[decision.request_id].append(decision)
    people = {user for request in requests for user in _people(request, found[request.id])}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(people)))
    return found, {row.id: row.name for row in rows}


def _people(request: ApprovalRequest, decisions: Iterable[ApprovalDecision]) -> set[Any]:
    people: set[Any] = {request.submitter_id}
    for step in request.steps:
        people.update(u for a in step.assignments for u in (a.user_id, a.pending_id))
    for decision in decisions:
        people.update((decision.user_id, decision.on_behalf_of_id, decision.target_id))
    return people - {None}


def _view(request: ApprovalRequest, decisions: _Decisions, names: Mapping[Any, str]) -> RequestView:
    keys = {step.id: step.name for step in request.steps}
    return RequestView(
        id=request.id,
        version=request.version,
        title=request.title,
        entity=request.entity,
        record_id=request.record_id,
        transition=request.transition,
        submitter=names[request.submitter_id],
        note=request.note,
        submitted_at=request.submitted_at,
        state=request.state,
        round=request.round,
        blocked=[text for text in map(load_text, request.blocked or ()) if text is not None],
        steps=[_step_view(step, names) for step in in_round(request)],
        decisions=[
            DecisionView(
                number=one.number,
                action=one.action,
                step=keys.get(one.step_id) if one.step_id else None,
                user=names.get(one.user_id),
                on_behalf_of=names.get(one.on_behalf_of_id),
                target=names.get(one.target_id),
                target_step=one.target_step,
                placement=one.placement,
                comment=one.comment,
                at=one.at,
                evidence=tuple(one.evidence or ()),
            )
            for one in decisions.get(request.id, ())
        ],
    )


def _step_view(step: ApprovalStep, names: Mapping[Any, str]) -> StepView:
    return StepView(
        key=step.key,
        name=step.name,
        mode=step.mode,
        state=step.state,
        due_at=step.due_at,
        approvers=[
            ApproverView(
                user_id=one.user_id,
                user=names[one.user_id],
                pending=names.get(one.pending_id),
                decision=one.decision,
                decided_at=one.decided_at,
            )
            for one in step.assignments
        ],
    )
