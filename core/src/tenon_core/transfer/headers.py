"""From headers to fields: by the mapping first, then by what is known of the entity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from tenon_core.transfer.catalog import Catalog, Slot
from tenon_core.transfer.mapping import ImportPlan, Target, fold_header
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _


@frozen(kw_only=True)
class Column:
    """One slot filled from the cell at `position` (-1: a constant), called `header`."""

    position: int
    header: str
    slot: Slot
    target: Target


@frozen(kw_only=True)
class Matched:
    """The columns of a file, and headers that stay unread."""

    columns: tuple[Column, ...]
    ignored: tuple[str, ...]


def match_headers(
    catalog: Catalog, plan: ImportPlan, headers: Sequence[str], unwritable: frozenset[str]
) -> Matched:
    """Raises Invalid by header: unknown, ambiguous, given twice, not writable for the person."""
    faults: dict[str, list[Text]] = {}
    columns: list[Column] = []
    ignored: list[str] = []
    for position, header in enumerate(headers):
        if not header:
            continue
        if headers.index(header) != position:
            faults.setdefault(header, []).append(_("This header stands there twice."))
            continue
        targets = _targets(catalog, plan, header)
        if isinstance(targets, Text):
            if _left(catalog, plan, header):
                ignored.append(header)
            else:
                faults.setdefault(header, []).append(targets)
            continue
        for target in targets:
            slot = catalog.slots.get(target.field)
            if slot is None:
                fault = _("The mapping names “{field}”, which is no field.", field=target.field)
                faults.setdefault(header, []).append(fault)
                continue
            columns.append(Column(position=position, header=header, slot=slot, target=target))
    columns += _constants(catalog, plan, faults)
    _check(columns, unwritable, faults)
    _check_mapping(plan, headers, faults)
    if faults:
        raise Invalid(faults, _("The headers do not fit."))
    return Matched(columns=tuple(columns), ignored=tuple(ignored))


def _left(catalog: Catalog, plan: ImportPlan, header: str) -> bool:
    return plan.ignores(header) or fold_header(header) in catalog.unwritten


def _targets(catalog: Catalog, plan: ImportPlan, header: str) -> Sequence[Target] | Text:
    mapped = plan.columns.get(fold_header(header))
    if mapped is not None:
        return mapped
    if plan.ignores(header) and "*" not in plan.ignore:
        return _("This header is ignored.")
    paths = catalog.paths(header)
    if len(paths) == 1:
        return [Target(field=next(iter(paths)))]
    if paths:
        return _("This may mean {fields}; name one.", fields=", ".join(sorted(paths)))
    return _("No field has this name. Map it or ignore it.")


def _constants(catalog: Catalog, plan: ImportPlan, faults: dict[str, list[Text]]) -> list[Column]:
    found = []
    for name in plan.constants:
        slot = catalog.slots.get(name)
        if slot is None:
            faults.setdefault(name, []).append(_("There is no field of this name."))
        else:
            found.append(Column(position=-1, header=name, slot=slot, target=Target(field=name)))
    return found


def _check(
    columns: Sequence[Column], unwritable: frozenset[str], faults: dict[str, list[Text]]
) -> None:
    taken: dict[str, str] = {}
    for column in columns:
        path = column.slot.path
        if path in unwritable:
            faults.setdefault(column.header, []).append(_("You may not change this field."))
        if path in taken and column.slot.holder != "tags":
            faults.setdefault(column.header, []).append(
                _("“{other}” fills the same field “{field}”.", other=taken[path], field=path)
            )
        taken.setdefault(path, column.header)


def _check_mapping(plan: ImportPlan, headers: Sequence[str], faults: dict[str, list[Text]]) -> None:
    """A header that a mapping names and the file lacks is a sign of the wrong file."""
    there = {fold_header(header) for header in headers if header}
    for header in plan.columns:
        if header not in there:
            faults.setdefault(header, []).append(_("The file has no such column."))


def unwritable_of(guardian: Any | None, catalog: Catalog) -> frozenset[str]:
    """Paths of fields that the person may not set."""
    if guardian is None:
        return frozenset()
    return frozenset(
        slot.path
        for slot in catalog.slots.values()
        if slot.entity is not None and slot.name in guardian.fields.fixed(slot.entity)
    )
