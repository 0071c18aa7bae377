"""What a file of rows is, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from attrs import frozen

from tenon_sdk.errors import TenonError
from tenon_sdk.text import Text

Format = Literal["csv", "xlsx"]


@frozen
class Unusable:
    """A cell that holds no value of its own: a formula error, part of a merged cell."""

    why: Text

    def __str__(self) -> str:
        return self.why.translate()


Cell = str | int | float | bool | Decimal | date | datetime | time | timedelta | Unusable | None
Row = tuple[int, list[Cell]]


@frozen(kw_only=True)
class ReadOptions:
    """What is known of a file beforehand; None is found out.

    sheet     name of the sheet of a workbook
    header    number of the row with the headers, 0 for a file without any
    """

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: int | None = None


@frozen(kw_only=True)
class Table:
    """The rows of a file: each call of `rows` begins anew, each row comes with its number.

    Rows are numbered from 1 as a spreadsheet numbers them. Reading raises FileFault where the
    file cannot be read any further.
    """

    format: Format
    rows: Callable[[], Iterator[Row]]
    encoding: str = "utf-8"
    delimiter: str = ","
    sheet: str = ""


class FileFault(TenonError):
    """A file that cannot be read, or not beyond a row; nothing of it is taken."""

    code = "file"


def is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))
