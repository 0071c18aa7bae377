"""How large a sheet becomes in memory, told from its XML before it is read.

The reader holds a sheet as one rectangle from its first cell to its last: two cells in opposite
corners are a few bytes in the file and hundreds of gigabytes in memory.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

# 20 million cells take 0.7 GB, a hundred thousand rows of two hundred columns.
MOST_CELLS = 20_000_000
BLOCK = 1 << 20
# A row whose XML is longer is none that anybody typed.
LONGEST_ROW = 16 << 20

_ROW = re.compile(rb"<(?:\w+:)?row\b")
# Cells without a value, as formatting leaves them; the reader skips them.
_BLANK = re.compile(rb"""<(?:\w+:)?c(?:\s+[\w:]+\s*=\s*(?:"[^"]*"|'[^']*'))*\s*/>""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s>]")
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{0,3})(\d{1,9})["']""")


def too_large(path: Path) -> bool:
    """Whether any sheet of a workbook spans more than MOST_CELLS cells.

    Every part of the file is looked at, whatever it is called.
    """
    with zipfile.ZipFile(path) as archive:
        for part in archive.namelist():
            with archive.open(part) as file:
                if _area(file) > MOST_CELLS:
                    return True
    return False


def _area(file: IO[bytes]) -> int:
    height = width = 0
    for number, row in enumerate(_rows(file), 1):
        cells = _BLANK.sub(b"", row)
        count = len(_CELL.findall(cells))
        if count:
            places = set(_PLACE.findall(cells))
            height = max(height, number, *(int(digits) for _letters, digits in places))
            width = max(width, count, *(column(letters) + 1 for letters, _digits in places))
        if len(row) > LONGEST_ROW:
            return MOST_CELLS + 1
    return height * width


def _rows(file: IO[bytes]) -> Iterator[bytes]:
    """The XML of each row; what stands before the first is left out, what follows the last not."""
    rest, begun = b"", False
    while block := file.read(BLOCK):
        *whole, rest = _ROW.split(rest + block)
        yield from whole if begun else whole[1:]
        begun = begun or bool(whole)
        if not begun:
            rest = rest[-BLOCK:]
        elif len(rest) > LONGEST_ROW:
            break
    if begun:
        yield rest


def column(letters: bytes) -> int:
    """`A` is 0; none is -1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1
