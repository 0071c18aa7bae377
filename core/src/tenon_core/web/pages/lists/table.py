"""The rows of a list as HTML: writers made once for a page, called for each row.

Measured: macros of a template for 50 rows of 8 cells cost more than everything else together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen
from markupsafe import Markup, escape

from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.fields import Cell, Fields, cell
from tenon_core.web.pages.formats import Formats
from tenon_core.web.pages.lists.columns import Cells, ListColumn
from tenon_core.web.pages.looks import avatar
from tenon_sdk.entities import Entity, Owned, Workflowed, fields_of
from tenon_sdk.text import _, translate

# Kinds of records that people know by a face or a sign.
FACES = {"core.account": "is-sq", "core.contact": "", "core.user": ""}
FAILED = '<span class="tn-none" title="{}">!</span>'
# What can be edited in its cell: kinds with a control that fits there.
EDITABLE = frozenset({
    "text", "email", "phone", "url", "integer", "decimal", "money", "percent", "boolean",
    "date", "datetime", "choice", "reference",
})  # fmt: skip
Row = Sequence[Any]


@frozen(kw_only=True)
class Table:
    """What a page of rows needs: `names` are read, `write` turns one row into `<tr>…</tr>`."""

    names: tuple[str, ...]
    columns: Sequence[ListColumn]
    editable: frozenset[str]


def make_table(call: PageCall, fields: Fields, columns: Sequence[ListColumn]) -> Table:
    info = fields.entity.__tenon__
    names = ["id"]
    names += [n for n in (info.title, info.subtitle) if n and fields.find(n) is not None]
    for column in columns:
        if column.shown is not None:
            names += column.shown.needs
    return Table(
        names=tuple(dict.fromkeys(names)),
        columns=columns,
        editable=frozenset(editable_fields(call, fields, columns)),
    )


def editable_fields(call: PageCall, fields: Fields, columns: Sequence[ListColumn]) -> list[str]:
    """Names of columns whose cells the person may change, the record permitting."""
    entity = fields.entity
    if call.guardian.access.scope(entity.__tenon__.permission("edit")) is None:
        return []
    return [c.name for c in columns if c.shown is not None and may_edit(call, fields, c.name)]


def may_edit(call: PageCall, fields: Fields, name: str) -> bool:
    """Whether a field is of a kind that is edited in place and not kept from the person."""
    shown = fields.find(name)
    if shown is None or shown.kind not in EDITABLE:
        return False
    if shown.info is None:
        return name.startswith("custom.")
    entity = call.site.registry.entity(shown.entity)
    fixed = shown.info.system or shown.field in call.guardian.fields.fixed(entity)
    moved = issubclass(entity, Workflowed) and shown.field == "state"
    owned = issubclass(entity, Owned) and shown.field == "unit_id"
    return not (fixed or moved or owned or shown.info.number)


def rows_html(
    fields: Fields,
    table: Table,
    rows: Sequence[Row],
    *,
    fmt: Formats,
    computed: Mapping[str, Cells | None],
    end: str,
) -> Markup:
    """All rows; `end` is the last cell with the button of the row's menu, the same for each."""
    write = row_writer(fields, table, fmt, computed, end)
    return Markup("".join([write(row) for row in rows]))  # noqa: S704 (cells escape)


def row_writer(
    fields: Fields,
    table: Table,
    fmt: Formats,
    computed: Mapping[str, Cells | None],
    end: str,
) -> Cell:
    index = {name: at for at, name in enumerate(table.names)}
    base = "/" + fields.name.replace(".", "/")
    first = main_cell(fields.entity, index, base)
    title = _title_of(fields.entity, index)
    cells = [_cell(column, index, fmt, computed) for column in table.columns]
    heads = [_head(column, table.editable) for column in table.columns]
    pairs = list(zip(heads, cells, strict=True))
    tail = f"</td>{end}</tr>"

    def write(row: Row) -> str:
        id_ = row[0]
        label = escape(title(row))
        head = (
            f'<tr id="r{id_}" data-id="{id_}" data-href="{base}/{id_}">'
            f'<td class="tn-check" data-no-row><input class="form-check-input" type="checkbox" '
            f'name="ids" value="{id_}" aria-label="{label}"></td>'
            f'<td class="tn-main-cell">{first(row)}'
        )
        parts = [head]
        for before, show in pairs:
            parts.append(before)
            parts.append(show(row))
        parts.append(tail)
        return "".join(parts)

    return write


def _head(column: ListColumn, editable: frozenset[str]) -> str:
    """The end of the cell before, and the beginning of this one."""
    label = escape(column.label)
    cls = ' class="tn-num"' if column.numeric else ""
    edit = f' data-edit="{escape(column.name)}"' if column.name in editable else ""
    return f'</td><td{cls} data-label="{label}"{edit}>'


def _cell(
    column: ListColumn, index: Mapping[str, int], fmt: Formats, computed: Mapping[str, Cells | None]
) -> Cell:
    if column.shown is not None:
        return cell(column.shown, index, fmt)
    cells = computed.get(column.name, {})
    if cells is None:
        text = FAILED.format(escape(translate(_("This column could not be computed."))))
        return lambda _row: text
    known = {str(id_): value for id_, value in cells.items()}
    return lambda row: known.get(str(row[0]), '<span class="tn-none">–</span>')


def _title_of(entity: type[Entity], index: Mapping[str, int]) -> Callable[[Row], str]:
    at = index.get(entity.__tenon__.title)
    if at is None or entity.__tenon__.title in {"id", "version"}:
        label = translate(entity.__tenon__.label)
        return lambda row: f"{label} {str(row[0])[-6:]}"
    return lambda row: str(row[at] or "…")


def main_cell(entity: type[Entity], index: Mapping[str, int], base: str) -> Cell:
    """The title as a link, with a face if such records have one, and the small second line."""
    info = entity.__tenon__
    title = _title_of(entity, index)
    second = _second_line(entity, index)
    face = FACES.get(info.name)

    def write(row: Row) -> str:
        text = title(row)
        small = second(row)
        link = f'<a href="{base}/{row[0]}">{escape(text)}</a>'
        line = f"<small>{escape(small)}</small>" if small else ""
        if face is None:
            return link + line
        sign = avatar(text, face)
        return f'<div class="tn-person">{sign}<div class="tn-min-0">{link}{line}</div></div>'

    return write


def _second_line(entity: type[Entity], index: Mapping[str, int]) -> Callable[[Row], str]:
    name = entity.__tenon__.subtitle
    at = index.get(name or "")
    if at is None:
        return lambda _row: ""
    described = fields_of(entity).get(name or "")
    choices = described.choices if described is not None else None
    if choices:
        texts = {code: translate(text) for code, text in choices.items()}
        return lambda row: texts.get(row[at], "")
    return lambda row: str(row[at] or "")


def ids_of(rows: Sequence[Row]) -> list[UUID]:
    return [UUID(str(row[0])) for row in rows]
