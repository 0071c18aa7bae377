"""What is done with a record: transitions, actions of plugins, the recycle bin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tenon_core.context import WorkContext
from tenon_core.kernel.inputs import structure
from tenon_core.web.api.acts import check_reach
from tenon_core.web.api.calls import Answer
from tenon_core.web.api.writing import check_version, load, storing
from tenon_core.web.pages.calls import redirect
from tenon_core.web.pages.form.asking import Questions
from tenon_core.web.pages.gateway import trigger
from tenon_core.web.pages.record.heading import Heading, part, read_heading
from tenon_core.web.problems import Fault
from tenon_core.workflow.approvals.submitting import submit
from tenon_core.workflow.archiving import remove, restore
from tenon_sdk.declarations import Action
from tenon_sdk.entities import Archived
from tenon_sdk.errors import Invalid, NotFound, Refused, Stale, TenonError
from tenon_sdk.text import Text, _, translate
from tenon_sdk.workflows import Outcome, Transition

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

Params = Mapping[str, str]
WAITS = _("This waits for approval now. You will be told what was decided.")
DONE = _("Done.")
REMOVED = _("Deleted. It is in the recycle bin.")
GONE = _("Deleted.")
RESTORED = _("Restored.")


def _transition(call: PageCall, params: Params) -> Transition:
    workflow = call.site.registry.workflows.get(call.target.__tenon__.name)
    found = workflow.by_name.get(params["transition"]) if workflow is not None else None
    if workflow is None or found is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    if call.guardian.access.scope(workflow.permission_for(found)) is None:
        raise NotFound(call.target.__tenon__.name)
    return found


def ask_move(call: PageCall, params: Params) -> Answer:
    """The dialog of a transition: what it means, and what it asks for."""
    transition = _transition(call, params)
    heading = read_heading(call, UUID(params["id"]))
    questions = Questions(call, transition.inputs) if transition.inputs is not None else None
    if questions is not None:
        with call.reading() as ctx:
            questions.name_references(ctx)
    return _dialog(
        call,
        heading,
        action=f"{heading.url}/move/{transition.name}",
        label=transition.label,
        confirm=transition.confirm,
        questions=questions,
        noted=True,
    )


def move(call: PageCall, params: Params) -> Answer:
    """Makes the transition. Everything said against it is shown together, in the dialog."""
    transition = _transition(call, params)
    heading = read_heading(call, UUID(params["id"]))
    questions = Questions(call, transition.inputs) if transition.inputs is not None else None
    version = call.form.get("_version")

    def work(ctx: WorkContext) -> Outcome:
        record = load(ctx, call.target, heading.id)
        check_version(record, int(version) if version.isdigit() else None)
        inputs = questions.data() if questions is not None else None
        note = call.form.get("_note").strip()[:2_000] or None
        outcome = storing(
            call,
            heading.id,
            None,
            lambda: submit(ctx, record, transition.name, inputs, note),
        )
        ctx.session.flush()
        return outcome

    def asked(faults: Sequence[str], status: int) -> Answer:
        return _dialog(
            call,
            heading,
            action=f"{heading.url}/move/{transition.name}",
            label=transition.label,
            confirm=transition.confirm,
            questions=questions,
            noted=True,
            faults=faults,
            status=status,
        )

    outcome = _tried(call, questions, work, asked)
    if isinstance(outcome, Answer):
        return outcome
    return _finished(call, heading, DONE if outcome.moved else WAITS, info=not outcome.moved)


def _action(call: PageCall, params: Params) -> Action:
    found = call.site.registry.actions.get(f"{call.target.__tenon__.name}:{params['key']}")
    if found is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    return found


def ask_action(call: PageCall, params: Params) -> Answer:
    action = _action(call, params)
    heading = read_heading(call, UUID(params["id"]))
    with call.reading() as ctx:
        ctx.require(action.permission)
        questions = Questions(call, action.inputs) if action.inputs is not None else None
        if questions is not None:
            questions.name_references(ctx)
    return _dialog(
        call,
        heading,
        action=f"{heading.url}/do/{action.key}",
        label=action.label,
        confirm=action.confirm,
        questions=questions,
    )


def run_action(call: PageCall, params: Params) -> Answer:
    """Runs an action of a plugin on this record, with the permission that it names."""
    action = _action(call, params)
    heading = read_heading(call, UUID(params["id"]))
    questions = Questions(call, action.inputs) if action.inputs is not None else None

    def work(ctx: WorkContext) -> Any:
        check_reach(ctx, call.target, action.permission, [heading.id])
        given = questions.data() if questions is not None else {}
        inputs = structure(action.inputs, given) if action.inputs is not None else None
        return action.run(ctx, [heading.id], inputs)

    def asked(faults: Sequence[str], status: int) -> Answer:
        return _dialog(
            call,
            heading,
            action=f"{heading.url}/do/{action.key}",
            label=action.label,
            confirm=action.confirm,
            questions=questions,
            faults=faults,
            status=status,
        )

    found = _tried(call, questions, work, asked)
    return found if isinstance(found, Answer) else _finished(call, heading, DONE)


def _tried(
    call: PageCall,
    questions: Questions | None,
    work: Callable[[WorkContext], Any],
    asked: Callable[[Sequence[str], int], Answer],
) -> Any:
    """What the work gives, or the dialog again with everything that speaks against it."""
    if questions is not None:
        questions.take(call.form)
    try:
        with call.writing() as ctx:
            return work(ctx)
    except Invalid as error:
        faults = (
            questions.blame(error.fields)
            if questions is not None
            else [translate(t) for texts in error.fields.values() for t in texts]
        )
        return asked(faults, 422)
    except Refused as error:
        return asked([translate(refusal.message) for refusal in error.refusals], 422)
    except (Stale, TenonError) as error:
        return asked([translate(error.message)], 422)


def _finished(call: PageCall, heading: Heading, text: Text, *, info: bool = False) -> Answer:
    """Back to the record, which is drawn anew: much may have changed with it."""
    if not call.fragment:
        return redirect(heading.url)
    said = {"message": translate(text), "kind": "info" if info else "success"}
    events = {"toast": said, "modal:close": {}, "record-moved": {}}
    return Answer(204, b"", [trigger(**events)])


def _dialog(
    call: PageCall,
    heading: Heading,
    *,
    action: str,
    label: Text,
    confirm: Text | None,
    questions: Questions | None,
    noted: bool = False,
    faults: Sequence[str] = (),
    status: int = 200,
) -> Answer:
    inputs = questions.inputs if questions is not None else []
    return part(
        call,
        "core/record/_dialog.html",
        heading,
        status=status,
        action=action,
        label=label,
        confirm=confirm,
        questions=inputs,
        noted=noted,
        faults=faults,
        wrong=any(made.errors for made in inputs),
    )


def delete(call: PageCall, params: Params) -> Answer:
    """To the recycle bin, and for good from there or where there is none."""
    heading = read_heading(call, UUID(params["id"]))
    with call.writing() as ctx:
        record = load(ctx, call.target, heading.id)
        binned = isinstance(record, Archived) and record.archived_at is None
        storing(call, heading.id, None, lambda: remove(ctx, record), deleting=True)
    if not call.fragment:
        return redirect(heading.url if binned else _list(heading))
    said = {"message": translate(REMOVED if binned else GONE), "kind": "success"}
    if binned:
        return Answer(204, b"", [trigger(toast=said, **{"record-moved": {}})])
    return redirect(_list(heading), trigger(toast=said), call=call)


def put_back(call: PageCall, params: Params) -> Answer:
    """Out of the recycle bin."""
    heading = read_heading(call, UUID(params["id"]))
    with call.writing() as ctx:
        record = load(ctx, call.target, heading.id)
        storing(call, heading.id, None, lambda: restore(ctx, record))
    return _finished(call, heading, RESTORED)


def _list(heading: Heading) -> str:
    return "/" + heading.info.name.replace(".", "/")
