"""Approval flows: what there is, and an editor that checks before it stores."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tenon_core.web.api.calls import Answer, encode
from tenon_core.web.pages.admin.base import Params, asked, done, need, show
from tenon_core.web.pages.calls import PageCall
from tenon_core.workflow.approvals.flows import FlowView, list_flows, save_flow
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

VIEW, EDIT = "core.approval_flow.view", "core.approval_flow.edit"
EXAMPLE = {
    "key": "",
    "name": "",
    "entity": "",
    "transition": "",
    "steps": [{"key": "manager", "name": "", "approvers": {"kind": "role", "role": ""}}],
}


def show_flows(call: PageCall, _params: Params) -> Answer:
    need(call, EDIT)
    with call.reading() as ctx:
        flows = list_flows(ctx)
    return show(call, "flows.html", flows=flows)


def show_flow(call: PageCall, _params: Params) -> Answer:
    """The editor: of the newest revision of `key`, else of a new flow."""
    need(call, EDIT)
    key = asked(call, "key")
    with call.reading() as ctx:
        flow = next((f for f in list_flows(ctx) if f.definition.key == key), None)
    return _editor(call, _text(flow) if flow is not None else _pretty(EXAMPLE), flow=flow)


def store_flow(call: PageCall, _params: Params) -> Answer:
    need(call, EDIT)
    text = call.form.get("definition")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        wrong = Invalid({"definition": _("This is no JSON object.")})
        return _editor(call, text, faults=wrong.fields, status=422)
    try:
        with call.writing() as ctx:
            save_flow(ctx, given)
    except Invalid as error:
        return _editor(call, text, faults=error.fields, status=422)
    return done(call, "/admin/flows", _("The flow was stored."))


def _editor(
    call: PageCall,
    text: str,
    *,
    flow: FlowView | None = None,
    faults: Mapping[str, Any] | None = None,
    status: int = 200,
) -> Answer:
    moves = [
        (flow_.entity, [move.name for move in flow_.transitions])
        for flow_ in call.site.registry.workflows
    ]
    return show(call, "flow.html", status, text=text, flow=flow, faults=faults or {}, moves=moves)


def _text(flow: FlowView) -> str:
    return _pretty(json.loads(encode(flow.definition)))


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
