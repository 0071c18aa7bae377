"""Lists of the records that refer to one: how many, the first of them, and the way to all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen
from markupsafe import Markup

from tenon_core.storage.lists import Filter, ListSpec, Sort, list_rows
from tenon_core.web.api.calls import Answer
from tenon_core.web.pages.calls import HTML
from tenon_core.web.pages.fields import Cell, Fields, Shown, cell
from tenon_core.web.pages.record.heading import part, read_heading
from tenon_core.web.problems import Fault
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.text import _, translate

if TYPE_CHECKING:
    from tenon_core.web.pages.calls import PageCall

FIRST, COLUMNS = 5, 5
# Kept by the parts of the page themselves, or of no use as a list.
ELSEWHERE = frozenset(
    {"core.comment", "core.tagging", "core.document_link", "core.mention", "core.care_due"}
)


@frozen(kw_only=True)
class Relation:
    """Records of `entity` whose field `field` refers to this one."""

    entity: type[Entity]
    field: str
    label: str
    icon: str

    @property
    def name(self) -> str:
        return self.entity.__tenon__.name

    @property
    def key(self) -> str:
        return f"{self.name}.{self.field}"

    @property
    def address(self) -> str:
        return "/" + self.name.replace(".", "/")


def relations_of(call: PageCall, entity: type[Entity]) -> Sequence[Relation]:
    """The lists that a person may see on the pages of an entity; parts of a record come first."""
    name = entity.__tenon__.name
    layout = call.site.registry.layouts.get(name)
    wanted = layout.related if layout is not None else None
    lines = {(one.entity, one.field) for one in (layout.lines if layout is not None else ())}
    found = [
        relation
        for relation in _referring(call, name)
        if (wanted is None or relation.key in wanted)
        and (relation.name, relation.field) not in lines
    ]
    if wanted is not None:
        found.sort(key=lambda relation: list(wanted).index(relation.key))
        return found
    return sorted(found, key=lambda r: (r.entity.__tenon__.parent != r.field, r.label))


def _referring(call: PageCall, name: str) -> Iterator[Relation]:
    for cls in call.site.registry.entities:
        info = cls.__tenon__
        if info.internal or info.name in ELSEWHERE or not _visible(call, cls):
            continue
        hidden = call.guardian.hidden(cls)
        fields = [
            (key, field)
            for key, field in fields_of(cls).items()
            if field.target == name and key not in hidden and not _bookkeeping(key, field)
        ]
        for key, field in fields:
            label = translate(info.plural)
            if len(fields) > 1 or info.name == name:
                label = f"{label} · {translate(field.label)}"
            yield Relation(entity=cls, field=key, label=label, icon=info.icon)


def _bookkeeping(name: str, field: Any) -> bool:
    """Who owns or wrote something is no list of the person's page."""
    return bool(field.ownership or field.actor or field.internal) or name == "unit_id"


def _visible(call: PageCall, cls: type[Entity]) -> bool:
    """By its own permission; a part by that of the whole, which its list holds."""
    info = cls.__tenon__
    if info.parent is not None:
        return True
    return call.guardian.access.scope(info.permission("view")) is not None


def show_related(call: PageCall, params: Mapping[str, str]) -> Answer:
    """The first records of one relation; two statements and one for the heading."""
    id_ = UUID(params["id"])
    heading = read_heading(call, id_)
    relation = next((r for r in relations_of(call, call.target) if r.key == params["key"]), None)
    if relation is None:
        raise Fault(404, "no_route", _("There is nothing at this address."))
    table = first_rows(call, relation.entity, relation.field, id_)
    may_create = _may_create(call, relation)
    if not table.rows and not may_create and call.fragment:
        return Answer(200, b"", [], HTML)
    return part(
        call,
        "core/record/_related.html",
        heading,
        relation=relation,
        table=table,
        may_create=may_create,
    )


def _may_create(call: PageCall, relation: Relation) -> bool:
    info = relation.entity.__tenon__
    field = fields_of(relation.entity)[relation.field]
    if field.system or info.name == "core.document":
        return False
    if info.parent is not None:
        return info.parent == relation.field
    return call.guardian.access.scope(info.permission("create")) is not None


@frozen
class Table:
    """Rows drawn by cells; `ids` are those of the records, `total` how many there are."""

    columns: Sequence[Shown]
    rows: Sequence[Sequence[Markup]]
    ids: Sequence[str]
    total: int | None


def first_rows(
    call: PageCall, entity: type[Entity], field: str, id_: UUID, limit: int = FIRST
) -> Table:
    """The first records whose `field` refers to `id_`, in the usual order of their list."""
    fields = Fields(call, entity)
    columns = _columns(fields, field)
    names = tuple(dict.fromkeys(["id", *(name for column in columns for name in column.needs)]))
    sort = fields.layout.sort
    spec = ListSpec(
        entity=entity,
        fields=names,
        filters=(Filter(field, "eq", id_),),
        sort=(Sort(sort.removeprefix("-"), sort.startswith("-")),) if sort else (),
        limit=limit,
        count=True,
    )
    page = list_rows(call.site, call.guardian, spec)
    index = {name: i for i, name in enumerate(page.names)}
    fmt = call.pages.renderer.formats(call)
    cells = [cell(column, index, fmt) for column in columns]
    rows = [[getattr(item, f"c{i}") for i in range(len(names))] for item in page.items]
    return Table(
        columns=columns,
        rows=[_drawn(cells, row) for row in rows],
        ids=[str(row[index["id"]]) for row in rows],
        total=page.count,
    )


def _columns(fields: Fields, field: str) -> list[Shown]:
    info = fields.entity.__tenon__
    if info.title in fields.layout.columns:
        return [c for c in fields.all(fields.layout.columns) if c.name != field][:COLUMNS]
    title = fields.find(info.title) if info.title in fields_of(fields.entity) else None
    rest = [c for c in fields.columns() if c.name not in {field, info.title}]
    found = [*([title] if title is not None and title.name != field else []), *rest]
    return found[:COLUMNS]


def _drawn(cells: Sequence[Cell], row: Sequence[Any]) -> list[Markup]:
    return [Markup(write(row)) for write in cells]  # noqa: S704 (cells escape what they are given)
