"""What every entity of the core declares, so that the rest of the core can rely on it."""

from datetime import date
from itertools import combinations
from uuid import UUID

import pytest
from sqlalchemy import Engine, PrimaryKeyConstraint, UniqueConstraint, inspect, select
from sqlalchemy.orm import Session, configure_mappers

import tenon_core.entities as public
from tenon_core.entities import Unit, User
from tenon_sdk.entities import Base, Entity, entity_named, fields_of
from tenon_sdk.fields import describe
from tenon_sdk.text import Text

MAPPED = [m.class_ for m in Base.registry.mappers if m.class_.__module__.startswith("tenon_core.")]
ENTITIES = {cls.__tenon__.name: cls for cls in MAPPED if issubclass(cls, Entity)}
TABLES = [cls.__table__ for cls in MAPPED]
IDENTIFIER = 63  # bytes of a name in PostgreSQL


def keys_of(table):
    """The columns of each index, unique constraint and primary key, in order."""
    for index in table.indexes:
        yield index.name, [getattr(e, "name", None) for e in index.expressions]
    for rule in table.constraints:
        if isinstance(rule, (UniqueConstraint, PrimaryKeyConstraint)):
            yield rule.name, [column.name for column in rule.columns]


def test_mappers_fit_together():
    configure_mappers()


def test_all_is_public():
    assert {cls.__name__ for cls in MAPPED} == set(public.__all__)
    assert all(getattr(public, name) for name in public.__all__)


def test_names_of_classes_are_unique():
    assert len({cls.__name__ for cls in MAPPED}) == len(MAPPED)


@pytest.mark.parametrize("name", sorted(ENTITIES))
def test_entity_presents_itself(name):
    cls, info = ENTITIES[name], ENTITIES[name].__tenon__
    assert entity_named(name) is cls
    assert name.startswith("core.")
    assert cls.__table__.name == name.replace(".", "_")
    assert isinstance(info.label, Text)
    assert isinstance(info.plural, Text)
    assert info.label[0].isupper()
    assert info.icon != "table"
    fields = fields_of(cls)
    assert info.title == "id" or info.title in fields
    assert info.subtitle is None or info.subtitle in fields
    assert not (info.title != "id" and fields[info.title].read)
    assert info.search == any(field.search for field in fields.values())


@pytest.mark.parametrize("name", sorted(ENTITIES))
def test_every_column_is_a_field(name):
    plain = {"id", "version", "custom"}
    own = [c for c in ENTITIES[name].__table__.columns if c.name not in plain]
    told = {c.name for c in own if describe(c) is not None}
    assert {c.name for c in own} - told <= {"event_id"}
    assert all(isinstance(describe(c).label, Text) for c in own if c.name in told)


@pytest.mark.parametrize("name", sorted(ENTITIES))
def test_parent_and_paths_lead_somewhere(name):
    cls, info = ENTITIES[name], ENTITIES[name].__tenon__
    if info.parent is not None:
        field = fields_of(cls)[info.parent]
        assert field.kind in {"reference", "any_reference"}
        if field.kind == "reference":
            (key,) = cls.__table__.c[info.parent].foreign_keys
            assert key.ondelete == "CASCADE"
            assert not cls.__table__.c[info.parent].nullable
    for path in info.seen_with:
        *entity, field_name = path.rsplit(".", 1)
        link = ENTITIES[entity[0]] if entity else cls
        assert fields_of(link)[field_name].kind in {"reference", "any_reference"}
        assert link is cls or name in {f.target for f in fields_of(link).values()}


@pytest.mark.parametrize("name", sorted(ENTITIES))
def test_fields_lead_somewhere(name):
    fields = fields_of(ENTITIES[name])
    for field in fields.values():
        assert field.target is None or field.target in ENTITIES
        assert field.entity_field is None or field.entity_field in fields
        assert field.currency is None or field.currency in fields
        assert not field.internal or field.system
        assert not field.internal or not field.search


@pytest.mark.parametrize(
    "table", sorted(TABLES, key=lambda t: t.name), ids=lambda table: table.name
)
def test_references_are_indexed(table):
    keys = [columns for _, columns in keys_of(table)]
    led = {columns[0] for columns in keys}
    assert {key.parent.name for key in table.foreign_keys} - led == set()
    for column in table.columns:
        info = describe(column)
        if info is not None and info.kind == "any_reference":
            pair = {info.entity_field, column.name}
            assert any(set(columns[:2]) == pair for columns in keys), column.name


@pytest.mark.parametrize(
    "table", sorted(TABLES, key=lambda t: t.name), ids=lambda table: table.name
)
def test_no_two_indexes_are_the_same(table):
    whole = [
        columns for name, columns in keys_of(table) if "where" not in _options(table, str(name))
    ]
    assert all(one != other for one, other in combinations(whole, 2))


def _options(table, name):
    for index in table.indexes:
        if index.name == name and index.dialect_options["sqlite"].get("where") is not None:
            return {"where"}
    return set()


@pytest.mark.parametrize(
    "table", sorted(TABLES, key=lambda t: t.name), ids=lambda table: table.name
)
def test_names_fit_postgresql(table):
    names = [str(thing.name) for thing in [*table.constraints, *table.indexes] if thing.name]
    assert [name for name in names if len(name.encode()) > IDENTIFIER] == []


@pytest.mark.parametrize(
    "table", sorted(TABLES, key=lambda t: t.name), ids=lambda table: table.name
)
def test_references_say_what_deleting_does(table):
    for key in table.foreign_keys:
        assert key.ondelete in {"CASCADE", "RESTRICT", "SET NULL"}
        assert key.ondelete != "SET NULL" or key.parent.nullable


def test_secrets_are_internal():
    secrets = [
        f"{name}.{field}"
        for name, cls in ENTITIES.items()
        for field, info in fields_of(cls).items()
        if any(word in field for word in ("hash", "secret", "token")) and not info.internal
    ]
    assert secrets == []


def test_sensitive_fields_need_a_permission():
    guarded = {
        f"{name}.{field}": info.read
        for name, cls in ENTITIES.items()
        for field, info in fields_of(cls).items()
        if info.read
    }
    assert guarded == {
        "core.account.credit_limit": "core.account.read_credit",
        "core.account.credit_days": "core.account.read_credit",
        "core.invoice_profile.bank": "core.invoice_profile.read_bank",
        "core.invoice_profile.bank_account": "core.invoice_profile.read_bank",
        "core.contact.birthday": "core.contact.read_private",
        "core.product.cost": "core.product.read_cost",
    }


def test_database_has_the_declared_tables(engine: Engine):
    assert {table.name for table in TABLES} <= set(inspect(engine).get_table_names())


@pytest.mark.parametrize(
    ("active_from", "active_until", "expected"),
    [
        (date(2026, 3, 2), None, True),
        (date(2026, 3, 3), None, False),
        (date(2026, 1, 1), date(2026, 3, 2), True),
        (date(2026, 1, 1), date(2026, 3, 1), False),
    ],
)
def test_user_is_active_by_date(connection, rows, active_from, active_until, expected):
    day = date(2026, 3, 2)
    rows.add("core_user", login="a", active_from=active_from, active_until=active_until)
    with Session(connection) as session:
        user = session.scalars(select(User).where(User.login == "a")).one()
        found = session.scalars(select(User.login).where(User.active_on(day))).all()
    assert user.is_active_on(day) is expected
    assert (found == ["a"]) is expected


def test_substitute_only_while_absent():
    other = UUID(int=7)
    user = User(substitute_id=other, substitute_from=date(2026, 3, 2))
    assert user.substitute_on(date(2026, 3, 1)) is None
    assert user.substitute_on(date(2026, 3, 2)) == other
    user.substitute_until = date(2026, 3, 5)
    assert user.substitute_on(date(2026, 3, 5)) == other
    assert user.substitute_on(date(2026, 3, 6)) is None


def test_login_is_kept_in_lower_case():
    assert User(login=" Anna.Li ").login == "anna.li"


def test_unit_tree_has_a_head(rows, connection):
    head = rows.id("core_user")
    unit = rows.id("core_unit", head_id=head)
    connection.execute(User.__table__.update().where(User.id == head).values(unit_id=unit))
    assert connection.scalar(select(Unit.head_id).join(User, User.unit_id == Unit.id)) == head


@pytest.mark.parametrize("name", sorted(ENTITIES))
def test_labels_tell_the_fields_of_an_entity_apart(name):
    labels = [str(field.label) for field in fields_of(ENTITIES[name]).values()]
    assert sorted(set(labels)) == sorted(labels)
