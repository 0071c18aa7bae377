"""Entities: what is stored. One declaration serves table, API, form, search, import and audit."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from attrs import frozen
from sqlalchemy import CheckConstraint, ColumnElement, Date, ForeignKey, Index, MetaData, String
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    declared_attr,
    mapped_column,
    relationship,
)
from sqlalchemy.orm.attributes import set_committed_value
from uuid_utils.compat import uuid7

from tenon_sdk.fields import (
    FIELD,
    INDEXED,
    FieldInfo,
    any_reference,
    choice,
    describe,
    field,
    money,
    number,
    reference,
    with_type,
)
from tenon_sdk.text import Text, _
from tenon_sdk.types import Exact, Guid, Json, UtcDateTime

__all__ = [
    "Archived",
    "Base",
    "Commented",
    "Documented",
    "Entity",
    "EntityInfo",
    "Owned",
    "Tagged",
    "Workflowed",
    "any_reference",
    "choice",
    "entity_named",
    "field",
    "fields_of",
    "money",
    "number",
    "reference",
]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The one registry of mapped classes; plugins derive from `Entity`, never from this."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        UUID: Guid(),
        datetime: UtcDateTime(),
        date: Date(),
        Decimal: Exact(),
        dict[str, Any]: Json(),
        list[Any]: Json(),
        list[str]: Json(),
    }


@frozen(kw_only=True)
class EntityInfo:
    """How an entity presents itself.

    title      field whose value names a record to people
    subtitle   field shown in smaller print beside it
    internal   no API, import, form or search of its own; reached through its owner's services
    extends    name of the entity whose side table this is
    parent     reference or any_reference field to the record that this one is a part of: who sees
               the parent sees the part, and the part is deleted with it
    seen_with  paths to records whose viewers see this one too, though it is no part of them: a
               reference field of this entity (`account_id`), or of an entity that links both
               (`core.contact_account.account_id`)
    search     whether records are in the search index
    settled    (field, values) with which a record is history: a hand-over leaves it with whoever
               did it
    periods    whether each change of owner begins an ownership period
    """

    name: str
    label: Text
    plural: Text
    title: str
    subtitle: str | None
    icon: str
    internal: bool
    extends: str | None
    parent: str | None
    seen_with: tuple[str, ...]
    audited: bool
    search: bool
    settled: tuple[str, tuple[str, ...]] | None
    periods: bool

    @property
    def plugin(self) -> str:
        return self.name.partition(".")[0]

    @property
    def table(self) -> str:
        return self.name.replace(".", "_")

    def permission(self, action: str) -> str:
        return f"{self.name}.{action}"


_entities: dict[str, type["Entity"]] = {}


def entity_named(name: str) -> type["Entity"]:
    """The class of a declared entity. Raises KeyError when no imported module declares it."""
    return _entities[name]


def _no_custom() -> dict[str, Any]:
    return {}


class Entity(Base):
    """Base of everything stored.

        class Project(Owned, Entity, name="sales.project", label=_("Sales project"), title="name")

    gives table `sales_project`, permissions `sales.project.view|create|edit|delete|export`, API
    `/api/v1/sales/project`. `id` is a UUIDv7 that the client may choose; `version` counts writes
    and is the optimistic lock; `custom` holds the fields that an administrator added.
    """

    __abstract__ = True
    __tenon__: ClassVar[EntityInfo]

    id: Mapped[UUID] = mapped_column(Guid(), primary_key=True, default=uuid7, sort_order=-10)
    version: Mapped[int] = mapped_column(nullable=False, default=1, sort_order=-9)
    created_at: Mapped[datetime] = field(
        UtcDateTime(), label=_("Created at"), system=True, sort_order=90
    )
    created_by: Mapped[UUID | None] = field(
        Guid(), label=_("Created by"), system=True, sort_order=91
    )
    updated_at: Mapped[datetime] = field(
        UtcDateTime(), label=_("Updated at"), system=True, sort_order=92
    )
    updated_by: Mapped[UUID | None] = field(
        Guid(), label=_("Updated by"), system=True, sort_order=93
    )
    custom: Mapped[dict[str, Any]] = mapped_column(
        Json(), nullable=False, default=_no_custom, sort_order=94
    )

    def __init_subclass__(
        cls,
        *,
        name: str | None = None,
        label: Text | None = None,
        plural: Text | None = None,
        title: str = "id",
        subtitle: str | None = None,
        icon: str = "table",
        internal: bool = False,
        extends: type["Entity"] | None = None,
        parent: str | None = None,
        seen_with: tuple[str, ...] = (),
        audited: bool = True,
        search: bool | None = None,
        settled: tuple[str, tuple[str, ...]] | None = None,
        periods: bool = True,
        **kwargs: Any,
    ) -> None:
        if name is None:
            super().__init_subclass__(**kwargs)
            return
        if name in _entities:
            raise TypeError(f"entity {name} is declared by {_entities[name].__module__} already")
        label = label or Text(name)
        cls.__tenon__ = EntityInfo(
            name=name,
            label=label,
            plural=plural or label,
            title=title,
            subtitle=subtitle,
            icon=icon,
            internal=internal,
            extends=extends.__tenon__.name if extends else None,
            parent=parent,
            seen_with=seen_with,
            audited=audited,
            search=(not internal and extends is None) if search is None else search,
            settled=settled,
            periods=periods and issubclass(cls, Owned),
        )
        cls.__tablename__ = cls.__tenon__.table
        if extends is not None:
            cls._become_extension(extends)
        super().__init_subclass__(**kwargs)
        cls._finish_columns()
        _entities[name] = cls
        if extends is not None:
            _attach_extension(extends, cls)

    @classmethod
    def _become_extension(cls, base: type["Entity"]) -> None:
        table = base.__tenon__.table
        cls.id = mapped_column(
            Guid(), ForeignKey(f"{table}.id", ondelete="CASCADE"), primary_key=True, sort_order=-10
        )

    @classmethod
    def _finish_columns(cls) -> None:
        for column in cls.__table__.columns:
            info = describe(column)
            if info is None:
                continue
            column.info[FIELD] = info = with_type(info, column.type)
            if column.info.get(INDEXED):
                Index(None, column, cls.__table__.c.id)
            for name, condition in _conditions(column, info).items():
                cls.__table__.append_constraint(  # type: ignore[attr-defined]
                    CheckConstraint(condition, name=f"{column.name}_{name}")
                )

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 (SQLAlchemy hands the class)
        return {"version_id_col": cls.__table__.c.version} if "__table__" in cls.__dict__ else {}

    def __repr__(self) -> str:
        return f"<{self.__tenon__.name} {self.__dict__.get('id')}>"


def _conditions(column: ColumnElement[Any], info: FieldInfo) -> dict[str, ColumnElement[bool]]:
    """What the database itself holds about one column, by the constraint's name."""
    found: dict[str, ColumnElement[bool]] = {}
    if info.choices:
        found["choice"] = column.in_(list(info.choices))
    if info.minimum is not None:
        found["minimum"] = column >= info.minimum
    if info.maximum is not None:
        found["maximum"] = column <= info.maximum
    return found


def _attach_extension(base: type[Entity], cls: type[Entity]) -> None:
    info = cls.__tenon__
    missing = [
        c.name
        for c in cls.__table__.columns
        if c.name != "id" and not c.nullable and c.default is None and describe(c) is not None
        and not describe(c).system  # type: ignore[union-attr]
    ]  # fmt: skip
    if missing:
        raise TypeError(f"extension {info.name}: {', '.join(missing)} must be nullable or default")
    attribute = f"_{info.table}"
    setattr(
        base,
        attribute,
        relationship(
            cls,
            uselist=False,
            cascade="all, delete-orphan",
            passive_deletes=True,
            lazy="select",
        ),
    )

    def read(record: Any) -> Any:
        side = getattr(record, attribute)
        if side is None:
            side = record.__dict__.setdefault(f"{attribute}_unsaved", _defaults(cls))
            side.__dict__["_tenon_attach"] = lambda: setattr(record, attribute, side)
        return side

    setattr(base, info.table, property(read, doc=f"{info.name} of this record, or its defaults"))
    cls.__setattr__ = _attach_on_write  # type: ignore[assignment]


def _defaults(cls: type[Entity]) -> Entity:
    """A side record as if it were stored with nothing in it; reading it writes nothing."""
    side = cls()
    for column in cls.__table__.columns:
        default = column.default.arg if column.default and column.default.is_scalar else None
        if column.name in fields_of(cls):
            set_committed_value(side, column.key, default)
    return side


def _attach_on_write(side: Entity, name: str, value: Any) -> None:
    object.__setattr__(side, name, value)
    attach = side.__dict__.get("_tenon_attach")
    if attach is not None and not name.startswith("_"):
        del side.__dict__["_tenon_attach"]
        attach()


@cache
def fields_of(cls: type[Entity]) -> Mapping[str, FieldInfo]:
    """The declared fields of an entity by name, without `id`, `version` and `custom`."""
    found = {c.name: describe(c) for c in cls.__table__.columns}
    return MappingProxyType({name: info for name, info in found.items() if info is not None})


class Owned:
    """A record somebody is responsible for: scopes `own`, `team`, `unit`, `unit_tree` reach it.

    Colleagues whom a record is shared with stand in `core.team_member`; the owner's unit at the
    time of assignment is kept as `unit_id`, so that moving a person moves no records silently.
    """

    owner_id: Mapped[UUID | None] = reference(
        "core.user", label=_("Owner"), ownership=True, on_delete="set_null", sort_order=80
    )
    unit_id: Mapped[UUID | None] = reference(
        "core.unit", label=_("Unit"), on_delete="set_null", sort_order=81
    )


class Archived:
    """A record goes to the recycle bin before it goes: hidden unless asked for."""

    archived_at: Mapped[datetime | None] = field(
        UtcDateTime(), label=_("Archived at"), system=True, sort_order=85
    )
    archived_by: Mapped[UUID | None] = field(
        Guid(), label=_("Archived by"), system=True, sort_order=86
    )


class Documented:
    """Files can be attached to the record."""


class Commented:
    """People can comment on the record and mention each other."""


class Tagged:
    """The record can carry tags."""


class Workflowed:
    """A status that changes by the transitions of the registered workflow only.

    `state` holds the fixed code; what an installation calls it, and sub-states, are labels.
    """

    state: Mapped[str] = field(
        String(40), label=_("Status"), kind="text", index=True, sort_order=70
    )
    substate: Mapped[str | None] = field(String(60), label=_("Sub-state"), sort_order=71)
