"""Storing drafts: new records with their parts, or changes of those there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field
from sqlalchemy import inspect, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.exc import StaleDataError
from uuid_utils.compat import uuid7

from tenon_core.entities.records import Tagging
from tenon_core.storage.changes import taken
from tenon_core.storage.integrity import translate_integrity
from tenon_core.transfer.bulk import RowsRefused, Values, fits, insert_records
from tenon_core.transfer.catalog import Catalog, Part
from tenon_core.transfer.parts import Rows, new_parts, update_parts
from tenon_core.transfer.rows import Draft, Fault
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid, NotFound, Refused, TenonError
from tenon_sdk.text import Text, _

Outcome = str
CREATED, UPDATED, UNCHANGED = "created", "updated", "unchanged"


@define
class Saver:
    """Stores drafts of one entity; `headers` say what the file calls a path.

    `plain` is False where every record shall go through the ORM. Values of `checked` fields of
    the entity itself were checked when they were read.
    """

    catalog: Catalog
    parts: Mapping[str, Part]
    headers: Mapping[str, str]
    plain: bool = True
    checked: frozenset[str] = frozenset()
    outcomes: dict[int, Outcome] = field(factory=dict)

    @property
    def entity(self) -> type[Entity]:
        return self.catalog.entity

    def save(self, ctx: Any, drafts: Sequence[Draft]) -> None:
        """Stores what can be; the others get the faults that keep them out.

        What is said against one row keeps no other row out: a batch that fails is halved until
        it is known which row it was.
        """
        waiting = [draft for draft in drafts if not draft.faults]
        if not waiting:
            return
        try:
            with ctx.session.begin_nested():
                outcomes = self._write(ctx, waiting)
        except RowsRefused as refused:
            taken(ctx.session)
            for row, error in refused.errors.items():
                draft = next(d for d in waiting if d.row == row)
                draft.faults += self._faults(draft, error)
            self.save(ctx, waiting)
        except (TenonError, DBAPIError, StaleDataError) as error:
            taken(ctx.session)
            ctx.session.expunge_all()
            self._halve(ctx, waiting, error)
        else:
            self.outcomes.update(outcomes)
            ctx.session.expunge_all()

    def _halve(self, ctx: Any, drafts: Sequence[Draft], error: Exception) -> None:
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
            raise error
        if len(drafts) == 1:
            drafts[0].faults += self._faults(drafts[0], error)
            return
        middle = len(drafts) // 2
        self.save(ctx, drafts[:middle])
        self.save(ctx, drafts[middle:])

    # ------------------------------------------------------------------------------ writing

    def _write(self, ctx: Any, drafts: Sequence[Draft]) -> dict[int, Outcome]:
        new = [draft for draft in drafts if draft.existing is None]
        old = [draft for draft in drafts if draft.existing is not None]
        if new:
            self._create(ctx, new)
        outcomes = dict.fromkeys((draft.row for draft in new), CREATED)
        if old:
            outcomes.update(self._update(ctx, old))
        return outcomes

    def _create(self, ctx: Any, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            draft.id = draft.id or uuid7()
        self._insert(ctx, self.entity, [(draft.row, _own(draft)) for draft in drafts])
        for head, cls in self._sides():
            sides: Rows = [
                (d.row, {"id": d.id, **d.sides[head]}) for d in drafts if head in d.sides
            ]
            self._insert(ctx, cls, sides)
        for part in self.parts.values():
            for cls, rows in new_parts(self.entity, part, drafts):
                self._insert(ctx, cls, rows)
        self._insert(ctx, Tagging, list(self._taggings(drafts)))

    def _sides(self) -> list[tuple[str, type[Entity]]]:
        found = {
            slot.path.partition(".")[0]: slot.entity
            for slot in self.catalog.slots.values()
            if slot.holder == "side" and slot.entity is not None
        }
        return list(found.items())

    def _taggings(self, drafts: Sequence[Draft]) -> Iterator[tuple[int, Values]]:
        name = self.entity.__tenon__.name
        for draft in drafts:
            for tag in dict.fromkeys(draft.tags):
                yield draft.row, {"entity": name, "record_id": draft.id, "tag_id": tag}

    def _insert(self, ctx: Any, entity: type[Entity], rows: Sequence[tuple[int, Values]]) -> None:
        if not rows:
            return
        names = {name for _row, values in rows for name in values}
        if self.plain and fits(ctx, entity, names):
            try:
                checked = self.checked if entity is self.entity else ()
                insert_records(ctx, entity, [values for _row, values in rows], checked)
            except RowsRefused as refused:
                raise RowsRefused({rows[at][0]: e for at, e in refused.errors.items()}) from None
            return
        ctx.session.add_all([_record(entity, values) for _row, values in rows])
        ctx.session.flush()

    def _update(self, ctx: Any, drafts: Sequence[Draft]) -> dict[int, Outcome]:
        ids = [draft.existing for draft in drafts]
        statement = select(self.entity).where(self.entity.id.in_(ids))
        for head, _cls in self._sides():
            statement = statement.options(selectinload(getattr(self.entity, f"_{head}")))
        records = {record.id: record for record in ctx.session.scalars(statement)}
        changed: dict[int, bool] = {}
        for draft in drafts:
            draft.id = draft.existing
            record = records.get(draft.existing)
            if record is None:
                raise RowsRefused({draft.row: NotFound(self.entity.__tenon__.name)})
            changed[draft.row] = _apply(ctx, record, draft)
        for part in self.parts.values():
            for row in update_parts(ctx, self.entity, part, drafts):
                changed[row] = True
        for row in self._add_tags(ctx, drafts):
            changed[row] = True
        ctx.session.flush()
        return {row: UPDATED if moved else UNCHANGED for row, moved in changed.items()}

    def _add_tags(self, ctx: Any, drafts: Sequence[Draft]) -> Iterator[int]:
        tagged = [draft for draft in drafts if draft.tags]
        if not tagged:
            return
        chosen = select(Tagging.record_id, Tagging.tag_id).where(
            Tagging.entity == self.entity.__tenon__.name,
            Tagging.record_id.in_([draft.id for draft in tagged]),
        )
        there = {(record, tag) for record, tag in ctx.session.execute(chosen)}
        for row, values in self._taggings(tagged):
            if (values["record_id"], values["tag_id"]) not in there:
                ctx.session.add(Tagging(**values))
                yield row

    # ------------------------------------------------------------------------------- faults

    def _faults(self, draft: Draft, error: Exception) -> list[Fault]:
        if isinstance(error, IntegrityError):
            error = translate_integrity(error)
        if isinstance(error, StaleDataError):
            message = _("The record was changed by somebody else meanwhile.")
            return [Fault(draft.row, "", message)]
        if isinstance(error, Invalid):
            return [
                Fault(draft.row, self._header(name), text)
                for name, texts in error.fields.items()
                for text in texts
            ] or [Fault(draft.row, "", error.message)]
        if isinstance(error, Refused):
            return [
                Fault(draft.row, self._header(refusal.field or ""), refusal.message)
                for refusal in error.refusals
            ] or [Fault(draft.row, "", error.message)]
        message = error.message if isinstance(error, TenonError) else Text(str(error))
        return [Fault(draft.row, "", message)]

    def _header(self, name: str) -> str:
        """The column of a field; one of a part is found by its last name."""
        if name in self.headers or not name:
            return self.headers.get(name, name)
        ends = [h for path, h in self.headers.items() if path.rpartition(".")[2] == name]
        if len(ends) == 1:
            return ends[0]
        slot = self.catalog.slots.get(name)
        return slot.label.translate() if slot is not None else name


def _own(draft: Draft) -> dict[str, Any]:
    values = {**draft.values, "id": draft.id}
    if draft.custom:
        values["custom"] = {k: v for k, v in draft.custom.items() if v is not None}
    return values


def _record(entity: type[Entity], values: Values) -> Entity:
    record = entity()
    for name, value in values.items():
        if value is not None:
            setattr(record, name, value)
    return record


def _apply(ctx: Any, record: Any, draft: Draft) -> bool:
    """Sets what differs, so that an equal row leaves no trace."""
    hidden = ctx.guardian.hidden(type(record)) if ctx.guardian is not None else frozenset()
    for name, value in draft.values.items():
        if name in hidden or getattr(record, name) != value:
            setattr(record, name, value)
    for head, values in draft.sides.items():
        side = getattr(record, head)
        for name, value in values.items():
            if getattr(side, name) != value:
                setattr(side, name, value)
    custom = dict(record.custom or {})
    for key, value in draft.custom.items():
        if value is None:
            custom.pop(key, None)
        else:
            custom[key] = value
    if custom != (record.custom or {}):
        record.custom = custom
    sides = [getattr(record, head) for head in draft.sides]
    session = ctx.session
    return any(session.is_modified(one) or inspect(one).pending for one in (record, *sides))
