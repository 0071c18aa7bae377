"""The approvals desk: what waits for me, what I asked for, and one request as a page."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from attrs import frozen
from sqlalchemy import select

from tenon_core.customers.similar import visible
from tenon_core.entities.approvals import ApprovalRequest
from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.desks.parts import Choice, chosen
from tenon_core.web.pages.fields import Fields, value_html
from tenon_core.web.pages.gateway import toast
from tenon_core.web.pages.record import decisions
from tenon_core.workflow.approvals import reading
from tenon_core.workflow.approvals.records import REQUEST
from tenon_core.workflow.approvals.work import ADMINISTER
from tenon_sdk.errors import NotFound
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
TABS = ("waiting", "mine")
OVERDUE = "overdue"


@frozen(kw_only=True)
class Asked:
    """A line of the desk; `seen` says whether the record may be opened."""

    id: UUID
    version: int
    title: str
    kind: str
    icon: str
    move: str
    record_url: str
    seen: bool
    submitter: str
    submitted_at: Any
    note: str | None
    step: str | None
    due_at: Any
    late: bool
    substitute: bool
    state: str
    decides: bool


def add_approvals(router: Router) -> None:
    router.add("GET", "approvals", Endpoint(show_desk))
    router.add("GET", "approvals/{request}", Endpoint(show_request))
    router.add("POST", "approvals/{request}/{act}", Endpoint(act))


def show_desk(call: PageCall, _params: Params) -> Answer:
    """What waits, or what the person submitted; by kind of record, and only the late ones."""
    return _desk(call)


def _desk(
    call: PageCall,
    *,
    faults: Sequence[str] = (),
    at: str = "",
    comment: str = "",
    status: int = 200,
) -> Answer:
    asked = dict(call.query)
    tab = asked.get("tab", "")
    tab = tab if tab in TABS else "waiting"
    with call.reading() as ctx:
        ctx.require(decisions.USE)
        waiting, mine = reading.waiting_for(ctx), reading.submitted(ctx)
        rows = waiting if tab == "waiting" else mine
        seen = _seen(ctx, rows)
        lines = [_line(call, ctx.now, row, seen) for row in rows]
    kinds = _kinds(call, lines, asked.get("kind", ""), tab)
    late = asked.get("late") == OVERDUE
    wanted = next((choice.value for choice in kinds if choice.chosen), "")
    shown = [
        line
        for line in lines
        if (not wanted or _entity_of(line) == wanted) and (not late or line.late)
    ]
    return call.pages.renderer.page(
        call,
        "core/desks/approvals.html",
        status=status,
        tab=tab,
        counts={"waiting": len(waiting), "mine": len(mine)},
        kinds=kinds,
        late=late,
        late_url=_address(tab, wanted, "" if late else OVERDUE),
        late_count=sum(line.late for line in lines),
        narrowed=bool(wanted or late),
        lines=shown,
        faults=faults,
        at=at,
        comment=comment,
        back=call.address if call.method == "GET" else f"/approvals?tab={tab}",
        states=decisions.STATES,
    )


def _entity_of(line: Asked) -> str:
    return ".".join(line.record_url.strip("/").split("/")[:2])


def _kinds(call: PageCall, lines: Sequence[Asked], given: str, tab: str) -> list[Choice]:
    counts = Counter(map(_entity_of, lines))
    known = [(name, _kind(call, name)[0], counts[name]) for name in sorted(counts)]
    return chosen(known, given, lambda value: _address(tab, value, ""))


def _address(tab: str, kind: str, late: str) -> str:
    pairs = [("tab", tab), ("kind", kind), ("late", late)]
    return "/approvals?" + urlencode([(k, v) for k, v in pairs if v])


def _kind(call: PageCall, entity: str) -> tuple[str, str]:
    cls = call.site.registry.entities.get(entity)
    if cls is None:
        return entity, "file"
    return translate(cls.__tenon__.label), cls.__tenon__.icon


def _move(call: PageCall, entity: str, transition: str) -> str:
    workflow = call.site.registry.workflows.get(entity)
    move = workflow.by_name.get(transition) if workflow is not None else None
    return translate(move.label) if move is not None else transition


def _seen(ctx: Any, rows: Iterable[Any]) -> Collection[UUID]:
    """Records that the person may open; one statement for each kind."""
    by_kind: dict[str, list[UUID]] = defaultdict(list)
    for row in rows:
        by_kind[row.entity].append(row.record_id)
    found: set[UUID] = set()
    for entity, ids in by_kind.items():
        cls = ctx.site.registry.entities.get(entity)
        if cls is not None and ctx.can(cls.__tenon__.permission("view")):
            found.update(visible(ctx, cls, ids))
    return found


def _line(call: PageCall, now: Any, row: Any, seen: Collection[UUID]) -> Asked:
    kind, icon = _kind(call, row.entity)
    waits = isinstance(row, reading.Waiting)
    running = None if waits else next((s for s in row.steps if s.state == "running"), None)
    due = row.due_at if waits else running.due_at if running is not None else None
    return Asked(
        id=row.request_id if waits else row.id,
        version=row.version,
        title=row.title,
        kind=kind,
        icon=icon,
        move=_move(call, row.entity, row.transition),
        record_url=f"/{row.entity.replace('.', '/')}/{row.record_id}",
        seen=row.record_id in seen,
        submitter=row.submitter,
        submitted_at=row.submitted_at,
        note=row.note,
        step=row.step if waits else _step_of(running),
        due_at=due,
        late=due is not None and due < now,
        substitute=waits and row.on_behalf_of_id is not None,
        state="running" if waits else row.state,
        decides=waits,
    )


def _step_of(step: reading.StepView | None) -> str | None:
    """Where a request stands, and who is asked there."""
    if step is None:
        return None
    asked = [one.pending for one in step.approvers if one.pending and one.decision is None]
    return f"{step.name}: {', '.join(asked)}" if asked else step.name


def show_request(call: PageCall, params: Params) -> Answer:
    """One request with what was submitted, also for who decides without seeing the record."""
    return _request(call, decisions.request_id_of(params))


def _request(
    call: PageCall, id_: UUID, *, faults: Sequence[str] = (), status: int = 200, news: bool = False
) -> Answer:
    with call.reading() as ctx:
        ctx.require(decisions.USE)
        detail = reading.show(ctx, id_)
        request = detail.request
        cls = call.site.registry.entities.get(request.entity)
        if cls is None:
            raise NotFound(REQUEST, id_)
        fields = Fields(call, cls)
        waits = any(one.request_id == id_ for one in reading.waiting_for(ctx))
        mine = _submitter(ctx, id_) == ctx.actor.user_id
        shown = decisions.shown_request(ctx, fields, request, decides=waits, mine=mine)
        seen, administers = bool(_seen(ctx, [request])), ctx.can(ADMINISTER)
    context = {
        "base": "/approvals",
        "requests": [shown],
        "administers": administers,
        "faults": faults,
        **decisions.WORDS,
    }
    if call.fragment:
        headers = (toast(translate(_("Done."))),) if news else ()
        return call.pages.renderer.part(
            call, "core/record/_approvals.html", status=status, headers=headers, **context
        )
    return call.pages.renderer.page(
        call,
        "core/desks/approval.html",
        status=status,
        request=request,
        kind=_kind(call, request.entity)[0],
        record_url=f"/{request.entity.replace('.', '/')}/{request.record_id}" if seen else "",
        submitted=_submitted(call, fields, detail.snapshot),
        **context,
    )


def _submitter(ctx: Any, id_: UUID) -> UUID | None:
    table: Any = ApprovalRequest.__table__
    found: UUID | None = ctx.connection.scalar(
        select(table.c.submitter_id).where(table.c.id == id_)
    )
    return found


def _submitted(call: PageCall, fields: Fields, snapshot: Any) -> list[tuple[str, Any]]:
    """What the record said when it was submitted, as far as the person may read it."""
    values = dict(snapshot.get("fields", {}))
    titles = snapshot.get("titles", {})
    fmt = call.pages.renderer.formats(call)
    found = []
    for shown in fields.all(list(values)):
        value = values[shown.name]
        if value in (None, "", [], {}) or shown.kind in {"json", "id", "any_reference"}:
            continue
        if shown.kind == "reference":
            found.append((shown.label, titles.get(str(value), "…")))
            continue
        found.append((shown.label, value_html(shown, values, fmt)))
    return found


def act(call: PageCall, params: Params) -> Answer:
    """Does something with a request; a refusal is shown where the person stood, nothing lost."""
    faults = decisions.attempt(call, params)
    id_ = decisions.request_id_of(params)
    if call.fragment:
        return _request(call, id_, faults=faults, status=422 if faults else 200, news=not faults)
    if not faults:
        tab = call.form.get("tab")
        return redirect("/approvals" + (f"?tab={tab}" if tab in TABS else ""))
    if call.form.get("desk"):
        comment = call.form.get("comment")
        return _desk(call, faults=faults, at=str(id_), comment=comment, status=422)
    return _request(call, id_, faults=faults, status=422)
