"""The sheet of any record: its fields in sections, its parts in tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from tenon_core.papers.reading import Fields, Shown, paths_to
from tenon_core.papers.tables import table_of
from tenon_core.storage.lists import Filter, Sort, record_json
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import NotFound
from tenon_sdk.text import Text, _
from tenon_sdk.views import Layout

DETAILS, MORE, KEPT = _("Details"), _("Further details"), _("Record")
# At the end, as they tell about the record and not about what it stands for.
LAST = ("owner_id", "unit_id", "created_at", "updated_at")
HIDDEN = frozenset({"created_by", "updated_by", "archived_at", "archived_by", "sort_order"})
MOST_COLUMNS = 6
POSITION = ("position", "number", "line_number")


def record_sheet(ctx: Any, id_: UUID, *, entity: type[Entity], shared: bool) -> dict[str, Any]:
    """What `core/record.typ` shows; one statement for the record and one for each kind of part.

    With `shared` only what everybody may read who sees the record. Raises NotFound.
    """
    fields = Fields(ctx, entity, shared=shared)
    sections = list(_sections(ctx, fields))
    everything = [each for _label, shown in sections for each in shown]
    found = record_json(
        ctx.site, ctx.guardian, entity, id_, ("id", *paths_to(everything)),
        connection=ctx.connection,
    )  # fmt: skip
    if found is None:
        raise NotFound(entity.__tenon__.name, id_)
    row = msgspec.json.decode(found[0])
    currency = ctx.site.config.site.currency
    return {
        "sections": [
            part for label, shown in sections if (part := _section(label, shown, row, currency))
        ],
        "tables": list(_tables(ctx, entity, id_, shared=shared)),
    }


def _sections(ctx: Any, fields: Fields) -> Iterator[tuple[Text, list[Shown]]]:
    """As the plugins laid the form out; what stands in no section comes after."""
    layout = _layout(ctx, fields.name)
    title = fields.entity.__tenon__.title
    placed = {title, *LAST, *HIDDEN}
    for section in sorted(_declared(ctx, layout), key=lambda section: section.order):
        yield section.label, fields.all(name for name in section.fields if name not in placed)
        placed.update(section.fields)
    rest = [name for name in fields.own() if name not in placed]
    yield (MORE if layout.sections else DETAILS), fields.all(rest)
    for table, side in fields.sides.items():
        names = [name for name in fields.of_side(table) if name not in placed]
        yield side.__tenon__.label, fields.all(names)
    yield MORE, fields.all(name for name in fields.custom() if name not in placed)
    yield KEPT, fields.all(LAST)


def _declared(ctx: Any, layout: Layout) -> list[Any]:
    added = [s.section for s in ctx.site.registry.sections if s.entity == layout.entity]
    return [*layout.sections, *added]


def _layout(ctx: Any, entity: str) -> Layout:
    found: Layout | None = ctx.site.registry.layouts.get(entity)
    return found or Layout(entity=entity)


def _section(
    label: Text, shown: Sequence[Shown], row: Mapping[str, Any], currency: str
) -> dict[str, Any] | None:
    """Short values side by side, long texts below; None if there is nothing to tell."""
    facts: list[list[Any]] = []
    texts: list[list[Any]] = []
    for each in shown:
        value = each.value(row, currency)
        if value is not None:
            (texts if each.kind == "long_text" else facts).append([each.label, value])
    return {"label": label, "facts": facts, "texts": texts} if facts or texts else None


def _tables(ctx: Any, entity: type[Entity], id_: UUID, *, shared: bool) -> Iterator[dict[str, Any]]:
    layout = _layout(ctx, entity.__tenon__.name)
    declared = {lines.entity: lines for lines in layout.lines}
    for cls in ctx.site.registry.entities:
        info = cls.__tenon__
        lines = declared.get(info.name)
        parent = lines.field if lines is not None else info.parent
        reference = fields_of(cls).get(parent or "")
        if reference is None or reference.target != entity.__tenon__.name or info.internal:
            continue
        table = table_of(
            ctx,
            cls,
            lines.label if lines is not None else info.plural,
            lines.fields if lines is not None else _columns(cls, str(parent)),
            where=(Filter(str(parent), "eq", id_),),
            sort=_order(cls),
            sums=lines.sums if lines is not None else (),
            columns=None if lines is not None else MOST_COLUMNS,
            shared=shared,
        )
        if table is not None:
            yield table


def _columns(cls: type[Entity], parent: str) -> list[str]:
    described = fields_of(cls).items()
    return [
        name
        for name, info in described
        if name not in {parent, *LAST, *HIDDEN} and not info.bulky and info.kind != "long_text"
    ]


def _order(cls: type[Entity]) -> tuple[Sort, ...]:
    name = next((name for name in POSITION if name in fields_of(cls)), None)
    return (Sort(name), Sort("id")) if name is not None else (Sort("id"),)
