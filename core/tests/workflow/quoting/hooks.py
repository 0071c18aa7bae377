from quoting.entities import SAYS, WORKFLOW, Line, Quotation
from tenon_sdk.approvals import ApprovalFinished
from tenon_sdk.errors import Refusal
from tenon_sdk.events import on
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.permissions import Permission
from tenon_sdk.text import Text

FINISHED = []


@on(ApprovalFinished)
def finished(ctx, event):
    FINISHED.append(event)


@implements(Hooks.register_entities)
def entities():
    return (Quotation, Line)


@implements(Hooks.register_workflows)
def workflows():
    return (WORKFLOW,)


@implements(Hooks.register_permissions)
def permissions():
    return (Permission(name="quoting.quotation.margin"),)


@implements(Hooks.register_event_handlers)
def handlers():
    return (finished,)


@implements(Hooks.guard_transition)
def guard(decision):
    reason = SAYS["guard"]
    if reason and decision.transition.name == "send":
        return [Refusal(Text(reason), code="guarded")]
    return ()
