"""Names of what can be listed: own fields, titles of references, extension and custom fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from attrs import frozen
from sqlalchemy import (
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Numeric,
    String,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.sql import visitors
from sqlalchemy.types import TypeEngine

from tenon_core.kernel.registry import Registry
from tenon_core.storage.custom import CustomDefinition
from tenon_core.storage.sessions import Guardian
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Forbidden, Invalid
from tenon_sdk.fields import FieldInfo
from tenon_sdk.text import _

TITLE = ".title"
PLAIN = ("id", "version")

# Shapes kept for one person; the oldest goes first.
KEPT = 300


class ListSite(Protocol):
    """What lists need of a site."""

    @property
    def registry(self) -> Registry: ...
    def custom_fields(self, entity: str) -> Mapping[str, CustomDefinition]: ...


@frozen
class Path:
    """One readable value of a record: its expression, and joins that it needs, in order.

    `joined` is the same by a join instead of a sub-query.
    """

    name: str
    kind: str
    expression: ColumnElement[Any]
    type: TypeEngine[Any]
    nullable: bool
    joins: tuple[tuple[str, FromClause, ColumnElement[bool]], ...] = ()
    info: FieldInfo | None = None
    joined: Path | None = None


class Paths:
    """Resolves names for one entity and one person; unknown and hidden names are errors."""

    def __init__(
        self, site: ListSite, guardian: Guardian | None, entity: type[Entity], dialect: str
    ) -> None:
        self.site, self.guardian, self.entity, self.dialect = site, guardian, entity, dialect
        self._extensions = {
            cls.__tenon__.table: cls for cls in site.registry.extensions_of(entity.__tenon__.name)
        }
        self._resolved: dict[str, Path] = {}

    def default(self) -> Iterator[str]:
        """What a list shows when nobody says what: all but bulky values, with titles."""
        hidden = self._hidden(self.entity)
        yield from PLAIN
        for name, info in fields_of(self.entity).items():
            if name in hidden or info.bulky or info.kind in {"json", "long_text"}:
                continue
            yield name
            if self._titled(info):
                yield name + TITLE

    def _titled(self, info: FieldInfo) -> bool:
        """Whether the records that a field refers to have a title of their own."""
        if info.target is None or info.target not in self.site.registry.entities:
            return False
        cls = self.site.registry.entity(info.target)
        title = cls.__tenon__.title
        return title not in PLAIN and fields_of(cls)[title].read is None

    def whole(self) -> Iterator[str]:
        """Everything that one record shows."""
        hidden = self._hidden(self.entity)
        yield from PLAIN
        for name, info in fields_of(self.entity).items():
            if name not in hidden:
                yield name
                if self._titled(info):
                    yield name + TITLE
        for key, cls in self._extensions.items():
            unseen = self._hidden(cls)
            for name, info in fields_of(cls).items():
                if name not in unseen and not info.system:
                    yield f"{key}.{name}"
        yield "custom"

    def resolve(self, name: str, parameter: str) -> Path:
        """The path of a name. Raises Invalid under `parameter`, or Forbidden for a hidden one."""
        found = self._resolved.get(name)
        if found is None:
            found = self._resolved[name] = self._resolve(name, parameter)
        return found

    def _resolve(self, name: str, parameter: str) -> Path:
        if name in PLAIN:
            column = self.entity.__table__.c[name]
            kind = "id" if name == "id" else "integer"
            return Path(name, kind, column, column.type, False)
        if name == "custom":
            column = self.entity.__table__.c.custom
            return Path(name, "json", column, column.type, False)
        head, _dot, rest = name.partition(".")
        if not rest:
            return self._own(name, parameter)
        if head == "custom":
            return self._custom(rest, parameter)
        if head in self._extensions:
            return self._side(head, rest, parameter)
        if "." + rest == TITLE:
            return self._title(head, parameter)
        raise unknown(name, parameter)

    def _own(self, name: str, parameter: str) -> Path:
        info = fields_of(self.entity).get(name)
        if info is None or info.internal:
            raise unknown(name, parameter)
        self._readable(self.entity, name, info)
        column = self.entity.__table__.c[name]
        return Path(name, info.kind, column, column.type, bool(column.nullable), (), info)

    def _side(self, head: str, name: str, parameter: str) -> Path:
        cls = self._extensions[head]
        info = fields_of(cls).get(name)
        if info is None or info.internal:
            raise unknown(f"{head}.{name}", parameter)
        self._readable(cls, name, info)
        side = cls.__table__
        join = (head, side, side.c.id == self.entity.__table__.c.id)
        column = side.c[name]
        return Path(f"{head}.{name}", info.kind, column, column.type, True, (join,), info)

    def _title(self, head: str, parameter: str) -> Path:
        """Everybody who sees a record sees what its references are called, and nothing else."""
        own = self._own(head, parameter)
        if own.info is None or own.info.target is None or not self._titled(own.info):
            raise unknown(head + TITLE, parameter)
        cls = self.site.registry.entity(own.info.target)
        name = f"{head}{TITLE}"
        table, other = cls.__table__.alias(f"{head}_title"), cls.__table__.alias(f"{head}_titled")
        shown = table.c[cls.__tenon__.title]
        title = select(shown).where(table.c.id == own.expression).scalar_subquery()
        join = (name, other, other.c.id == own.expression)
        joined = Path(name, "text", other.c[shown.key], shown.type, True, (join,))
        return Path(name, "text", title, shown.type, True, joined=joined)

    def _custom(self, key: str, parameter: str) -> Path:
        definition = self.site.custom_fields(self.entity.__tenon__.name).get(key)
        if definition is None:
            raise unknown(f"custom.{key}", parameter)
        column: Any = self.entity.__table__.c.custom
        if self.dialect == "postgresql":
            value = column.op("->>", return_type=String())(literal(key, String()))
            typed: dict[str, ColumnElement[Any]] = {
                "integer": cast(value, Integer),
                "boolean": cast(value, Boolean),
                "decimal": cast(value, Numeric),
            }
        else:
            value = func.json_extract(column, f'$."{key}"', type_=String())
            typed = {
                "integer": func.json_extract(column, f'$."{key}"', type_=Integer()),
                "boolean": func.json_extract(column, f'$."{key}"', type_=Boolean()),
                "decimal": cast(value, Numeric),
            }
        expression = typed.get(definition.kind, value)
        return Path(f"custom.{key}", definition.kind, expression, expression.type, True)

    def _hidden(self, cls: type[Entity]) -> frozenset[str]:
        if self.guardian is not None:
            return self.guardian.hidden(cls)
        return frozenset(name for name, info in fields_of(cls).items() if info.internal)

    def check_readable(self, expression: ColumnElement[Any]) -> None:
        """Raises Forbidden for an expression made from a field that the person may not read."""
        described = fields_of(self.entity)
        for element in visitors.iterate(expression):
            if isinstance(element, Column) and self.entity.__table__.c.contains_column(element):
                info = described.get(element.name)
                if info is not None:
                    self._readable(self.entity, element.name, info)

    def _readable(self, cls: type[Entity], name: str, info: FieldInfo) -> None:
        if name in self._hidden(cls):
            raise Forbidden(info.read or cls.__tenon__.permission("view"))


def hole(name: str, type_: TypeEngine[Any]) -> BindParameter[Any]:
    """A parameter that each request fills; its name begins with `p_`."""
    return bindparam(name, type_=type_, required=False)


def unknown(name: str, parameter: str) -> Invalid:
    return Invalid({parameter: _("There is no field “{name}”.", name=name)})


def paths_of(site: Any, guardian: Guardian | None, entity: type[Entity]) -> Paths:
    """The names of an entity for one person, kept with her rights."""
    found: Paths = kept(
        site.statements(guardian),
        ("paths", entity),
        lambda: Paths(site, guardian, entity, site.engine.dialect.name),
    )
    return found


def kept(cache: dict[Any, Any], key: Any, make: Callable[[], Any]) -> Any:
    """A value from the cache, made when it is not there; the oldest leaves a full one."""
    found = cache.get(key)
    if found is None:
        found = make()
        while len(cache) >= KEPT:
            cache.pop(next(iter(cache)), None)
        cache[key] = found
    return found
