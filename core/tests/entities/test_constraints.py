"""The database itself refuses what must not be, whoever writes."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import CheckConstraint, UniqueConstraint, insert, select
from sqlalchemy.exc import IntegrityError

import tenon_core.entities  # noqa: F401 (declares the tables)
from tenon_core.storage.engine import make_engine
from tenon_sdk.entities import Base
from tenon_sdk.fields import describe

TABLES = {n: t for n, t in Base.metadata.tables.items() if n.startswith("core_")}
ID = uuid4()
DAY = date(2026, 3, 2)
BEFORE = DAY - timedelta(days=1)
LOW, HIGH = UUID(int=1), UUID(int=2)


def at(hour):
    return datetime(2026, 3, 2, hour, tzinfo=UTC)


def same(rows, table, *names):
    return dict.fromkeys(names, rows.id(table))


# Values that break each rule written by hand, as `table.rule`.
BROKEN = {
    "core_unit.not_own_parent": {"id": ID, "parent_id": ID},
    "core_user.login_normal": {"login": "Anna"},
    "core_user.not_own_manager": {"id": ID, "manager_id": ID},
    "core_user.not_own_substitute": {"id": ID, "substitute_id": ID},
    "core_user.active_dates": {"active_from": DAY, "active_until": BEFORE},
    "core_user.substitute_dates": {"substitute_from": DAY, "substitute_until": BEFORE},
    "core_region.not_own_parent": {"id": ID, "parent_id": ID},
    "core_region.coordinates": {"longitude": Decimal("108.039002")},
    "core_industry.not_own_parent": {"id": ID, "parent_id": ID},
    "core_account.not_own_parent": {"id": ID, "parent_id": ID},
    "core_account.named": {"name": ""},
    "core_account.owned_or_pooled": lambda rows: {
        "owner_id": rows.id("core_user"),
        "pool_id": rows.id("core_pool"),
    },
    "core_address.coordinates": {"latitude": Decimal("30.299559")},
    "core_contact.not_own_superior": {"id": ID, "reports_to_id": ID},
    "core_contact.named": {"name": ""},
    "core_contact_account.dates": {"starts_on": DAY, "ends_on": BEFORE},
    "core_contact_account.primary_is_active": {"is_primary": True, "active": False},
    "core_activity.planned_times": {"planned_start": at(10), "planned_end": at(9)},
    "core_activity.actual_times": {"actual_start": at(10), "actual_end": at(9)},
    "core_activity.done_has_time": {"status": "done"},
    "core_activity.coordinates": {"longitude": Decimal(1)},
    "core_activity.not_own_follow_up": {"id": ID, "follows_id": ID},
    "core_activity_participant.one_person": lambda rows: {
        "user_id": rows.id("core_user"),
        "contact_id": rows.id("core_contact"),
    },
    "core_document_version.sha256_length": {"sha256": "abc"},
    "core_product_category.not_own_parent": {"id": ID, "parent_id": ID},
    "core_bom_line.not_own_part": lambda rows: same(
        rows, "core_product", "product_id", "component_id"
    ),
    "core_bom_line.quantity_given": {"quantity": Decimal(0)},
    "core_currency.code_form": {"code": "cny"},
    "core_exchange_rate.two_currencies": lambda rows: same(
        rows, "core_currency", "base_id", "quote_id"
    ),
    "core_exchange_rate.rate_given": {"rate": Decimal(0)},
    "core_custom_field.choices_given": {"kind": "choice", "choices": None},
    "core_custom_field.target_given": {"kind": "reference"},
    "core_audit_block.count": {"from_seq": 8, "to_seq": 9, "count": 3},
    "core_audit_block.chained": {"number": 2, "previous": ""},
    "core_webhook_delivery.delivered_was_sent": {"state": "delivered"},
    "core_approval_request.finished": {"state": "approved"},
    "core_approval_request.blocked_says_why": {"state": "blocked"},
    "core_approval_step.times": {"started_at": at(10), "finished_at": at(9)},
    "core_approval_assignment.decided": {"decision": "approve"},
    "core_approval_assignment.decided_is_not_open": lambda rows: {
        "decision": "approve",
        "decided_at": at(9),
        "pending_id": rows.id("core_user"),
    },
    "core_pool.warned_before": {"recycle_after_days": 7, "warn_days": 7},
    "core_pool_entry.times": {"entered_at": at(10), "left_at": at(9)},
    "core_pool_entry.claimed_has_left": lambda rows: {
        "claimed_by_id": rows.id("core_user"),
        "left_at": None,
    },
    "core_ownership_period.times": {"starts_at": at(10), "ends_at": at(9)},
    "core_handover.two_people": lambda rows: same(rows, "core_user", "giver_id", "receiver_id"),
    "core_handover.executed": {"state": "executed"},
    "core_handover.confirmed": {"state": "confirmed", "executed_at": at(9)},
    "core_handover_item.moved_to_somebody": {"state": "moved"},
    "core_handover_item.confirmed_was_moved": {"giver_confirmed_at": at(9)},
    "core_import_run.times": {"started_at": at(10), "finished_at": at(9)},
    "core_import_run.rows": {"read": 1, "created": 1, "failed": 1},
    "core_duplicate_pair.in_order": {"first_id": HIGH, "second_id": LOW},
    "core_merge.two_records": {"kept_id": ID, "merged_id": ID},
    "core_sequence.value": {"value": -1},
    "core_follow_up.size": {"size": 0},
}

# What makes a partial unique index apply to a row.
APPLIES = {
    "uq_core_address_primary": {"is_primary": True},
    "uq_core_contact_account_active": {"active": True},
    "uq_core_contact_account_primary": {"is_primary": True},
    "uq_core_care_due_account": {"contact_id": None},
    "uq_core_currency_base": {"is_base": True},
    "uq_core_calendar_default": {"is_default": True},
    "uq_core_approval_flow_active": {"state": "active"},
    "uq_core_approval_request_open": {"state": "running"},
    "uq_core_approval_step_running": {"state": "running"},
    "uq_core_pool_entry_open": {"left_at": None},
    "uq_core_ownership_period_open": {"ends_at": None},
}
SPARES = {
    "uq_core_address_primary": {"is_primary": False},
    "uq_core_contact_account_active": {"active": False},
    "uq_core_contact_account_primary": {"is_primary": False},
    "uq_core_care_due_account": lambda rows: {"contact_id": rows.id("core_contact")},
    "uq_core_currency_base": {"is_base": False},
    "uq_core_calendar_default": {"is_default": False},
    "uq_core_approval_flow_active": {"state": "retired"},
    "uq_core_approval_request_open": {"state": "approved", "finished_at": at(9)},
    "uq_core_approval_step_running": {"state": "waiting"},
    "uq_core_pool_entry_open": {"left_at": at(10)},
    "uq_core_ownership_period_open": {"ends_at": at(10)},
}


def rules_of_columns():
    for table in TABLES.values():
        for column in table.columns:
            info = describe(column)
            if info is None:
                continue
            place = f"{table.name}.{column.name}"
            if info.choices:
                yield f"{place}_choice", "nonsense"
            if info.minimum is not None:
                yield f"{place}_minimum", info.minimum - 1
            if info.maximum is not None:
                yield f"{place}_maximum", info.maximum + 1


OF_COLUMNS = dict(rules_of_columns())
UNIQUE = {
    thing.name: (table.name, tuple(column.name for column in thing.columns))
    for table in TABLES.values()
    for thing in [*table.constraints, *table.indexes]
    if isinstance(thing, UniqueConstraint) or getattr(thing, "unique", False)
}
REFERENCES = {
    f"{table.name}.{key.parent.name}": key
    for table in TABLES.values()
    for key in table.foreign_keys
}


def refused(connection, table, row, named):
    with pytest.raises(IntegrityError) as caught, connection.begin_nested():
        connection.execute(insert(TABLES[table]).values(row))
    assert named in str(caught.value.orig)


def test_every_rule_is_broken_once():
    written = {
        f"{table.name}.{str(rule.name).removeprefix(f'ck_{table.name}_')}"
        for table in TABLES.values()
        for rule in table.constraints
        if isinstance(rule, CheckConstraint)
    }
    ours = {*OF_COLUMNS, *BROKEN}
    foreign = {"core_plugin_state", "core_epoch"}
    assert {rule for rule in written if rule.split(".")[0] not in foreign} == ours


def test_every_partial_index_is_known():
    partial = {
        index.name
        for table in TABLES.values()
        for index in table.indexes
        if index.unique and index.dialect_options["sqlite"].get("where") is not None
    }
    assert partial == set(APPLIES) == set(SPARES)


@pytest.mark.parametrize("rule", sorted(BROKEN))
def test_rule(rows, connection, rule):
    table, _, name = rule.partition(".")
    values = BROKEN[rule]
    row = rows.row(table, **(values(rows) if callable(values) else values))
    refused(connection, table, row, f"ck_{table}_{name}")


@pytest.mark.parametrize("rule", sorted(OF_COLUMNS))
def test_rule_of_a_column(rows, connection, rule):
    table, _, name = rule.partition(".")
    row = rows.row(table, **{name.rpartition("_")[0]: OF_COLUMNS[rule]})
    with pytest.raises(IntegrityError) as caught, connection.begin_nested():
        connection.execute(insert(TABLES[table]).values(row))
    assert f"ck_{table}_" in str(caught.value.orig)


@pytest.mark.parametrize("name", sorted(UNIQUE))
def test_unique(rows, connection, name):
    table, columns = UNIQUE[name]
    applies = APPLIES.get(name, {})
    first = rows.filled(table, columns, **applies)
    connection.execute(insert(TABLES[table]).values(first))
    second = rows.row(table, **{**applies, **{column: first[column] for column in columns}})
    named = f"{table}.{columns[0]}" if connection.dialect.name == "sqlite" else name
    refused(connection, table, second, named)


@pytest.mark.parametrize("name", sorted(SPARES))
def test_partial_index_spares_the_others(rows, name):
    table, columns = UNIQUE[name]
    spares = SPARES[name](rows) if callable(SPARES[name]) else SPARES[name]
    first = rows.add(table, **APPLIES[name])
    shared = {c: first[c] for c in columns if c not in spares}
    rows.add(table, **{**shared, **spares})


@pytest.mark.parametrize("place", sorted(REFERENCES))
def test_deleting_what_is_referred_to(rows, connection, place):
    key = REFERENCES[place]
    table, target, column = key.parent.table, key.column.table, key.parent
    gone = rows.id(target.name)
    row = rows.add(table.name, **{column.name: gone})
    mine = [c == row[c.name] for c in table.primary_key.columns if c is not column]
    delete = target.delete().where(key.column == gone)
    if key.ondelete == "RESTRICT":
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(delete)
        return
    connection.execute(delete)
    left = connection.execute(select(column).where(*mine)).all()
    assert left == ([(None,)] if key.ondelete == "SET NULL" else [])


def test_the_whole_schema_can_be_dropped(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'other.sqlite'}")
    Base.metadata.create_all(engine)
    Base.metadata.drop_all(engine)
    engine.dispose()


def test_json_none_is_null(rows, connection):
    rows.add("core_custom_field", key="colour", choices=None)
    table = TABLES["core_custom_field"]
    assert connection.scalar(select(table.c.key).where(table.c.choices.is_(None))) == "colour"
