"""From a row of cells to a draft of a record: values, references still as text, faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from re import error as re_error
from typing import Any
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from tenon_core.storage.validation import columns_of, fault_of
from tenon_core.transfer.catalog import Slot
from tenon_core.transfer.cells import (
    CellFault,
    choice_of,
    choices_of,
    day_of,
    id_of,
    json_of,
    moment_of,
    number_of,
    text_of,
    truth_of,
    whole_of,
)
from tenon_core.transfer.headers import Column
from tenon_core.transfer.mapping import ImportPlan, Target
from tenon_core.transfer.tables import Cell, Unusable, is_empty
from tenon_sdk.entities import Entity
from tenon_sdk.text import Text, _

Read = Callable[[Cell], Any]
# Repeated texts are converted once; a column of names does not fill memory.
REMEMBERED = 5_000


@frozen
class Fault:
    """Why a row is refused: the header, or the field, and what is wrong; "" for the row itself."""

    row: int
    header: str
    message: Text


@define
class Draft:
    """A record as a row tells it.

    values   own fields by name; what is not there was not in the file
    wanted   (column, text) of references that are still to be found
    parts    values of parts by head, those of the linking record under `head>`
    later    texts of references to records that come later in the file, by field
    """

    row: int
    values: dict[str, Any] = field(factory=dict)
    custom: dict[str, Any] = field(factory=dict)
    sides: dict[str, dict[str, Any]] = field(factory=dict)
    parts: dict[str, dict[str, Any]] = field(factory=dict)
    tags: list[Any] = field(factory=list)
    wanted: list[tuple[Column, str]] = field(factory=list)
    later: dict[str, str] = field(factory=dict)
    faults: list[Fault] = field(factory=list)
    id: Any = None
    existing: Any = None

    def put(self, slot: Slot, value: Any) -> None:
        """Sets one value where its slot says."""
        match slot.holder:
            case "own":
                if slot.name == "id":
                    self.id = value
                else:
                    self.values[slot.name] = value
            case "custom":
                self.custom[slot.name] = value
            case "side":
                self.sides.setdefault(slot.path.partition(".")[0], {})[slot.name] = value
            case "tags":
                self.tags.append(value)
            case _:
                head = slot.path.partition(".")[0] + (">" if slot.holder == "link" else "")
                self.parts.setdefault(head, {})[slot.name] = value


@frozen
class _Reader:
    """A column with what reads its cells; `seeks` marks references and tags.

    `name` is that of a field of the record itself, for a value that goes nowhere else.
    """

    column: Column
    read: Read
    seeks: bool
    check: Callable[[Any], Text | None]
    name: str | None


class RowReader:
    """Makes drafts of rows; one for an import."""

    def __init__(
        self, columns: Sequence[Column], plan: ImportPlan, width: int, zone: ZoneInfo
    ) -> None:
        self.plan, self.width, self.zone = plan, width, zone
        self._readers = [
            (column.position, self._reader(column)) for column in columns if column.position >= 0
        ]
        self._constants = [
            (self._reader(column), plan.constants[column.header])
            for column in columns
            if column.position < 0
        ]

    def draft(self, number: int, cells: Sequence[Cell], *, strict: bool) -> Draft:
        """`strict` refuses a row with fewer cells than headers, as a broken CSV has them."""
        draft = Draft(number)
        extra = [cell for cell in cells[self.width :] if not is_empty(cell)]
        if extra or (strict and len(cells) < self.width):
            message = _(
                "The row has {count} cells, the header has {expected}.",
                count=len(cells),
                expected=self.width,
            )
            draft.faults.append(Fault(number, "", message))
            return draft
        count = len(cells)
        for position, reader in self._readers:
            self._take(draft, reader, cells[position] if position < count else None)
        for reader, value in self._constants:
            self._take(draft, reader, value)
        return draft

    def _take(self, draft: Draft, reader: _Reader, cell: Cell) -> None:
        column = reader.column
        if isinstance(cell, Unusable):
            draft.faults.append(Fault(draft.row, column.header, cell.why))
            return
        try:
            value = None if is_empty(cell) else reader.read(cell)
            if value is None or value == "":
                if self.plan.empty == "clear" and column.slot.name != "id":
                    _clear(draft, column.slot)
                return
            if reader.seeks:
                if isinstance(value, str):
                    draft.wanted.append((column, value))
                    return
                for text in value:
                    draft.wanted.append((column, text))
                return
            fault = reader.check(value)
            if fault is None:
                if reader.name is not None:
                    draft.values[reader.name] = value
                else:
                    draft.put(column.slot, value)
                return
        except CellFault as error:
            fault = error.message
        draft.faults.append(Fault(draft.row, column.header, fault))

    def _reader(self, column: Column) -> _Reader:
        slot, target = column.slot, column.target
        seeks = slot.kind == "reference" or slot.holder == "tags"
        read = _texts(target) if slot.holder == "tags" else self._conversion(slot, target)
        if target.repairs:
            read = partial(_repaired, read, target)
        if slot.kind in {"choice", "boolean"}:
            read = _Memory(read)
        own = slot.name if slot.holder == "own" and slot.name != "id" else None
        return _Reader(column, read, seeks, _check_of(slot), own)

    def _conversion(self, slot: Slot, target: Target) -> Read:
        decimal = target.decimal or self.plan.decimal
        form = target.date_format or self.plan.date_format
        match slot.kind:
            case "integer":
                return partial(_whole, decimal, target.factor)
            case "decimal" | "money" | "percent":
                read = partial(_number, decimal, target.factor)
                if slot.custom is not None:
                    return lambda cell: format(read(cell), "f")
                return read
            case "boolean":
                return truth_of
            case "date":
                if slot.custom is not None:
                    return lambda cell: day_of(cell, form).isoformat()
                return lambda cell: day_of(cell, form)
            case "datetime":
                if slot.custom is not None:
                    return lambda cell: moment_of(cell, self.zone, form).isoformat()
                return lambda cell: moment_of(cell, self.zone, form)
            case "choice":
                choices = slot.custom.choices if slot.custom else slot.info and slot.info.choices
                return partial(choice_of, choices_of(choices or {}))
            case "json":
                return json_of
            case "id":
                return id_of
            case _:
                return text_of


def _repaired(read: Read, target: Target, cell: Cell) -> Any:
    text = text_of(cell)
    try:
        repaired = target.repair(text)
    except (re_error, IndexError):
        raise CellFault(_("The pattern of the mapping does not fit: {text}.", text=text)) from None
    if repaired == text:
        return read(cell)
    return read(repaired) if repaired else None


def _texts(target: Target) -> Callable[[Cell], list[str]]:
    separators = target.split or ",;，；、"

    def read(cell: Cell) -> list[str]:
        text = text_of(cell)
        for separator in separators if target.split is None else (target.split,):
            text = text.replace(separator, "\n")
        return list(dict.fromkeys(part.strip() for part in text.split("\n") if part.strip()))

    return read


def _whole(decimal: str | None, factor: Any, cell: Cell) -> int:
    if factor is None:
        return whole_of(cell, decimal)
    return whole_of(number_of(cell, decimal) * factor, decimal)


def _number(decimal: str | None, factor: Any, cell: Cell) -> Any:
    number = number_of(cell, decimal)
    return number if factor is None else number * factor


class _Memory:
    """Remembers what texts were converted to; only for conversions to unchangeable values."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.known: dict[str, Any] = {}

    def __call__(self, cell: Cell) -> Any:
        if not isinstance(cell, str):
            return self.read(cell)
        if cell not in self.known:
            if len(self.known) >= REMEMBERED:
                self.known.clear()
            self.known[cell] = self.read(cell)
        return self.known[cell]


def _check_of(slot: Slot) -> Callable[[Any], Text | None]:
    """The declaration's own check; what is checked here is told with its header."""
    if slot.entity is None or slot.name == "id":
        return lambda _value: None
    for column in columns_of(slot.entity):
        if column.name == slot.name:
            check = partial(fault_of, column)
            return _Checked(check) if slot.kind in {"choice", "boolean"} else check
    return lambda _value: None


class _Checked:
    """Remembers the faults of the few values that a column of codes can have."""

    def __init__(self, check: Callable[[Any], Text | None]) -> None:
        self.check = check
        self.known: dict[Any, Text | None] = {}

    def __call__(self, value: Any) -> Text | None:
        if value not in self.known:
            self.known[value] = self.check(value)
        return self.known[value]


def _clear(draft: Draft, slot: Slot) -> None:
    if slot.holder == "own" and slot.entity is not None:
        if slot.entity.__table__.c[slot.name].nullable:
            draft.put(slot, None)
    elif slot.holder == "custom":
        draft.put(slot, None)


def required_of(values: Mapping[str, Any], entity: type[Entity]) -> list[str]:
    """Names of fields that a new record needs and these values do not fill."""
    return [name for name in _required(entity) if values.get(name) in (None, "")]


@cache
def _required(entity: type[Entity]) -> tuple[str, ...]:
    return tuple(
        column.name
        for column in columns_of(entity)
        if not (
            column.nullable
            or column.default is not None
            or column.info.system
            or column.info.number
        )
    )
