"""Facts about approvals; each stands in the timeline of the record that is to be moved."""

from __future__ import annotations

from uuid import UUID

from attrs import frozen

from tenon_sdk.events import Event, Subject
from tenon_sdk.text import _


@frozen(kw_only=True)
class ApprovalEvent(Event):
    """What every fact about an approval says: which transition of which record it is about."""

    request_id: UUID
    entity: str
    record_id: UUID
    transition: str

    def subjects(self) -> list[Subject]:
        return [Subject(self.entity, self.record_id)]


@frozen(kw_only=True)
class ApprovalRequested(
    ApprovalEvent, name="core.approval.requested", label=_("Approval requested"), icon="stamp"
):
    """Somebody wants to make a move that needs an approval; `round` counts the submissions."""

    submitter_id: UUID
    round: int = 1


@frozen(kw_only=True)
class ApprovalDecided(
    ApprovalEvent, name="core.approval.decided", label=_("Approval decided"), icon="gavel"
):
    """One approver agreed or refused; `on_behalf_of_id` is whom she stood in for."""

    step: str
    approved: bool
    user_id: UUID | None
    on_behalf_of_id: UUID | None = None
    comment: str | None = None


@frozen(kw_only=True)
class ApprovalReturned(
    ApprovalEvent, name="core.approval.returned", label=_("Approval returned"), icon="arrow-back"
):
    """Sent back to step `to_step`, or to the submitter when that is None."""

    user_id: UUID | None
    on_behalf_of_id: UUID | None = None
    to_step: str | None = None
    comment: str | None = None


@frozen(kw_only=True)
class ApprovalHandedOn(
    ApprovalEvent, name="core.approval.handed_on", label=_("Approval handed on"), icon="share"
):
    """Somebody else decides instead; without `user_id` it was escalated."""

    user_id: UUID | None
    from_id: UUID
    to_id: UUID


@frozen(kw_only=True)
class ApprovalSignerAdded(
    ApprovalEvent, name="core.approval.signer_added", label=_("Signer added"), icon="user-plus"
):
    """Further people decide `before`, `parallel` to or `after` the present step."""

    user_id: UUID | None
    added_ids: tuple[UUID, ...]
    placement: str


@frozen(kw_only=True)
class ApprovalBlocked(
    ApprovalEvent,
    name="core.approval.blocked",
    label=_("Approved, not carried out"),
    icon="alert-triangle",
):
    """Everybody agreed, and the move was refused then; `codes` are those of the refusals."""

    codes: tuple[str, ...]


@frozen(kw_only=True)
class ApprovalWithdrawn(
    ApprovalEvent, name="core.approval.withdrawn", label=_("Approval withdrawn"), icon="x"
):
    user_id: UUID | None
    comment: str | None = None


@frozen(kw_only=True)
class ApprovalFinished(
    ApprovalEvent, name="core.approval.finished", label=_("Approval finished"), icon="flag"
):
    """The end of a request.

    `outcome` is `approved` (the move has been made), `rejected`, `withdrawn`, or `lapsed`: the
    record moved on without it or changed after the approval.
    """

    outcome: str
