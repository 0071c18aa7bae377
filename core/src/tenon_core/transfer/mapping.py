"""Mappings: which column goes to which field, and how its values are repaired.

A mapping is JSON in `core.import_mapping`, or a TOML or JSON file of the same form:

    entity = "core.account"
    key = ["name"]
    date_format = "MM/DD/YYYY"
    ignore = ["remarks"]                    # ["*"] for every header that nothing is known of

    [columns]
    account = "name"
    sector = { field = "industry_id", on_missing = "create", values = { technolgy = "technology" } }
    revenue = { field = "revenue", factor = 1000000 }
    person = [{ field = "name" }, { field = "login", transform = "slug" }]

    [constants]
    source = "import"
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, cast

import attrs
from attrs import evolve, frozen

from tenon_core.kernel.stored import Item
from tenon_core.transfer.tables import FileFault, ReadOptions
from tenon_sdk.text import _

OnMissing = Literal["error", "empty", "create"]
Empty = Literal["keep", "clear"]
MISSING = ("error", "empty", "create")
COLUMN = (
    "field", "values", "patterns", "date_format", "decimal", "split", "part", "on_missing",
    "transform", "factor",
)  # fmt: skip
OPTIONS = (
    "entity", "name", "columns", "constants", "key", "ignore", "on_missing", "date_format",
    "decimal", "empty", "encoding", "delimiter", "sheet", "header",
)  # fmt: skip
# A pattern is written by hand and may be slow on long texts.
MAX_MATCHED = 500


@frozen(kw_only=True)
class Target:
    """Where a column's values go.

    values       what is written instead of what, without regard to case and width
    patterns     regular expressions with what a value that one matches whole becomes
    date_format  such as `DD.MM.YYYY`; decimal: the decimal sign, `.` or `,`
    split, part  a value is split, and this part of it (from 1) taken; tags take all parts
    on_missing   what a reference to nothing does: an error, nothing, or a new record
    factor       what a number is multiplied by
    """

    field: str
    values: Mapping[str, str] = attrs.field(factory=dict)
    patterns: tuple[tuple[re.Pattern[str], str], ...] = ()
    date_format: str | None = None
    decimal: str | None = None
    split: str | None = None
    part: int | None = None
    on_missing: OnMissing | None = None
    transform: str | None = None
    factor: Decimal | None = None

    @property
    def repairs(self) -> bool:
        return bool(self.values or self.patterns or self.split or self.transform)

    def repair(self, text: str) -> str:
        """The text that is read instead of what stands in the cell."""
        if self.split and self.part is not None:
            parts = text.split(self.split)
            text = parts[self.part - 1].strip() if self.part <= len(parts) else ""
        text = self.values.get(fold_value(text), text)
        if len(text) <= MAX_MATCHED:
            for pattern, replacement in self.patterns:
                found = pattern.fullmatch(text)
                if found is not None:
                    text = found.expand(replacement)
                    break
        if self.transform is None:
            return text
        return _TRANSFORMS[self.transform](text)


@frozen(kw_only=True)
class ImportPlan:
    """A mapping as it was read; `columns` are by folded header, `ignore` too."""

    entity: str | None = None
    columns: Mapping[str, tuple[Target, ...]] = attrs.field(factory=dict)
    constants: Mapping[str, Any] = attrs.field(factory=dict)
    key: tuple[str, ...] = ()
    ignore: frozenset[str] = frozenset()
    on_missing: OnMissing = "error"
    date_format: str | None = None
    decimal: str | None = None
    empty: Empty = "keep"
    reading: ReadOptions = attrs.field(factory=ReadOptions)

    def ignores(self, header: str) -> bool:
        return "*" in self.ignore or fold_header(header) in self.ignore


def fold_header(text: str) -> str:
    """What equal headers have in common: letters, digits and characters, in one width and case."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in narrow if c.isalnum()) or narrow.strip()


def fold_value(text: str) -> str:
    """What equal values have in common: one width and case, single blanks."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def slug(text: str) -> str:
    """Lower case with dots between words, such as `mei-mei.johns`."""
    narrow = unicodedata.normalize("NFKC", text).casefold()
    return ".".join(re.findall(r"[^\W_]+(?:-[^\W_]+)*", narrow))


_TRANSFORMS: Mapping[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "slug": slug,
}


def read_mapping(path: Path) -> dict[str, Any]:
    """A mapping from a TOML or JSON file, checked. Raises FileFault or Invalid with the place."""
    try:
        content = path.read_text(encoding="utf-8-sig")
        read: Any = json.loads if path.suffix.lower() == ".json" else tomllib.loads
        data = read(content)
    except OSError as error:
        raise FileFault(
            _("{file} cannot be opened: {error}.", file=path.name, error=error.strerror or "")
        ) from None
    except (UnicodeDecodeError, ValueError) as error:
        raise FileFault(
            _("{file} is no mapping: {error}.", file=path.name, error=str(error))
        ) from None
    parse_mapping(data)
    return cast("dict[str, Any]", data)


def parse_mapping(data: Any) -> ImportPlan:
    """Raises Invalid that names the place of what cannot be used."""
    root = Item(data, "mapping")
    root.only(*OPTIONS)
    plan = ImportPlan(
        entity=_text(root, "entity"),
        columns=_columns(root.maybe("columns")),
        constants=_constants(root.maybe("constants")),
        key=tuple(item.text() for item in _list(root.maybe("key"))),
        ignore=frozenset(
            "*" if item.text() == "*" else fold_header(item.text())
            for item in _list(root.maybe("ignore"))
        ),
        date_format=_text(root, "date_format"),
        decimal=_decimal(root.maybe("decimal")),
        reading=_reading(root),
    )
    missing, empty = root.maybe("on_missing"), root.maybe("empty")
    if missing is not None:
        plan = evolve(plan, on_missing=missing.choice(MISSING))  # type: ignore[arg-type]
    if empty is not None:
        plan = evolve(plan, empty=empty.choice(("keep", "clear")))  # type: ignore[arg-type]
    return plan


def _reading(root: Item) -> ReadOptions:
    header = root.maybe("header")
    if header is not None and (not isinstance(header.value, int) or header.value < 0):
        raise header.invalid(_("A row number is expected, 0 for a file without headers."))
    return ReadOptions(
        encoding=_text(root, "encoding"),
        delimiter=_delimiter(root.maybe("delimiter")),
        sheet=_text(root, "sheet"),
        header=header.value if header is not None else None,
    )


def _delimiter(item: Item | None) -> str | None:
    if item is None:
        return None
    if not isinstance(item.value, str) or len(item.value) != 1:
        raise item.invalid(_("One character is expected."))
    return item.value


def _text(root: Item, name: str) -> str | None:
    item = root.maybe(name)
    return item.text() if item is not None else None


def _list(item: Item | None) -> list[Item]:
    if item is None:
        return []
    return [item] if isinstance(item.value, str) else item.items()


def _decimal(item: Item | None) -> str | None:
    return item.choice((".", ",")) if item is not None else None


def _constants(item: Item | None) -> dict[str, Any]:
    if item is None:
        return {}
    return {name: item.at(name).scalar() for name in item.keys()}  # noqa: SIM118 (checked there)


def _columns(item: Item | None) -> dict[str, tuple[Target, ...]]:
    if item is None:
        return {}
    found: dict[str, tuple[Target, ...]] = {}
    for header in item.keys():  # noqa: SIM118 (checked there)
        column = item.at(header)
        targets = column.some() if isinstance(column.value, list) else [column]
        found[fold_header(header)] = tuple(_target(target) for target in targets)
    return found


def _target(item: Item) -> Target:
    if isinstance(item.value, str):
        return Target(field=item.text())
    item.only(*COLUMN)
    values, missing, part = item.maybe("values"), item.maybe("on_missing"), item.maybe("part")
    transform, factor = item.maybe("transform"), item.maybe("factor")
    return Target(
        field=item.at("field").text(),
        values={
            fold_value(old): "" if values.at(old).value is None else str(values.at(old).scalar())
            for old in values.keys()  # noqa: SIM118 (checked there)
        }
        if values is not None
        else {},
        patterns=_patterns(item.maybe("patterns")),
        date_format=_text(item, "date_format"),
        decimal=_decimal(item.maybe("decimal")),
        split=_separator(item.maybe("split")),
        part=part.positive() if part is not None else None,
        on_missing=missing.choice(MISSING) if missing is not None else None,  # type: ignore[arg-type]
        transform=transform.choice(_TRANSFORMS) if transform is not None else None,
        factor=_factor(factor) if factor is not None else None,
    )


def _separator(item: Item | None) -> str | None:
    if item is None:
        return None
    if not isinstance(item.value, str) or not item.value:
        raise item.invalid(_("A text is expected, and it must not be empty."))
    return item.value


def _patterns(item: Item | None) -> tuple[tuple[re.Pattern[str], str], ...]:
    if item is None:
        return ()
    found = []
    for pattern in item.keys():  # noqa: SIM118 (checked there)
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise item.at(pattern).invalid(
                _("This is no regular expression: {error}.", error=str(error))
            ) from None
        found.append((compiled, str(item.at(pattern).scalar() or "")))
    return tuple(found)


def _factor(item: Item) -> Decimal:
    try:
        factor = Decimal(str(item.value))
    except InvalidOperation:
        raise item.invalid(_("A number is expected.")) from None
    if not factor.is_finite():
        raise item.invalid(_("A number is expected."))
    return factor
