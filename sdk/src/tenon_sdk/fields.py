"""Field helpers: one declaration gives column, form, filter, API, import, search and audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from attrs import evolve, frozen
from sqlalchemy import Boolean, Date, ForeignKey, Integer, String
from sqlalchemy.orm import MappedColumn, mapped_column
from sqlalchemy.types import TypeEngine

from tenon_sdk.text import Text
from tenon_sdk.types import Exact, Guid, Json, UtcDateTime

if TYPE_CHECKING:
    from tenon_sdk.entities import Entity

FIELD = "tenon"
INDEXED = "tenon_indexed"

Kind = Literal[
    "text", "long_text", "email", "phone", "url", "integer", "decimal", "money", "percent",
    "boolean", "date", "datetime", "choice", "reference", "any_reference", "number", "json", "id",
]  # fmt: skip
OnDelete = Literal["restrict", "cascade", "set_null"]


@frozen(kw_only=True)
class FieldInfo:
    """What a field means beyond its column type.

    read, write    permission that a person needs besides the entity's own; else masked
    search         taken into the search index
    ownership      the reference makes its user responsible: hand-over moves it
    number         pattern of the automatic number, `{seq:04}` counts per rest of the pattern
    currency       name of the field that holds the currency of a money amount
    entity_field   for `any_reference`: name of the field that holds the entity's name
    system         written by the framework alone; refused in input
    internal       never leaves the process: no API, form, export, search, nor value in the audit
    minimum, maximum  bounds, included; the database holds them as a check
    actor          filled with the person who creates the record, and never by anybody else
    check          what is wrong with a text, or None; for rules such as check digits
    bulky          left out of lists unless asked for by name
    """

    kind: Kind
    label: Text
    help: Text | None = None
    read: str | None = None
    write: str | None = None
    search: bool = False
    target: str | None = None
    ownership: bool = False
    choices: Mapping[str, Text] | None = None
    number: str | None = None
    currency: str | None = None
    entity_field: str | None = None
    minimum: Decimal | int | None = None
    maximum: Decimal | int | None = None
    max_length: int | None = None
    system: bool = False
    internal: bool = False
    bulky: bool = False
    check: Callable[[str], Text | None] | None = None
    actor: bool = False


def field(
    type_: TypeEngine[Any] | type[TypeEngine[Any]] | None = None,
    *,
    label: Text,
    kind: Kind | None = None,
    help: Text | None = None,
    search: bool = False,
    read: str | None = None,
    write: str | None = None,
    minimum: Decimal | int | None = None,
    maximum: Decimal | int | None = None,
    system: bool = False,
    internal: bool = False,
    bulky: bool = False,
    check: Callable[[str], Text | None] | None = None,
    **column: Any,
) -> MappedColumn[Any]:
    """A plain field. `type_` defaults to what the annotation says; `column` goes to the column.

    Required means: not `None` in the annotation and no `default`. An index on the column is
    declared here (`index=True`, `unique=True`) like every other constraint of one column.

    `index=True` makes the index `(column, id)`, here as for `choice`, `money` and `reference`: in
    it the rows of a value lie in the order of lists, so that a page of a list that is filtered or
    sorted by the field costs the same however large the table is.
    """
    instance = type_() if isinstance(type_, type) else type_
    info = FieldInfo(
        kind=kind or kind_of(instance),
        label=label,
        help=help,
        search=search,
        read=read,
        write=write,
        minimum=minimum,
        maximum=maximum,
        max_length=getattr(instance, "length", None),
        system=system or internal,
        internal=internal,
        bulky=bulky,
        check=check,
    )
    return _column(info, instance, column)


def kind_of(type_: TypeEngine[Any] | None) -> Kind:
    """The kind that a column type stands for when nothing else is said."""
    kinds: tuple[tuple[type[Any], Kind], ...] = (
        (Guid, "id"),
        (UtcDateTime, "datetime"),
        (Exact, "decimal"),
        (Json, "json"),
        (Boolean, "boolean"),
        (Date, "date"),
        (Integer, "integer"),
    )
    for cls, kind in kinds:
        if isinstance(type_, cls):
            return kind
    if isinstance(type_, String) and type_.length is None:
        return "long_text"
    return "text"


def _column(
    info: FieldInfo, type_: TypeEngine[Any] | None, column: Mapping[str, Any], *args: Any
) -> MappedColumn[Any]:
    types = () if type_ is None else (type_,)
    rest = dict(column)
    described = {FIELD: info, INDEXED: bool(rest.pop("index", False))}
    return mapped_column(*types, *args, info=described, **rest)


def reference(
    target: type[Entity] | str,
    *,
    label: Text,
    on_delete: OnDelete = "restrict",
    ownership: bool = False,
    help: Text | None = None,
    read: str | None = None,
    write: str | None = None,
    system: bool = False,
    actor: bool = False,
    use_alter: bool = False,
    **column: Any,
) -> MappedColumn[Any]:
    """A reference to a record of another entity, named by its class or by its name.

    Always indexed, see `field`. `on_delete` says what the database does with this record when
    the target goes: another plugin's entity wants `cascade` or `set_null`, so that a disabled
    plugin never keeps core from deleting. `ownership=True` on a reference to a user puts the
    record into that user's hand-over package; `actor=True` on one is filled with who creates
    the record. `use_alter` is for one of two tables that refer to each other: its constraint is
    added when both are there.
    """
    name = target if isinstance(target, str) else target.__tenon__.name
    info = FieldInfo(
        kind="reference",
        label=label,
        help=help,
        read=read,
        write=write,
        target=name,
        ownership=ownership,
        system=system or actor,
        actor=actor,
    )
    rule = on_delete.replace("_", " ").upper()
    column.setdefault("index", True)
    key = ForeignKey(f"{name.replace('.', '_')}.id", ondelete=rule, use_alter=use_alter)
    return _column(info, Guid(), column, key)


def any_reference(
    entity_field: str, *, label: Text, system: bool = False, **column: Any
) -> MappedColumn[Any]:
    """The id of a record of any entity; the field `entity_field` holds the entity's name.

    Merge repoints such pairs and deleting a record deletes them, as if they were references.
    """
    info = FieldInfo(kind="any_reference", label=label, entity_field=entity_field, system=system)
    return _column(info, Guid(), column)


def money(
    *,
    label: Text,
    currency: str | None = "currency",
    precision: int = 18,
    scale: int = 2,
    help: Text | None = None,
    read: str | None = None,
    write: str | None = None,
    minimum: Decimal | int | None = None,
    **column: Any,
) -> MappedColumn[Any]:
    """An amount of money; `currency` names the field with its ISO 4217 code.

    `None` means the company's own currency. Never a float; JSON carries it as a string.
    """
    info = FieldInfo(
        kind="money",
        label=label,
        help=help,
        read=read,
        write=write,
        currency=currency,
        minimum=minimum,
    )
    return _column(info, Exact(precision, scale), column)


def number(pattern: str, *, label: Text, **column: Any) -> MappedColumn[Any]:
    """The record's own number, drawn without gaps within a transaction when it is created.

    `pattern` takes `{yyyy}`, `{yy}`, `{mm}`, `{dd}` of the creation day and `{seq}` with a
    format (`{seq:04}`); the counter starts anew whenever the rest of the pattern changes.
    """
    info = FieldInfo(kind="number", label=label, number=pattern, search=True, max_length=40)
    column.setdefault("unique", True)
    return _column(info, String(40), column)


def choice(
    choices: Mapping[str, Text] | Sequence[tuple[str, Text]],
    *,
    label: Text,
    help: Text | None = None,
    read: str | None = None,
    write: str | None = None,
    system: bool = False,
    **column: Any,
) -> MappedColumn[Any]:
    """One of fixed codes, each with a label; the database holds the list as a check."""
    info = FieldInfo(
        kind="choice",
        label=label,
        help=help,
        read=read,
        write=write,
        choices=dict(choices),
        system=system,
    )
    longest = max(map(len, info.choices or ()), default=0)
    return _column(info, String(max(longest, 20)), column)


def describe(column: Any) -> FieldInfo | None:
    """The FieldInfo of a table column or mapped attribute, None for a plain column."""
    info = getattr(column, "info", {}).get(FIELD)
    return info if isinstance(info, FieldInfo) else None


def with_type(info: FieldInfo, type_: TypeEngine[Any]) -> FieldInfo:
    """`info` with kind and length filled from the type that the annotation gave."""
    if info.kind != "text":
        return info
    kind = kind_of(type_)
    length = getattr(type_, "length", None) if isinstance(type_, String) else None
    return evolve(info, kind=kind, max_length=info.max_length or length)
