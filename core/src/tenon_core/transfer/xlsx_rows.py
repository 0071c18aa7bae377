"""Reading workbooks: one sheet, values only.

A workbook is a zip of XML: before it is opened it is looked at for what must not come in (macros,
encryption, bombs). The cells of a sheet are held in memory while it is read.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from tenon_core.transfer.tables import Cell, FileFault, ReadOptions, Row, Table, Unusable
from tenon_core.transfer.xlsx_area import column as column_of
from tenon_core.transfer.xlsx_area import too_large
from tenon_sdk.text import _

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
MACROS = "xl/vbaProject.bin"
LARGEST = 1 << 30
BLOCK = 1 << 20

_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\s(?=[^<>]*\bt="e")[^<>]*>(?:(?!</(?:\w+:)?c>).){0,2000}', re.DOTALL
)
_PLACE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')
_SHOWN = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_TAG = re.compile(r"<(?:\w+:)?(?:sheet|Relationship)\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')


def open_xlsx(path: Path, options: ReadOptions) -> Table:
    """Raises FileFault for what is no workbook, is protected, has macros or no such sheet."""
    _inspect(path)
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        name = _sheet_name(workbook, options.sheet)
        workbook.close()
    except PasswordError:
        raise _encrypted() from None
    except (CalamineError, OSError, ValueError) as error:
        raise _broken(str(error)) from None
    return Table(format="xlsx", rows=partial(_rows, path, name), sheet=name)


def _inspect(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(1 << 20)
    if head.startswith(OLE):
        if ENCRYPTED in head:
            raise _encrypted()
        raise FileFault(_("This is an old workbook (.xls). Save it as “.xlsx”."))
    try:
        with zipfile.ZipFile(path) as archive:
            parts = {info.filename: info.file_size for info in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _broken(str(error)) from None
    if MACROS in parts:
        raise FileFault(_("The workbook contains macros. Save it as “.xlsx” without them."))
    if sum(parts.values()) > LARGEST or _spread(path):
        raise FileFault(_("The workbook is too large; save its sheet as CSV."))


def _spread(path: Path) -> bool:
    try:
        return too_large(path)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise _broken(str(error)) from None


def _encrypted() -> FileFault:
    return FileFault(_("The workbook is protected by a password. Save it without one."))


def _broken(error: str) -> FileFault:
    return FileFault(_("The workbook is damaged: {error}.", error=error.rstrip(".")))


def _sheet_name(workbook: CalamineWorkbook, wanted: str | None) -> str:
    sheets = [s for s in workbook.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    names = [sheet.name for sheet in sheets]
    if wanted is not None:
        if wanted not in names:
            raise FileFault(
                _(
                    "There is no sheet “{name}”; there are {names}.",
                    name=wanted,
                    names=", ".join(names),
                )
            )
        return wanted
    for sheet in sheets:
        if sheet.visible == SheetVisibleEnum.Visible and _filled(workbook, sheet.name):
            return sheet.name
    raise FileFault(_("The file is empty."))


def _filled(workbook: CalamineWorkbook, name: str) -> bool:
    return workbook.get_sheet_by_name(name).start is not None


def _rows(path: Path, name: str) -> Iterator[Row]:
    try:
        workbook = CalamineWorkbook.from_path(str(path))
        sheet = workbook.get_sheet_by_name(name)
        marked = _marked(path, name, sheet)
        first = (sheet.start or (0, 0))[1]
        for index, cells in enumerate(sheet.iter_rows()):
            row: list[Cell] = list(cells)
            for column, cell in marked.get(index, {}).items():
                if 0 <= column - first < len(row):
                    row[column - first] = cell
            yield index + 1, row
    except (CalamineError, OSError) as error:
        raise _broken(str(error)) from None


def _marked(path: Path, name: str, sheet: CalamineSheet) -> Mapping[int, Mapping[int, Unusable]]:
    """Cells by row and column that have no value of their own."""
    found: dict[int, dict[int, Unusable]] = {}
    last_row, last_column = sheet.end or (0, 0)  # a merged cell may reach to the end of the world
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        why = Unusable(_("The cell is merged with {cell}; split it.", cell=_address(top, left)))
        for row in range(top, min(bottom, last_row) + 1):
            for column in range(left, min(right, last_column) + 1):
                if (row, column) != (top, left):
                    found.setdefault(row, {})[column] = why
    for row, column, shown in _error_cells(path, name):
        found.setdefault(row, {})[column] = Unusable(
            _("The formula shows the error {error}.", error=shown)
        )
    return found


def _address(row: int, column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"


def _error_cells(path: Path, name: str) -> Iterator[tuple[int, int, str]]:
    """The reader gives formula errors as empty cells, which would lose values silently."""
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, name)
        if part is None:
            return
        rest = b""
        with archive.open(part) as file:
            while block := file.read(BLOCK):
                data = rest + block
                cut = max(data.rfind(b"<c "), data.rfind(b":c "), 0)
                yield from _errors_in(data[:cut])
                rest = data[cut:]
        yield from _errors_in(rest)


def _errors_in(data: bytes) -> Iterator[tuple[int, int, str]]:
    if b't="e"' not in data:
        return
    for found in _ERROR_CELL.finditer(data):
        place, shown = _PLACE.search(found[0]), _SHOWN.search(found[0])
        if place is not None:
            error = shown[1].decode() if shown else "#?"
            yield int(place[2]) - 1, column_of(place[1]), error


def _part_of(archive: zipfile.ZipFile, name: str) -> str | None:
    """Where in the zip a sheet stands, by the workbook's own list."""
    try:
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except KeyError:
        return None
    sheets = {a.get("name", ""): a.get("r:id", "") for a in _attributes(book)}
    targets = {a.get("Id", ""): a.get("Target", "") for a in _attributes(links)}
    target = targets.get(sheets.get(name, ""), "")
    part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return part if part in archive.namelist() else None


def _attributes(xml: str) -> Iterator[dict[str, Any]]:
    from html import unescape

    for tag in _TAG.findall(xml):
        yield {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}
