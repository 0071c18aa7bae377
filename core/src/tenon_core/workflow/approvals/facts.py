"""What conditions of flows can be about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import attrs
from sqlalchemy import select

from tenon_core.entities.people import Unit, User
from tenon_core.entities.records import CustomField
from tenon_core.workflow.approvals.assigning import lineage
from tenon_core.workflow.approvals.snapshot import shown_fields
from tenon_core.workflow.approvals.work import Work
from tenon_sdk.entities import Entity
from tenon_sdk.workflows import Transition

_SAMPLES: Mapping[str, Any] = {
    "integer": 1,
    "decimal": Decimal(1),
    "money": Decimal(1),
    "percent": Decimal(1),
    "boolean": True,
    "date": date(2026, 1, 1),
    "datetime": datetime(2026, 1, 1, tzinfo=UTC),
}
_TYPES: Mapping[Any, str] = {
    int: "integer",
    Decimal: "decimal",
    bool: "boolean",
    date: "date",
    datetime: "datetime",
}
_READ: Mapping[str, Callable[[str], Any]] = {
    "decimal": Decimal,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
}
_ORGANISATION = (
    "unit.code", "unit.path", "submitter.unit.code", "submitter.unit.path", "submitter.login",
)  # fmt: skip


def organisation(ctx: Work, values: Mapping[str, Any], submitter_id: UUID) -> dict[str, Any]:
    """The facts about the submitter and the units."""
    login, unit_id = ctx.connection.execute(
        select(User.login, User.unit_id).where(User.id == submitter_id)
    ).one()
    mine, its = lineage(ctx.connection, unit_id), lineage(ctx.connection, values.get("unit_id"))
    rows = ctx.connection.execute(select(Unit.id, Unit.code).where(Unit.id.in_({*mine, *its})))
    codes = {row.id: row.code for row in rows}
    facts: dict[str, Any] = {"submitter.login": login}
    for prefix, units in (("unit", its), ("submitter.unit", mine)):
        path = [codes[unit] for unit in reversed(units) if unit in codes]
        facts[f"{prefix}.code"] = path[-1] if path else None
        facts[f"{prefix}.path"] = f"/{'/'.join(path)}/" if path else None
    return facts


def of_record(ctx: Work, cls: type[Entity], values: Mapping[str, Any]) -> dict[str, Any]:
    """A record's `values_of`, custom values in the type of their field instead of JSON's."""
    facts = dict(values)
    given = [name for name, value in values.items() if name.startswith("custom.") and value]
    kinds = _custom_kinds(ctx, cls) if given else {}
    for name in given:
        read = _READ.get(kinds.get(name.removeprefix("custom."), ""))
        if read is not None:
            facts[name] = read(values[name])
    return facts


def _custom_kinds(ctx: Work, cls: type[Entity]) -> dict[str, str]:
    rows = ctx.connection.execute(
        select(CustomField.key, CustomField.kind).where(CustomField.entity == cls.__tenon__.name)
    )
    return {row.key: row.kind for row in rows}


def inputs_of(inputs: Any) -> dict[str, Any]:
    if inputs is None:
        return {}
    return {f"inputs.{n}": v for n, v in attrs.asdict(inputs, recurse=False).items()}


def samples(ctx: Work, cls: type[Entity], transition: Transition) -> dict[str, Any]:
    """Every fact that a condition may name, with a value of its kind."""
    found: dict[str, Any] = dict.fromkeys(_ORGANISATION, "x")
    kinds = {name: info.kind for name, info in shown_fields(cls).items()}
    for side in ctx.rules.registry.extensions_of(cls.__tenon__.name):
        prefix = side.__tenon__.name
        kinds.update((f"{prefix}.{n}", info.kind) for n, info in shown_fields(side).items())
    found.update((n, _SAMPLES.get(kind, "x")) for n, kind in kinds.items() if kind != "json")
    kinds_of_custom = _custom_kinds(ctx, cls).items()
    found.update((f"custom.{key}", _SAMPLES.get(kind, "x")) for key, kind in kinds_of_custom)
    if transition.inputs is not None:
        attrs.resolve_types(transition.inputs)
        for given in attrs.fields(transition.inputs):
            found[f"inputs.{given.name}"] = _SAMPLES.get(_TYPES.get(_plain(given.type), ""), "x")
    return found


def _plain(type_: Any) -> Any:
    """`int` for `int | None`."""
    args = [arg for arg in getattr(type_, "__args__", ()) if arg is not type(None)]
    return args[0] if len(args) == 1 else type_
