"""A page of a list costs the same on any table: both databases answer it from an index's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tenon_core.entities import Account
from tenon_core.storage.lists import list_json, parse_list
from tenon_core.storage.lists.paging import write_cursor
from tenon_core.storage.reading import Cursor
from tenon_sdk.testing import Tenon

# Of an empty table PostgreSQL would rather read all of it and sort; of a large one it would not.
AS_IF_LARGE = ("enable_seqscan", "enable_sort", "enable_bitmapscan", "enable_incremental_sort")
SOME = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def plans(tenon: Tenon, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """The plans of all statements of a list, as text."""
    heard: list[tuple[str, Any]] = []
    fetch = Cursor.fetch

    def hear(cursor: Cursor, sql: str, values: list[Any]) -> list[Any]:
        heard.append((sql, tuple(values)))
        return fetch(cursor, sql, values)

    monkeypatch.setattr(Cursor, "fetch", hear)

    def explained(guardian: Any, *pairs: tuple[str, str]) -> list[str]:
        heard.clear()
        list_json(tenon.site, guardian, parse_list(tenon.site, guardian, Account, pairs))
        assert heard
        with tenon.site.engine.connect() as connection:
            native = connection.dialect.name == "postgresql"
            for name in AS_IF_LARGE if native else ():
                connection.exec_driver_sql(f"SET LOCAL {name} = off")
            how = "EXPLAIN" if native else "EXPLAIN QUERY PLAN"
            rows = [connection.exec_driver_sql(f"{how} {sql}", v).all() for sql, v in heard]
        return ["\n".join(str(row[-1]) for row in plan) for plan in rows]

    return explained


def _sorts(plan: str) -> bool:
    """Whether a plan gathers rows of the table to put them in order."""
    return "TEMP B-TREE" in plan or "Sort  (" in plan


LISTS = {
    "all": [],
    "by reference": [("region_id", SOME)],
    "by owner": [("owner_id", SOME)],
    "by tier": [("tier_id", SOME)],
    "by industry": [("industry_id", SOME)],
    "by status": [("status", "active")],
    "by two": [("status", "active"), ("region_id", SOME)],
    "by name": [("sort", "name")],
    "by name from the end": [("sort", "-name")],
    "by date": [("sort", "-created_at")],
    "by tier's order": [("sort", "tier_id")],
    "by tier's order from the end": [("sort", "-tier_id")],
}


@pytest.mark.parametrize("behind", [False, True], ids=["first", "next"])
@pytest.mark.parametrize("name", LISTS)
def test_no_list_gathers_the_table(plans: Any, name: str, behind: bool) -> None:
    pairs = [("fields", "id,name,status"), *LISTS[name]]
    if behind:
        keys = {"name": ["N", SOME], "created_at": ["2026-01-01T00:00:00+00:00", SOME]}
        sort = dict(pairs).get("sort", "").removeprefix("-")
        pairs.append(("cursor", write_cursor(keys.get(sort, [SOME, SOME] if sort else [SOME]))))
    for plan in plans(None, *pairs):
        assert "ix_core_account_" in plan or "core_account_1" in plan or "pk_core_account" in plan
        assert not _sorts(plan), plan


def test_a_sort_without_index_is_seen_by_the_check(plans: Any) -> None:
    assert any(map(_sorts, plans(None, ("sort", "source_detail"))))


def test_who_sees_few_is_answered_from_her_own(tenon: Tenon, plans: Any) -> None:
    """Not from the index of a filter or sort key, of which most rows are others'."""
    seller = tenon.user("salesperson")
    guardian = tenon.site.guardian(seller.id)
    for pairs in (
        [],
        [("status", "active"), ("region_id", SOME)],
        [("sort", "name")],
        [("sort", "-tier_id")],
    ):
        for plan in plans(guardian, ("fields", "id,name"), *pairs):
            assert "ix_core_account_owner_id_id" in plan
            for other in ("status", "region_id", "name", "tier_id"):
                assert f"ix_core_account_{other}_" not in plan, plan
