"""The columns of an uploaded file and what they may fill, for the page that maps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from tenon_core.transfer.catalog import Catalog, Slot, catalog_of
from tenon_core.transfer.headers import unwritable_of
from tenon_core.transfer.mapping import fold_header, parse_mapping
from tenon_core.transfer.reading import find_header, open_table, texts_of
from tenon_core.transfer.rows import required_of
from tenon_core.transfer.tables import FileFault, Table, is_empty
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate

SAMPLES = 3
SAMPLED_ROWS = 20
LONGEST = 60
NO_KEY = frozenset({"long_text", "json", "boolean", "any_reference"})


@define
class ColumnShown:
    """A column of the file: its header, some of its values, the path that it fills or ""."""

    position: int
    header: str
    samples: Sequence[str]
    path: str
    known: bool
    errors: list[str] = field(factory=list)


@frozen
class Group:
    """Fields under one heading, as (path, label)."""

    label: str
    slots: Sequence[tuple[str, str]]


@frozen(kw_only=True)
class FileSeen:
    """A file as the mapping page shows it; `missing` are labels of required fields not filled."""

    columns: Sequence[ColumnShown]
    groups: Sequence[Group]
    keys: Sequence[tuple[str, str]]
    missing: Sequence[str]


def look(ctx: Any, path: Path, entity: type[Entity], mapping: Mapping[str, Any]) -> FileSeen:
    """Reads the head of a file. Raises FileFault for one that cannot be read."""
    catalog = catalog_of(ctx.site, entity)
    unwritable = unwritable_of(ctx.guardian, catalog)
    plan = parse_mapping(fitting(mapping))
    table = open_table(path, plan.reading)
    number, headers = header_of(table, catalog, plan.reading.header, mapping)
    samples = _samples(table, number, len(headers))
    columns = [
        ColumnShown(at, header, samples[at], path, bool(path) and named(mapping, header) is None)
        for at, header in enumerate(headers)
        if header
        for path in (_path(header, catalog, mapping, unwritable),)
    ]
    filled = {column.path for column in columns} | set(mapping.get("constants") or {})
    fields = fields_of(entity)
    return FileSeen(
        columns=columns,
        groups=_groups(catalog, unwritable),
        keys=_keys(catalog),
        missing=[
            translate(fields[name].label) for name in required_of({}, entity) if name not in filled
        ],
    )


def fitting(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """The mapping without the name it is kept under, as `parse_mapping` reads it."""
    return {key: value for key, value in mapping.items() if value not in (None, "", {}, [])}


def header_of(
    table: Table, catalog: Catalog, wanted: int | None, mapping: Mapping[str, Any]
) -> tuple[int, list[str]]:
    """The header, also of a file of which nothing is recognised: then its first filled row."""
    mapped = {fold_header(header) for header in mapping.get("columns") or {}}
    try:
        return find_header(
            table, lambda header: fold_header(header) in mapped or catalog.knows(header), wanted
        )
    except FileFault:
        if wanted is not None:
            raise
    for number, row in islice(table.rows(), SAMPLED_ROWS):
        if not all(map(is_empty, row)):
            return number, texts_of(row)
    raise FileFault(_("The file is empty."))


def _samples(table: Table, header: int, width: int) -> list[list[str]]:
    found: list[list[str]] = [[] for _column in range(width)]
    for number, row in islice(table.rows(), header + SAMPLED_ROWS):
        if number <= header:
            continue
        for at, cell in enumerate(row[:width]):
            if not is_empty(cell) and len(found[at]) < SAMPLES:
                text = " ".join(str(cell).split())
                found[at].append(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")
    return found


def _path(
    header: str, catalog: Catalog, mapping: Mapping[str, Any], unwritable: frozenset[str]
) -> str:
    """What a header fills: by the mapping, else by its name; "" for nothing or not for sure."""
    mapped = named(mapping, header)
    if mapped is not None:
        path = first_field(mapped)
    else:
        paths = catalog.paths(header) - unwritable
        ignored = {fold_header(str(one)) for one in mapping.get("ignore") or ()}
        path = next(iter(paths)) if len(paths) == 1 and fold_header(header) not in ignored else ""
    return path if path in catalog.slots and path not in unwritable else ""


def named(mapping: Mapping[str, Any], header: str) -> Any:
    """What a mapping says of a header, however it is written; None for nothing."""
    folded = fold_header(header)
    columns = mapping.get("columns") or {}
    return next((value for name, value in columns.items() if fold_header(name) == folded), None)


def first_field(target: Any) -> str:
    if isinstance(target, list):
        return first_field(target[0]) if target else ""
    return str(target.get("field", "")) if isinstance(target, Mapping) else str(target)


def _groups(catalog: Catalog, unwritable: frozenset[str]) -> list[Group]:
    own = translate(catalog.entity.__tenon__.label)
    grouped: dict[str, list[tuple[str, str]]] = {own: []}
    for path, slot in catalog.slots.items():
        if path not in unwritable:
            grouped.setdefault(_heading(slot, own), []).append((path, translate(slot.label)))
    return [Group(label, slots) for label, slots in grouped.items() if slots]


def _heading(slot: Slot, own: str) -> str:
    if slot.part is not None:
        return translate(slot.part.entity.__tenon__.label)
    if slot.holder == "side" and slot.entity is not None:
        return translate(slot.entity.__tenon__.label)
    return own


def _keys(catalog: Catalog) -> list[tuple[str, str]]:
    """Fields by which a row can find the record that is there already."""
    return [
        (path, translate(slot.label))
        for path, slot in catalog.slots.items()
        if slot.holder == "own" and slot.kind not in NO_KEY
    ]


def mapping_from(
    seen: FileSeen, chosen: Mapping[int, str], base: Mapping[str, Any], **options: Any
) -> dict[str, Any]:
    """The mapping that the page says; what a column's values are repaired by is kept from `base`.

    Raises Invalid by header for a field that there is not.
    """
    known = {path for group in seen.groups for path, _label in group.slots}
    columns: dict[str, Any] = {}
    ignore: list[str] = []
    for column in seen.columns:
        path = chosen.get(column.position, "")
        if not path:
            ignore.append(column.header)
            continue
        if path not in known:
            raise Invalid({column.header: _("There is no field of this name.")})
        before = named(base, column.header)
        same = before is not None and first_field(before) == path
        columns[column.header] = before if same else path
    kept = {k: v for k, v in base.items() if k not in {"columns", "ignore", "name"}}
    return fitting({**kept, "columns": columns, "ignore": ignore, **options})
