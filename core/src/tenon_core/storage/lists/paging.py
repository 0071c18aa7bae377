"""The order of a list, the stretches that it is read in, and the cursor of the next page."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from attrs import evolve, frozen
from sqlalchemy import ColumnElement, and_, false, or_, tuple_

from tenon_core.storage.lists.parse import ListSpec, Sort
from tenon_core.storage.lists.paths import Path, Paths, hole
from tenon_core.storage.lists.values import read_value
from tenon_sdk.errors import Invalid
from tenon_sdk.text import _

Order = Sequence[tuple[Path, bool]]


def ordering(paths: Paths, spec: ListSpec) -> tuple[tuple[Path, bool], ...]:
    """Sort keys, always ended by the id, so that the order is total; newest first by default."""
    sorts = spec.sort or (Sort("id", descending=True),)
    if sorts[-1].field != "id":
        sorts = (*sorts, Sort("id", sorts[-1].descending))
    return tuple((paths.resolve(sort.field, "sort"), sort.descending) for sort in sorts)


@frozen
class Stretch:
    """Rows that follow each other in a list and are read by a statement of their own.

    `order` is how they follow each other; its values in the cursor begin at `first`. `empty` says
    whether `key`, the first that the list is sorted by, has no value in any of them; None that it
    may or may not.
    """

    key: Path
    order: Order
    first: int = 0
    empty: bool | None = None

    def is_before(self, keys: Sequence[Any] | None) -> bool:
        """Whether all its rows come before the one with these sort keys."""
        return self.empty is False and keys is not None and keys[0] is None

    def has(self, keys: Sequence[Any] | None) -> bool:
        """Whether the row with these sort keys is one of its own."""
        return keys is not None and (self.empty is None or self.empty == (keys[0] is None))

    def formed(self, form: Callable[[Path], Path]) -> Stretch:
        """The same with another form of its sort keys."""
        order = [(form(path), descending) for path, descending in self.order]
        return evolve(self, key=form(self.key), order=order)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What the rows have in common."""
        if self.empty is None:
            return []
        value = self.key.expression
        return [value.is_(None) if self.empty else value.is_not(None)]


def stretches(order: Order) -> tuple[Stretch, ...]:
    """Empty values come last in either direction.

    Where one key may be empty, the rows without it are a stretch of their own: within each, the
    order is that of an index, which no database sees in the order of both.
    """
    key = order[0][0]
    if len(order) != 2 or not key.nullable:
        return (Stretch(key, order),)
    filled = (evolve(key, nullable=False), order[0][1])
    return (
        Stretch(key, (filled, order[1]), empty=False),
        Stretch(key, order[1:], first=1, empty=True),
    )


def after(order: Order, nulls: Sequence[bool]) -> ColumnElement[bool]:
    """Condition for rows behind the cursor's; its values are the parameters `p_k<index>`.

    Keys of one direction that are never empty compare as a row value, which both databases
    answer from an index. Otherwise: equal in the first n keys and behind in the next.
    """
    binds = [hole(f"p_k{i}", path.type) for i, (path, _desc) in enumerate(order)]
    directions = {descending for _path, descending in order}
    if len(directions) == 1 and not any(path.nullable for path, _desc in order):
        keys = tuple_(*(path.expression for path, _desc in order))
        row = tuple_(*binds)
        return keys < row if directions == {True} else keys > row
    alternatives = []
    for index, (path, descending) in enumerate(order):
        column: Any = path.expression
        equal = [
            before.expression.is_(None) if nulls[i] else before.expression == binds[i]
            for i, (before, _desc) in enumerate(order[:index])
        ]
        if nulls[index]:
            continue
        behind = column < binds[index] if descending else column > binds[index]
        if path.nullable:
            behind = or_(behind, column.is_(None))
        alternatives.append(and_(*equal, behind))
    return or_(false(), *alternatives)


def write_cursor(values: Sequence[Any]) -> str:
    """The cursor behind the row whose sort keys have these values."""
    texts = [None if value is None else _text(value) for value in values]
    return base64.urlsafe_b64encode(msgspec.json.encode(texts)).rstrip(b"=").decode()


def _text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def read_cursor(order: Order, raw: str) -> list[Any]:
    """The values of the sort keys. Raises Invalid for a cursor of another list."""
    try:
        padded = raw + "=" * (-len(raw) % 4)
        texts = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=list[str | None])
    except (msgspec.DecodeError, binascii.Error, UnicodeDecodeError, ValueError):
        raise _bad_cursor() from None
    if len(texts) != len(order):
        raise _bad_cursor()
    return [_key(path, text) for (path, _desc), text in zip(order, texts, strict=True)]


def _key(path: Path, text: str | None) -> Any:
    if text is None:
        if not path.nullable:
            raise _bad_cursor()
        return None
    try:
        return read_value(path, text, "cursor")
    except Invalid:
        raise _bad_cursor() from None


def _bad_cursor() -> Invalid:
    return Invalid({"cursor": _("The cursor does not belong to this list; begin it anew.")})
