"""The rows that were refused, in the form that they came in, each with the reason."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from tenon_core.transfer.catalog import REASON
from tenon_core.transfer.cells import FORMULA
from tenon_core.transfer.importer import Importer
from tenon_core.transfer.rows import Fault
from tenon_core.transfer.tables import Cell, Unusable
from tenon_sdk.text import translate


def reasons_of(faults: Iterable[Fault]) -> dict[int, str]:
    """What is said against each row, in the present language."""
    found: dict[int, list[str]] = {}
    for fault in faults:
        said = translate(fault.message)
        said = f"{fault.header}: {said}" if fault.header else said
        reasons = found.setdefault(fault.row, [])
        if said not in reasons:
            reasons.append(said)
    return {row: " ".join(reasons) for row, reasons in found.items()}


def write_errors(importer: Importer, reasons: Mapping[int, str], target: Path) -> None:
    """Writes the rows with reasons; corrected, the file can be imported as it is.

    What a spreadsheet would take for a formula is written as text.
    """
    if importer.table.format == "csv":
        _write_csv(importer, reasons, target)
    else:
        _write_xlsx(importer, reasons, target)


def _rows(importer: Importer, reasons: Mapping[int, str]) -> Iterable[list[Any]]:
    width = len(importer.headers)
    if importer.header:
        yield [*importer.headers, translate(REASON)]
    for number, cells in importer.rows():
        if number in reasons:
            row = [*cells, *[None] * (width - len(cells))]
            yield [*row, reasons[number]]


def _write_csv(importer: Importer, reasons: Mapping[int, str], target: Path) -> None:
    table = importer.table
    encoding = "utf-8-sig" if table.encoding == "utf-8" else table.encoding
    with target.open("w", encoding=encoding, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=table.delimiter)
        for row in _rows(importer, reasons):
            writer.writerow([harmless(cell) for cell in row])


def harmless(cell: Cell) -> Cell:
    """A text that a spreadsheet would compute gets an apostrophe before it."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return "" if cell is None else cell


def _write_xlsx(importer: Importer, reasons: Mapping[int, str], target: Path) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(str(target), options)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet(importer.table.sheet[:31] or None)
    try:
        for index, row in enumerate(_rows(importer, reasons)):
            for column, cell in enumerate(row):
                write_cell(sheet, (index, column), cell, day, moment)
    finally:
        book.close()  # takes its temporary files away, too


def write_cell(sheet: Any, place: tuple[int, int], cell: Any, day: Any, moment: Any) -> None:
    """One cell as a value; text is never a formula or a link."""
    row, column = place
    match cell:
        case None | "":
            return
        case Unusable():
            sheet.write_string(row, column, str(cell))
        case bool():
            sheet.write_boolean(row, column, cell)
        case str():
            sheet.write_string(row, column, cell)
        case _ if hasattr(cell, "hour") and hasattr(cell, "year"):
            sheet.write_datetime(row, column, cell.replace(tzinfo=None), moment)
        case _ if hasattr(cell, "year"):
            sheet.write_datetime(row, column, cell, day)
        case _ if isinstance(cell, (int, float)):
            sheet.write_number(row, column, cell)
        case _:
            sheet.write_string(row, column, str(cell))
