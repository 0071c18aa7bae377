import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenon_core.customers.care import (
    CareRule,
    care_policy_from_json,
    care_policy_to_json,
    care_rules_for,
    classify,
    due,
    tier_rules_from_json,
    tier_rules_to_json,
)
from tenon_core.kernel.conditions import OPERATORS, Comparison, Group, evaluate, read_condition
from tenon_core.kernel.stored import Item
from tenon_core.reckoning.calendars import weekly
from tenon_core.reckoning.public_holidays import public_holidays
from tenon_sdk.errors import Invalid

RULES = tier_rules_from_json(
    [
        {
            "tier": "A",
            "name": "Large or strategic",
            "when": {
                "any": [
                    {"fact": "revenue", "op": "gte", "value": 10_000_000},
                    {
                        "all": [
                            {"fact": "industry", "op": "in", "value": ["power", "rail"]},
                            {"fact": "open_projects", "op": "gt", "value": 2},
                        ]
                    },
                ]
            },
        },
        {"tier": "B", "name": "Buys", "when": {"fact": "revenue", "op": "gt", "value": 0}},
        {"tier": "C", "name": "All others", "when": {"all": []}},
    ]
)
ZONE = ZoneInfo("Asia/Shanghai")
SINCE = datetime(2024, 1, 1, tzinfo=UTC)


def test_the_first_rule_that_holds_decides_and_says_why():
    large = classify(RULES, {"revenue": Decimal("10000000.00"), "industry": "food"})
    assert (large.tier, large.index) == ("A", 0)
    assert [t.fact for t in large.because] == ["revenue"]
    strategic = classify(RULES, {"revenue": 5, "industry": "rail", "open_projects": 3})
    assert strategic.tier == "A"
    assert [t.fact for t in strategic.because] == ["industry", "open_projects"]
    assert strategic.rule is RULES[0]
    assert classify(RULES, {"revenue": Decimal("0.01")}).tier == "B"
    assert classify(RULES, {}).tier == "C"
    none = classify(RULES[:2], {})
    assert (none.tier, none.rule, none.index, none.because) == (None, None, None, ())


@pytest.mark.parametrize(
    ("op", "value", "fact", "holds"),
    [
        ("eq", 3, 3, True),
        ("eq", 0.1, Decimal("0.1"), True),
        ("eq", 0.1, 0.1, True),
        ("in", [0.1, 2], 0.1, True),
        ("ne", 3, 4, True),
        ("ne", 3, None, True),
        ("eq", None, None, True),
        ("ne", None, None, False),
        ("eq", None, 1, False),
        ("lt", 3, 2, True),
        ("lte", 3, 3, True),
        ("gte", "2025-01-01", date(2025, 1, 1), True),
        ("lt", "2025-01-01T00:00:00+00:00", datetime(2024, 12, 31, tzinfo=UTC), True),
        ("lt", "2025-01-01", datetime(2024, 12, 31, tzinfo=UTC), True),
        ("eq", True, True, True),
        ("in", ["a", None], "b", False),
        ("contains", "电气", "智光电气", True),
        ("startswith", "智光", "智光电气", True),
        ("startswith", "电气", "智光电气", False),
        ("isnull", True, None, True),
        ("isnull", False, None, False),
        ("isnull", False, 0, True),
        ("gt", 0, None, False),
        ("contains", "x", None, False),
    ],
)
def test_operators(op, value, fact, holds):
    condition = read_condition(Item({"fact": "f", "op": op, "value": value}, "when"))
    assert (evaluate(condition, {"f": fact}) is not None) == holds


@pytest.mark.parametrize(
    ("op", "value", "fact"),
    [
        ("gt", "many", 3),
        ("gt", 3, "many"),
        ("lt", "yesterday", date(2025, 1, 1)),
        ("lt", 5, date(2025, 1, 1)),
        ("eq", 1, True),
        ("eq", True, 1),
        ("in", [1, "a"], 2),
    ],
)
def test_what_cannot_be_compared_names_the_fact(op, value, fact):
    condition = read_condition(Item({"fact": "f", "op": op, "value": value}, "when"))
    with pytest.raises(Invalid, match="cannot be compared") as error:
        evaluate(condition, {"f": fact})
    assert set(error.value.fields) == {"f"}


values = st.integers() | st.text(max_size=3) | st.booleans() | st.none()
comparisons = st.one_of(
    st.builds(Comparison, st.text("abc", min_size=1), st.sampled_from(["eq", "ne", "lt"]), values),
    st.builds(Comparison, st.text("abc", min_size=1), st.just("in"), st.lists(values).map(tuple)),
    st.builds(Comparison, st.text("abc", min_size=1), st.just("isnull"), st.booleans()),
)
conditions = st.recursive(
    comparisons,
    lambda parts: st.builds(
        Group, st.sampled_from(["all", "any"]), st.lists(parts, max_size=3).map(tuple)
    ),
    max_leaves=8,
)


@given(conditions)
def test_conditions_survive_storage(condition):
    stored = json.loads(json.dumps(condition.to_json()))
    assert read_condition(Item(stored, "when")) == condition


flags = st.dictionaries(st.sampled_from("abc"), st.booleans())
simple = st.recursive(
    st.builds(Comparison, st.sampled_from("abc"), st.just("isnull"), st.booleans()),
    lambda parts: st.builds(
        Group, st.sampled_from(["all", "any"]), st.lists(parts, max_size=3).map(tuple)
    ),
    max_leaves=8,
)


@given(simple, flags)
def test_groups_are_logic_and_reasons_are_true(condition, facts):
    def truth(part):
        if isinstance(part, Comparison):
            return (part.fact not in facts) == part.value
        return (all if part.kind == "all" else any)(truth(p) for p in part.parts)

    because = evaluate(condition, facts)
    assert (because is not None) == truth(condition)
    assert all(truth(reason) for reason in because or ())


def test_rules_survive_storage():
    stored = json.loads(json.dumps(tier_rules_to_json(RULES)))
    assert tier_rules_from_json(stored) == RULES


WHEN = {"fact": "f", "op": "eq", "value": 1}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({}, "rules"),
        ([1], "rules[0]"),
        ([{"name": "x", "when": WHEN}], "rules[0].tier"),
        ([{"tier": "", "name": "x", "when": WHEN}], "rules[0].tier"),
        ([{"tier": "A", "name": "x", "when": WHEN, "wehn": 1}], "rules[0].wehn"),
        ([{"tier": "A", "name": "x", "when": {**WHEN, "op": "=="}}], "rules[0].when.op"),
        ([{"tier": "A", "name": "x", "when": {**WHEN, "op": ["eq"]}}], "rules[0].when.op"),
        ([{"tier": "A", "name": "x", "when": {**WHEN, "fact": 5}}], "rules[0].when.fact"),
        ([{"tier": "A", "name": "x", "when": {**WHEN, "value": {}}}], "rules[0].when.value"),
        ([{"tier": "A", "name": "x", "when": {**WHEN, "op": "in"}}], "rules[0].when.value"),
        ([{"tier": "A", "name": "x", "when": {**WHEN, "op": "isnull"}}], "rules[0].when.value"),
        ([{"tier": "A", "name": "x", "when": {"fact": "f", "op": "eq"}}], "rules[0].when.value"),
        ([{"tier": "A", "name": "x", "when": {"all": WHEN}}], "rules[0].when.all"),
        ([{"tier": "A", "name": "x", "when": {"all": [], "any": []}}], "rules[0].when.any"),
        (
            [{"tier": "A", "name": "x", "when": {"all": [WHEN, {"any": [{"fact": "f"}]}]}}],
            "rules[0].when.all[1].any[0].op",
        ),
    ],
)
def test_a_mistake_in_stored_rules_is_named(data, path):
    with pytest.raises(Invalid) as error:
        tier_rules_from_json(data)
    assert set(error.value.fields) == {path}


def test_endless_nesting_is_refused():
    deep = {"all": []}
    for _ in range(3000):
        deep = {"all": [deep]}
    with pytest.raises(Invalid, match="nested too deeply"):
        tier_rules_from_json([{"tier": "A", "name": "x", "when": deep}])


def test_all_operators_are_tested():
    table = test_operators.pytestmark[0].args[1]
    assert {row[0] for row in table} == set(OPERATORS)


POLICY = care_policy_from_json(
    [
        {"kinds": ["visit", "meeting"], "every_days": 180},
        {"kinds": ["visit", "meeting"], "every_days": 90, "tier": "A"},
        {"kinds": ["visit", "meeting"], "every_days": 60, "importance": "key"},
        {"kinds": ["visit", "meeting"], "every_days": 30, "tier": "A", "importance": "key"},
        {"kinds": ["call"], "every_days": 14, "tier": "A", "importance": None},
    ]
)


@pytest.mark.parametrize(
    ("tier", "importance", "days"),
    [
        ("A", "key", [30, 14]),
        ("A", "normal", [90, 14]),
        ("B", "key", [60]),
        ("B", "normal", [180]),
        (None, None, [180]),
    ],
)
def test_the_most_specific_rule_holds_for_each_set_of_kinds(tier, importance, days):
    assert [r.every_days for r in care_rules_for(POLICY, tier, importance)] == days


def test_policy_survives_storage():
    assert care_policy_from_json(json.loads(json.dumps(care_policy_to_json(POLICY)))) == POLICY


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ("x", "policy"),
        ([{"kinds": [], "every_days": 1}], "policy[0].kinds"),
        ([{"kinds": ["call", 3], "every_days": 1}], "policy[0].kinds[1]"),
        ([{"kinds": ["call"], "every_days": 0}], "policy[0].every_days"),
        ([{"kinds": ["call"], "every_days": True}], "policy[0].every_days"),
        ([{"kinds": ["call"], "every_days": 1.5}], "policy[0].every_days"),
        ([{"kinds": ["call"]}], "policy[0].every_days"),
        ([{"kinds": ["call"], "every_days": 1, "tier": 4}], "policy[0].tier"),
        ([{"kinds": ["call"], "every_days": 1, "days": 4}], "policy[0].days"),
    ],
)
def test_a_mistake_in_a_stored_policy_is_named(data, path):
    with pytest.raises(Invalid) as error:
        care_policy_from_json(data)
    assert set(error.value.fields) == {path}


def visit_every(days):
    return CareRule(frozenset({"visit"}), days)


def test_due_is_counted_in_local_days():
    # 17:00 UTC is one o'clock of the next day in Shanghai.
    last = datetime(2025, 3, 3, 17, tzinfo=UTC)
    found = due(last, visit_every(7), datetime(2025, 3, 20, tzinfo=UTC), since=SINCE, zone=ZONE)
    assert (found.on, found.overdue_days) == (date(2025, 3, 11), 9)
    early = due(last, visit_every(7), datetime(2025, 3, 10, 15, tzinfo=UTC), since=SINCE, zone=ZONE)
    assert early.overdue_days == 0


def test_without_contact_it_is_counted_from_the_beginning():
    now = datetime(2024, 2, 1, tzinfo=UTC)
    assert due(None, visit_every(30), now, since=SINCE, zone=UTC).on == date(2024, 1, 31)
    assert due(None, visit_every(30), now, since=SINCE, zone=UTC).overdue_days == 1


def test_a_day_off_passes_the_due_date_on():
    calendar = public_holidays("CN", [2025]).apply(weekly("Asia/Shanghai", "09:00-18:00"))
    last = datetime(2025, 9, 24, 4, tzinfo=UTC)
    found = due(last, visit_every(7), last, since=SINCE, zone=ZONE, calendar=calendar)
    assert found.on == date(2025, 10, 9)


@given(st.integers(1, 1000), st.integers(-2000, 2000))
def test_overdue_days_are_those_since_the_due_date(every, passed):
    last = datetime(2025, 1, 1, 12, tzinfo=UTC)
    found = due(last, visit_every(every), last + timedelta(days=passed), since=SINCE, zone=UTC)
    assert found.on == date(2025, 1, 1) + timedelta(days=every)
    assert found.overdue_days == max(0, passed - every)


def test_rules_without_sense_cannot_be_made():
    with pytest.raises(ValueError, match="every_days"):
        visit_every(0)
    with pytest.raises(ValueError, match="kinds"):
        CareRule(frozenset(), 1)
