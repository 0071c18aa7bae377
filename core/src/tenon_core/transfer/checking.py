"""Checks and guards over many new records at once; what they say is what they say one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from tenon_core.entities.products import BomLine
from tenon_core.storage.changes import Change
from tenon_core.storage.validation import Column, columns_of, currencies, fault_of
from tenon_core.workflow.guards import guard_changes
from tenon_sdk.entities import Entity, Workflowed, fields_of
from tenon_sdk.errors import TenonError

Values = Mapping[str, Any]


def refusals(
    ctx: Any,
    entity: type[Entity],
    rows: Sequence[Values],
    change_of: Callable[[int], Change],
    checked: Collection[str] = (),
) -> dict[int, TenonError]:
    """What is said against new records, by their position.

    A value is checked once however many rows have it, those of `checked` columns were when they
    were read; only rows of which something must be asked that is not a matter of single values,
    or where a value is at fault, become a change.
    """
    single = _asked_one_by_one(ctx, entity)
    doubtful = range(len(rows)) if single else sorted(_doubtful(entity, rows, checked))
    errors: dict[int, TenonError] = {}
    for position in doubtful:
        try:
            guard_changes(ctx, (change_of(position),))
        except TenonError as error:
            errors[position] = error
    return errors


def _asked_one_by_one(ctx: Any, entity: type[Entity]) -> bool:
    name, rules = entity.__tenon__.name, ctx.rules
    guards = rules.hooks.answers("guard_save")
    return bool(
        issubclass(entity, (Workflowed, BomLine))
        or rules.locked.get(name)
        or any(rules.concerns(answer.plugin, name) for answer in guards)
        or any(field.required for field in ctx.site.custom_fields(name).values())
    )


def _doubtful(
    entity: type[Entity], rows: Sequence[Values], checked: Collection[str]
) -> Iterable[int]:
    found = {position for position, row in enumerate(rows) if row.get("custom")}
    money = {info.currency for info in fields_of(entity).values() if info.currency}
    named = set(chain.from_iterable(rows))
    for column in columns_of(entity):
        if column.name not in named:
            if _faulty(column, None):
                return range(len(rows))
            continue
        values = [row.get(column.name) for row in rows]
        different = _different(values)
        wrong = different - {None} - currencies() if column.name in money else set()
        if column.name in checked:
            different &= {None, ""}
        wrong |= {value for value in different if _faulty(column, value)}
        if wrong:
            found.update(position for position, value in enumerate(values) if value in wrong)
    return found


def _faulty(column: Column, value: Any) -> bool:
    if value is None and column.nullable:
        return False
    return fault_of(column, value) is not None


def _different(values: Sequence[Any]) -> set[Any]:
    """Each value once; none of JSON, which is looked at with `custom` or not at all."""
    try:
        return set(values)
    except TypeError:
        return set()
