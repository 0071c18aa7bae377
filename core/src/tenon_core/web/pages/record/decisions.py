"""Approvals on a record's page: who decides, what changed since, and what the person can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from tenon_core.entities.approvals import DECISIONS, ApprovalRequest
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.fields import Fields
from tenon_core.web.pages.gateway import trigger
from tenon_core.web.pages.record.heading import Heading, part, read_heading
from tenon_core.workflow.approvals import deciding, reading, requests, submitting
from tenon_core.workflow.approvals.records import REQUEST
from tenon_core.workflow.approvals.snapshot import Difference
from tenon_core.workflow.approvals.work import ADMINISTER
from tenon_sdk.errors import Invalid, NotFound, Refused, TenonError
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
USE = "core.approval.use"
OPEN = frozenset({"running", "returned", "blocked"})
STATES = {
    "running": (_("Running"), "blue"),
    "returned": (_("Returned"), "amber"),
    "blocked": (_("Approved, not carried out"), "amber"),
    "approved": (_("Approved"), "green"),
    "rejected": (_("Rejected"), "red"),
    "withdrawn": (_("Withdrawn"), "gray"),
    "lapsed": (_("Lapsed"), "gray"),
}
STEPS = {
    "waiting": (_("Not yet"), "gray"),
    "running": (_("Waiting"), "blue"),
    "approved": (_("Approved"), "green"),
    "rejected": (_("Rejected"), "red"),
    "skipped": (_("Skipped"), "gray"),
    "returned": (_("Returned"), "amber"),
}
ACTS = dict(DECISIONS)
PLACEMENTS = {
    "before": _("Before me"),
    "parallel": _("Beside me"),
    "after": _("After this step"),
}

# What `core/record/_approvals.html` calls things by.
WORDS: Mapping[str, Any] = {
    "open_states": OPEN,
    "states": STATES,
    "step_states": STEPS,
    "acts": ACTS,
    "placements": PLACEMENTS,
}


@frozen(kw_only=True)
class RequestShown:
    """A request with what changed since and whether the person decides, withdraws, or repeats."""

    request: reading.RequestView
    label: str
    changes: list[tuple[str, str, str]]
    decides: bool
    mine: bool


def show_approvals(call: PageCall, params: Params) -> Answer:
    return _show(call, read_heading(call, UUID(params["id"])))


def act(call: PageCall, params: Params) -> Answer:
    """One of decide, return, signer, hand-on, withdraw, resubmit, execute; refusals are shown."""
    heading = read_heading(call, UUID(params["id"]))
    faults = attempt(call, params, lambda ctx, id_: _belongs(ctx, heading, id_))
    if faults:
        return _show(call, heading, faults=faults, status=422)
    if not call.fragment:
        return redirect(f"{heading.url}?tab=approvals")
    return _show(call, heading, news=True)


def attempt(
    call: PageCall, params: Params, check: Callable[[Any, UUID], None] | None = None
) -> list[str]:
    """Does `params["act"]` with the request `params["request"]`; returns what is said against it.

    `check` looks at the request first. Raises NotFound for an unknown act or request.
    """
    run, request_id = _RUN.get(params["act"]), request_id_of(params)
    if run is None:
        raise NotFound(REQUEST)
    try:
        with call.writing() as ctx:
            ctx.require(USE)
            if check is not None:
                check(ctx, request_id)
            run(ctx, call, request_id)
    except Refused as error:
        return [translate(refusal.message) for refusal in error.refusals]
    except Invalid as error:
        return [translate(t) for texts in error.fields.values() for t in texts]
    except TenonError as error:
        return [translate(error.message)]
    return []


def request_id_of(params: Params) -> UUID:
    try:
        return UUID(params["request"])
    except ValueError:
        raise NotFound(REQUEST) from None


def _belongs(ctx: Any, heading: Heading, request_id: UUID) -> None:
    detail = reading.show(ctx, request_id)
    if detail.request.record_id != heading.id:
        raise NotFound(REQUEST, request_id)


def _decide(ctx: Any, call: PageCall, id_: UUID) -> None:
    version = call.form.get("version")
    deciding.decide(
        ctx,
        id_,
        call.form.get("decision") == "approve",
        _comment(call),
        version=int(version) if version.isdigit() else None,
    )


def _return(ctx: Any, call: PageCall, id_: UUID) -> None:
    deciding.send_back(ctx, id_, call.form.get("step") or None, _comment(call))


def _signer(ctx: Any, call: PageCall, id_: UUID) -> None:
    placement = call.form.get("placement")
    deciding.add_signer(ctx, id_, [_user(call)], placement, _comment(call))


def _hand_on(ctx: Any, call: PageCall, id_: UUID) -> None:
    deciding.hand_on(ctx, id_, _user(call), _comment(call))


def _withdraw(ctx: Any, call: PageCall, id_: UUID) -> None:
    requests.withdraw(ctx, id_, _comment(call))


def _resubmit(ctx: Any, call: PageCall, id_: UUID) -> None:
    submitting.resubmit(ctx, id_, None, _comment(call))


def _execute(ctx: Any, _call: PageCall, id_: UUID) -> None:
    requests.execute_again(ctx, id_)


_RUN: Mapping[str, Callable[[Any, PageCall, UUID], None]] = {
    "decide": _decide,
    "return": _return,
    "signer": _signer,
    "hand-on": _hand_on,
    "withdraw": _withdraw,
    "resubmit": _resubmit,
    "execute": _execute,
}


def _comment(call: PageCall) -> str | None:
    return call.form.get("comment").strip()[:2_000] or None


def _user(call: PageCall) -> UUID:
    try:
        return UUID(call.form.get("user"))
    except ValueError:
        raise Invalid({"user": _("Choose a colleague.")}) from None


def _show(
    call: PageCall,
    heading: Heading,
    *,
    faults: list[str] | None = None,
    status: int = 200,
    news: bool = False,
) -> Answer:
    fields = Fields(call, call.target)
    with call.reading() as ctx:
        ctx.require(USE)
        waiting = {one.request_id for one in reading.waiting_for(ctx)}
        mine = _mine(ctx, heading)
        found = [
            shown_request(
                ctx, fields, request, decides=request.id in waiting, mine=request.id in mine
            )
            for request in reading.history(ctx, heading.info.name, heading.id)
        ]
        administers = ctx.can(ADMINISTER)
    said = {"message": translate(_("Done.")), "kind": "success"}
    events = {"toast": said, "record-changed": {}, "timeline-changed": {}}
    headers = (trigger(**events),) if news else ()
    return part(
        call,
        "core/record/_approvals.html",
        heading,
        *headers,
        status=status,
        base=f"{heading.url}/approvals",
        requests=found,
        administers=administers,
        faults=faults or [],
        **WORDS,
    )


def _mine(ctx: Any, heading: Heading) -> set[UUID]:
    request = ApprovalRequest
    statement = select(request.id).where(
        request.entity == heading.info.name,
        request.record_id == heading.id,
        request.submitter_id == ctx.actor.user_id,
    )
    return set(ctx.connection.scalars(statement))


def shown_request(
    ctx: Any, fields: Fields, request: reading.RequestView, *, decides: bool, mine: bool
) -> RequestShown:
    """Only open requests are compared with the record of now: at most one for each move."""
    workflow = fields.site.registry.workflows.get(request.entity)
    move = workflow.by_name.get(request.transition) if workflow is not None else None
    changes: list[tuple[str, str, str]] = []
    if request.state in OPEN:
        detail = reading.show(ctx, request.id)
        changes = [_difference(fields, detail.snapshot, one) for one in detail.changes]
    return RequestShown(
        request=request,
        label=translate(move.label) if move is not None else request.transition,
        changes=changes,
        decides=decides and request.state == "running",
        mine=mine,
    )


def _difference(fields: Fields, snapshot: Any, one: Difference) -> tuple[str, str, str]:
    titles = snapshot.get("titles", {}) if isinstance(snapshot, Mapping) else {}
    shown = fields.find(one.field) if one.field and one.part is None else None
    label = shown.label if shown is not None else (one.field or "")
    if one.part is not None:
        cls = fields.site.registry.entities.get(one.part)
        kind = translate(cls.__tenon__.label) if cls is not None else one.part
        label = f"{kind}: {label}" if label else kind
    choices = shown.choices if shown is not None else {}
    old, new = (_text(value, titles, choices) for value in (one.old, one.new))
    return label, old, new


def _text(value: Any, titles: Mapping[str, str], choices: Mapping[str, str]) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, Mapping):
        filled = (str(v) for v in value.values() if v not in (None, "", {}))
        return ", ".join(titles.get(text, text) for text in filled)[:300]
    text = str(value)
    return choices.get(text) or titles.get(text) or text[:300]
