"""The duplicates desk: pairs that look alike, compared, merged or told apart; merges undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import select

from tenon_core.customers.compared import COMPARED
from tenon_core.customers.finding import SWEEP
from tenon_core.customers.merging import Merging, merge, undo
from tenon_core.entities import DuplicatePair
from tenon_core.jobs.runs import UNFINISHED, job_run
from tenon_core.storage.auditing import audit_act
from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.desks.pairs import MERGE, SHOWN, compare, merges_of, pair_of, pairs_of
from tenon_core.web.pages.desks.parts import Choice, chosen
from tenon_sdk.errors import Invalid, NotFound, Refusal, Refused
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
TABS = ("open", "dismissed", "merges")
SIDES = ("first", "second")


def add_duplicates(router: Router) -> None:
    router.add("GET", "duplicates", Endpoint(show_desk))
    router.add("POST", "duplicates/sweep", Endpoint(start_sweep))
    router.add("GET", "duplicates/{pair}", Endpoint(show_pair))
    router.add("POST", "duplicates/{pair}/merge", Endpoint(merge_pair))
    router.add("POST", "duplicates/{pair}/dismiss", Endpoint(dismiss))
    router.add("POST", "duplicates/{pair}/reopen", Endpoint(reopen))
    router.add("POST", "duplicates/merges/{merge}/undo", Endpoint(undo_merge))


def show_desk(call: PageCall, _params: Params) -> Answer:
    """Open pairs, those told apart, or merges; by kind of record."""
    return _desk(call)


def _desk(call: PageCall, faults: Sequence[str] = (), tab: str = "") -> Answer:
    asked = dict(call.query)
    tab = tab or asked.get("tab", "")
    tab = tab if tab in TABS else "open"
    with call.reading() as ctx:
        ctx.require(MERGE)
        merges = merges_of(ctx) if tab == "merges" else []
        pairs = pairs_of(ctx, call, tab) if tab != "merges" else []
        sweeping = _sweeping(ctx)
    kinds = _kinds(Counter(pair.entity for pair in pairs), asked.get("kind", ""), tab)
    kind = next((one.value for one in kinds if one.chosen), "")
    found = [pair for pair in pairs if not kind or pair.entity == kind]
    return call.pages.renderer.page(
        call,
        "core/desks/duplicates.html",
        status=422 if faults else 200,
        tab=tab,
        kinds=kinds,
        pairs=found[:SHOWN],
        more=max(0, len(found) - SHOWN),
        merges=merges,
        sweeping=sweeping,
        faults=faults,
        labels={name: cls.__tenon__.label for name, cls in COMPARED.items()},
    )


def _kinds(counts: Mapping[str, int], given: str, tab: str) -> list[Choice]:
    known = [
        (name, translate(cls.__tenon__.plural), counts[name])
        for name, cls in COMPARED.items()
        if counts.get(name)
    ]

    def address(value: str) -> str:
        return "/duplicates?" + urlencode([("tab", tab), *([("kind", value)] if value else [])])

    return chosen(known, given, address)


def _sweeping(ctx: Any) -> bool:
    statement = select(job_run.c.id).where(job_run.c.job == SWEEP, job_run.c.state.in_(UNFINISHED))
    return ctx.connection.execute(statement.limit(1)).first() is not None


def start_sweep(call: PageCall, _params: Params) -> Answer:
    """Compares all records in the background; one sweep at a time."""
    with call.writing() as ctx:
        ctx.require(MERGE)
        if not _sweeping(ctx):
            ctx.enqueue(SWEEP, {})
    return redirect("/duplicates")


def show_pair(call: PageCall, params: Params) -> Answer:
    return _pair(call, _id(params["pair"]))


def _pair(call: PageCall, id_: UUID, faults: Sequence[str] = ()) -> Answer:
    """Both records beside each other; what was chosen before stays chosen."""
    with call.reading() as ctx:
        row, line = pair_of(ctx, call, id_)
        cls = COMPARED[row.entity]
        records = {one.id: one for one in ctx.session.scalars(
            select(cls).where(cls.id.in_((row.first_id, row.second_id)))
        )}  # fmt: skip
        editable = all(
            ctx.can(cls.__tenon__.permission("edit"), records[one])
            for one in (row.first_id, row.second_id)
        )
        older = min(SIDES, key=lambda side: records[getattr(row, f"{side}_id")].created_at)
    kept = call.form.get("kept") if call.method == "POST" else older
    compared = compare(call, cls, row.first_id, row.second_id)
    picked = {
        one.name: call.form.get(f"take-{one.name}") or one.suggested
        if call.method == "POST"
        else kept
        if one.suggested == "first" and kept == "second" and one.second
        else one.suggested
        for one in compared
    }
    return call.pages.renderer.page(
        call,
        "core/desks/pair.html",
        status=422 if faults else 200,
        pair=line,
        state=row.state,
        info=cls.__tenon__,
        fields=compared,
        picked=picked,
        kept=kept if kept in SIDES else older,
        editable=editable,
        faults=faults,
    )


def merge_pair(call: PageCall, params: Params) -> Answer:
    """Merges the pair into the chosen record with the chosen values."""
    id_ = _id(params["pair"])
    kept = call.form.get("kept")
    other = "second" if kept == "first" else "first"
    try:
        with call.writing() as ctx:
            row, _line = pair_of(ctx, call, id_)
            merge(ctx, _merging(call, row, kept, other))
    except Refused as error:
        return _pair(call, id_, [translate(one.message) for one in error.refusals])
    except Invalid as error:
        return _pair(call, id_, [translate(t) for ts in error.fields.values() for t in ts])
    return redirect("/duplicates?tab=merges")


def _merging(call: PageCall, row: Any, kept: str, other: str) -> Merging:
    if row.state != "open":
        raise Refused(Refusal(_("This pair is settled already."), code="wrong_state"))
    if kept not in SIDES:
        raise Invalid({"kept": _("Choose the record that stays.")})
    take = [
        name.removeprefix("take-")
        for name, value in call.form.pairs
        if name.startswith("take-") and value == other
    ]
    kept_id, merged_id = getattr(row, f"{kept}_id"), getattr(row, f"{other}_id")
    return Merging(entity=row.entity, kept_id=kept_id, merged_id=merged_id, take=take)


def dismiss(call: PageCall, params: Params) -> Answer:
    """The two are not the same: no sweep proposes them again."""
    return _settle(call, params, "open", "dismissed")


def reopen(call: PageCall, params: Params) -> Answer:
    return _settle(call, params, "dismissed", "open")


def _settle(call: PageCall, params: Params, before: str, after: str) -> Answer:
    id_ = _id(params["pair"])
    with call.writing() as ctx:
        row, _line = pair_of(ctx, call, id_)
        if row.state == before:
            with ctx.as_system("pair judged", bookkeeping=True) as system:
                pair = system.session.get_one(DuplicatePair, id_)
                pair.state = after
                system.session.flush()
            for record_id in (row.first_id, row.second_id):
                changes = {"duplicate": [before, after]}
                audit_act(
                    ctx, "duplicate judged", entity=row.entity, record_id=record_id, changes=changes
                )
    return redirect("/duplicates" + ("?tab=dismissed" if after == "open" else ""))


def undo_merge(call: PageCall, params: Params) -> Answer:
    """Takes a merge apart; what speaks against it is said on the desk."""
    try:
        with call.writing() as ctx:
            undo(ctx, _id(params["merge"]))
    except Refused as error:
        return _desk(call, [translate(one.message) for one in error.refusals], "merges")
    return redirect("/duplicates?tab=merges")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("core.duplicate_pair", text) from None
