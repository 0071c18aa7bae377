"""What approvers do: decide, add a signer, hand on, send back."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from attrs import evolve
from sqlalchemy import select

from tenon_core.access.clauses import people_of
from tenon_core.entities.approvals import (
    ApprovalAssignment,
    ApprovalFlow,
    ApprovalRequest,
    ApprovalStep,
)
from tenon_core.entities.documents import Document
from tenon_core.workflow.approvals.assigning import active
from tenon_core.workflow.approvals.definitions import Mode, Own, StepPlan, read_rules, read_step
from tenon_core.workflow.approvals.executing import changed_refusal, differences
from tenon_core.workflow.approvals.records import (
    REQUEST,
    Deed,
    about,
    check_state,
    finish,
    locked,
    note,
    running_step,
    takes_part,
    tell_approvers,
    tell_submitter,
)
from tenon_core.workflow.approvals.stepping import SPACING, advance, in_round, make_step
from tenon_core.workflow.approvals.work import ADMINISTER, Work, elevated, today
from tenon_sdk.approvals import (
    ApprovalDecided,
    ApprovalHandedOn,
    ApprovalReturned,
    ApprovalSignerAdded,
)
from tenon_sdk.errors import Invalid, NotFound, Refusal, Refused
from tenon_sdk.text import _

PLACEMENTS = ("before", "parallel", "after")


def decide(
    ctx: Work,
    request_id: UUID,
    approve: bool,  # noqa: FBT001 (the decision is what the call is about)
    comment: str | None = None,
    *,
    on_behalf_of: UUID | None = None,
    version: int | None = None,
    evidence: Sequence[UUID] = (),
) -> str:
    """Agrees or refuses, for oneself or else for whom one stands in; returns the state then.

    `on_behalf_of` chooses among several; `version` is that of the request which the decision is
    about. The first decision in a step of mode `any` is the step's; a refusal ends the request.
    After the last step the move is made at once. Raises NotFound, Stale, and Refused: nothing
    waits for the actor, or the record was changed in what the flow watches.
    """
    _check_evidence(ctx, evidence)
    with elevated(ctx, f"decision on {request_id}") as system:
        request = locked(system, request_id, version)
        step, mine, deed = _turn(ctx, system, request, on_behalf_of)
        if approve:
            _refuse_if_changed(system, request)
        deed = evolve(deed, comment=comment, evidence=tuple(evidence))
        mine.decision = "approve" if approve else "reject"
        mine.decided_by_id, mine.decided_at, mine.pending_id = deed.user_id, system.now, None
        note(system, request, mine.decision, deed, step)
        system.session.flush()
        system.publish(
            ApprovalDecided(
                step=step.key,
                approved=approve,
                user_id=deed.user_id,
                on_behalf_of_id=deed.on_behalf_of,
                comment=comment,
                **about(request),
            ),
            evidence=evidence,
        )
        if approve:
            advance(system, request)
        else:
            finish(system, request, "rejected")
        return locked(system, request_id).state


def _check_evidence(ctx: Work, evidence: Sequence[UUID]) -> None:
    if evidence:
        seen = set(ctx.session.scalars(select(Document.id).where(Document.id.in_(evidence))))
        if not seen.issuperset(evidence):
            raise Invalid({"evidence": _("There is no such record, or you may not see it.")})


def _refuse_if_changed(system: Work, request: ApprovalRequest) -> None:
    changed = differences(system, request, only_watched=True)
    if changed:
        raise Refused(changed_refusal(changed))


def _turn(
    ctx: Work, system: Work, request: ApprovalRequest, on_behalf_of: UUID | None = None
) -> tuple[ApprovalStep, ApprovalAssignment, Deed]:
    """What waits for the actor here.

    Nobody decides her own request as the substitute of its approver, nor, unless the flow asks
    her, as one to whom an approver's work was handed over or who is asked instead of a late one.
    """
    if not takes_part(ctx, request):
        raise NotFound(REQUEST, request.id)
    check_state(request, "running")
    step = running_step(request)
    me = ctx.actor.user_id
    people = people_of(ctx.guardian.access) if ctx.guardian is not None else {me} - {None}
    open_ = [a for a in step.assignments if a.pending_id in people] if step is not None else []
    if request.submitter_id == me:
        flow = system.session.get_one(ApprovalFlow, request.flow_id)
        asked = read_rules(flow).submitter is Own.ASK
        open_ = [a for a in open_ if asked and a.pending_id == me]
    if on_behalf_of is not None:
        open_ = [a for a in open_ if a.pending_id == on_behalf_of]
    open_.sort(key=lambda a: (a.pending_id != me, a.position))
    if step is None or not open_:
        raise Refused(Refusal(_("This does not wait for your decision."), code="not_your_decision"))
    absent = open_[0].pending_id
    return step, open_[0], Deed(user_id=me, on_behalf_of=absent if absent != me else None)


def hand_on(
    ctx: Work,
    request_id: UUID,
    to: UUID,
    comment: str | None = None,
    *,
    instead_of: UUID | None = None,
) -> None:
    """Lets somebody else decide (转交).

    An administrator of approvals can do so for any approver, named by `instead_of`. Raises
    Invalid for a person who cannot be asked.
    """
    with elevated(ctx, f"hand on {request_id}") as system:
        request = locked(system, request_id)
        if instead_of is not None and ctx.can(ADMINISTER):
            step, mine = _assignment_of(request, instead_of)
            deed = Deed(user_id=ctx.actor.user_id)
        else:
            step, mine, deed = _turn(ctx, system, request, instead_of)
        _check_people(system, request, step, [to], "to")
        hand_over(system, request, step, mine, to=to, deed=deed.said(comment))


def hand_over(
    system: Work,
    request: ApprovalRequest,
    step: ApprovalStep,
    assignment: ApprovalAssignment,
    *,
    to: UUID,
    deed: Deed,
    action: str = "hand_on",
) -> None:
    before = assignment.pending_id or assignment.user_id
    assignment.pending_id = to
    note(system, request, action, deed, step, target_id=to)
    system.session.flush()
    system.publish(
        ApprovalHandedOn(user_id=deed.user_id, from_id=before, to_id=to, **about(request))
    )
    message = _("“{title}” was handed on to you for a decision.")
    tell_approvers(system, request, [to], message, f"{step.id}:{request.acts}")


def _assignment_of(
    request: ApprovalRequest, user_id: UUID
) -> tuple[ApprovalStep, ApprovalAssignment]:
    check_state(request, "running")
    step = running_step(request)
    if step is not None:
        for assignment in step.assignments:
            if assignment.pending_id == user_id:
                return step, assignment
    raise Invalid({"instead_of": _("This does not wait for that person.")})


def _check_people(
    system: Work, request: ApprovalRequest, step: ApprovalStep, users: Sequence[UUID], name: str
) -> None:
    flow = system.session.get_one(ApprovalFlow, request.flow_id)
    if read_rules(flow).submitter is not Own.ASK and request.submitter_id in users:
        raise Invalid({name: _("Nobody decides about her own request.")})
    if {a.pending_id for a in step.assignments} & set(users):
        raise Invalid({name: _("This person has to decide in this step already.")})
    if not users or len(active(system.connection, users, today(system))) < len(users):
        raise Invalid({name: _("Choose people who can log in.")})


def add_signer(
    ctx: Work,
    request_id: UUID,
    users: Sequence[UUID],
    placement: str,
    comment: str | None = None,
) -> None:
    """Asks further people (加签): `before` one decides oneself, `parallel`, or `after` the step.

    `before` and `after` make a step in which all of them have to agree; the present step starts
    anew after one before it, less what was decided. Beside others in a step of mode `any` the
    new ones are further people of whom one decides. Raises Invalid for who cannot be asked.
    """
    if placement not in PLACEMENTS:
        choices = ", ".join(PLACEMENTS)
        raise Invalid({"placement": _("Choose one of: {choices}.", choices=choices)})
    people = list(dict.fromkeys(users))
    with elevated(ctx, f"signer for {request_id}") as system:
        request = locked(system, request_id)
        step, _mine, deed = _turn(ctx, system, request)
        _check_people(system, request, step, people, "users")
        deed = deed.said(comment)
        for user in people:
            note(system, request, "add_signer", deed, step, target_id=user, placement=placement)
        if placement == "parallel":
            _beside(system, request, step, people, deed)
        else:
            _between(
                system, request, step, people=people, placement=placement, added_by=deed.user_id
            )
        system.session.flush()
        system.publish(
            ApprovalSignerAdded(
                user_id=deed.user_id,
                added_ids=tuple(people),
                placement=placement,
                **about(request),
            )
        )
        advance(system, request)


def _beside(
    system: Work, request: ApprovalRequest, step: ApprovalStep, people: list[UUID], deed: Deed
) -> None:
    last = max(a.position for a in step.assignments)
    for n, user in enumerate(people, last + 1):
        step.assignments.append(
            ApprovalAssignment(
                step_id=step.id,
                user_id=user,
                pending_id=user,
                position=n,
                added_by_id=deed.user_id,
            )
        )
    message = _("“{title}” waits for your decision.")
    tell_approvers(system, request, people, message, f"{step.id}:{request.acts}")


def _between(
    system: Work,
    request: ApprovalRequest,
    step: ApprovalStep,
    *,
    people: list[UUID],
    placement: str,
    added_by: UUID | None,
) -> None:
    order = in_round(request)
    at = order.index(step)
    if placement == "before":
        low, high = order[at - 1].position if at else 0, step.position
        step.state = "waiting"
        for assignment in step.assignments:
            assignment.pending_id = None
        system.session.flush()
    else:
        low = step.position
        high = order[at + 1].position if at + 1 < len(order) else low + 2 * SPACING
    middle = (low + high) // 2
    if middle in {low, high}:
        raise Refused(_("No more signers can be added here."))
    base = read_step(step.settings)
    plan = StepPlan(
        key=f"{base.key[:48]}+{request.acts}",
        name=step.name,
        approvers=base.approvers,
        mode=Mode.ALL,
        due_hours=base.due_hours,
        remind_hours=base.remind_hours,
        escalate=base.escalate,
    )
    request.steps.append(make_step(request, plan, middle, people, added_by))
    system.session.flush()


def send_back(
    ctx: Work, request_id: UUID, step: str | None = None, comment: str | None = None
) -> None:
    """Returns a request (退回) to an earlier step, by its key, or to the submitter.

    From that step on everybody is asked again; the submitter corrects the record and submits
    again, or withdraws. Raises Invalid for a step that has not been passed.
    """
    with elevated(ctx, f"return of {request_id}") as system:
        request = locked(system, request_id)
        current, _mine, deed = _turn(ctx, system, request)
        deed = deed.said(comment)
        note(system, request, "return", deed, current, target_step=step)
        if step is None:
            _to_submitter(system, request, current)
        else:
            _to_step(system, request, current, step)
        system.publish(
            ApprovalReturned(
                user_id=deed.user_id,
                on_behalf_of_id=deed.on_behalf_of,
                to_step=step,
                comment=comment,
                **about(request),
            )
        )
        if step is None:
            tell_submitter(system, request, _("“{title}” was returned to you."))
        else:
            advance(system, request)


def _to_submitter(system: Work, request: ApprovalRequest, current: ApprovalStep) -> None:
    request.state = "returned"
    current.state, current.finished_at = "returned", system.now
    for assignment in current.assignments:
        assignment.pending_id = None
    system.session.flush()


def _to_step(system: Work, request: ApprovalRequest, current: ApprovalStep, key: str) -> None:
    passed = [s for s in in_round(request) if s.position < current.position and s.assignments]
    target = next((s for s in passed if s.key == key), None)
    if target is None:
        choices = ", ".join(s.key for s in passed)
        raise Invalid({"step": _("Choose one of: {choices}.", choices=choices)})
    for step in in_round(request):
        if target.position <= step.position <= current.position:
            step.state, step.started_at = "waiting", None
            step.finished_at = step.due_at = None
            for assignment in step.assignments:
                assignment.decision = assignment.decided_at = None
                assignment.decided_by_id = assignment.pending_id = None
    system.session.flush()
