"""The operations of a batch: read one by one, carried out together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

from attrs import define, field, frozen
from sqlalchemy import ColumnElement, and_, or_
from uuid_utils.compat import uuid7

from tenon_core.context import WorkContext
from tenon_core.web.api.calls import Call
from tenon_core.web.api.shapes import UNKNOWN, Values
from tenon_core.web.api.values import EXPECTED_LIST, EXPECTED_OBJECT, Wrong, read_id
from tenon_core.web.api.writing import (
    change,
    check_version,
    load_all,
    make,
    read_input,
    repeats,
    storing,
    taken,
)
from tenon_core.workflow.archiving import remove
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid, NotFound
from tenon_sdk.text import _

Op = Literal["create", "update", "delete", "upsert"]
_MEMBERS: Mapping[str, frozenset[str]] = {
    "create": frozenset({"op", "data"}),
    "update": frozenset({"op", "id", "version", "data"}),
    "delete": frozenset({"op", "id", "version"}),
    "upsert": frozenset({"op", "key", "data"}),
}
MAX_KEY = 4


@frozen
class Outcome:
    """What became of an operation: the status it would have had alone, and its record."""

    status: int
    record: Entity | None
    id: UUID

    def members(self) -> dict[str, Any]:
        found: dict[str, Any] = {"status": self.status, "id": self.id}
        if self.record is not None:
            found["version"] = self.record.version
        return found


@define
class Operation:
    """One member of `operations`; `read` fills what it asks for."""

    index: int
    raw: Any
    op: Op = "create"
    id: UUID | None = None
    key: tuple[str, ...] = ()
    values: Values = field(factory=Values)

    def read(self, call: Call, ctx: WorkContext) -> None:
        """Raises Invalid that names the faulty members."""
        raw = self.raw
        if not isinstance(raw, dict):
            raise Invalid({"": EXPECTED_OBJECT})
        op = raw.get("op")
        if not isinstance(op, str) or op not in _MEMBERS:
            raise Invalid({"op": _("Choose one of: {choices}.", choices=", ".join(_MEMBERS))})
        unknown = sorted(set(raw) - _MEMBERS[op])
        if unknown:
            raise Invalid(dict.fromkeys(unknown, UNKNOWN))
        self.op = op  # type: ignore[assignment]
        if op in {"update", "delete"}:
            self._read_id()
        if op == "upsert":
            self._read_key(call)
        if op != "delete":
            self._read_data(call, ctx)
        self._read_version()

    def _read_id(self) -> None:
        try:
            self.id = read_id(self.raw.get("id"))
        except Wrong as wrong:
            raise Invalid({"id": wrong.text}) from None

    def _read_key(self, call: Call) -> None:
        raw = self.raw.get("key")
        names = [raw] if isinstance(raw, str) else raw
        if not isinstance(names, list) or not 0 < len(names) <= MAX_KEY:
            raise Invalid({"key": EXPECTED_LIST})
        slots = call.api.shape(call.target).slots
        for name in names:
            slot = slots.get(name) if isinstance(name, str) else None
            if name != "id" and (slot is None or slot.side or slot.column.info.kind == "json"):
                raise Invalid({"key": UNKNOWN})
        self.key = tuple(names)

    def _read_data(self, call: Call, ctx: WorkContext) -> None:
        self.values = read_input(call, ctx, self.raw.get("data"), creating=self.op == "create")
        if self.op == "update" and self.values.id not in {None, self.id}:
            raise Invalid({"id": _("The id of a record never changes.")})
        missing = [name for name in self.key if self.key_value(name) is None]
        if missing:
            raise Invalid(dict.fromkeys(missing, _("This field is required.")))

    def _read_version(self) -> None:
        version = self.raw.get("version")
        if version is None:
            return
        if not isinstance(version, int) or isinstance(version, bool):
            raise Invalid({"version": _("Enter a whole number.")})
        self.values.version = version

    def key_value(self, name: str) -> Any:
        return self.values.id if name == "id" else self.values.own.get(name)

    def condition(self, entity: type[Entity]) -> ColumnElement[bool]:
        return and_(*(getattr(entity, name) == self.key_value(name) for name in self.key))


def read_operations(data: Mapping[str, Any], most: int) -> list[Operation]:
    """Raises Invalid unless there are 1 to `most` operations."""
    unknown = sorted(set(data) - {"operations"})
    if unknown:
        raise Invalid(dict.fromkeys(unknown, UNKNOWN))
    given = data.get("operations")
    if not isinstance(given, list):
        raise Invalid({"operations": EXPECTED_LIST})
    if not 0 < len(given) <= most:
        raise Invalid({"operations": _("1 to {limit} operations.", limit=most)})
    return [Operation(index, raw) for index, raw in enumerate(given)]


class Plan:
    """Carries operations out in order with one read for each way to find records, one flush."""

    def __init__(self, call: Call, ctx: WorkContext, operations: Sequence[Operation]) -> None:
        self.call, self.ctx, self.operations = call, ctx, operations
        self.entity = call.target
        self.shape = call.api.shape(self.entity)
        self.keys = {o.key for o in operations if o.op == "upsert"}
        self.by_id: dict[UUID, Entity] = {}
        self.by_key: dict[tuple[Any, ...], list[Entity]] = {}

    def run(self) -> dict[int, Outcome]:
        self._find()
        only = self.operations[0] if len(self.operations) == 1 else None
        done = {o.index: self._one(o) for o in self.operations}
        values = only.values if only is not None else None
        deleting = only is not None and only.op == "delete"
        storing(
            self.call,
            only.id if only is not None else None,
            values,
            self.ctx.session.flush,
            deleting=deleting,
        )
        return done

    def _find(self) -> None:
        sides = {side for o in self.operations for side in o.values.sides}
        wanted = {id_ for o in self.operations for id_ in (o.id, o.values.id) if id_ is not None}
        if wanted:
            condition: Any = self.entity.id.in_(wanted)
            found = load_all(self.ctx, self.shape, condition, sides)
            self.by_id = {record.id: record for record in found}
        keyed = [o for o in self.operations if o.op == "upsert"]
        if keyed:
            condition = self._key_condition(keyed)
            for record in load_all(self.ctx, self.shape, condition, sides):
                self._remember(record)

    def _key_condition(self, keyed: Sequence[Operation]) -> ColumnElement[bool]:
        if len(self.keys) == 1 and len(keyed[0].key) == 1:
            (name,) = keyed[0].key
            column: ColumnElement[Any] = getattr(self.entity, name)
            return column.in_({o.key_value(name) for o in keyed})
        return or_(*(o.condition(self.entity) for o in keyed))

    def _remember(self, record: Entity) -> None:
        for names in self.keys:
            place = (names, *(getattr(record, name) for name in names))
            self.by_key.setdefault(place, []).append(record)

    def _one(self, operation: Operation) -> Outcome:
        match operation.op:
            case "create":
                return self._create(operation)
            case "update":
                return self._update(operation, self._known(operation))
            case "delete":
                record = self._known(operation)
                check_version(record, operation.values.version)
                self.ctx.session.flush()
                storing(
                    self.call,
                    operation.id,
                    None,
                    lambda: remove(self.ctx, record),
                    deleting=True,
                )
                self.by_id.pop(record.id, None)
                return Outcome(204, None, record.id)
            case "upsert":
                return self._upsert(operation)

    def _create(self, operation: Operation) -> Outcome:
        values = operation.values
        if values.version is not None:
            raise Invalid({"version": _("A new record has no version yet.")})
        known = self.by_id.get(values.id) if values.id is not None else None
        if known is not None:
            if repeats(known, values):
                return Outcome(200, known, known.id)
            raise taken()
        record = make(self.ctx, self.entity, values)
        if record.id is None:
            record.id = uuid7()
        self.by_id[record.id] = record
        self._remember(record)
        return Outcome(201, record, record.id)

    def _update(self, operation: Operation, record: Entity) -> Outcome:
        check_version(record, operation.values.version)
        change(self.ctx, record, operation.values)
        return Outcome(200, record, record.id)

    def _upsert(self, operation: Operation) -> Outcome:
        place = (operation.key, *(operation.key_value(name) for name in operation.key))
        found = self.by_key.get(place, [])
        if len(found) > 1:
            names = ", ".join(operation.key)
            raise Invalid({"key": _("Several records have the same {names}.", names=names)})
        if found:
            return self._update(operation, found[0])
        missing = [s.key for s in self.shape.required if s.name not in operation.values.own]
        if missing:
            raise Invalid(dict.fromkeys(missing, _("This field is required.")))
        return self._create(operation)

    def _known(self, operation: Operation) -> Entity:
        record = self.by_id.get(operation.id) if operation.id is not None else None
        if record is None:
            raise NotFound(self.entity.__tenon__.name, operation.id)
        return record
