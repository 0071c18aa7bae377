"""Opening a file of rows, and finding its header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

from tenon_core.transfer.csv_rows import open_csv
from tenon_core.transfer.tables import Cell, FileFault, ReadOptions, Table, is_empty
from tenon_core.transfer.xlsx_rows import OLE, ZIP, open_xlsx
from tenon_sdk.text import _

SEARCHED = 20


def open_table(path: Path, options: ReadOptions | None = None) -> Table:
    """What the file is, by its content and not by its name. Raises FileFault."""
    options = options or ReadOptions()
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise FileFault(
            _("{file} cannot be opened: {error}.", file=path.name, error=error.strerror or "")
        ) from None
    if not head:
        raise FileFault(_("The file is empty."))
    if head.startswith((ZIP, OLE)):
        return open_xlsx(path, options)
    return open_csv(path, options)


def find_header(
    table: Table, known: Callable[[str], bool], wanted: int | None
) -> tuple[int, list[str]]:
    """The row of the headers and the headers; of the first rows the one with most known ones.

    With `wanted` it is that row; 0 stands for a file without headers, whose columns are called
    `1`, `2`… Raises FileFault when no row has a known header.
    """
    rows = list(islice(table.rows(), max(SEARCHED, wanted or 0)))
    filled = [(number, row) for number, row in rows if not all(map(is_empty, row))]
    if not filled:
        raise FileFault(_("The file is empty."))
    if wanted == 0:
        width = max(len(row) for _number, row in filled)
        return 0, [str(position) for position in range(1, width + 1)]
    if wanted is not None:
        for number, row in filled:
            if number == wanted:
                return number, texts_of(row)
        raise FileFault(_("Row {row} is empty, so it is no header.", row=wanted))
    best, hits = filled[0], 0
    for number, row in filled:
        count = sum(1 for text in texts_of(row) if text and known(text))
        if count > hits:
            best, hits = (number, row), count
    if not hits:
        shown = ", ".join(text for text in texts_of(filled[0][1]) if text)
        raise FileFault(
            _(
                "No header was found. Row {row} has {headers}: none of them names a field.",
                row=filled[0][0],
                headers=_shortened(shown),
            )
        )
    return best[0], texts_of(best[1])


def texts_of(row: Sequence[Cell]) -> list[str]:
    texts = ["" if is_empty(cell) else " ".join(str(cell).split()) for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return texts


def _shortened(text: str, limit: int = 300) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
