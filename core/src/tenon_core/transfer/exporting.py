"""Records out of the site: the rows of a list as CSV, workbook or JSON lines, page by page.

Only records that the person may export leave, with the fields that she may read. Text that a
spreadsheet would take for a formula leaves as text. What leaves can be imported again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, Literal

import msgspec
import xlsxwriter
from attrs import define, evolve, field, frozen
from sqlalchemy import ColumnElement, Connection, and_

from tenon_core.storage.auditing import audit_act
from tenon_core.storage.lists import ListSpec, list_rows, parse_list
from tenon_core.storage.lists.paths import paths_of
from tenon_core.storage.sessions import Way
from tenon_core.transfer.errors_file import harmless, write_cell
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _, translate, use_locale

Form = Literal["csv", "xlsx", "jsonl"]
Headers = Literal["labels", "names"]
FORMS = ("csv", "xlsx", "jsonl")
PAGE = 1_000
# What a worksheet holds at most.
SHEET_ROWS = 1_048_576
CELL_LENGTH = 32_767
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
EXACT = {"decimal", "money", "percent"}


@frozen(kw_only=True)
class ExportRequest:
    """What is wanted of an export.

    pairs    filters, `q`, `sort`, `fields`, `archived` as in a list's query
    headers  `labels` in the person's language with titles of references and labels of choices,
             or `names` with ids and codes
    """

    entity: type[Entity]
    form: Form = "csv"
    pairs: tuple[tuple[str, str], ...] = ()
    headers: Headers = "labels"


@define(eq=False)
class ExportGuardian:
    """A person's guardian under which she sees what she may both view and export."""

    guardian: Any
    entity: type[Entity]
    statements: dict[Any, Any] = field(factory=dict)

    def criteria(self, entity: type[Entity], action: str) -> ColumnElement[bool] | None:
        seen: ColumnElement[bool] | None = self.guardian.criteria(entity, action)
        if entity is not self.entity or action != "view":
            return seen
        leaves: ColumnElement[bool] | None = self.guardian.criteria(entity, "export")
        if seen is None or leaves is None:
            return leaves if seen is None else seen
        return and_(seen, leaves)

    def tested(self, entity: type[Entity]) -> ColumnElement[bool] | None:
        return self.criteria(entity, "view")

    def ways(self, _entity: type[Entity]) -> Sequence[Way]:
        return ()

    def sees_many(self, _connection: Connection, _entity: type[Entity]) -> bool:
        return False

    def hidden(self, entity: type[Entity]) -> frozenset[str]:
        found: frozenset[str] = self.guardian.hidden(entity)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.guardian, name)


@frozen
class _Column:
    name: str
    header: str
    show: Callable[[Any], Any] | None


def export(ctx: Any, request: ExportRequest, target: BinaryIO) -> int:
    """Writes the rows into `target` and returns how many; the export is audited.

    Raises Forbidden without the permission, Invalid for a faulty filter or field.
    """
    permission = request.entity.__tenon__.permission("export")
    ctx.require(permission)
    guardian = ctx.guardian and ExportGuardian(ctx.guardian, request.entity)
    spec = parse_list(ctx.site, guardian, request.entity, request.pairs)
    if spec.cursor or spec.count:
        raise Invalid({"cursor": _("An export has no pages.")})
    names = spec.fields or tuple(_default(ctx, guardian, request))
    rows = _rows(ctx, guardian, evolve(spec, fields=names, limit=PAGE))
    with use_locale(ctx.locale):
        columns = [_column(ctx, guardian, request, name) for name in names]
        count = _WRITERS[request.form](columns, rows, target)
    told = {"rows": count, "fields": list(names), "form": request.form}
    filters = [f"{name}={value}" for name, value in request.pairs]
    audit_act(
        ctx,
        "exported",
        entity=request.entity.__tenon__.name,
        changes={name: [None, value] for name, value in {**told, "filters": filters}.items()},
    )
    return count


def export_file(ctx: Any, request: ExportRequest, path: Path) -> int:
    """`export` into a file, which is there whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as file:
            count = export(ctx, request, file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def _default(ctx: Any, guardian: Any, request: ExportRequest) -> Iterator[str]:
    """The record's own readable fields, its extensions' and the custom ones."""
    entity, site = request.entity, ctx.site
    yield "id"
    yield from _fields(site, guardian, entity, "", request.headers)
    for side in site.registry.extensions_of(entity.__tenon__.name):
        yield from _fields(site, guardian, side, f"{side.__tenon__.table}.", "names")
    for key in site.custom_fields(entity.__tenon__.name):
        yield f"custom.{key}"


def _fields(
    site: Any, guardian: Any, entity: type[Entity], head: str, headers: Headers
) -> Iterator[str]:
    hidden = guardian.hidden(entity) if guardian is not None else frozenset()
    for name, info in fields_of(entity).items():
        if name in hidden or info.internal or info.kind == "json":
            continue
        if info.kind == "reference" and headers == "labels" and _has_title(site, info.target):
            yield f"{head}{name}.title"
        else:
            yield f"{head}{name}"


def _has_title(site: Any, target: str | None) -> bool:
    entity = site.registry.entities.get(target or "")
    if entity is None or entity.__tenon__.title in {"id", "version"}:
        return False
    return not fields_of(entity)[entity.__tenon__.title].read


def _rows(ctx: Any, guardian: Any, spec: ListSpec) -> Iterator[tuple[Any, ...]]:
    while True:
        page = list_rows(ctx.site, guardian, spec)
        for item in page.items:
            yield msgspec.structs.astuple(item)
        if page.next is None:
            return
        spec = evolve(spec, cursor=page.next)


# ------------------------------------------------------------------------------------- columns


def _column(ctx: Any, guardian: Any, request: ExportRequest, name: str) -> _Column:
    path = paths_of(ctx.site, guardian, request.entity).resolve(name, "fields")
    header = name if request.headers == "names" else _header(ctx, request.entity, name)
    show = _shown(ctx, path, labels=request.headers == "labels")
    return _Column(name, header, show if request.form != "jsonl" else None)


def _header(ctx: Any, entity: type[Entity], name: str) -> str:
    """What people call the field; a reference's id and its title are told apart."""
    own = fields_of(entity)
    base = name.removesuffix(".title")
    if base in own:
        label = own[base].label.translate()
        return label if name != base or own[base].kind != "reference" else f"{label} (id)"
    head, _dot, rest = name.partition(".")
    if head == "custom":
        labels = ctx.site.custom_fields(entity.__tenon__.name)[rest].labels
        return str(labels.get(ctx.locale) or labels.get("en") or rest)
    for side in ctx.site.registry.extensions_of(entity.__tenon__.name):
        if side.__tenon__.table == head and rest in fields_of(side):
            return f"{side.__tenon__.label.translate()} {fields_of(side)[rest].label.translate()}"
    return name


def _shown(ctx: Any, path: Any, *, labels: bool) -> Callable[[Any], Any] | None:
    zone = ctx.actor.zone
    match path.kind:
        case "datetime":
            return lambda value: _moment(value).astimezone(zone)
        case "date":
            return lambda value: date.fromisoformat(value) if isinstance(value, str) else value
        case kind if kind in EXACT:
            return lambda value: Decimal(str(value))
        case "choice" if labels and path.info is not None:
            known = {code: translate(text) for code, text in (path.info.choices or {}).items()}
            return lambda value: known.get(value, value)
        case "boolean" if labels:
            yes, no = translate(_("yes")), translate(_("no"))
            return lambda value: yes if value else no
        case "boolean":
            return lambda value: "true" if value else "false"
        case "json":
            return _plain
        case _:
            return None


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _plain(value: Any) -> Any:
    encoded = bytes(value) if isinstance(value, msgspec.Raw) else msgspec.json.encode(value)
    return encoded.decode()


def _values(columns: Sequence[_Column], row: Sequence[Any]) -> Iterator[Any]:
    for column, value in zip(columns, row, strict=True):
        yield value if value is None or column.show is None else column.show(value)


# ------------------------------------------------------------------------------------- writers


def _write_csv(columns: Sequence[_Column], rows: Iterable[Sequence[Any]], target: BinaryIO) -> int:
    """UTF-8 with a byte order mark, by which spreadsheets know it."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=False)
    writer = csv.writer(text)
    writer.writerow([harmless(column.header) for column in columns])
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(value) for value in _values(columns, row)])
        count += 1
    text.flush()
    text.detach()
    return count


def _csv_cell(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else harmless(value)


def _write_jsonl(
    columns: Sequence[_Column], rows: Iterable[Sequence[Any]], target: BinaryIO
) -> int:
    encoder = msgspec.json.Encoder()
    count = 0
    for row in rows:
        named = {column.name: value for column, value in zip(columns, row, strict=True)}
        target.write(encoder.encode(named) + b"\n")
        count += 1
    return count


def _write_xlsx(columns: Sequence[_Column], rows: Iterable[Sequence[Any]], target: BinaryIO) -> int:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    bold = book.add_format({"bold": True})
    sheet, count, line = _new_sheet(book, columns, bold), 0, 1
    try:
        for row in rows:
            if line >= SHEET_ROWS:
                sheet, line = _new_sheet(book, columns, bold), 1
            for position, value in enumerate(_values(columns, row)):
                cell = _fitting(columns[position], value)
                write_cell(sheet, (line, position), cell, day, moment)
            count, line = count + 1, line + 1
    finally:
        book.close()  # takes its temporary files away, too
    return count


def _new_sheet(book: Any, columns: Sequence[_Column], bold: Any) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(columns):
        sheet.write_string(0, position, column.header, bold)
    return sheet


def _fitting(column: _Column, value: Any) -> Any:
    """Numbers that a spreadsheet's 15 digits hold go as numbers, longer ones as text."""
    if isinstance(value, str) and len(value) > CELL_LENGTH:
        raise Invalid(
            {column.name: _("A text is too long for a worksheet; export to CSV instead.")}
        )
    if isinstance(value, Decimal):
        digits = len(value.as_tuple().digits)
        return float(value) if digits <= 15 else format(value, "f")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**15:
        return str(value)
    return value


_WRITERS: dict[str, Callable[[Sequence[_Column], Iterable[Sequence[Any]], BinaryIO], int]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "xlsx": _write_xlsx,
}
