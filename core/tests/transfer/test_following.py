"""What large imports leave for later is made later, whatever happens meanwhile."""

import pytest
from sqlalchemy import MetaData, func, select

from tenon_core.cli.doctor import OK
from tenon_core.customers import ownership
from tenon_core.entities import Account, AuditEntry, DuplicateKey, ImportRun, OwnershipPeriod
from tenon_core.entities.system import FollowUp
from tenon_core.storage import following as notes
from tenon_core.storage.following import KEYS, KINDS, PERIODS, SEARCH, waiting
from tenon_core.storage.search import remove
from tenon_core.storage.search import table as search_table
from tenon_core.transfer import following, importer, importing
from tenon_core.transfer.following import Chosen, follow
from tenon_core.transfer.importing import run_import
from tenon_core.transfer.repairing import missing_entries, repair_search

NAMES = ["广州智光电气股份有限公司", "Acme Machinery GmbH", "苏州恒远机械有限公司", "Beta Tools AG", "Gamma Ltd."]  # fmt: skip
ROWS = [["name", "phone"], *([name, f"020-8551234{n}"] for n, name in enumerate(NAMES))]


@pytest.fixture
def large(monkeypatch):
    """Five rows are a large file here, in portions of two."""
    monkeypatch.setattr(importing, "LARGE", 5)
    monkeypatch.setattr(importing, "LARGE_PORTION", 2)
    monkeypatch.setattr(importer, "PORTION", 2)


def derived(imports):
    """What is made of accounts, by name."""
    entry = search_table(MetaData())
    with imports.tenon.system(read_only=True) as ctx:
        names = dict(ctx.session.execute(select(Account.id, Account.name)).all())
        connection = ctx.connection
        found = {"search": {}, "keys": set(), "periods": set()}
        for row in connection.execute(select(entry).where(entry.c.entity == "core.account")):
            kept = (row.title, row.subtitle, row.keywords, row.updated_ms, _tokens(row))
            found["search"][names[row.record_id]] = kept
        for record, key in connection.execute(
            select(DuplicateKey.record_id, DuplicateKey.key).where(
                DuplicateKey.entity == "core.account"
            )
        ):
            found["keys"].add((names[record], key))
        of_accounts = select(OwnershipPeriod).where(OwnershipPeriod.entity == "core.account")
        for one in ctx.session.scalars(of_accounts):
            account = ctx.session.get(Account, one.record_id)
            when = None if account is None else one.starts_at - account.created_at
            kept = (one.user_id, one.unit_id, one.reason, one.created_by, when, one.ends_at is None)
            found["periods"].add((names.get(one.record_id), kept))
    return found


def _tokens(row):
    """On PostgreSQL there are more of them for some ids, drawn anew for each record."""
    return row.tokens if isinstance(row.tokens, str) else len(row.tokens) > 5


def left(imports):
    with imports.site.read_engine.connect() as connection:
        return waiting(connection)


def test_a_small_import_is_complete_at_once(imports):
    report = imports.run(Account, ROWS)
    assert (report.created, report.following, left(imports)) == (5, 0, 0)
    found = derived(imports)
    assert found["search"].keys() == set(NAMES)
    assert {name for name, _kept in found["periods"]} == set(NAMES)


def test_later_is_made_what_else_is_made_at_once(imports, tenon, monkeypatch):
    rows = [[*row, f"C{n}" if n else "code"] for n, row in enumerate(ROWS)]
    imports.run(Account, rows)
    at_once = derived(imports)
    with tenon.system() as ctx:
        for account in ctx.session.scalars(select(Account)):
            ctx.session.delete(account)
        ctx.session.flush()
        for table in (OwnershipPeriod, AuditEntry):
            ctx.connection.execute(table.__table__.delete())
    monkeypatch.setattr(importing, "LARGE", 5)
    monkeypatch.setattr(importing, "LARGE_PORTION", 2)
    report = imports.run(Account, rows)
    assert (report.created, report.following) == (5, 5 * len(KINDS))
    assert derived(imports) == {"search": {}, "keys": set(), "periods": set()}
    with tenon.system(read_only=True) as ctx:
        audited = select(func.count()).where(
            AuditEntry.action == "created", AuditEntry.entity == "core.account"
        )
        assert ctx.session.scalar(audited) == 5
    tenon.jobs.drain(delayed=True)
    assert derived(imports) == at_once
    assert left(imports) == 0
    assert importing.run_import(imports.site, report.id).following == 0


def test_a_crash_between_loses_nothing(imports, tenon, large):
    def crash(done, _total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        imports.run(Account, ROWS, report=crash)
    assert imports.count(Account) == 4
    assert left(imports) == 4 * len(KINDS)
    tenon.jobs.drain(delayed=True)
    assert derived(imports)["search"].keys() == set(NAMES[:4])
    (run_id,) = imports.all(ImportRun, "id")[0]
    assert run_import(imports.site, run_id).created == 5
    assert left(imports) == len(KINDS)
    tenon.jobs.drain(delayed=True)
    found = derived(imports)
    assert found["search"].keys() == {name for name, _kept in found["periods"]} == set(NAMES)


def test_an_import_that_gets_on_is_left_alone(imports, tenon, large):
    seen = []

    def look(done, _total):
        tenon.jobs.drain(delayed=False)
        tenon.clock.advance(minutes=1)
        seen.append(left(imports))

    imports.run(Account, ROWS, report=look)
    assert seen == [2 * len(KINDS), 4 * len(KINDS), 5 * len(KINDS)]


def test_a_portion_that_fails_keeps_no_other_back(imports, tenon, large, monkeypatch):
    imports.run(Account, ROWS)
    broken = []

    def fails(ctx, entity, notes):
        if any(note.id == first for note in notes):
            broken.append(1)
            raise OSError("disk")
        following._search(ctx, entity, notes)

    with tenon.system(read_only=True) as ctx:
        first = ctx.session.scalar(select(func.min(FollowUp.id)).where(FollowUp.kind == SEARCH))
    monkeypatch.setattr(following, "DO", {**following.DO, SEARCH: fails})
    with pytest.raises(OSError, match="disk"):
        follow(imports.site)
    assert broken
    assert derived(imports)["search"].keys() == set(NAMES[2:])
    assert left(imports) == 2
    monkeypatch.undo()
    assert follow(imports.site) == 2
    assert derived(imports)["search"].keys() == set(NAMES)


def test_who_owned_it_is_known_even_if_it_changes_hands_before(imports, tenon, large):
    imports.run(Account, ROWS)
    other = tenon.user("salesperson")
    with tenon.system() as ctx:
        account = ctx.session.scalars(select(Account).where(Account.name == NAMES[0])).one()
        account.owner_id, moved = other.id, account.id
    tenon.jobs.drain(delayed=True)
    with tenon.system(read_only=True) as ctx:
        periods = ctx.session.scalars(
            select(OwnershipPeriod)
            .where(OwnershipPeriod.record_id == moved)
            .order_by(OwnershipPeriod.starts_at, OwnershipPeriod.ends_at.is_(None))
        ).all()
        told = [(p.user_id, p.reason, p.ends_at is None) for p in periods]
    assert told == [(imports.admin.id, "created", False), (other.id, "assigned", True)]
    assert len(derived(imports)["periods"]) == 6


def test_what_is_deleted_before_leaves_its_past_only(imports, tenon, large):
    imports.run(Account, ROWS)
    with tenon.system() as ctx:
        account = ctx.session.scalars(select(Account).where(Account.name == NAMES[0])).one()
        ctx.session.delete(account)
    tenon.jobs.drain(delayed=True)
    found = derived(imports)
    assert found["search"].keys() == set(NAMES[1:])
    assert {name for name, _key in found["keys"]} == set(NAMES[1:])
    gone = [kept for name, kept in found["periods"] if name is None]
    assert [kept[-1] for kept in gone] == [False]


def test_duplicates_are_found_among_what_waits_and_in_the_file(imports, large):
    imports.run(Account, ROWS)
    assert left(imports) == 5 * len(KINDS)
    again = [ROWS[0], ROWS[1], *([f"Delta {n}", ""] for n in range(3)), ["Delta 0", ""]]
    report = imports.run(Account, again, duplicates="refuse")
    assert (report.created, report.failed) == (3, 2)
    assert [fault.row for fault in report.faults] == [2, 6]


def test_keys_are_made_at_once_where_the_site_refuses_duplicates(imports, large, monkeypatch):
    settings = importing.CoreSettings(refuse_duplicates=True)
    monkeypatch.setitem(imports.site._settings, importing.CoreSettings, settings)
    report = imports.run(Account, ROWS)
    assert report.following == 5 * len({SEARCH, PERIODS})
    assert {name for name, _key in derived(imports)["keys"]} == set(NAMES)


@pytest.mark.parametrize("options", [{"dry_run": True}, {"mode": "all_or_nothing"}])
def test_what_is_undone_leaves_nothing_for_later(imports, tenon, large, options):
    rows = [*ROWS, ["", "020-1"]]
    report = imports.run(Account, rows, **options)
    assert (imports.count(Account), report.following, left(imports)) == (0, 0, 0)


def test_all_or_nothing_follows_later_too(imports, tenon, large):
    report = imports.run(Account, ROWS, mode="all_or_nothing")
    assert (report.created, report.following) == (5, 5 * len(KINDS))
    tenon.jobs.drain(delayed=True)
    assert derived(imports)["search"].keys() == set(NAMES)


def test_one_kind_can_be_done_before_the_others(imports, large):
    imports.run(Account, ROWS)
    assert follow(imports.site, Chosen(kind=KEYS, entity="core.contact")) == 0
    assert follow(imports.site, Chosen(kind=KEYS, entity="core.account")) == 5
    assert left(imports) == 5 * (len(KINDS) - 1)
    assert {name for name, _key in derived(imports)["keys"]} == set(NAMES)


def test_the_health_page_tells_what_waits(imports, tenon, large):
    def look():
        with tenon.system(read_only=True) as ctx:
            return following._healthy(ctx)

    assert look().level.value == OK
    imports.run(Account, ROWS)
    assert (look().level.value, look().message.args) == (OK, {"count": 5 * len(KINDS)})
    tenon.clock.advance(hours=2)
    assert look().level.value == "warning"


def test_missing_entries_are_noticed_and_made(imports, tenon, large):
    def missing():
        with imports.site.read_engine.connect() as connection:
            return missing_entries(imports.site, connection)

    imports.run(Account, ROWS)
    assert missing() == 0, "what waits is not missing"
    tenon.jobs.drain(delayed=True)
    with tenon.system() as ctx:
        ids = ctx.session.scalars(select(Account.id)).all()
        remove(ctx.connection, "core.account", ids[:2])
    assert missing() == 2
    assert repair_search(imports.site) == 2
    assert missing() == left(imports) == 0
    assert derived(imports)["search"].keys() == set(NAMES)


def test_a_note_holds_few_records(imports, tenon, large, monkeypatch):
    for module in (notes, ownership):
        monkeypatch.setattr(module, "NOTE", 1)
    imports.run(Account, ROWS, mode="all_or_nothing")
    assert imports.all(FollowUp, "size") == [(1,)] * 5 * len(KINDS)
    tenon.jobs.drain(delayed=True)
    found = derived(imports)
    assert found["search"].keys() == {name for name, _kept in found["periods"]} == set(NAMES)
