"""`POST …/batch`: many records of one entity in one request, one flush a chunk.

    {"operations": [{"op": "create", "data": {…}},
                    {"op": "update", "id": "…", "version": 3, "data": {…}},
                    {"op": "delete", "id": "…"},
                    {"op": "upsert", "key": ["code"], "data": {…}}]}

With `atomic=true`, the default, everything is stored or nothing is; the problem document lists
the faulty operations. With `atomic=false` each operation stands for itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from tenon_core.context import WorkContext
from tenon_core.storage.changes import taken as drop_pending
from tenon_core.web.api.calls import Answer, Call, json_answer
from tenon_core.web.api.operations import Operation, Outcome, Plan, read_operations
from tenon_core.web.api.repeated import write
from tenon_core.web.problems import Problem, is_busy, problem_of
from tenon_sdk.errors import Invalid, TenonError
from tenon_sdk.text import _, translate

CHUNK = 500
_ATOMIC = {"true": True, "false": False}


class Failed(Exception):
    """An atomic batch with faults: nothing of it is stored."""

    def __init__(self, faults: Mapping[int, Problem]) -> None:
        super().__init__(len(faults))
        self.faults = faults


def batch_records(call: Call, _params: Mapping[str, str]) -> Answer:
    given = call.no_query("atomic").get("atomic")
    if given is not None and given not in _ATOMIC:
        raise Invalid({"atomic": _("Enter yes or no.")})
    atomic = _ATOMIC[given or "true"]
    operations = read_operations(call.object, call.api.settings.max_batch)
    try:
        return write(call, lambda ctx: _perform(call, ctx, operations, atomic=atomic))
    except Failed as failed:
        return _refused(call, failed.faults, len(operations))


def _perform(
    call: Call, ctx: WorkContext, operations: Sequence[Operation], *, atomic: bool
) -> Answer:
    outcomes, faults = carry_out(call, ctx, operations)
    if atomic and faults:
        raise Failed(faults)
    results = [
        {"index": index, **faults[index].members}
        if index in faults
        else {"index": index, **outcomes[index].members()}
        for index in range(len(operations))
    ]
    done = len(operations) - len(faults)
    return json_answer({"results": results, "succeeded": done, "failed": len(faults)})


def carry_out(
    call: Call, ctx: WorkContext, operations: Sequence[Operation]
) -> tuple[dict[int, Outcome], dict[int, Problem]]:
    """Does what can be done: what became of the operations, and what was wrong with the others."""
    outcomes: dict[int, Outcome] = {}
    faults: dict[int, Problem] = {}
    for start in range(0, len(operations), CHUNK):
        _chunk(call, ctx, operations[start : start + CHUNK], outcomes, faults)
    return outcomes, faults


def _chunk(
    call: Call,
    ctx: WorkContext,
    operations: Sequence[Operation],
    outcomes: dict[int, Outcome],
    faults: dict[int, Problem],
) -> None:
    """All at once; if anything is wrong with the whole, one by one to find out with which."""
    good: list[Operation] = []
    for operation in operations:
        try:
            operation.read(call, ctx)
            good.append(operation)
        except TenonError as error:
            faults[operation.index] = _problem(call, error)
    if not good:
        return
    found = _attempt(call, ctx, good)
    if not isinstance(found, Exception):
        outcomes.update(found)
        return
    if len(good) == 1:
        faults[good[0].index] = _problem(call, found)
        return
    for operation in good:
        alone = _attempt(call, ctx, [operation])
        if isinstance(alone, Exception):
            faults[operation.index] = _problem(call, alone)
        else:
            outcomes.update(alone)


def _attempt(
    call: Call, ctx: WorkContext, operations: Sequence[Operation]
) -> dict[int, Outcome] | Exception:
    """Does them behind a savepoint; what went wrong instead leaves nothing behind."""
    savepoint = ctx.session.begin_nested()
    try:
        done = Plan(call, ctx, operations).run()
        savepoint.commit()
    except (TenonError, DBAPIError, StaleDataError) as error:
        if is_busy(error):
            raise
        savepoint.rollback()
        drop_pending(ctx.session)
        return error
    return done


def _problem(call: Call, error: Exception) -> Problem:
    return problem_of(error, call.locale, call.request_id)


def _refused(call: Call, faults: Mapping[int, Problem], count: int) -> Answer:
    """One problem for all: fields are named `<index>.<field>`."""
    statuses = {problem.status for problem in faults.values()}
    status = statuses.pop() if len(statuses) == 1 else 422
    fields = {
        f"{index}.{name}" if name else str(index): texts
        for index, problem in faults.items()
        for name, texts in problem.members["fields"].items()
    }
    detail = _(
        "{failed} of {count} operations failed, so nothing was stored.",
        failed=len(faults),
        count=count,
    )
    members = {
        "type": "urn:tenon:problem:batch_failed",
        "title": translate(_("Nothing was stored"), call.locale),
        "status": status,
        "detail": translate(detail, call.locale),
        "code": "batch_failed",
        "fields": fields,
        "errors": [{"index": index, **problem.members} for index, problem in faults.items()],
    }
    problem = Problem(status=status, members=members)
    return Answer(status, problem.body(), (), b"application/problem+json")
