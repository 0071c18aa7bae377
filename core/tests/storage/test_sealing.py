import json
import logging
import threading
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update

from tenon_core.entities import Account
from tenon_core.entities.audit import AuditBlock, AuditEntry
from tenon_core.storage import sealing
from tenon_core.storage.engine import make_engine
from tenon_core.storage.sealing import (
    BLOCK,
    HEALTH_CHECKS,
    canonical,
    entries,
    horizon,
    seal,
)
from tenon_core.storage.verifying import verify
from tenon_sdk.declarations import Level
from tenon_sdk.errors import Invalid

ENTRY = AuditEntry.__table__
VALUES = {"origin": "test", "action": "changed", "entity": "core.account"}


@pytest.fixture
def trail(tenon):
    """A fresh trail of 25 entries."""
    with tenon.system() as ctx:
        ctx.connection.execute(delete(ENTRY))
        write(ctx, range(25))
    return tenon


def write(ctx, numbers, **values):
    rows = [
        {**VALUES, "at": ctx.now, "changes": {"name": [f"智{n}", n], "b": [None, True]}, **values}
        for n in numbers
    ]
    ctx.connection.execute(insert(AuditEntry), rows)


def sealed(tenon):
    with tenon.system() as ctx:
        ctx.enqueue("core.seal_audit")
    (run,) = tenon.jobs.drain()
    return run.result


def verified(tenon, **options):
    with tenon.system(read_only=True) as ctx:
        return verify(ctx, **options)


def change(tenon, statement):
    with tenon.system() as ctx:
        assert ctx.connection.execute(statement).rowcount > 0


def nth(tenon, n):
    with tenon.system(read_only=True) as ctx:
        return ctx.connection.scalar(select(ENTRY.c.seq).order_by(ENTRY.c.seq).offset(n).limit(1))


def kinds(report):
    return [problem.kind for problem in report.problems]


def test_an_untouched_trail_is_sound(trail):
    assert verified(trail).unsealed == 25
    assert sealed(trail) == 25
    assert sealed(trail) == 0
    with trail.system() as ctx:
        write(ctx, range(3))
    report = verified(trail)
    assert (report.sound, report.blocks, report.entries, report.unsealed) == (True, 1, 25, 3)
    assert sealed(trail) == 3
    report = verified(trail, expected=report.anchor)
    assert (report.sound, report.blocks, report.entries) == (True, 2, 28)
    assert report.anchor.startswith("2:")


def test_real_changes_are_sealed_as_they_are_written(tenon):
    account = tenon.make(Account, every=True)
    with tenon.system() as ctx:
        ctx.session.get(Account, account.id).name = "Zhiguang"
    assert sealed(tenon) > 1
    assert verified(tenon).sound


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("changes", {"name": ["智12", 13], "b": [None, True]}),
        ("changes", {"name": ["智12", "12"], "b": [None, True]}),
        ("actor_name", "Somebody else"),
        ("action", "created"),
        ("reason", ""),
        ("ip", "127.0.0.1"),
        ("on_behalf_of", "01890a5d-ac96-774b-bcce-b302099a8057"),
    ],
)
def test_a_changed_entry_is_found(trail, column, value):
    sealed(trail)
    target = nth(trail, 12)
    change(trail, update(ENTRY).where(ENTRY.c.seq == target).values({column: value}))
    report = verified(trail)
    assert kinds(report) == ["changed"]
    assert report.problems[0].from_seq <= target <= report.problems[0].to_seq
    assert "changed" in str(report.problems[0].message)


def test_a_moved_time_is_found(trail):
    sealed(trail)
    later = ENTRY.c.seq == nth(trail, 12)
    change(trail, update(ENTRY).where(later).values(at=trail.clock.now + timedelta(microseconds=1)))
    assert kinds(verified(trail)) == ["changed"]


@pytest.mark.parametrize("n", [0, 12, 24])
def test_a_deleted_entry_is_found(trail, n):
    sealed(trail)
    change(trail, delete(ENTRY).where(ENTRY.c.seq == nth(trail, n)))
    assert kinds(verified(trail)) == ["missing"]


def test_an_inserted_entry_is_found_where_a_number_was_left_free(trail):
    free = nth(trail, 12)
    change(trail, delete(ENTRY).where(ENTRY.c.seq == free))
    sealed(trail)
    assert verified(trail).sound
    with trail.system() as ctx:
        write(ctx, [99], seq=free)
    assert kinds(verified(trail)) == ["added"]


def test_an_entry_put_before_the_first_or_between_blocks_is_found(trail):
    sealed(trail)
    last = nth(trail, 24)
    with trail.system() as ctx:
        write(ctx, [1], seq=last + 5)
    sealed(trail)
    assert verified(trail).sound
    with trail.system() as ctx:
        write(ctx, [1], seq=last + 2)
    report = verified(trail)
    assert (kinds(report), report.problems[0].block) == (["added"], 2)
    change(trail, delete(ENTRY).where(ENTRY.c.seq == last + 2))
    with trail.system() as ctx:
        write(ctx, [1], seq=0)
    report = verified(trail)
    assert (kinds(report), report.problems[0].block) == (["added"], 1)


def test_exchanged_entries_are_found(trail):
    sealed(trail)
    a, b = nth(trail, 3), nth(trail, 4)
    for old, new in ((a, -1), (b, a), (-1, b)):
        change(trail, update(ENTRY).where(ENTRY.c.seq == old).values(seq=new))
    assert kinds(verified(trail)) == ["changed"]


@pytest.mark.parametrize(
    "values",
    [{"digest": "0" * 64}, {"count": 4}, {"sealed_at": None}, {"previous": "x"}, {"number": 7}],
)
def test_a_changed_block_is_found(trail, values):
    for _ in range(3):
        sealed(trail)
        with trail.system() as ctx:
            write(ctx, range(5))
    if "sealed_at" in values:
        values = {"sealed_at": trail.clock.now + timedelta(days=1)}
    change(trail, update(AuditBlock).where(AuditBlock.number == 2).values(values))
    report = verified(trail)
    assert not report.sound
    assert 2 in {p.block for p in report.problems} or 7 in {p.block for p in report.problems}


def test_a_deleted_block_is_found(trail):
    for _ in range(3):
        sealed(trail)
        with trail.system() as ctx:
            write(ctx, range(5))
    change(trail, delete(AuditBlock).where(AuditBlock.number == 2))
    assert "chain" in kinds(verified(trail))


def test_a_trail_cut_off_or_made_anew_is_found_by_an_anchor(trail, caplog):
    sealed(trail)
    with trail.system() as ctx:
        write(ctx, range(5))
    with caplog.at_level(logging.INFO, "tenon.audit"):
        sealed(trail)
    anchor = verified(trail).anchor
    assert anchor in caplog.text
    last = nth(trail, 24)
    change(trail, delete(AuditBlock).where(AuditBlock.number == 2))
    change(trail, delete(ENTRY).where(ENTRY.c.seq > last))
    assert verified(trail).sound
    report = verified(trail, expected=anchor)
    assert (kinds(report), report.problems[0].block) == (["anchor"], 2)
    change(trail, delete(AuditBlock))
    with trail.system() as ctx:
        write(ctx, range(3))
    trail.clock.advance(minutes=10)
    sealed(trail)
    with trail.system() as ctx:
        write(ctx, range(3))
    sealed(trail)
    report = verified(trail, expected=anchor)
    assert kinds(report) == ["anchor"]


def test_one_forged_block_does_not_blame_the_others(trail):
    for _ in range(4):
        sealed(trail)
        with trail.system() as ctx:
            write(ctx, range(5))
    change(trail, update(ENTRY).where(ENTRY.c.seq == nth(trail, 26)).values(ip="x"))
    report = verified(trail)
    assert [(p.block, p.kind) for p in report.problems] == [(2, "changed")]


@pytest.mark.parametrize("anchor", ["x", "1", "1:abc", ":" + "0" * 64])
def test_what_is_no_anchor_is_refused(tenon, anchor):
    with pytest.raises(Invalid):
        verified(tenon, expected=anchor)


def test_long_trails_are_sealed_in_blocks_and_progress_is_told(trail):
    with trail.system() as ctx:
        write(ctx, range(2 * BLOCK))
    assert sealed(trail) == 2 * BLOCK + 25
    told = []
    report = verified(trail, progress=lambda done, total: told.append((done, total)))
    total = 2 * BLOCK + 25
    assert (report.sound, report.blocks) == (True, 3)
    assert told == [(BLOCK, total), (2 * BLOCK, total), (total, total)]


@pytest.mark.tenon_database("postgresql")
def test_entries_that_are_still_being_written_hold_the_seal_back(trail, monkeypatch):
    engine = trail.site.engine
    slow, quick = engine.connect(), engine.connect()
    row = {**VALUES, "at": trail.clock.now, "changes": {}}
    try:
        slow.execute(insert(AuditEntry), [row])
        quick.execute(insert(AuditEntry), [row])
        quick.commit()
        with engine.begin() as connection:
            assert horizon(connection, wait=0.2) is None
            assert seal(connection, trail.clock.now, wait=0.2) == 0
        done, begun = [], threading.Event()

        def sleep(seconds):
            begun.set()
            time.sleep(seconds)

        patched = SimpleNamespace(monotonic=time.monotonic, sleep=sleep)
        monkeypatch.setattr(sealing, "time", patched)

        def waiting():
            with engine.begin() as connection:
                done.append(seal(connection, trail.clock.now, wait=60))

        sealer = threading.Thread(target=waiting)
        sealer.start()
        assert begun.wait(20)
        quick.execute(insert(AuditEntry), [row])  # begun later: nobody waits for it
        sealer.join(0.3)
        assert sealer.is_alive()
        slow.commit()
        sealer.join(60)
        assert done == [27]
        quick.commit()
        assert sealed(trail) >= 1
        assert verified(trail).sound
    finally:
        slow.close()
        quick.close()


@pytest.mark.tenon_database("postgresql")
def test_an_undone_entry_leaves_a_gap_only(trail):
    with trail.site.engine.connect() as connection:
        connection.execute(insert(AuditEntry), [{**VALUES, "at": trail.clock.now, "changes": {}}])
        connection.rollback()
    with trail.system() as ctx:
        write(ctx, [1])
    assert sealed(trail) == 26
    assert verified(trail).sound


def test_the_trail_stays_verifiable_when_it_moves_between_databases(tenon, tenon_databases):
    """The canonical form of every entry is the same text on both."""
    hard = [
        {"b": [1.0, 1], "a": [1e16, 1e-7], "ä": ["\u2028", '\\u0000 " /'], "n": [-0.0, 0.1]},
        {"x": [{"z": [1, {"y": 2, "aa": None}]}, 1.5e300], "big": [2**60 + 1, -(2**63)]},
        {},
    ]
    with tenon.system() as ctx:
        ctx.connection.execute(delete(ENTRY))
        for seq, changes in enumerate(hard, 1000):
            write(
                ctx, [0], seq=seq, changes=changes, actor_id="01890a5d-ac96-774b-bcce-b302099a8057"
            )
        lines = [canonical(row) for row in entries(ctx.connection, 0, 10**9, 2)]
    shared = (
        b',"2026-03-09T01:30:00.000000Z","01890a5d-ac96-774b-bcce-b302099a8057",null,null,"test",'
        b'null,null,null,"changed","core.account",null,'
    )
    assert lines == [
        b"[1000" + shared
        + '{"a":[10000000000000000,1E-7],"b":[1,1],"n":[0,0.1],"ä":["\u2028","\\\\u0000 \\" /"]}]'.encode(),
        b"[1001" + shared
        + b'{"big":[1152921504606846977,-9223372036854775808],"x":[{"z":[1,{"aa":null,"y":2}]},15'
        + b"0" * 299 + b"]}]",
        b"[1002" + shared + b"{}]",
    ]  # fmt: skip


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abä", max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def postgres(tenon_databases):
    with tenon_databases.database("postgresql", [], lambda url: None) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@given(st.dictionaries(st.text("abc", min_size=1), st.tuples(json_values, json_values), max_size=3))
@settings(max_examples=120, deadline=None)
def test_json_is_hashed_alike_whatever_jsonb_makes_of_it(postgres, changes):
    written = json.dumps(changes)
    with postgres.connect() as connection:
        kept = connection.execute(
            text("SELECT cast(cast(:j AS jsonb) AS text)"), {"j": written}
        ).scalar()
    assert canonical([written]) == canonical([kept])


def test_a_text_that_is_no_unicode_is_sealed_as_it_stands():
    assert canonical(['{"a": "\\ud800"}']) == b'["{\\"a\\": \\"\\\\ud800\\"}"]'


def test_health_warns_when_nothing_was_sealed_for_long(trail):
    (check,) = HEALTH_CHECKS
    with trail.system(read_only=True) as ctx:
        assert check.run(ctx).level == Level.OK
    trail.clock.advance(hours=7)
    with trail.system(read_only=True) as ctx:
        assert check.run(ctx).level == Level.WARNING
    sealed(trail)
    with trail.system(read_only=True) as ctx:
        assert check.run(ctx).level == Level.OK


def test_entries_are_read_a_page_at_a_time(trail):
    with trail.system(read_only=True) as ctx, trail.assert_statements(3):
        assert len(list(entries(ctx.connection, 0, 10**9, 10))) == 25
