"""Approvals (审批): flows, requests, their steps, who has to decide and what was decided."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, relationship

from tenon_core.entities.people import ENTITY_NAME
from tenon_sdk.entities import Entity, any_reference, choice, field, reference
from tenon_sdk.text import _
from tenon_sdk.types import Json

FLOW_STATES = (("draft", _("Draft")), ("active", _("Active")), ("retired", _("Retired")))
REQUEST_STATES = (
    ("running", _("Running")),
    ("returned", _("Returned")),
    ("blocked", _("Approved, not carried out")),
    ("approved", _("Approved")),
    ("rejected", _("Rejected")),
    ("withdrawn", _("Withdrawn")),
    ("lapsed", _("Lapsed")),
)
OPEN_REQUESTS = ("running", "returned", "blocked")
_OPEN = text("state IN ('running', 'returned', 'blocked')")
STEP_STATES = (
    ("waiting", _("Waiting")),
    ("running", _("Running")),
    ("approved", _("Approved")),
    ("rejected", _("Rejected")),
    ("returned", _("Returned")),
    ("skipped", _("Skipped")),
)
STEP_MODES = (("all", _("All of them")), ("any", _("One of them")))
DECISIONS = (
    ("submit", _("Submitted")),
    ("approve", _("Approved")),
    ("reject", _("Rejected")),
    ("return", _("Returned")),
    ("hand_on", _("Handed on")),
    ("add_signer", _("Signer added")),
    ("resubmit", _("Submitted again")),
    ("withdraw", _("Withdrawn")),
    ("skip", _("Skipped")),
    ("escalate", _("Escalated")),
    ("block", _("Could not be carried out")),
    ("execute", _("Carried out")),
    ("lapse", _("Lapsed")),
)
PLACEMENTS = (
    ("before", _("Before this step")),
    ("parallel", _("Beside the others")),
    ("after", _("After this step")),
)


class ApprovalFlow(
    Entity,
    name="core.approval_flow",
    label=_("Approval flow"),
    plural=_("Approval flows"),
    title="name",
    subtitle="key",
    icon="route",
    internal=True,
):
    """Who has to agree before a transition of an entity; each revision is a row of its own.

    Of one key at most one revision is active; running requests keep theirs. Of the active flows
    whose `condition` holds for the record (an empty one always does) the one with the lowest
    `position` is taken. `watch` names the fields whose change makes an approval void; an empty
    one means all of them.
    """

    key: Mapped[str] = field(String(60), label=_("Key"))
    revision: Mapped[int] = field(label=_("Revision"), default=1, minimum=1)
    name: Mapped[str] = field(String(120), label=_("Name"))
    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    transition: Mapped[str] = field(String(60), label=_("Transition"))
    state: Mapped[str] = choice(FLOW_STATES, label=_("Status"), default="draft")
    position: Mapped[int] = field(label=_("Sort order"), default=100)
    condition: Mapped[dict[str, Any]] = field(label=_("Condition"), default=dict)
    steps: Mapped[list[Any]] = field(label=_("Steps"), default=list)
    rules: Mapped[dict[str, Any]] = field(label=_("Rules for approvers"), default=dict)
    watch: Mapped[list[str]] = field(label=_("Fields that must not change"), default=list)

    __table_args__ = (
        UniqueConstraint("key", "revision"),
        Index(None, "entity", "transition", "state"),
        Index(
            "uq_core_approval_flow_active",
            "key",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
    )


class ApprovalRequest(
    Entity,
    name="core.approval_request",
    label=_("Approval request"),
    plural=_("Approval requests"),
    title="title",
    subtitle="state",
    icon="stamp",
    parent="record_id",
    internal=True,
):
    """A transition of a record that waits for people; at most one is open for each.

    `inputs` are those of the transition, `snapshot` the record when it was submitted; both hold
    what a reader may have no permission for. Each submission anew raises `round`, each act
    `acts`. `blocked` is what was said against the move after everybody had agreed.
    """

    flow_id: Mapped[UUID] = reference("core.approval_flow", label=_("Approval flow"))
    entity: Mapped[str] = field(String(ENTITY_NAME), label=_("Kind of record"))
    record_id: Mapped[UUID] = any_reference("entity", label=_("Record"))
    transition: Mapped[str] = field(String(60), label=_("Transition"))
    title: Mapped[str] = field(String(300), label=_("Title"))
    note: Mapped[str | None] = field(String(2000), label=_("Reason"))
    inputs: Mapped[dict[str, Any]] = field(label=_("Inputs"), default=dict, internal=True)
    snapshot: Mapped[dict[str, Any]] = field(label=_("Record as submitted"), internal=True)
    submitter_id: Mapped[UUID] = reference("core.user", label=_("Submitted by"))
    submitted_at: Mapped[datetime] = field(label=_("Submitted at"))
    round: Mapped[int] = field(label=_("Round"), default=1, minimum=1)
    state: Mapped[str] = choice(REQUEST_STATES, label=_("Status"), default="running")
    acts: Mapped[int] = field(label=_("Acts"), default=0, minimum=0)
    blocked: Mapped[list[Any] | None] = field(Json(), label=_("Why it was not carried out"))
    finished_at: Mapped[datetime | None] = field(label=_("Finished at"))

    steps: Mapped[list["ApprovalStep"]] = relationship(
        cascade="all, delete-orphan",
        passive_deletes=True,
        order_by="(ApprovalStep.round, ApprovalStep.position)",
    )

    __table_args__ = (
        CheckConstraint(
            "(finished_at IS NULL) = (state IN ('running', 'returned', 'blocked'))",
            name="finished",
        ),
        CheckConstraint("(blocked IS NULL) = (state <> 'blocked')", name="blocked_says_why"),
        Index(None, "entity", "record_id"),
        Index(
            "uq_core_approval_request_open",
            "entity",
            "record_id",
            "transition",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )


class ApprovalStep(
    Entity,
    name="core.approval_step",
    label=_("Approval step"),
    plural=_("Approval steps"),
    title="name",
    subtitle="state",
    icon="list-check",
    parent="request_id",
    internal=True,
):
    """A step of a request as it was resolved; `all` is 会签, `any` is 或签.

    At most one of a request is running. `settings` is what the flow says of the step.
    """

    request_id: Mapped[UUID] = reference(
        "core.approval_request", label=_("Approval request"), on_delete="cascade", index=False
    )
    round: Mapped[int] = field(label=_("Round"), default=1, minimum=1)
    position: Mapped[int] = field(label=_("Sort order"), minimum=0)
    key: Mapped[str] = field(String(60), label=_("Key"))
    name: Mapped[str] = field(String(120), label=_("Name"))
    mode: Mapped[str] = choice(STEP_MODES, label=_("Who has to agree"), default="all")
    state: Mapped[str] = choice(STEP_STATES, label=_("Status"), default="waiting")
    settings: Mapped[dict[str, Any]] = field(label=_("Settings"), default=dict, bulky=True)
    started_at: Mapped[datetime | None] = field(label=_("Started at"))
    due_at: Mapped[datetime | None] = field(label=_("Due at"))
    finished_at: Mapped[datetime | None] = field(label=_("Finished at"))

    assignments: Mapped[list["ApprovalAssignment"]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="ApprovalAssignment.position"
    )

    __table_args__ = (
        UniqueConstraint("request_id", "round", "position"),
        CheckConstraint("started_at <= finished_at", name="times"),
        Index(
            "uq_core_approval_step_running",
            "request_id",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index(
            "ix_core_approval_step_due",
            "due_at",
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
    )


class ApprovalAssignment(
    Entity,
    name="core.approval_assignment",
    label=_("Approver"),
    plural=_("Approvers"),
    icon="user-check",
    parent="step_id",
    internal=True,
):
    """Somebody who has to decide in a step.

    `user_id` is who was asked. `pending_id` is who has to decide now and is empty from the
    decision on, so that an inbox is one index and hand-over moves only what is open.
    """

    step_id: Mapped[UUID] = reference(
        "core.approval_step", label=_("Approval step"), on_delete="cascade", index=False
    )
    user_id: Mapped[UUID] = reference("core.user", label=_("Approver"))
    pending_id: Mapped[UUID | None] = reference("core.user", label=_("Waits for"), ownership=True)
    position: Mapped[int] = field(label=_("Sort order"), default=0)
    added_by_id: Mapped[UUID | None] = reference("core.user", label=_("Added by"))
    decision: Mapped[str | None] = choice(DECISIONS, label=_("Decision"))
    decided_by_id: Mapped[UUID | None] = reference("core.user", label=_("Decided by"))
    decided_at: Mapped[datetime | None] = field(label=_("Decided at"))

    __table_args__ = (
        Index(None, "step_id", "position"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("decision IS NULL OR pending_id IS NULL", name="decided_is_not_open"),
    )


class ApprovalDecision(
    Entity,
    name="core.approval_decision",
    label=_("Approval decision"),
    plural=_("Approval decisions"),
    title="action",
    icon="gavel",
    parent="request_id",
    internal=True,
):
    """What was done in a request, in the order of `number`; rows are only added.

    `user_id` is empty for what the system did. `on_behalf_of_id` is the approver whom the user
    stood in for; `target_id` whom it was handed on to or who was added, with the `placement`;
    `target_step` the key of the step it was returned to, empty for the submitter.
    """

    request_id: Mapped[UUID] = reference(
        "core.approval_request", label=_("Approval request"), on_delete="cascade", index=False
    )
    step_id: Mapped[UUID | None] = reference(
        "core.approval_step", label=_("Approval step"), on_delete="cascade"
    )
    number: Mapped[int] = field(label=_("Number"), minimum=1)
    action: Mapped[str] = choice(DECISIONS, label=_("Decision"))
    user_id: Mapped[UUID | None] = reference("core.user", label=_("Decided by"))
    on_behalf_of_id: Mapped[UUID | None] = reference("core.user", label=_("On behalf of"))
    target_id: Mapped[UUID | None] = reference("core.user", label=_("Handed on to"))
    target_step: Mapped[str | None] = field(String(60), label=_("Returned to step"))
    placement: Mapped[str | None] = choice(PLACEMENTS, label=_("Placement"))
    at: Mapped[datetime] = field(label=_("Decided at"))
    comment: Mapped[str | None] = field(String(2000), label=_("Comment"))
    evidence: Mapped[list[str] | None] = field(Json(), label=_("Documents"))

    __table_args__ = (UniqueConstraint("request_id", "number"),)
