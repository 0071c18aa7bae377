"""Conditions over the facts of a record, as administrators write them and JSON stores them.

A condition is a test `{"fact": "revenue", "op": "gte", "value": 1000000}`, or a group
`{"all": [...]}` or `{"any": [...]}`, in any depth. Operators are the lookups of the API.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from tenon_core.kernel.stored import Item
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

Facts = Mapping[str, Any]
Value = str | int | float | bool | None | tuple[str | int | float | bool | None, ...]

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
_TEXT_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
}
OPERATORS = (*_COMPARISONS, "in", *_TEXT_TESTS, "isnull")
# Deep enough for any rule that a person can read, and far from the interpreter's limit.
MAX_DEPTH = 20


@frozen
class Comparison:
    """One fact against one value.

    Numbers compare exactly (a float as its decimal writing), dates and times with ISO 8601 texts.
    A fact that is missing or None passes `isnull` with a true value and `ne` only.
    """

    fact: str
    op: str
    value: Value

    def to_json(self) -> dict[str, Any]:
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"fact": self.fact, "op": self.op, "value": value}


@frozen
class Group:
    """`kind` is `all` (true if empty) or `any` (false if empty)."""

    kind: str
    parts: tuple[Condition, ...]

    def to_json(self) -> dict[str, Any]:
        return {self.kind: [part.to_json() for part in self.parts]}


Condition = Comparison | Group


def evaluate(condition: Condition, facts: Facts) -> tuple[Comparison, ...] | None:
    """The tests that made the condition true, in their order; None if it is not true.

    Of an `any` group it is the first part that holds. Raises Invalid for the fact whose kind
    cannot be compared with the rule's value.
    """
    if isinstance(condition, Comparison):
        return (condition,) if _holds(condition, facts.get(condition.fact)) else None
    if condition.kind == "any":
        results = (evaluate(part, facts) for part in condition.parts)
        return next((found for found in results if found is not None), None)
    reasons: list[Comparison] = []
    for part in condition.parts:
        found = evaluate(part, facts)
        if found is None:
            return None
        reasons += found
    return tuple(reasons)


def _holds(test: Comparison, fact: Any) -> bool:
    if test.op == "isnull":
        return (fact is None) == bool(test.value)
    if fact is None or test.value is None:
        return _without_value(test, fact)
    try:
        if test.op == "in":
            values = test.value if isinstance(test.value, tuple) else (test.value,)
            return any(v is not None and _exact(fact) == _alike(v, fact) for v in values)
        if test.op in _TEXT_TESTS:
            return _TEXT_TESTS[test.op](str(fact), str(test.value))
        return bool(_COMPARISONS[test.op](_exact(fact), _alike(test.value, fact)))
    except (TypeError, ValueError, InvalidOperation):
        raise Invalid(
            {
                test.fact: _(
                    "“{fact}” cannot be compared with “{value}”.", fact=fact, value=test.value
                )
            }
        ) from None


def _without_value(test: Comparison, fact: Any) -> bool:
    same = fact is None and test.value is None
    return same if test.op == "eq" else test.op == "ne" and not same


def _alike(value: Any, fact: Any) -> Any:
    """The rule's value in the fact's type. Raises TypeError or ValueError where there is none."""
    if isinstance(fact, bool) or isinstance(value, bool):
        if isinstance(fact, bool) and isinstance(value, bool):
            return value
        raise TypeError
    if isinstance(fact, int | float | Decimal):
        return Decimal(str(value))
    if isinstance(fact, datetime):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=fact.tzinfo)
    if isinstance(fact, date):
        return date.fromisoformat(value)
    if isinstance(value, str):
        return value
    raise TypeError


def _exact(fact: Any) -> Any:
    if isinstance(fact, float):
        return Decimal(str(fact))
    # An identifier or a choice compares with what a rule can hold: its text.
    return fact if isinstance(fact, bool | int | Decimal | date) else str(fact)


def read_condition(item: Item, depth: int = 0) -> Condition:
    """A condition from JSON. Raises Invalid for the first field that cannot be read."""
    if depth > MAX_DEPTH:
        raise item.invalid(_("The groups are nested too deeply."))
    keys = item.keys()
    for kind in ("all", "any"):
        if kind in keys:
            item.only(kind)
            parts = tuple(read_condition(part, depth + 1) for part in item.at(kind).items())
            return Group(kind, parts)
    item.only("fact", "op", "value")
    op = item.at("op").choice(OPERATORS)
    return Comparison(item.at("fact").text(), op, _read_value(item.at("value"), op))


def _read_value(item: Item, op: str) -> Value:
    if op == "in":
        return tuple(part.scalar() for part in item.items())
    if op == "isnull":
        return item.boolean()
    return item.text() if op in _TEXT_TESTS else item.scalar()
