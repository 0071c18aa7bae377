"""From a cell to a value, by the kind of the field; what cannot be read says what is expected."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from tenon_core.kernel.inputs import EXPECTED
from tenon_core.transfer.mapping import fold_value
from tenon_core.transfer.tables import Cell, Unusable
from tenon_sdk.text import LOCALES, Text, _, translate

YES = {"true", "yes", "y", "1", "x", "on", "是", "有", "对", "真", "√", "✓", "✔"}
NO = {"false", "no", "n", "0", "off", "否", "无", "不", "没有", "假", "×", "✗", "-"}
# Characters that begin a formula; a cell that is written with an apostrophe before them is text.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Day 0 of spreadsheets, so that their days after the 29 February 1900 that never was are right.
SERIAL_START = datetime(1899, 12, 30)  # noqa: DTZ001 (spreadsheets know no zone)
MAX_SERIAL = 2_958_465

_SCALES = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_CURRENCY = re.compile(r"^(?:[A-Z]{3}|RMB|[$€£¥₩₹元]|US\$|HK\$)\s*|\s*(?:[A-Z]{3}|RMB|[$€£¥₩₹元])$")
_BLANKS = re.compile(r"(?<=\d)[\s\u00a0\u202f'’](?=\d{3}(?:\D|$))")
_GROUPS = {
    ",": re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?"),
    ".": re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+(?:,\d*)?"),
}
_DATE = re.compile(
    r"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})"
    r"|(?P<cy>\d{4})年(?P<cm>\d{1,2})月(?P<cd>\d{1,2})日"
    r"|(?P<by>\d{4})(?P<bm>\d{2})(?P<bd>\d{2})"
    r"|(?P<dd>\d{1,2})\.(?P<dm>\d{1,2})\.(?P<dy>\d{4})"
)
_TOKENS = (
    ("YYYY", "%Y"), ("YY", "%y"), ("MM", "%m"), ("DD", "%d"), ("HH", "%H"), ("mm", "%M"),
    ("ss", "%S"), ("M", "%m"), ("D", "%d"),
)  # fmt: skip


class CellFault(Exception):
    """What is wrong with one cell."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


def text_of(cell: Cell) -> str:
    """A cell as the text that a person reads there. Raises CellFault for an unusable one."""
    if isinstance(cell, str):
        text = cell.strip()
        return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in FORMULA else text
    if cell is None:
        return ""
    if isinstance(cell, Unusable):
        raise CellFault(cell.why)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return format(exact_of(cell), "f")
    if isinstance(cell, (date, datetime, time)):
        return cell.isoformat()
    return str(cell)


def exact_of(number: float) -> Decimal:
    """Spreadsheets compute with 15 digits; what stands behind them is noise."""
    exact = Decimal(format(number, ".15g"))
    return exact.quantize(Decimal(1)) if exact == exact.to_integral_value() else exact


def number_of(cell: Cell, decimal: str | None = None) -> Decimal:
    """An exact number from `1,234.50`, `1.234,50 €`, `¥1 234`, `(1,234)`, `1.5万`, `13%`."""
    if isinstance(cell, float):
        return exact_of(cell)
    if isinstance(cell, (int, Decimal)) and not isinstance(cell, bool):
        return Decimal(cell)
    text = unicodedata.normalize("NFKC", text_of(cell)).replace("−", "-")
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1] if negative else text
    sign = "-" if text.startswith("-") else ""
    text = _CURRENCY.sub("", _CURRENCY.sub("", text[len(sign) :].strip())).strip().rstrip("%")
    scale = _SCALES.get(text[-1:], 1)
    text = sign + (text[:-1] if scale > 1 else text).strip()
    try:
        number = Decimal(_plain(_BLANKS.sub("", text), decimal))
    except InvalidOperation:
        raise CellFault(EXPECTED[Decimal]) from None
    if not number.is_finite() or abs(number.adjusted()) > 60:
        raise CellFault(EXPECTED[Decimal])
    return (-number if negative else number) * scale


def _plain(text: str, decimal: str | None) -> str:
    """Without group separators and with a point; alone, a comma before three digits groups."""
    if decimal is None:
        if "," in text and "." in text:
            decimal = max(",.", key=text.rfind)
        elif text.count(".") > 1 or ("," in text and not _GROUPS[","].fullmatch(text)):
            decimal = ","
        else:
            decimal = "."
    group = "," if decimal == "." else "."
    if group in text:
        if not _GROUPS[group].fullmatch(text):
            raise CellFault(EXPECTED[Decimal])
        text = text.replace(group, "")
    return text.replace(decimal, ".")


def whole_of(cell: Cell, decimal: str | None = None) -> int:
    try:
        number = number_of(cell, decimal)
    except CellFault:
        raise CellFault(EXPECTED[int]) from None
    if number != number.to_integral_value():
        raise CellFault(EXPECTED[int])
    return int(number)


def truth_of(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    word = fold_value(text_of(cell))
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellFault(EXPECTED[bool])


def day_of(cell: Cell, form: str | None = None) -> date:
    """A calendar day; `1/2/2026` needs a declared form, as it is read in two ways."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _serial(cell).date()
    text = unicodedata.normalize("NFKC", text_of(cell))
    if form is not None:
        return _by_form(text, form).date()
    return _day(text.partition(" ")[0] if " 00:00" in text else text)


def _day(text: str) -> date:
    found = _DATE.fullmatch(text)
    if found is None:
        raise CellFault(
            _("Declare the form of dates, such as DD/MM/YYYY: “{text}” may mean two.", text=text)
            if re.fullmatch(r"\d{1,2}[/-]\d{1,2}[/-]\d{2,4}", text)
            else EXPECTED[date]
        )
    groups = [int(part) for key, part in found.groupdict().items() if part and key != "sep"]
    year, month, day = groups if found["dd"] is None else reversed(groups)
    try:
        return date(year, month, day)
    except ValueError:
        raise CellFault(EXPECTED[date]) from None


def _serial(number: float) -> datetime:
    if not 1 <= number <= MAX_SERIAL:
        raise CellFault(EXPECTED[date])
    return SERIAL_START + timedelta(seconds=round(number * 86_400))


def _by_form(text: str, form: str) -> datetime:
    try:
        return datetime.strptime(text, directives(form))  # noqa: DTZ007 (the zone comes later)
    except ValueError:
        raise CellFault(_("Enter a date as {form}.", form=form)) from None


def directives(form: str) -> str:
    """`DD.MM.YYYY` as `%d.%m.%Y`; a form with `%` stays as it is."""
    if "%" in form:
        return form
    for token, directive in _TOKENS:
        form = re.sub(rf"(?<!%){token}", directive, form)
    return form


def moment_of(cell: Cell, zone: ZoneInfo, form: str | None = None) -> datetime:
    """A point of time in UTC; without a zone of its own it is in the person's."""
    if isinstance(cell, datetime):
        moment = cell
    elif isinstance(cell, date):
        moment = datetime.combine(cell, time())
    elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
        moment = _serial(cell)
    else:
        text = unicodedata.normalize("NFKC", text_of(cell))
        moment = _by_form(text, form) if form is not None else _moment(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise CellFault(EXPECTED[datetime]) from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    day, _blank, rest = text.partition(" ")
    found = _day(day)
    try:
        return datetime.combine(found, time.fromisoformat(rest) if rest else time())
    except ValueError:
        raise CellFault(EXPECTED[datetime]) from None


def choices_of(choices: Mapping[str, Any]) -> dict[str, str]:
    """Codes by folded code and folded label of every language; codes win."""
    known: dict[str, str] = {}
    for code, label in choices.items():
        labels = label.values() if isinstance(label, Mapping) else _labels(label)
        for text in labels:
            known.setdefault(fold_value(str(text)), code)
    known.update((fold_value(code), code) for code in choices)
    return known


def _labels(label: Any) -> list[str]:
    return [translate(str_text(label), locale) for locale in LOCALES]


def str_text(label: Any) -> Text:
    return label if isinstance(label, Text) else Text(str(label))


def choice_of(known: Mapping[str, str], cell: Cell) -> str:
    code = known.get(fold_value(text_of(cell)))
    if code is None:
        choices = ", ".join(dict.fromkeys(known.values()))
        raise CellFault(_("Choose one of: {choices}.", choices=choices))
    return code


def json_of(cell: Cell) -> Any:
    try:
        return json.loads(text_of(cell))
    except ValueError:
        raise CellFault(_("Enter JSON.")) from None


def id_of(cell: Cell) -> UUID:
    try:
        return UUID(text_of(cell))
    except ValueError:
        raise CellFault(EXPECTED[UUID]) from None


Convert = Callable[[Cell], Any]
