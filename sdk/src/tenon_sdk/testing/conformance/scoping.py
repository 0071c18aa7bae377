"""Checks that permissions hold on every exit, for each entity and each scope."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tenon_sdk.entities import Owned, fields_of
from tenon_sdk.permissions import ACTIONS, Scope
from tenon_sdk.testing.conformance.facts import Facts

if TYPE_CHECKING:
    from tenon_sdk.testing.harness import Tenon

ROLE = "conformance"


class People:
    """A tree of units with somebody in each: who owns, who is near, and who is far away.

    region ─┬─ branch: owner, colleague
            └─ other branch: neighbour
    other region: stranger
    """

    def __init__(self, tenon: Tenon) -> None:
        self.region = tenon.unit("Region")
        self.branch = tenon.unit("Branch", parent=self.region)
        self.other_branch = tenon.unit("Other branch", parent=self.region)
        self.other_region = tenon.unit("Other region")

        def person(name: str, unit: Any) -> Any:
            return tenon.user(role=ROLE, login=f"conformance_{name}", unit=unit)

        self.owner = person("owner", self.branch)
        self.colleague = person("colleague", self.branch)
        self.head = person("head", self.region)
        self.neighbour = person("neighbour", self.other_branch)
        self.stranger = person("stranger", self.other_region)

    def beyond(self, scope: Scope) -> Any:
        """The nearest person whom a scope does not let see what `owner` owns."""
        return {
            Scope.OWN: self.colleague,
            Scope.TEAM: self.colleague,
            Scope.UNIT: self.neighbour,
            Scope.UNIT_TREE: self.stranger,
        }[scope]

    def within(self, scope: Scope) -> Any:
        """The farthest person whom a scope does let see it."""
        return {
            Scope.OWN: self.owner,
            Scope.TEAM: self.owner,
            Scope.UNIT: self.colleague,
            Scope.UNIT_TREE: self.head,
        }[scope]


def check_scopes(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """Each scope shows what lies within it and nothing beyond, by every exit."""
    owned = [cls for cls in facts.own("entities") if issubclass(cls, Owned)]
    if not owned:
        return
    tenon.grant(ROLE, "core.user.view", Scope.ALL)
    people = People(tenon)
    for cls in owned:
        name = cls.__tenon__.name
        record = tenon.make(cls, every=True, owner_id=people.owner.id, unit_id=people.branch.id)
        for scope in (Scope.OWN, Scope.TEAM, Scope.UNIT, Scope.UNIT_TREE):
            for action in ACTIONS:
                tenon.grant(ROLE, f"{name}.{action}", scope)
            yield from _beyond(tenon, people.beyond(scope), record, f"scope {scope}")
            within = people.within(scope)
            with tenon.ctx(within, read_only=True) as ctx:
                if ctx.session.get(cls, record.id) is None:
                    yield f"{name}: scope {scope} hides from {within.login} what it should show"


def check_ungranted(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """Without a permission nothing is seen."""
    nobody = tenon.user(role=None)
    for cls in facts.own("entities"):
        yield from _beyond(tenon, nobody, tenon.make(cls, every=True), "no permission")


def _beyond(tenon: Tenon, person: Any, record: Any, why: str) -> Iterator[str]:
    try:
        tenon.assert_invisible(person, record)
    except AssertionError as error:
        yield f"{why}, seen by {person.login}: {error}"


def check_masked_fields(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """A field that names a permission is masked by every exit without it."""
    for cls in facts.own("entities"):
        name = cls.__tenon__.name
        for field, info in fields_of(cls).items():
            if info.read is None or info.kind not in {"money", "text", "decimal", "integer"}:
                continue
            reader = f"reads_{name.replace('.', '_')}"
            for action in ACTIONS:
                tenon.grant(reader, f"{name}.{action}", Scope.ALL)
            value = {"money": "73194.25", "decimal": "73.19", "integer": 73_194}.get(info.kind)
            record = tenon.make(cls, every=True, **_given(field, info.kind, value))
            try:
                tenon.assert_invisible(tenon.user(role=reader), record, field)
            except AssertionError as error:
                yield f"{name}.{field} needs {info.read}: {error}"


def _given(field: str, kind: str, value: Any) -> dict[str, Any]:
    if kind == "text":
        return {field: "a value told to few"}
    return {field: Decimal(value) if kind != "integer" else value}
