"""What is done to a selection, or to all records that a list found, with a report of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import define, field, frozen
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from tenon_core.context import WorkContext
from tenon_core.entities.records import Tagging
from tenon_core.kernel.inputs import structure
from tenon_core.storage.changes import taken as drop_pending
from tenon_core.storage.lists import list_rows
from tenon_core.web.api.acts import check_reach
from tenon_core.web.api.batch import carry_out
from tenon_core.web.api.operations import Operation
from tenon_core.web.api.writing import load_all
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.form.asking import Questions
from tenon_core.web.pages.lists.filters import titles_of
from tenon_core.web.pages.lists.keeping import state_in
from tenon_core.web.pages.lists.page import Lists
from tenon_core.web.problems import Problem, is_busy, problem_of
from tenon_core.workflow.archiving import restore
from tenon_sdk.declarations import Action
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Forbidden, Invalid, TenonError
from tenon_sdk.text import Text, _, translate

MOST = 1_000
# So many refusals are told one by one.
TOLD = 50


@frozen
class Refused:
    """A record that stayed as it was, and why."""

    id: str
    title: str
    reason: str


@define
class Report:
    """What became of a selection: how many were done, how many wait for an approval."""

    done: int = 0
    waiting: int = 0
    faults: dict[UUID, str] = field(factory=dict)
    refused: list[Refused] = field(factory=list)

    @property
    def whole(self) -> bool:
        return not self.faults


def chosen_ids(call: PageCall) -> list[UUID]:
    """The ticked records, or all that the list found. Raises Invalid for none and for too many."""
    if call.form.get("matching"):
        ids = _found(call)
    else:
        ids = [_id(text) for text in dict.fromkeys(call.form.all("ids"))]
    if not ids:
        raise Invalid({"ids": _("Choose at least one record.")})
    if len(ids) > MOST:
        raise Invalid(
            {"ids": _("At most {limit} records at once; filter the list first.", limit=MOST)}
        )
    return ids


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid({"ids": _("This is no record.")}) from None


def _found(call: PageCall) -> list[UUID]:
    lists = Lists(call)
    state = lists.sorted(state_in(call).first_page(limit=MOST))
    spec = lists.reading.spec(state, ("id",), most=MOST + 1, more={"limit": str(MOST + 1)})
    page = list_rows(call.site, call.guardian, spec)
    return [UUID(str(row.c0)) for row in page.items]


# ------------------------------------------------------------------------------------- the acts


def change_all(call: PageCall, ids: Sequence[UUID], data: Mapping[str, Any]) -> Report:
    return _operate(call, ids, [{"op": "update", "id": str(i), "data": dict(data)} for i in ids])


def delete_all(call: PageCall, ids: Sequence[UUID]) -> Report:
    """To the recycle bin; from there, and where there is none, for good."""
    return _operate(call, ids, [{"op": "delete", "id": str(id_)} for id_ in ids])


def _operate(call: PageCall, ids: Sequence[UUID], raw: Sequence[Mapping[str, Any]]) -> Report:
    report = Report()
    with call.writing() as ctx:
        found, faults = carry_out(call, ctx, [Operation(i, op) for i, op in enumerate(raw)])
    report.done = len(found)
    report.faults = {ids[index]: said(problem) for index, problem in faults.items()}
    return report


def tag_all(call: PageCall, ids: Sequence[UUID], tags: Sequence[UUID], *, on: bool) -> Report:
    """Puts tags on records, or takes them off; what is so already counts as done."""
    name = call.target.__tenon__.name
    with call.reading() as ctx:
        wanted = select(Tagging.id, Tagging.record_id, Tagging.tag_id).where(
            Tagging.entity == name, Tagging.record_id.in_(ids), Tagging.tag_id.in_(tags)
        )
        known = {(row.record_id, row.tag_id): row.id for row in ctx.session.execute(wanted)}
    pairs = [(id_, tag) for id_ in ids for tag in tags if ((id_, tag) in known) is not on]
    if on:
        raw = [
            {"op": "create", "data": {"entity": name, "record_id": str(i), "tag_id": str(t)}}
            for i, t in pairs
        ]
    else:
        raw = [{"op": "delete", "id": str(known[pair])} for pair in pairs]
    tagging = copy.copy(call)
    tagging.target = Tagging
    report = _operate(tagging, [id_ for id_, _tag in pairs], raw) if pairs else Report()
    report.done = len(ids) - len(report.faults)
    return report


def each(call: PageCall, ids: Sequence[UUID], work: Callable[[WorkContext, Any], bool]) -> Report:
    """One record after the other, each behind a savepoint: what one refuses, others may do.

    `work` says whether it is done; otherwise it waits for an approval.
    """
    report = Report()
    entity: Any = call.target
    with call.writing() as ctx:
        records = load_all(ctx, call.api.shape(entity), entity.id.in_(ids), set())
        missing = set(ids) - {record.id for record in records}
        for record in records:
            _one(call, ctx, record, work, report)
        unseen = translate(_("There is no such record, or you may not see it."))
        report.faults.update(dict.fromkeys(missing, unseen))
    return report


def _one(
    call: PageCall,
    ctx: WorkContext,
    record: Entity,
    work: Callable[[WorkContext, Any], bool],
    report: Report,
) -> None:
    id_ = record.id
    savepoint = ctx.session.begin_nested()
    try:
        done = work(ctx, record)
        ctx.session.flush()
        savepoint.commit()
    except (TenonError, DBAPIError, StaleDataError) as error:
        if is_busy(error):
            raise
        savepoint.rollback()
        drop_pending(ctx.session)
        report.faults[id_] = said(problem_of(error, call.locale, call.request_id))
        return
    report.done += done
    report.waiting += not done


def restore_all(call: PageCall, ids: Sequence[UUID]) -> Report:
    def work(ctx: WorkContext, record: Any) -> bool:
        restore(ctx, record)
        return True

    return each(call, ids, work)


def move_all(call: PageCall, ids: Sequence[UUID], name: str, inputs: Mapping[str, Any]) -> Report:
    def work(ctx: WorkContext, record: Any) -> bool:
        return ctx.transition(record, name, dict(inputs)).moved

    return each(call, ids, work)


def act_all(
    call: PageCall, ids: Sequence[UUID], action: Action, given: Mapping[str, Any]
) -> Report:
    """A plugin's action: all or nothing, as it is written for. Raises what it raises."""
    inputs = structure(action.inputs, given) if action.inputs is not None else None
    with call.writing() as ctx:
        check_reach(ctx, call.target, action.permission, ids)
        action.run(ctx, list(ids), inputs)
    return Report(done=len(ids))


# ------------------------------------------------------------------------------------ the report


def said(problem: Problem) -> str:
    """The reasons of a problem in one line."""
    members = problem.members
    parts = [refusal["message"] for refusal in members.get("refusals", ())]
    parts += [text for texts in members.get("fields", {}).values() for text in texts]
    return " ".join(dict.fromkeys(parts)) or str(members["detail"])


def named(call: PageCall, report: Report) -> Report:
    """With the titles of what was refused; one statement."""
    shown = list(report.faults)[:TOLD]
    titles = titles_of(call, call.target.__tenon__.name, {str(id_) for id_ in shown})
    report.refused = [
        Refused(str(id_), titles.get(str(id_), "…"), report.faults[id_]) for id_ in shown
    ]
    return report


def summary(report: Report) -> str:
    texts: list[Text] = []
    if report.done:
        texts.append(_("Done: {count}.", count=report.done))
    if report.waiting:
        texts.append(_("Waiting for approval: {count}.", count=report.waiting))
    if report.faults:
        texts.append(_("Refused: {count}.", count=len(report.faults)))
    return " ".join(map(translate, texts))


def questions(call: PageCall, cls: type[Any] | None) -> Questions | None:
    return Questions(call, cls) if cls is not None else None


def need(call: PageCall, *permissions: str) -> None:
    """Raises Forbidden for the first that the person lacks."""
    for permission in permissions:
        if call.guardian.access.scope(permission) is None:
            raise Forbidden(permission)
