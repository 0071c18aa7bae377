"""One file into one entity: what each portion of rows goes through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol
from uuid import UUID

from attrs import define, field, frozen
from sqlalchemy import select, tuple_
from sqlalchemy.exc import IntegrityError

from tenon_core.customers.similar import probably_there
from tenon_core.entities.records import Tag
from tenon_core.storage.changes import taken
from tenon_core.storage.integrity import translate_integrity
from tenon_core.transfer.catalog import Catalog, entity_of
from tenon_core.transfer.cells import CellFault, text_of
from tenon_core.transfer.headers import Column
from tenon_core.transfer.history import audit_history, begin_workflows
from tenon_core.transfer.mapping import ImportPlan, OnMissing, fold_value
from tenon_core.transfer.references import Finder, References, resolve
from tenon_core.transfer.rows import Draft, Fault, RowReader, required_of
from tenon_core.transfer.saving import CREATED, UNCHANGED, UPDATED, Saver
from tenon_core.transfer.tables import Row, Table, is_empty
from tenon_core.workflow.guards import begin_import
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Invalid, TenonError
from tenon_sdk.text import Text, _

PORTION = 1_000
Duplicates = Literal["ignore", "warn", "refuse", "merge"]


@frozen
class DuplicateFound:
    """The stored record that a new one probably repeats; `score` from 0 to 1.

    Only a `certain` one is merged unasked; with another the row is taken and told about.
    Without a title the person may not see it: she is told whom to ask, and merges nothing.
    """

    id: UUID
    title: str | None
    score: float
    certain: bool = True
    owner: str | None = None


class DuplicateCheck(Protocol):
    def __call__(
        self, ctx: Any, entity: type[Entity], rows: Sequence[Mapping[str, Any]]
    ) -> Sequence[DuplicateFound | None]:
        """For each new record's values (parts by their head) the stored one it repeats."""


@frozen
class Waiting:
    """A reference to a record that comes later in the file."""

    row: int
    id: UUID
    column: str
    field: str
    text: str


@define
class Portion:
    """What became of some rows."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    faults: list[Fault] = field(factory=list)
    warnings: list[Fault] = field(factory=list)
    later: list[Waiting] = field(factory=list)


@define(kw_only=True)
class Importer:
    """A file that was looked at, ready to be read portion by portion.

    ignored   headers that nothing is read of
    total     rows with values; None until `scan`
    """

    site: Any
    table: Table
    catalog: Catalog
    plan: ImportPlan
    header: int
    headers: list[str]
    columns: tuple[Column, ...]
    ignored: tuple[str, ...]
    reader: RowReader
    saver: Saver
    key: tuple[str, ...]
    duplicates: Duplicates = "ignore"
    check: DuplicateCheck | None = None
    total: int | None = None
    references: References = field(factory=References)
    _titles: set[str] = field(factory=set)

    @property
    def entity(self) -> type[Entity]:
        return self.catalog.entity

    # ------------------------------------------------------------------------------ reading

    def scan(self) -> int:
        """Reads the whole file once, so that a fault of the file is known before any write."""
        naming = [c for c in self.columns if self._names(c)] if self._refers_to_itself() else []
        count = 0
        for _number, cells in self.rows():
            count += 1
            for column in naming:
                if 0 <= column.position < len(cells):
                    self._remember(column, cells[column.position])
        self.total = count
        return count

    def _remember(self, column: Column, cell: Any) -> None:
        try:
            self._titles.add(fold_value(column.target.repair(text_of(cell))))
        except CellFault:
            return

    def _refers_to_itself(self) -> bool:
        return any(self._is_self(column) for column in self.columns)

    def _is_self(self, column: Column) -> bool:
        return column.slot.holder == "own" and column.slot.target == self.entity.__tenon__.name

    def _names(self, column: Column) -> bool:
        slot = column.slot
        title = self.entity.__tenon__.title
        unique = (
            slot.holder == "own"
            and slot.name in self.entity.__table__.c
            and bool(self.entity.__table__.c[slot.name].unique)
        )
        return slot.holder == "own" and (slot.name in {title, "name", "short_name"} or unique)

    def rows(self) -> Iterator[Row]:
        """The rows below the header that hold anything."""
        for number, cells in self.table.rows():
            if number > self.header and not all(map(is_empty, cells)):
                yield number, cells

    def portions(self, skip: int = 0, size: int | None = None) -> Iterator[list[Row]]:
        """Rows in portions of `size`, PORTION by default, without the first `skip`."""
        size = size or PORTION
        portion: list[Row] = []
        for position, row in enumerate(self.rows()):
            if position < skip:
                continue
            portion.append(row)
            if len(portion) == size:
                yield portion
                portion = []
        if portion:
            yield portion

    # ------------------------------------------------------------------------------ storing

    def take(self, ctx: Any, rows: Sequence[Row]) -> Portion:
        """Stores a portion as the person of the context, in her transaction."""
        strict = self.table.format == "csv"
        drafts = [self.reader.draft(number, cells, strict=strict) for number, cells in rows]
        self._resolve(ctx, drafts)
        groups = self._group(drafts)
        leaders = [group[0] for group in groups]
        self._match(ctx, leaders)
        begin_workflows(ctx, self.entity, leaders)
        self._require(leaders)
        result = Portion()
        self._check_duplicates(ctx, leaders, result)
        begin_import(ctx)
        self.saver.save(ctx, leaders)
        audit_history(ctx, self.entity, leaders, self.saver.outcomes)
        for group in groups:
            self._count(group, result)
        return result

    def _count(self, group: Sequence[Draft], result: Portion) -> None:
        leader = group[0]
        outcome = self.saver.outcomes.pop(leader.row, None)
        for position, draft in enumerate(group):
            if leader.faults or draft.faults:
                result.failed += 1
                result.faults += draft.faults or [
                    Fault(draft.row, f.header, f.message) for f in leader.faults
                ]
            elif position or outcome == UPDATED:
                changed = outcome == UPDATED if not position else bool(draft.values)
                result.updated += changed
                result.unchanged += not changed
            else:
                result.created += outcome == CREATED
                result.unchanged += outcome == UNCHANGED
        if leader.faults:
            return
        result.later += [
            Waiting(leader.row, leader.id, self._header_of(name), name, text)
            for name, text in leader.later.items()
        ]
        own = self.references.known(self.entity)
        if own is not None and outcome == CREATED:
            own.add(leader.id, leader.values)

    def _header_of(self, name: str) -> str:
        return self.saver.headers.get(name, name)

    def _group(self, drafts: Sequence[Draft]) -> list[list[Draft]]:
        """Rows with one key are one record; a later row's values stand over an earlier one's."""
        groups: dict[Any, list[Draft]] = {}
        for draft in drafts:
            values = None if draft.faults else self._key_of(draft)
            groups.setdefault(values if values is not None else draft.row, []).append(draft)
        for group in groups.values():
            leader = group[0]
            for draft in group[1:]:
                _merge(leader, draft)
        return list(groups.values())

    def _key_of(self, draft: Draft) -> tuple[Any, ...] | None:
        if not self.key:
            return None
        values = tuple(draft.id if n == "id" else draft.values.get(n) for n in self.key)
        return None if any(value is None for value in values) else values

    def _match(self, ctx: Any, drafts: Sequence[Draft]) -> None:
        """Finds the records that are there already, by the key."""
        wanted: dict[Any, Draft] = {}
        for draft in drafts:
            key = None if draft.faults else self._key_of(draft)
            if key is not None:
                wanted[key] = draft
        if not wanted:
            return
        columns: list[Any] = [getattr(self.entity, name) for name in self.key]
        condition = (
            columns[0].in_([key[0] for key in wanted])
            if len(columns) == 1
            else tuple_(*columns).in_(list(wanted))
        )
        found: dict[Any, list[UUID]] = {}
        for row in ctx.session.execute(select(self.entity.id, *columns).where(condition)):
            found.setdefault(tuple(row[1:]), []).append(row[0])
        for key, ids in found.items():
            if key not in wanted:
                continue
            if len(ids) > 1:
                row, message = wanted[key].row, _("{count} records have this key.", count=len(ids))
                wanted[key].faults.append(Fault(row, self._header_of(self.key[0]), message))
            wanted[key].existing = ids[0]

    def _require(self, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if draft.faults or draft.existing is not None:
                continue
            for name in required_of(draft.values, self.entity):
                header = self.saver.headers.get(name)
                label = fields_of(self.entity)[name].label.translate()
                message = _("This field is required.")
                draft.faults.append(Fault(draft.row, header or label, message))

    def _check_duplicates(self, ctx: Any, drafts: Sequence[Draft], result: Portion) -> None:
        new = [draft for draft in drafts if not draft.faults and draft.existing is None]
        if self.check is None or self.duplicates == "ignore" or not new:
            return
        rows = [{**draft.values, **draft.parts} for draft in new]
        for draft, found in zip(new, self.check(ctx, self.entity, rows), strict=True):
            if found is None:
                continue
            merged = self.duplicates == "merge" and found.certain
            if merged and found.title is not None:
                draft.existing = found.id
                continue
            fault = Fault(draft.row, "", probably_there(found.title, found.owner, found.score))
            refused = merged or self.duplicates == "refuse"
            (draft.faults if refused else result.warnings).append(fault)

    # --------------------------------------------------------------------------- references

    def _resolve(self, ctx: Any, drafts: Sequence[Draft]) -> None:
        wanted: dict[int, tuple[Column, list[tuple[Draft, str]]]] = {}
        for draft in drafts:
            for column, text in () if draft.faults else draft.wanted:
                wanted.setdefault(id(column), (column, []))[1].append((draft, text))
        for column, pairs in wanted.values():
            finder = self._finder(column)
            if finder is None:
                continue
            later = self._titles if self._is_self(column) else frozenset[str]()
            missing = self._on_missing(ctx, column)
            texts = [text for _draft, text in pairs if fold_value(text) not in later]
            named = [text for _draft, text in pairs if fold_value(text) in later]
            found = resolve(ctx, finder, texts, missing) | resolve(ctx, finder, named, "empty")
            for draft, text in pairs:
                self._put(draft, column, found.get(text), text, later)

    def _put(self, draft: Draft, column: Column, found: Any, text: str, later: Any) -> None:
        if found is None and fold_value(text) in later:
            draft.later[column.slot.name] = text
        elif isinstance(found, CellFault):
            draft.faults.append(Fault(draft.row, column.header, found.message))
        elif found is not None:
            draft.put(column.slot, str(found) if column.slot.custom is not None else found)

    def _finder(self, column: Column) -> Finder | None:
        if column.slot.holder == "tags":
            return self.references.of(Tag, self.entity.__tenon__.name)
        target = column.slot.target
        entity = entity_of(self.site, target) if target is not None else None
        return self.references.of(entity) if entity is not None else None

    def _on_missing(self, ctx: Any, column: Column) -> OnMissing:
        if column.target.on_missing is not None:
            return column.target.on_missing
        if column.slot.holder == "tags" and ctx.can("core.tag.create"):
            return "create"
        return self.plan.on_missing

    def finish(self, ctx: Any, waiting: Sequence[Waiting]) -> list[Fault]:
        """Sets references to records that came later in the file."""
        faults: list[Fault] = []
        for name in dict.fromkeys(one.field for one in waiting):
            mine = [one for one in waiting if one.field == name]
            column = next(c for c in self.columns if c.slot.path == name)
            finder = self.references.of(self.entity)
            found = resolve(ctx, finder, [one.text for one in mine], self._on_missing(ctx, column))
            pairs = []
            for one in mine:
                id_ = found[one.text]
                if isinstance(id_, CellFault):
                    faults.append(Fault(one.row, one.column, id_.message))
                elif id_ is not None:
                    pairs.append((one, id_))
            self._refer(ctx, pairs, faults)
        return faults

    def _refer(self, ctx: Any, pairs: Sequence[tuple[Waiting, UUID]], faults: list[Fault]) -> None:
        if not pairs:
            return
        try:
            with ctx.session.begin_nested():
                ids = [one.id for one, _id in pairs]
                chosen = select(self.entity).where(self.entity.id.in_(ids))
                records = {record.id: record for record in ctx.session.scalars(chosen)}
                for one, id_ in pairs:
                    setattr(records[one.id], one.field, id_)
                ctx.session.flush()
        except (TenonError, IntegrityError) as error:
            taken(ctx.session)
            ctx.session.expunge_all()
            if len(pairs) > 1:
                middle = len(pairs) // 2
                self._refer(ctx, pairs[:middle], faults)
                self._refer(ctx, pairs[middle:], faults)
                return
            one = pairs[0][0]
            known = translate_integrity(error) if isinstance(error, IntegrityError) else error
            faults.append(Fault(one.row, one.column, _first_text(known)))
        else:
            ctx.session.expunge_all()


def _first_text(error: TenonError) -> Text:
    if isinstance(error, Invalid):
        return next((t for texts in error.fields.values() for t in texts), error.message)
    return error.message


def _merge(leader: Draft, draft: Draft) -> None:
    """Adds what a further row says of the record; a row that says nothing new keeps no values."""
    new = {n: v for n, v in draft.values.items() if leader.values.get(n) != v}
    leader.values.update(new)
    leader.custom.update(draft.custom)
    leader.later.update(draft.later)
    for mine, more in ((leader.sides, draft.sides), (leader.parts, draft.parts)):
        for head, values in more.items():
            mine.setdefault(head, {}).update(values)
    leader.tags += draft.tags
    draft.values = new
