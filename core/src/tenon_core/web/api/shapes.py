"""What an entity takes as input: its own fields, those of its extensions, custom ones."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from attrs import define, field, frozen
from sqlalchemy.orm import Mapped

from tenon_core.kernel.registry import Registry
from tenon_core.storage.custom import CustomDefinition, fault_of_custom
from tenon_core.storage.validation import Column, columns_of, fault_of
from tenon_core.web.api.values import EXPECTED_OBJECT, Reader, Wrong, plain_json, read_id, reader_of
from tenon_sdk.entities import Entity, Workflowed
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _

UNKNOWN = _("There is no field of this name.")
BY_SYSTEM = _("This field is written by the system.")
FIXED = _("You may not change this field.")
REQUIRED = _("This field is required.")


@frozen
class Slot:
    """One input: `name` of `entity`, which is an extension if `side` names its table."""

    key: str
    name: str
    entity: type[Entity]
    side: str | None
    column: Column
    read: Reader

    @property
    def required(self) -> bool:
        """Whether a new record must be given it: nothing else fills it."""
        info = self.column.info
        filled = self.column.nullable or self.column.default is not None
        return not (filled or info.number or info.system or self.side)


@frozen
class Shape:
    entity: type[Entity]
    slots: Mapping[str, Slot]
    required: Sequence[Slot]


@define
class Values:
    """What a request asks for, read and checked field by field.

    own and sides hold attributes to set; custom holds custom values, None taking one away.
    """

    own: dict[str, Any] = field(factory=dict)
    sides: dict[str, dict[str, Any]] = field(factory=dict)
    custom: dict[str, Any] = field(factory=dict)
    id: UUID | None = None
    version: int | None = None


class Rights(Protocol):
    def fixed(self, entity: type[Entity]) -> frozenset[str]: ...


def shape_of(registry: Registry, entity: type[Entity]) -> Shape:
    slots: dict[str, Slot] = {}
    for cls in (entity, *registry.extensions_of(entity.__tenon__.name)):
        side = None if cls is entity else cls.__tenon__.table
        for column in columns_of(cls):
            if column.info.internal:
                continue
            key = column.name if side is None else f"{side}.{column.name}"
            slots[key] = Slot(
                key, column.name, cls, side, column, reader_of(column, _annotated(cls, column.name))
            )
    state = "state" if issubclass(entity, Workflowed) else None
    required = [s for s in slots.values() if s.required and s.key != state]
    return Shape(entity, slots, required)


def _annotated(cls: type[Any], name: str) -> type[Any] | None:
    """`dict` or `list` for `Mapped[dict[…]]` and `Mapped[list[…] | None]`."""
    for base in cls.__mro__:
        annotation = inspect.get_annotations(base).get(name)
        if typing.get_origin(annotation) is Mapped:
            (inner,) = typing.get_args(annotation)
            for part in (inner, *typing.get_args(inner)):
                if typing.get_origin(part) in {dict, list}:
                    found: type[Any] = typing.get_origin(part)
                    return found
    return None


def read_values(
    shape: Shape,
    data: Any,
    rights: Rights | None,
    custom: Mapping[str, CustomDefinition],
    *,
    creating: bool,
) -> Values:
    """Raises Invalid that names every faulty field of an object."""
    if not isinstance(data, dict):
        raise Invalid({"": EXPECTED_OBJECT})
    reading = _Reading(shape, rights, custom)
    for key, value in data.items():
        reading.read(key, value)
    if creating:
        for slot in shape.required:
            if slot.key not in data:
                reading.faults[slot.key] = REQUIRED
    if reading.faults:
        raise Invalid(reading.faults)
    return reading.values


@define
class _Reading:
    shape: Shape
    rights: Rights | None
    custom: Mapping[str, CustomDefinition]
    values: Values = field(factory=Values, init=False)
    faults: dict[str, Text] = field(factory=dict, init=False)

    def read(self, key: str, value: Any) -> None:
        try:
            self._read(key, value)
        except Wrong as wrong:
            self.faults[key] = wrong.text

    def _read(self, key: str, value: Any) -> None:
        slot = self.shape.slots.get(key)
        if slot is not None:
            read = self._checked(slot, value)
            if slot.side is None:
                self.values.own[slot.name] = read
            else:
                self.values.sides.setdefault(slot.side, {})[slot.name] = read
        elif key == "id":
            self.values.id = read_id(value)
        elif key == "version":
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise Wrong(_("Enter a whole number."))
            self.values.version = value
        elif key == "custom":
            if not isinstance(value, dict):
                raise Wrong(EXPECTED_OBJECT)
            for name, item in value.items():
                self._read_custom(name, item)
        elif key.startswith("custom."):
            self._read_custom(key.removeprefix("custom."), value)
        else:
            raise Wrong(UNKNOWN)

    def _checked(self, slot: Slot, value: Any) -> Any:
        if slot.column.info.system:
            raise Wrong(BY_SYSTEM)
        if self.rights is not None and slot.name in self.rights.fixed(slot.entity):
            raise Wrong(FIXED)
        read = None if value is None else slot.read(value)
        fault = fault_of(slot.column, read)
        if fault is not None:
            raise Wrong(fault)
        return read

    def _read_custom(self, name: str, value: Any) -> None:
        try:
            self.values.custom[name] = _custom(self.custom.get(name), value)
        except Wrong as wrong:
            self.faults[f"custom.{name}"] = wrong.text


def _custom(definition: CustomDefinition | None, value: Any) -> Any:
    if definition is None:
        raise Wrong(UNKNOWN)
    number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    if definition.kind == "decimal" and number:
        value = str(value)
    value = plain_json(value)
    fault = None if value is None else fault_of_custom(definition, value)
    if fault is not None:
        raise Wrong(fault)
    return value
