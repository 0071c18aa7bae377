"""What an approval flow says. The same classes read it from outside and from the database."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec
from attrs import field, frozen

from tenon_core.entities.approvals import ApprovalFlow
from tenon_core.kernel.conditions import Facts, evaluate, read_condition
from tenon_core.kernel.inputs import structure
from tenon_core.kernel.stored import Item


class Kind(StrEnum):
    USER = "user"
    ROLE = "role"
    MANAGER = "manager"
    MANAGER_CHAIN = "manager_chain"
    UNIT_HEAD = "unit_head"
    FIELD = "field"


class Of(StrEnum):
    SUBMITTER = "submitter"
    RECORD = "record"


class Mode(StrEnum):
    ALL = "all"
    ANY = "any"


class Empty(StrEnum):
    REFUSE = "refuse"
    SKIP = "skip"
    FALLBACK = "fallback"


class Repeated(StrEnum):
    ASK = "ask"
    ONCE = "once"
    ADJACENT = "adjacent"


class Own(StrEnum):
    ASK = "ask"
    SKIP = "skip"
    MANAGER = "manager"
    REFUSE = "refuse"


class Late(StrEnum):
    NOTIFY = "notify"
    HAND_ON = "hand_on"


@frozen(kw_only=True)
class Approvers:
    """Who decides in a step.

    user           the `users`, by id or log-in name
    role           everybody with `role`; `nearest`: only those in the closest unit, from the
                   unit upwards, where somebody has it
    manager        the manager `levels` above the person
    manager_chain  each of the `levels` managers above her in a step of its own, up to the first
                   one with the role `until`
    unit_head      the head of the unit, `levels` - 1 above it; `nearest`: or of the closest
                   one above that has a head
    field          the user whom the reference `field` of the record names

    `of` says whose manager and unit are meant: the submitter's, or the record's owner and unit.
    """

    kind: Kind
    users: tuple[str, ...] = ()
    role: str | None = None
    nearest: bool = False
    levels: int = 1
    until: str | None = None
    of: Of = Of.SUBMITTER
    field: str | None = None


@frozen(kw_only=True)
class Escalation:
    """At the due time the `users`, or else each approver's manager, are told, or decide instead."""

    action: Late
    users: tuple[str, ...] = ()


@frozen(kw_only=True)
class StepPlan:
    """One step; it is left out unless its `condition` holds at submission.

    In mode `any` the first decision is that of the step. It is due `due_hours` after it began;
    whoever has not decided is reminded every `remind_hours`. Both are working hours by the
    calendar of each approver: her own, her unit's, or the default one.
    """

    key: str
    name: str
    approvers: Approvers
    mode: Mode = Mode.ALL
    condition: dict[str, Any] = field(factory=dict)
    due_hours: int | None = None
    remind_hours: int | None = None
    escalate: Escalation | None = None


@frozen(kw_only=True)
class Rules:
    """What happens where the steps alone do not say it.

    empty      nobody is found: refuse the submission, skip the step, or ask the `fallback` users
    repeated   somebody approved before in this round: ask again, never again (`once`), or not
               again in the very next step (`adjacent`)
    submitter  the submitter is an approver: ask, skip her, ask her manager instead, or refuse
    """

    empty: Empty = Empty.REFUSE
    fallback: tuple[str, ...] = ()
    repeated: Repeated = Repeated.ASK
    submitter: Own = Own.MANAGER


@frozen(kw_only=True)
class Definition:
    """A flow. Of the active ones whose condition holds the lowest `position` is taken.

    Facts of conditions: the record's fields, `custom.<key>`, `<extension>.<field>`,
    `inputs.<field>` of the transition, `submitter.login`, and `unit.code`, `unit.path`,
    `submitter.unit.code`, `submitter.unit.path`, where a path is `/HQ/SOUTH/`, codes from the
    root down. Amounts of money are compared in the company's own currency, by the last exchange
    rate of that day or before; where there is none the move is refused.
    """

    key: str
    name: str
    entity: str
    transition: str
    steps: tuple[StepPlan, ...]
    condition: dict[str, Any] = field(factory=dict)
    rules: Rules = field(factory=Rules)
    watch: tuple[str, ...] = ()
    position: int = 100
    active: bool = True


def read_step(stored: Mapping[str, Any]) -> StepPlan:
    return structure(StepPlan, stored)


def read_rules(flow: ApprovalFlow) -> Rules:
    return structure(Rules, flow.rules)


def stored(part: Any) -> Any:
    """JSON that `read_step` and `read_rules` take."""
    return msgspec.to_builtins(part)


def holds(condition: Mapping[str, Any], facts: Facts, path: str = "condition") -> bool:
    """Whether a stored condition holds; an empty one does. Raises Invalid for the path."""
    if not condition:
        return True
    return evaluate(read_condition(Item(dict(condition), path)), facts) is not None
