"""The API of approvals, below `core/approval`, and the permissions it knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal
from uuid import UUID

from attrs import field, frozen
from attrs.validators import ge, le

from tenon_core.workflow.approvals import deciding, flows, reading, requests, submitting
from tenon_core.workflow.approvals.definitions import Definition
from tenon_core.workflow.approvals.work import ADMINISTER, Work
from tenon_sdk.declarations import Route
from tenon_sdk.errors import NotFound
from tenon_sdk.permissions import Permission, Scope
from tenon_sdk.text import Text, _
from tenon_sdk.workflows import Outcome

USE = "core.approval.use"
VIEW_FLOWS, EDIT_FLOWS = f"{flows.FLOW}.view", f"{flows.FLOW}.edit"


@frozen(kw_only=True)
class Submission:
    entity: str
    record_id: UUID
    transition: str
    inputs: dict[str, Any] | None = None
    reason: str | None = None


@frozen(kw_only=True)
class Request:
    request_id: UUID


@frozen(kw_only=True)
class Page:
    limit: int = field(default=200, validator=(ge(1), le(1000)))


@frozen(kw_only=True)
class Record:
    entity: str
    record_id: UUID


@frozen(kw_only=True)
class Decision:
    request_id: UUID
    approve: bool
    comment: str | None = None
    on_behalf_of: UUID | None = None
    version: int | None = None
    evidence: tuple[UUID, ...] = ()


@frozen(kw_only=True)
class Signers:
    request_id: UUID
    users: tuple[UUID, ...]
    placement: Literal["before", "parallel", "after"]
    comment: str | None = None


@frozen(kw_only=True)
class Handing:
    request_id: UUID
    to: UUID
    comment: str | None = None
    instead_of: UUID | None = None


@frozen(kw_only=True)
class Return:
    request_id: UUID
    step: str | None = None
    comment: str | None = None


@frozen(kw_only=True)
class Withdrawal:
    request_id: UUID
    comment: str | None = None


@frozen(kw_only=True)
class Resubmission:
    request_id: UUID
    inputs: dict[str, Any] | None = None
    reason: str | None = None


@frozen
class State:
    """How the request stands after what was done."""

    state: str


def _submit(ctx: Any, given: Submission) -> Outcome:
    work: Work = ctx
    cls = work.rules.registry.entities.get(given.entity)
    record = work.session.get(cls, given.record_id) if cls is not None else None
    if record is None:
        raise NotFound(given.entity, given.record_id)
    return submitting.submit(work, record, given.transition, given.inputs, given.reason)


def _decide(ctx: Any, given: Decision) -> State:
    return State(
        deciding.decide(
            ctx,
            given.request_id,
            given.approve,
            given.comment,
            on_behalf_of=given.on_behalf_of,
            version=given.version,
            evidence=given.evidence,
        )
    )


def _add_signer(ctx: Any, given: Signers) -> None:
    deciding.add_signer(ctx, given.request_id, given.users, given.placement, given.comment)


def _hand_on(ctx: Any, given: Handing) -> None:
    deciding.hand_on(ctx, given.request_id, given.to, given.comment, instead_of=given.instead_of)


def _send_back(ctx: Any, given: Return) -> None:
    deciding.send_back(ctx, given.request_id, given.step, given.comment)


def _withdraw(ctx: Any, given: Withdrawal) -> None:
    requests.withdraw(ctx, given.request_id, given.comment)


def _resubmit(ctx: Any, given: Resubmission) -> Outcome:
    return submitting.resubmit(ctx, given.request_id, given.inputs, given.reason)


def _execute(ctx: Any, given: Request) -> State:
    return State(requests.execute_again(ctx, given.request_id))


def _inbox(ctx: Any, given: Page) -> Sequence[reading.Waiting]:
    return reading.waiting_for(ctx, given.limit)


def _submitted(ctx: Any, given: Page) -> Sequence[reading.RequestView]:
    return reading.submitted(ctx, given.limit)


def _show(ctx: Any, given: Request) -> reading.RequestDetail:
    return reading.show(ctx, given.request_id)


def _history(ctx: Any, given: Record) -> Sequence[reading.RequestView]:
    return reading.history(ctx, given.entity, given.record_id)


def _save_flow(ctx: Any, given: Definition) -> flows.FlowView:
    return flows.save_flow(ctx, given)


def _list_flows(ctx: Any, _given: None) -> Sequence[flows.FlowView]:
    return flows.list_flows(ctx)


def _route(
    method: Literal["GET", "POST", "PUT"],
    path: str,
    run: Callable[[Any, Any], Any],
    summary: Text,
    inputs: type[Any] | None,
    *,
    permission: str = USE,
) -> Route:
    return Route(
        method=method,
        path=f"core/approval/{path}",
        run=run,
        summary=summary,
        inputs=inputs,
        permission=permission,
    )


ROUTES = (
    _route("GET", "inbox", _inbox, _("What waits for your decision"), Page),
    _route("GET", "submitted", _submitted, _("Your open requests"), Page),
    _route("GET", "history", _history, _("Requests about a record"), Record),
    _route("GET", "flow", _list_flows, _("Approval flows"), None, permission=VIEW_FLOWS),
    _route("PUT", "flow", _save_flow, _("Save a flow"), Definition, permission=EDIT_FLOWS),
    _route("POST", "submit", _submit, _("Ask for a move"), Submission),
    _route("GET", "{request_id}", _show, _("One request"), Request),
    _route("POST", "{request_id}/decide", _decide, _("Approve or reject"), Decision),
    _route("POST", "{request_id}/signer", _add_signer, _("Add a signer"), Signers),
    _route("POST", "{request_id}/hand-on", _hand_on, _("Hand on"), Handing),
    _route("POST", "{request_id}/return", _send_back, _("Return"), Return),
    _route("POST", "{request_id}/withdraw", _withdraw, _("Withdraw"), Withdrawal),
    _route("POST", "{request_id}/resubmit", _resubmit, _("Submit again"), Resubmission),
    _route("POST", "{request_id}/execute", _execute, _("Carry out"), Request),
)


def approval_permissions(everybody: Sequence[str]) -> tuple[Permission, ...]:
    """Everybody takes part in approvals that concern her; administrators keep them going."""
    return (
        Permission(
            name=USE, label=_("Take part in approvals"), roles=dict.fromkeys(everybody, Scope.ALL)
        ),
        Permission(
            name=ADMINISTER,
            label=_("Administer approvals"),
            roles={"administrator": Scope.ALL},
        ),
    )
