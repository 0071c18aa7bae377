"""Looking for a record, or for one of its values, through every exit there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import frozen
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import aliased

from tenon_sdk.context import Context
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import TenonError
from tenon_sdk.fields import FieldInfo

if TYPE_CHECKING:
    from tenon_sdk.testing.harness import Tenon

HIDDEN = {403, 404}


@frozen
class Search:
    """Who looks for what; `field` is the field whose value is meant, None for the record."""

    tenon: Tenon
    person: UUID
    record: Any
    field: str | None

    @property
    def cls(self) -> type[Entity]:
        return type(self.record)

    @property
    def path(self) -> str:
        return f"/api/v1/{self.cls.__tenon__.name.replace('.', '/')}"

    def shows(self, answer: Any) -> bool:
        """Whether an answer holds the record's id, or the value of the field."""
        wanted = str(self.record.id if self.field is None else self.value)
        return wanted in str(answer)

    def tells(self, answer: Any) -> bool:
        """Whether an answer holds the id or the title of the record, or the value of the field."""
        title = getattr(self.record, self.cls.__tenon__.title, None)
        named = self.field is None and isinstance(title, str) and title in str(answer)
        return named or self.shows(answer)

    @property
    def value(self) -> Any:
        value = getattr(self.record, str(self.field))
        if value is None:
            raise ValueError(f"{self.field} is empty: give it a value that can be found")
        return value


Exit = Callable[[Search], Iterator[str]]


def check_invisible(tenon: Tenon, person: UUID, record: Any, field: str | None) -> list[str]:
    """The exits through which `record`, or its `field`, reaches `person`."""
    search = Search(tenon, person, record, field)
    exits = RECORD_EXITS if field is None else FIELD_EXITS
    shown = [found for leave in exits for found in leave(search)]
    for name, call in tenon.backend.exits(tenon.site, person, record).items():
        if search.tells(_answer(call)):
            shown.append(name)
    return shown


def _answer(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except TenonError:
        return ""


# ---------------------------------------------------------------------------------- the session


def session_reads(search: Search) -> Iterator[str]:
    cls: Any = search.cls
    id_ = search.record.id
    statements = {
        "select": select(cls).where(cls.id == id_),
        "select of columns": select(cls.id).where(cls.id == id_),
        "count": select(func.count()).select_from(cls).where(cls.id == id_),
        "aggregate": select(func.max(cls.version)).where(cls.id == id_),
        "alias": select(func.count(cls.id)).where(cls.id.in_(select(cls.id).where(cls.id == id_))),
    }
    for name, statement in statements.items():
        if _read(search, partial(_first, statement)):
            yield f"session {name}"
    if _read(search, lambda ctx: ctx.session.get(cls, id_)):
        yield "session get"


def _first(statement: Any, ctx: Context) -> Any:
    return ctx.session.scalars(statement).first()


def _read(search: Search, ask: Callable[[Any], Any]) -> Any:
    with search.tenon.ctx(search.person, read_only=True) as ctx:
        try:
            return ask(ctx)
        except TenonError:
            return None


def session_writes(search: Search) -> Iterator[str]:
    cls: Any = search.cls
    target = cls.id == search.record.id
    name = next((n for n, info in fields_of(cls).items() if _settable(info)), None)
    if name is not None:
        value = getattr(search.record, name)
        if _write(search, update(cls).where(target).values({name: value})):
            yield "update statement"
    if _write(search, delete(cls).where(target)):
        yield "delete statement"


def _settable(info: FieldInfo) -> bool:
    plain = info.kind in {"text", "long_text", "integer", "decimal", "boolean", "date"}
    return plain and not info.system and info.write is None


def _write(search: Search, statement: Any) -> int:
    """How many rows a statement of the person would change; nothing is kept."""
    with search.tenon.ctx(search.person) as ctx:
        try:
            result: Any = ctx.session.execute(statement)
            return int(result.rowcount)
        except TenonError:
            return 0
        finally:
            ctx.session.rollback()


def references(search: Search) -> Iterator[str]:
    """From a record that the person sees, the reference leads nowhere."""
    cls: Any = search.cls
    for other in _referring(search):
        column = next(
            name for name, info in fields_of(other).items() if info.target == cls.__tenon__.name
        )
        source: Any = aliased(other) if other is cls else other
        joined = (
            select(cls.id)
            .select_from(source)
            .join(cls, cls.id == getattr(source, column))
            .where(cls.id == search.record.id)
        )
        if _read(search, partial(_first, joined)):
            yield f"join from {other.__tenon__.name}"


def _referring(search: Search) -> Iterator[type[Entity]]:
    name = search.cls.__tenon__.name
    for owner, cls in search.tenon.backend.contributions(search.tenon.plugins)["entities"]:
        if any(info.target == name for info in fields_of(cls).values()) and owner:
            yield cls


# -------------------------------------------------------------------------------------- the API


def api_reads(search: Search) -> Iterator[str]:
    if search.cls.__tenon__.internal or search.cls.__tenon__.extends:
        return
    client, id_ = search.tenon.client_of(search.person), search.record.id
    for name, path, params in (
        ("list", search.path, {"limit": "500"}),
        ("list by id", search.path, {"id": str(id_)}),
        ("list with the recycle bin", search.path, {"archived": "all"}),
    ):
        answer = client.get(path, params=params)
        if answer.status_code == 200 and search.shows(answer.text):
            yield f"API {name}"
    answer = client.get(search.path, params={"id": str(id_), "count": "exact"})
    if answer.status_code == 200 and answer.json().get("count"):
        yield "API count"
    if client.get(f"{search.path}/{id_}").status_code not in HIDDEN:
        yield "API get"
    title = getattr(search.record, search.cls.__tenon__.title, None)
    if title is not None and search.cls.__tenon__.search:
        answer = client.get(search.path, params={"q": str(title)})
        if answer.status_code == 200 and search.shows(answer.text):
            yield "API list by text"
        answer = client.get("/api/v1/search", params={"q": str(title)})
        if answer.status_code == 200 and search.shows(answer.text):
            yield "API search"
    answer = client.get(f"{search.path}/aggregate", params={"measure": "count", "id": str(id_)})
    if answer.status_code == 200 and '"count":1' in answer.text.replace(" ", ""):
        yield "API aggregate"


def api_writes(search: Search) -> Iterator[str]:
    if search.cls.__tenon__.internal or search.cls.__tenon__.extends:
        return
    client, one = search.tenon.client_of(search.person), f"{search.path}/{search.record.id}"
    # A version that never was: who sees the record is told so, and nothing is changed.
    version = {"If-Match": '"0"'}
    if client.patch(one, json={}, headers=version).status_code not in HIDDEN:
        yield "API change"
    change = {"op": "update", "id": str(search.record.id), "data": {}}
    answer = client.post(f"{search.path}/batch", json={"operations": [change]})
    if answer.status_code not in HIDDEN:
        yield "API batch"
    if client.delete(one, headers=version).status_code not in HIDDEN:
        yield "API delete"


def api_references(search: Search) -> Iterator[str]:
    """A reference may show its target's title; nothing else of what it points at."""
    client = search.tenon.client_of(search.person)
    title = search.cls.__tenon__.title
    hidden = [
        name
        for name, info in fields_of(search.cls).items()
        if name != title and not info.system and info.kind in {"text", "money", "phone", "email"}
    ]
    for other in _referring(search):
        info = other.__tenon__
        if info.internal or info.extends or not hidden:
            continue
        column = next(
            n for n, i in fields_of(other).items() if i.target == search.cls.__tenon__.name
        )
        path = f"/api/v1/{info.name.replace('.', '/')}"
        wanted = f"{column.removesuffix('_id')}.{hidden[0]}"
        answer = client.get(path, params={"fields": wanted, column: str(search.record.id)})
        value = getattr(search.record, hidden[0])
        if answer.status_code == 200 and value is not None and str(value) in answer.text:
            yield f"API reference from {info.name}"


# ------------------------------------------------------------------------------------- one field


def field_in_session(search: Search) -> Iterator[str]:
    cls: Any = search.cls
    column, target = getattr(cls, str(search.field)), cls.id == search.record.id
    if search.shows(
        _read(search, lambda ctx: ctx.session.scalars(select(column).where(target)).all())
    ):
        yield "session select"
    if _read(
        search,
        lambda ctx: ctx.session.scalar(
            select(func.count(cls.id)).where(target, column == search.value)
        ),
    ):
        yield "session filter"
    if search.shows(_read(search, lambda ctx: _attribute(ctx, search))):
        yield "session attribute"


def _attribute(ctx: Context, search: Search) -> Any:
    record: Any = ctx.session.get(search.cls, search.record.id)
    return None if record is None else getattr(record, str(search.field))


def field_in_api(search: Search) -> Iterator[str]:
    if search.cls.__tenon__.internal or search.cls.__tenon__.extends:
        return
    client, name = search.tenon.client_of(search.person), str(search.field)
    for way, path, params in (
        ("get", f"{search.path}/{search.record.id}", {}),
        ("list", search.path, {}),
        ("list of the field", search.path, {"fields": name}),
        ("aggregate", f"{search.path}/aggregate", {"group": name, "measure": "count"}),
        ("sum", f"{search.path}/aggregate", {"measure": f"sum:{name}"}),
    ):
        answer = client.get(path, params=params)
        if answer.status_code == 200 and search.shows(answer.text):
            yield f"API {way}"
    for way, params in (
        ("filter", {name: str(search.value)}),
        ("comparison", {f"{name}__gte": str(search.value)}),
        ("sort", {"sort": name}),
    ):
        if client.get(search.path, params=params).status_code == 200:
            yield f"API {way}"


RECORD_EXITS: tuple[Exit, ...] = (
    session_reads,
    session_writes,
    references,
    api_reads,
    api_writes,
    api_references,
)
FIELD_EXITS: tuple[Exit, ...] = (field_in_session, field_in_api)
