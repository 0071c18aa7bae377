"""Which flow is taken, and what is wrong with a flow."""

import pytest

from tenon_core.workflow.approvals import flows
from tenon_sdk.errors import Forbidden, Invalid

LIN = {"kind": "user", "users": ["lin"]}


def pending(company, **quotation):
    record_id = company.quotation(**quotation)
    outcome = company.send(record_id)
    return None if outcome.moved else company.stored(outcome.request_id).flow_id


def test_without_a_flow_a_record_just_moves(company):
    assert company.send(company.quotation()).moved


@pytest.mark.parametrize(
    ("condition", "waits"),
    [
        ({"fact": "amount", "op": "gt", "value": 99.5}, True),
        ({"fact": "amount", "op": "gt", "value": 100}, False),
        ({"fact": "unit.path", "op": "contains", "value": "/SOUTH/"}, True),
        ({"fact": "unit.code", "op": "eq", "value": "SOUTH"}, False),
        ({"fact": "submitter.unit.code", "op": "in", "value": ["GZ", "BJ"]}, True),
        ({"fact": "submitter.login", "op": "ne", "value": "sam"}, False),
        ({"fact": "inputs.discount", "op": "gt", "value": 0}, False),
        ({"fact": "remark", "op": "isnull", "value": True}, True),
        ({"fact": "margin", "op": "lt", "value": 10}, True),
        (
            {
                "any": [
                    {"fact": "amount", "op": "gt", "value": 1000},
                    {"all": [{"fact": "name", "op": "startswith", "value": "Q"}]},
                ]
            },
            True,
        ),
    ],
)
def test_conditions(company, condition, waits):
    company.flow(LIN, condition=condition)
    record_id = company.quotation()
    with company.site.system("a margin that the seller may not read") as ctx:
        from quoting.entities import Quotation

        ctx.session.get(Quotation, record_id).margin = 5
    assert company.send(record_id).moved != waits


def test_the_lowest_position_wins(company):
    second = company.flow(LIN, key="b", position=20)
    first = company.flow(
        LIN, key="a", position=10, condition={"fact": "amount", "op": "gt", "value": 500}
    )
    assert pending(company, amount=600) == first.id
    assert pending(company, amount=500) == second.id


def test_a_flow_in_use_gets_a_new_revision(company):
    first = company.flow(LIN)
    again = company.flow(LIN, name="Renamed")
    assert (again.id, again.revision) == (first.id, 1)
    _record, request = company.request()
    second = company.flow({"kind": "user", "users": ["mia"]})
    assert (second.revision, second.state) == (2, "active")
    assert company.stored(request).flow_id == first.id
    assert company.waits_for(request) == ["lin"]
    assert company.waits_for(company.request()[1]) == ["mia"]
    with company.as_("ada") as ctx:
        found = [(f.revision, f.state, f.definition.name) for f in flows.list_flows(ctx)]
    assert found == [(2, "active", "Quotations"), (1, "retired", "Renamed")]


def test_a_flow_can_be_switched_off(company):
    company.flow(LIN)
    company.flow(LIN, active=False)
    assert company.send(company.quotation()).moved


def test_only_administrators_design_flows(company):
    with pytest.raises(Forbidden):
        company.flow(LIN, login="sam")
    with pytest.raises(Forbidden), company.as_("sam") as ctx:
        flows.list_flows(ctx)


FAULTY = {
    "entity": {"entity": "quoting.nothing"},
    "transition": {"transition": "fly"},
    "key": {"key": " "},
    "steps": {"steps": []},
    "condition.fact": {"condition": {"fact": "colour", "op": "eq", "value": 1}},
    "condition.value": {"condition": {"fact": "amount", "op": "gt", "value": "many"}},
    "condition.all[1].any[0].fact": {
        "condition": {
            "all": [
                {"fact": "amount", "op": "gt", "value": 1},
                {"any": [{"fact": "custom.colour", "op": "eq", "value": "red"}]},
            ]
        }
    },
    "condition.op": {"condition": {"fact": "amount", "op": "almost", "value": 1}},
    "watch.1": {"watch": ["amount", "colour"]},
    "rules.fallback": {"rules": {"empty": "fallback"}},
    "rules.fallback.0": {"rules": {"empty": "fallback", "fallback": ["nobody"]}},
    "rules.repeated": {"rules": {"repeated": "sometimes"}},
    "colour": {"colour": "red"},
}
FAULTY_STEPS = [
    ("approvers.users.0", {"approvers": {"kind": "user", "users": ["nobody"]}}),
    ("approvers.users", {"approvers": {"kind": "user"}}),
    ("approvers.role", {"approvers": {"kind": "role"}}),
    ("approvers.role", {"approvers": {"kind": "role", "role": "king"}}),
    ("approvers.until", {"approvers": {"kind": "manager_chain", "until": "king"}}),
    ("approvers.field", {"approvers": {"kind": "field", "field": "amount"}}),
    ("approvers.levels", {"approvers": {"kind": "manager", "levels": 0}}),
    ("approvers.kind", {"approvers": {"kind": "fate"}}),
    ("mode", {"approvers": LIN, "mode": "most"}),
    ("due_hours", {"approvers": LIN, "due_hours": 0}),
    ("due_hours", {"approvers": LIN, "escalate": {"action": "notify"}}),
    ("condition.fact", {"approvers": LIN, "condition": {"fact": "x", "op": "eq", "value": 1}}),
    ("key", {"approvers": LIN, "key": "s1"}),
    ("name", {"approvers": LIN, "name": ""}),
    ("surprise", {"approvers": LIN, "surprise": 1}),
]


def faults(company, *steps, **change):
    with pytest.raises(Invalid) as caught:
        company.flow(*steps, **change)
    return list(caught.value.fields)


def test_a_faulty_flow_names_the_place(company):
    found = [faults(company, LIN, **change) for change in FAULTY.values()]
    assert found == [[path] for path in FAULTY]


def test_a_faulty_step_names_the_place(company):
    found = [faults(company, LIN, step) for _path, step in FAULTY_STEPS]
    assert found == [[f"steps.1.{path}"] for path, _step in FAULTY_STEPS]


def test_all_faults_are_named_together(company):
    given = {"watch": ["colour"], "condition": {"fact": "colour", "op": "isnull", "value": True}}
    found = faults(company, {"kind": "role", "role": "king"}, key="", **given)
    assert found == ["key", "condition.fact", "steps.0.approvers.role", "watch.0"]
