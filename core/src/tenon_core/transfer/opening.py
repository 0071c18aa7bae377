"""Looking at a file before it is imported: its table, its headers, its key."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tenon_core.storage.validation import columns_of
from tenon_core.transfer.catalog import catalog_of, parts_of
from tenon_core.transfer.headers import match_headers, unwritable_of
from tenon_core.transfer.importer import DuplicateCheck, Duplicates, Importer
from tenon_core.transfer.mapping import ImportPlan, fold_header
from tenon_core.transfer.reading import find_header, open_table
from tenon_core.transfer.rows import RowReader
from tenon_core.transfer.saving import Saver
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _


def open_importer(
    ctx: Any,
    path: Path,
    entity: type[Entity],
    plan: ImportPlan,
    *,
    duplicates: Duplicates = "ignore",
    check: DuplicateCheck | None = None,
    plain: bool = True,
) -> Importer:
    """Looks at a file with a person's eyes.

    Raises FileFault for a file that cannot be read, Invalid for headers, a key or a mapping that
    do not fit, by the header's name.
    """
    site = ctx.site
    if plan.entity is not None and plan.entity != entity.__tenon__.name:
        raise Invalid({"mapping": _("The mapping is made for “{entity}”.", entity=plan.entity)})
    catalog = catalog_of(site, entity)
    table = open_table(path, plan.reading)
    number, headers = find_header(
        table,
        lambda header: fold_header(header) in plan.columns or catalog.knows(header),
        plan.reading.header,
    )
    matched = match_headers(catalog, plan, headers, unwritable_of(ctx.guardian, catalog))
    heads = {column.slot.path.partition(".")[0] for column in matched.columns}
    parts = {part.head: part for part in parts_of(site, entity) if part.head in heads}
    names = {column.slot.path: column.header for column in matched.columns}
    own = (column.slot for column in matched.columns if column.slot.holder == "own")
    checked = frozenset(slot.name for slot in own if slot.kind != "reference")
    return Importer(
        site=site,
        table=table,
        catalog=catalog,
        plan=plan,
        header=number,
        headers=headers,
        columns=matched.columns,
        ignored=matched.ignored,
        reader=RowReader(matched.columns, plan, len(headers), ctx.actor.zone),
        saver=Saver(catalog, parts, names, plain, checked),
        key=_key(entity, plan, names),
        duplicates=duplicates,
        check=check,
    )


def _key(entity: type[Entity], plan: ImportPlan, names: Mapping[str, str]) -> tuple[str, ...]:
    """The fields by which a record is known: those that are named, the id, or a unique one."""
    if plan.key:
        for name in plan.key:
            if name not in names or (name != "id" and name not in fields_of(entity)):
                raise Invalid({"key": _("No column fills the key field “{field}”.", field=name)})
        return plan.key
    if "id" in names:
        return ("id",)
    unique = [c.name for c in columns_of(entity) if entity.__table__.c[c.name].unique]
    return tuple(name for name in unique if name in names)[:1]
