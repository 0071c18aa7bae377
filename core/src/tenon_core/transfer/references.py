"""Finding the records that texts of a file mean: by id, code, log-in or name, many at once.

Only what the person sees is found. A text is looked up as an id, then in the unique fields, then
as title; what two records of one kind of name share is an error that lists them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.exc import DBAPIError

from tenon_core.storage.changes import taken
from tenon_core.storage.validation import columns_of, fault_of
from tenon_core.transfer.cells import CellFault
from tenon_core.transfer.mapping import OnMissing, fold_value, slug
from tenon_core.transfer.rows import required_of
from tenon_sdk.entities import Archived, Entity, fields_of
from tenon_sdk.errors import TenonError
from tenon_sdk.text import _

# Up to so many records are read once; of more, only those that the file names.
READ_WHOLE = 20_000
CANDIDATES = 5
AT_ONCE = 400
NAMES = ("name", "short_name")
TEXTS = {"text", "number", "email"}


class Finder:
    """Looks up the records of one entity; keeps what it found for the whole import."""

    def __init__(self, entity: type[Entity], narrowed: Mapping[str, Sequence[str]]) -> None:
        """`narrowed` are the values of fields that alone count, such as a tag's kind."""
        self.entity, self.narrowed = entity, narrowed
        self.tiers: list[tuple[str, ...]] = []
        self._known: list[dict[str, dict[UUID, str]]] = []
        self._ids: dict[UUID, bool] = {}
        self._asked: set[str] = set()
        self._codes: set[str] = set()
        self._whole: bool | None = None

    def look(self, ctx: Any, texts: Iterable[str]) -> None:
        """Looks up what is not known yet; a fixed number of statements for any number of texts."""
        if self._whole is None:
            self._begin(ctx)
        folded = {fold_value(text): text for text in texts}
        ids = {id_ for text in folded.values() if (id_ := _as_id(text)) and id_ not in self._ids}
        for some in _portions(list(ids)):
            found = set(ctx.session.scalars(self._select(self.entity.id.in_(some), ids_only=True)))
            self._ids.update((id_, id_ in found) for id_ in some)
        missing = {f: text for f, text in folded.items() if f not in self._asked}
        self._asked.update(missing)
        if not self._whole:
            for some in _portions(list(missing.values())):
                self._read(ctx, self._named(some))
            left = [t for f, t in missing.items() if not any(f in tier for tier in self._known)]
            for some in _portions(left):
                self._read(ctx, self._named_alike(some))

    def find(self, text: str) -> UUID | None:
        """The record's id, None if there is none. Raises CellFault for an ambiguous text."""
        id_ = _as_id(text)
        if id_ is not None and self._ids.get(id_):
            return id_
        folded = fold_value(text)
        for known in self._known:
            found = known.get(folded)
            if not found:
                continue
            if len(found) > 1:
                shown = ", ".join(sorted(found.values())[:CANDIDATES])
                raise CellFault(
                    _("“{text}” is ambiguous: {candidates}.", text=text, candidates=shown)
                )
            return next(iter(found))
        return None

    def missing(self, text: str) -> CellFault:
        return CellFault(
            _(
                "There is no {kind} “{text}”, or you may not see it.",
                kind=self.entity.__tenon__.label,
                text=text,
            )
        )

    def add(self, id_: UUID, values: Mapping[str, Any]) -> None:
        """Makes a record known that was stored meanwhile."""
        title = str(values.get(self.entity.__tenon__.title) or id_)
        for tier, known in zip(self.tiers, self._known, strict=True):
            for name in tier:
                if isinstance(value := values.get(name), str):
                    known.setdefault(fold_value(value), {})[id_] = title
                    self._asked.add(fold_value(value))

    # ------------------------------------------------------------------------------- reading

    def _begin(self, ctx: Any) -> None:
        guardian = ctx.guardian
        hidden = guardian.hidden(self.entity) if guardian is not None else frozenset()
        self.tiers = [tier for tier in _tiers(self.entity, hidden) if tier]
        self._known = [{} for _tier in self.tiers]
        counted = select(func.count()).select_from(
            self._select(ids_only=True).limit(READ_WHOLE + 1).subquery()
        )
        self._whole = ctx.session.scalar(counted) <= READ_WHOLE
        if self._whole:
            self._read(ctx, None)

    def _select(self, condition: Any = None, *, ids_only: bool = False) -> Any:
        columns = [self.entity.id]
        if not ids_only:
            columns += [getattr(self.entity, name) for name in self._columns()]
        statement = select(*columns)
        if condition is not None:
            statement = statement.where(condition)
        if issubclass(self.entity, Archived):
            statement = statement.where(self.entity.archived_at.is_(None))
        for name, values in self.narrowed.items():
            statement = statement.where(getattr(self.entity, name).in_(values))
        return statement

    def _columns(self) -> list[str]:
        return list(dict.fromkeys(name for tier in self.tiers for name in tier))

    def _read(self, ctx: Any, condition: Any) -> None:
        names = self._columns()
        for row in ctx.session.execute(self._select(condition)):
            self.add(row[0], dict(zip(names, row[1:], strict=True)))

    def _named(self, texts: Sequence[str]) -> Any:
        variants = sorted({form for text in texts for form in (text, fold_value(text))})
        return or_(*(getattr(self.entity, name).in_(variants) for name in self._columns()))

    def _named_alike(self, texts: Sequence[str]) -> Any:
        folded = sorted({fold_value(text) for text in texts})
        return or_(
            *(func.lower(getattr(self.entity, name)).in_(folded) for name in self._columns())
        )

    # ------------------------------------------------------------------------------ creating

    def create(self, ctx: Any, texts: Sequence[str]) -> dict[str, CellFault]:
        """Creates records with these titles, as the person; what cannot be is returned."""
        faults: dict[str, CellFault] = {}
        made: list[tuple[str, Entity]] = []
        for text in texts:
            try:
                made.append((text, self._made(ctx, text)))
            except CellFault as error:
                faults[text] = error
        if made and not self._stored(ctx, [record for _text, record in made]):
            for text, _record in made:
                record = self._made(ctx, text)
                fault = self._store(ctx, [record])
                if fault is not None:
                    faults[text] = fault
        return faults

    def _stored(self, ctx: Any, records: Sequence[Entity]) -> bool:
        return self._store(ctx, records) is None

    def _store(self, ctx: Any, records: Sequence[Entity]) -> CellFault | None:
        try:
            with ctx.session.begin_nested():
                ctx.session.add_all(records)
                ctx.session.flush()
        except TenonError as error:
            taken(ctx.session)
            return CellFault(error.message)
        except DBAPIError:
            taken(ctx.session)
            return CellFault(_("The record cannot be created as it is."))
        names = self._columns()
        for record in records:
            self.add(record.id, {name: getattr(record, name) for name in names})
            ctx.session.expunge(record)
        return None

    def _made(self, ctx: Any, text: str) -> Entity:
        title = self.entity.__tenon__.title
        info = fields_of(self.entity).get(title)
        values: dict[str, Any] = {title: text}
        if info is None or info.kind not in TEXTS:
            raise self.missing(text)
        for column in columns_of(self.entity):
            if column.name not in set(required_of(values, self.entity)):
                continue
            if column.info.kind == "text" and self.entity.__table__.c[column.name].unique:
                values[column.name] = self._code(text, column.info.max_length or 40)
            elif column.info.kind == "text" and column.name in NAMES:
                values[column.name] = text
            elif column.info.kind == "integer":
                values[column.name] = self._next(ctx, column.name)
        lacking = [_label(self.entity, name) for name in required_of(values, self.entity)]
        if lacking:
            raise CellFault(
                _(
                    "There is no {kind} “{text}”, and it cannot be created without {fields}.",
                    kind=self.entity.__tenon__.label,
                    text=text,
                    fields=", ".join(lacking),
                )
            )
        for column in columns_of(self.entity):
            if column.name in values and (fault := fault_of(column, values[column.name])):
                raise CellFault(fault)
        return self.entity(**values)

    def _code(self, text: str, longest: int) -> str:
        base = slug(text)[: longest - 4] or "x"
        code, number = base, 1
        while code in self._codes or any(code in known for known in self._known):
            number += 1
            code = f"{base}-{number}"
        self._codes.add(code)
        return code

    def _next(self, ctx: Any, name: str) -> int:
        column: Any = getattr(self.entity, name)
        highest = ctx.session.scalar(select(func.max(column))) or 0
        self._counted = max(highest, getattr(self, "_counted", 0)) + 1
        return int(self._counted)


class References:
    """The finders of an import, one for each entity that its columns refer to."""

    def __init__(self) -> None:
        self._finders: dict[tuple[str, str], Finder] = {}

    def of(self, entity: type[Entity], tags_of: str = "") -> Finder:
        key = (entity.__tenon__.name, tags_of)
        if key not in self._finders:
            narrowed = {"entity": ("", tags_of)} if tags_of else {}
            self._finders[key] = Finder(entity, narrowed)
        return self._finders[key]

    def known(self, entity: type[Entity]) -> Finder | None:
        return self._finders.get((entity.__tenon__.name, ""))


def resolve(
    ctx: Any, finder: Finder, texts: Iterable[str], on_missing: OnMissing
) -> dict[str, UUID | CellFault | None]:
    """What each text means; None where nothing is found and that is allowed."""
    wanted = list(dict.fromkeys(texts))
    finder.look(ctx, wanted)
    found: dict[str, UUID | CellFault | None] = {}
    lacking: dict[str, str] = {}
    for text in wanted:
        try:
            found[text] = finder.find(text)
        except CellFault as error:
            found[text] = error
            continue
        if found[text] is None and on_missing != "empty":
            lacking.setdefault(fold_value(text), text)
            found[text] = finder.missing(text)
    if on_missing == "create" and lacking:
        faults = finder.create(ctx, list(lacking.values()))
        for text in wanted:
            first = lacking.get(fold_value(text))
            if first is not None:
                found[text] = faults.get(first) or finder.find(text)
    return found


def _tiers(entity: type[Entity], hidden: frozenset[str]) -> list[tuple[str, ...]]:
    described = fields_of(entity)
    table = entity.__table__
    texts = [n for n, i in described.items() if i.kind in TEXTS and n not in hidden]
    unique = tuple(n for n in texts if table.c[n].unique and not described[n].internal)
    title = entity.__tenon__.title
    names = [title] if title in texts else []
    names += [name for name in NAMES if name in texts and name != title]
    return [unique, tuple(names[:1]), tuple(names[1:])]


def _label(entity: type[Entity], name: str) -> str:
    return fields_of(entity)[name].label.translate()


def _as_id(text: str) -> UUID | None:
    if len(text) not in {32, 36}:
        return None
    try:
        return UUID(text)
    except ValueError:
        return None


def _portions(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]
