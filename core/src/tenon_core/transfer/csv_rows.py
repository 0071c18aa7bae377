"""Reading CSV: encoding and delimiter are found out, rows are streamed.

The encoding is UTF-8 (with or without byte order mark), UTF-16 or GB18030, whichever the whole
file can be read by; a text that is none of these is refused rather than guessed. Another encoding
can be named.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

from tenon_core.transfer.tables import FileFault, ReadOptions, Row, Table
from tenon_sdk.text import Text, _

DELIMITERS = (",", ";", "\t", "|")
BLOCK = 1 << 20
SAMPLE = 1 << 16
SAMPLE_ROWS = 30
# A quotation mark that is never closed swallows the file up to this many characters.
LONGEST_CELL = 1 << 24

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HIGH = re.compile(rb"[\x80-\xff]+")


def open_csv(path: Path, options: ReadOptions) -> Table:
    """Raises FileFault for an empty file and for one whose encoding is not known."""
    encoding = _named(options.encoding) if options.encoding else detect_encoding(path)
    with _open(path, encoding) as file:
        sample = _sample(file, encoding)
    named = re.match(r"sep=(.)\r?\n", sample)
    delimiter = options.delimiter or (named[1] if named else sniff(sample))
    skip = 1 if named else 0
    return Table(
        format="csv",
        rows=lambda: _rows(path, encoding, delimiter, skip),
        encoding=encoding,
        delimiter=delimiter,
    )


def _open(path: Path, encoding: str) -> TextIO:
    return path.open(encoding=encoding, newline="")


def _named(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise FileFault(_("There is no encoding “{name}”.", name=encoding)) from None


def _sample(file: TextIO, encoding: str) -> str:
    try:
        sample = file.read(SAMPLE)
    except UnicodeError as error:
        raise _not_decoded(encoding, error) from None
    if not sample.strip():
        raise FileFault(_("The file is empty."))
    return sample


def detect_encoding(path: Path) -> str:
    """Reads the file once. Raises FileFault when no encoding fits."""
    with path.open("rb") as file:
        head = file.read(BLOCK)
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if wide := _wide(head):
        return wide
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _looks_chinese(head) and _decodes(path, "gb18030"):
        return "gb18030"
    raise FileFault(
        _("The encoding of the file is not known. Save it as “CSV UTF-8”, or name its encoding.")
    )


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of its Latin characters is zero."""
    even, odd = head[0:4000:2], head[1:4000:2]
    if odd.count(0) > len(odd) * 0.3 and even.count(0) < len(even) * 0.05:
        return "utf-16-le"
    if even.count(0) > len(even) * 0.3 and odd.count(0) < len(odd) * 0.05:
        return "utf-16-be"
    return None


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _looks_chinese(head: bytes) -> bool:
    """Whether high bytes come in pairs, as in GB 2312; in Latin texts they mostly stand alone."""
    lengths = Counter(len(run) % 2 for run in _HIGH.findall(head))
    return lengths[0] > lengths[1] * 4


def sniff(sample: str) -> str:
    """The delimiter by which most rows have the same number of columns, more than one."""
    scores = {delimiter: _score(sample, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > (0.0, 0) else ","


def _score(sample: str, delimiter: str) -> tuple[float, int]:
    reader = csv.reader(sample.splitlines(keepends=True), delimiter=delimiter)
    widths: Counter[int] = Counter()
    try:
        rows = [row for row in islice(reader, SAMPLE_ROWS) if any(row)]
    except csv.Error:
        return 0.0, 0
    if len(sample) >= SAMPLE and len(rows) > 1 and len(rows) < SAMPLE_ROWS:
        rows.pop()
    widths.update(len(row) for row in rows)
    wide = [(count, width) for width, count in widths.items() if width > 1]
    if not wide:
        return 0.0, 0
    count, width = max(wide)
    return count / len(rows), width


def _rows(path: Path, encoding: str, delimiter: str, skip: int) -> Iterator[Row]:
    csv.field_size_limit(LONGEST_CELL)
    number = 0
    with _open(path, encoding) as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            for number, row in enumerate(islice(reader, skip, None), skip + 1):
                yield number, list(row)
        except csv.Error as error:
            raise FileFault(_csv_fault(number + 1, str(error))) from None
        except UnicodeError as error:
            raise _not_decoded(encoding, error) from None


def _csv_fault(row: int, error: str) -> Text:
    if "unexpected end" in error or "field limit" in error:
        return _("Row {row}: a quotation mark is opened and not closed.", row=row)
    if "expected after" in error:
        return _(
            "Row {row}: a quotation mark stands inside a cell; inside quotes it has to be doubled.",
            row=row,
        )
    return _("Row {row} cannot be read: {error}.", row=row, error=error)


def _not_decoded(encoding: str, error: UnicodeError) -> FileFault:
    position = getattr(error, "start", 0)
    return FileFault(
        _(
            "The file is not written in {encoding} (at byte {position}).",
            encoding=encoding,
            position=position,
        )
    )
