"""Storing, checking and choosing approval flows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import evolve, frozen
from sqlalchemy import select

from tenon_core.entities.approvals import ApprovalFlow, ApprovalRequest
from tenon_core.entities.people import Role, User
from tenon_core.kernel.conditions import Comparison, Condition, Group, evaluate, read_condition
from tenon_core.kernel.inputs import structure
from tenon_core.kernel.stored import Item
from tenon_core.workflow.approvals.definitions import (
    Approvers,
    Definition,
    Empty,
    Kind,
    StepPlan,
    stored,
)
from tenon_core.workflow.approvals.facts import samples
from tenon_core.workflow.approvals.snapshot import parts_of, shown_fields
from tenon_core.workflow.approvals.work import Work, elevated, unlimited
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _

FLOW = "core.approval_flow"
Faults = dict[str, Text]


@frozen(kw_only=True)
class FlowView:
    """A revision of a flow as it is stored; `definition` can be changed and saved again."""

    id: UUID
    revision: int
    state: str
    definition: Definition


def save_flow(ctx: Work, definition: Definition | Mapping[str, Any]) -> FlowView:
    """Stores a flow under its key and returns it.

    A flow that no request was made by is replaced; otherwise a new revision is made, and open
    requests keep the old one. Needs the permission to edit approval flows. Raises Invalid, whose
    fields are the paths to the mistakes, such as `steps.0.approvers.role`.
    """
    ctx.require(f"{FLOW}.edit")
    given = definition if isinstance(definition, Definition) else structure(Definition, definition)
    given = _with_ids(ctx, given)
    _check(ctx, given)
    with elevated(ctx, f"flow {given.key}") as system:
        latest = system.session.scalars(
            select(ApprovalFlow)
            .where(ApprovalFlow.key == given.key)
            .order_by(ApprovalFlow.revision.desc())
            .limit(1)
            .with_for_update()
        ).first()
        flow = _revision(system, latest, given.key)
        flow.name, flow.entity, flow.transition = given.name, given.entity, given.transition
        flow.position, flow.condition = given.position, given.condition
        flow.steps, flow.rules = stored(given.steps), stored(given.rules)
        flow.watch, flow.state = list(given.watch), "active" if given.active else "retired"
        system.session.add(flow)
        system.session.flush()
        return view(flow)


def _revision(system: Work, latest: ApprovalFlow | None, key: str) -> ApprovalFlow:
    if latest is None:
        return ApprovalFlow(key=key)
    used = select(ApprovalRequest.id).where(ApprovalRequest.flow_id == latest.id).limit(1)
    if system.session.scalar(used) is None:
        return latest
    latest.state = "retired"
    system.session.flush()
    return ApprovalFlow(key=key, revision=latest.revision + 1)


def view(flow: ApprovalFlow) -> FlowView:
    names = ("key", "name", "entity", "transition", "steps", "condition", "rules", "watch")
    values = {name: getattr(flow, name) for name in names}
    active = flow.state == "active"
    definition = structure(Definition, {**values, "position": flow.position, "active": active})
    return FlowView(id=flow.id, revision=flow.revision, state=flow.state, definition=definition)


def list_flows(ctx: Work) -> list[FlowView]:
    """All revisions, by key, the newest first. Needs the permission to view approval flows."""
    ctx.require(f"{FLOW}.view")
    order = (ApprovalFlow.key, ApprovalFlow.revision.desc())
    with unlimited(ctx) as session:
        return [view(flow) for flow in session.scalars(select(ApprovalFlow).order_by(*order))]


def active_flows(ctx: Work, entity: str, transition: str) -> Sequence[Any]:
    """Id and condition of each, in the order in which they are tried."""
    return ctx.connection.execute(
        select(ApprovalFlow.id, ApprovalFlow.condition)
        .where(
            ApprovalFlow.entity == entity,
            ApprovalFlow.transition == transition,
            ApprovalFlow.state == "active",
        )
        .order_by(ApprovalFlow.position, ApprovalFlow.key)
    ).all()


def _with_ids(ctx: Work, given: Definition) -> Definition:
    """Log-in names become ids, so that a flow survives a change of name."""
    named = {name for _path, names in _named_users(given) for name in names}
    rows = ctx.connection.execute(
        select(User.id, User.login).where(
            User.login.in_([n.lower() for n in named]) | User.id.in_(_ids(named))
        )
    )
    ids = {key: str(id_) for id_, login in rows for key in (login, str(id_))}
    unknown = {
        f"{path}.{n}": _("There is no user “{login}”.", login=name)
        for path, names in _named_users(given)
        for n, name in enumerate(names)
        if name.lower() not in ids
    }
    if unknown:
        raise Invalid(unknown)

    def known(names: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(ids[name.lower()] for name in names))

    steps = tuple(
        evolve(
            step,
            approvers=evolve(step.approvers, users=known(step.approvers.users)),
            escalate=step.escalate and evolve(step.escalate, users=known(step.escalate.users)),
        )
        for step in given.steps
    )
    return evolve(
        given, steps=steps, rules=evolve(given.rules, fallback=known(given.rules.fallback))
    )


def _named_users(given: Definition) -> Iterator[tuple[str, Sequence[str]]]:
    for n, step in enumerate(given.steps):
        yield f"steps.{n}.approvers.users", step.approvers.users
        if step.escalate is not None:
            yield f"steps.{n}.escalate.users", step.escalate.users
    yield "rules.fallback", given.rules.fallback


def _ids(names: set[str]) -> list[UUID]:
    found = []
    for name in names:
        try:
            found.append(UUID(name))
        except ValueError:
            continue
    return found


def _check(ctx: Work, given: Definition) -> None:
    workflow = ctx.rules.registry.workflows.get(given.entity)
    if workflow is None:
        raise Invalid({"entity": _("There is no workflow of “{name}”.", name=given.entity)})
    transition = workflow.by_name.get(given.transition)
    if transition is None:
        raise Invalid({"transition": _("There is no transition “{name}”.", name=given.transition)})
    cls = ctx.rules.registry.entity(given.entity)
    known = samples(ctx, cls, transition)
    faults = _check_text(given)
    faults.update(_check_condition(given.condition, "condition", known))
    for n, step in enumerate(given.steps):
        faults.update(_check_step(step, f"steps.{n}", cls))
        faults.update(_check_condition(step.condition, f"steps.{n}.condition", known))
    faults.update(_check_roles(ctx, given.steps))
    watchable = {*shown_fields(cls), *known, *(p.__tenon__.name for p, _r in parts_of(ctx, cls))}
    for n, name in enumerate(given.watch):
        if name not in watchable:
            faults[f"watch.{n}"] = _no_field(name)
    if faults:
        raise Invalid(faults)


def _no_field(name: str) -> Text:
    return _("There is no field “{name}”.", name=name)


def _check_text(given: Definition) -> Faults:
    faults: Faults = {}
    for name, limit in (("key", 60), ("name", 120)):
        if not 0 < len(getattr(given, name).strip()) <= limit:
            faults[name] = _("Enter 1 to {limit} characters.", limit=limit)
    if not given.steps:
        faults["steps"] = _("A flow needs at least one step.")
    keys = [step.key for step in given.steps]
    for n, key in enumerate(keys):
        if not 0 < len(key.strip()) <= 60 or key in keys[:n]:
            faults[f"steps.{n}.key"] = _("Each step needs a key of its own, of at most 60 letters.")
    if given.rules.empty is Empty.FALLBACK and not given.rules.fallback:
        faults["rules.fallback"] = _("Name at least one user.")
    return faults


def _check_step(step: StepPlan, path: str, cls: type[Entity]) -> Faults:
    faults: Faults = {}
    source, place = step.approvers, f"{path}.approvers"
    needed = {Kind.USER: "users", Kind.ROLE: "role", Kind.FIELD: "field"}.get(source.kind)
    if needed is not None and not getattr(source, needed):
        faults[f"{place}.{needed}"] = _("This field is required.")
    elif source.kind is Kind.FIELD:
        info = fields_of(cls).get(source.field or "")
        if info is None or info.target != "core.user":
            faults[f"{place}.field"] = _("Name a field that refers to a user.")
    if not 0 < len(step.name.strip()) <= 120:
        faults[f"{path}.name"] = _("Enter 1 to {limit} characters.", limit=120)
    if source.levels < 1:
        faults[f"{place}.levels"] = _("At least {minimum}.", minimum=1)
    for name in ("due_hours", "remind_hours"):
        hours = getattr(step, name)
        if hours is not None and hours < 1:
            faults[f"{path}.{name}"] = _("At least {minimum}.", minimum=1)
    if step.escalate is not None and step.due_hours is None:
        faults[f"{path}.due_hours"] = _("Escalation needs a time until which the step is due.")
    return faults


def _check_roles(ctx: Work, steps: Sequence[StepPlan]) -> Faults:
    named = {
        f"steps.{n}.approvers.{field}": role
        for n, step in enumerate(steps)
        for field, role in _roles(step.approvers)
    }
    known = set(ctx.connection.scalars(select(Role.key).where(Role.key.in_(named.values()))))
    return {
        path: _("There is no role “{key}”.", key=role)
        for path, role in named.items()
        if role not in known
    }


def _roles(source: Approvers) -> Iterator[tuple[str, str]]:
    if source.role:
        yield "role", source.role
    if source.until:
        yield "until", source.until


def _check_condition(condition: Mapping[str, Any], path: str, known: Mapping[str, Any]) -> Faults:
    if not condition:
        return {}
    faults: Faults = {}
    for place, test in _tests(read_condition(Item(dict(condition), path)), path):
        if test.fact not in known:
            faults[f"{place}.fact"] = _no_field(test.fact)
            continue
        try:
            evaluate(test, known)
        except Invalid as error:
            faults[f"{place}.value"] = error.fields[test.fact][0]
    return faults


def _tests(condition: Condition, path: str) -> Iterator[tuple[str, Comparison]]:
    if isinstance(condition, Group):
        for n, part in enumerate(condition.parts):
            yield from _tests(part, f"{path}.{condition.kind}[{n}]")
    else:
        yield path, condition
