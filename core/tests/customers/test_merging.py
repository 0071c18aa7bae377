"""Merging keeps both histories, repoints every reference, and can be undone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from tenon_core.customers.merging import Merging, merge, undo
from tenon_core.entities import (
    Account,
    Activity,
    ActivitySubject,
    Comment,
    ContactAccount,
    InvoiceProfile,
    Tag,
    Tagging,
    TeamMember,
)
from tenon_core.events.timeline import timeline
from tenon_sdk.entities import Base
from tenon_sdk.errors import Forbidden, Invalid, NotFound, Refused
from tenon_sdk.testing import Tenon

PLACES = (ContactAccount, Activity, InvoiceProfile)


def _rows(tenon: Tenon) -> dict[str, list[tuple[Any, ...]]]:
    """Everything stored, less what tells of the merges themselves and who wrote when."""
    untold = {"version", "updated_at", "updated_by"}
    told = {
        "core_audit_entry", "core_merge", "core_stored_event", "core_stored_event_subject",
        "core_notification", "core_duplicate_pair", "core_search_entry", "core_search_token",
        "core_job_run",
    }  # fmt: skip
    found = {}
    with tenon.system(read_only=True) as ctx:
        for table in Base.metadata.sorted_tables:
            if table.name.startswith("core_") and table.name not in told:
                columns = [c for c in table.columns if c.name not in untold]
                rows = ctx.session.connection().execute(select(*columns)).all()
                found[table.name] = sorted(map(str, rows))
    return found


@pytest.fixture
def pair(tenon: Tenon, customers: Any) -> tuple[Any, Any, Any]:
    """(manager, kept, merged); both have contacts, history and things of which one may be."""
    manager = tenon.user("sales_manager", login="manager")
    kept = customers.account(manager, "广州智光电气股份有限公司")
    merged = customers.account(manager, "智光电气", phone="+86 20 8551 2345")
    both = customers.contact(kept, "王芳", manager)
    tenon.make(
        ContactAccount, contact_id=both.id, account_id=merged.id, active=True,
        is_primary=False, starts_on=None, ends_on=None,
    )  # fmt: skip
    customers.visit(merged, customers.contact(merged, "李强", manager), manager)
    tag = tenon.make(Tag, name="重点", entity="")
    for account in (kept, merged):
        tenon.make(Tagging, entity="core.account", record_id=account.id, tag_id=tag.id)
        tenon.make(InvoiceProfile, account_id=account.id, title=account.name, tax_number=None)
        tenon.make(
            Comment, entity="core.account", record_id=account.id, author_id=manager.id, text="Hi"
        )
    tenon.make(
        TeamMember,
        entity="core.account",
        record_id=merged.id,
        user_id=tenon.user("salesperson").id,
        level="view",
    )
    call = tenon.make(Activity, kind="call", subject="Call", status="planned", account_id=kept.id)
    tenon.make(ActivitySubject, activity_id=call.id, entity="core.account", record_id=merged.id)
    return manager, kept, merged


def test_everything_refers_to_the_kept_record(tenon: Tenon, pair: Any) -> None:
    manager, kept, merged = pair
    with tenon.ctx(manager) as ctx:
        merge(ctx, Merging(entity="core.account", kept_id=kept.id, merged_id=merged.id))
    with tenon.system() as ctx:
        session = ctx.session
        for entity in PLACES:
            count = select(func.count()).select_from(entity)
            assert session.scalar(count.where(entity.account_id == merged.id)) == 0
        for entity in (Comment, Tagging, TeamMember, ActivitySubject):
            count = select(func.count()).select_from(entity)
            assert session.scalar(count.where(entity.record_id == merged.id)) == 0
        assert session.scalar(select(func.count()).select_from(InvoiceProfile)) == 1
        assert session.scalar(select(func.count()).select_from(Tagging)) == 1
        assert session.get(Account, kept.id).phone == "+86 20 8551 2345"
        assert session.get(Account, merged.id).archived_at is not None
    with tenon.ctx(manager) as ctx:
        entries = timeline(ctx, "core.account", kept.id, limit=200).entries
        about = {entry.about.id for entry in entries if entry.kind == "change" and entry.about}
        assert {kept.id, merged.id} <= about


def test_undo_restores_every_row(tenon: Tenon, pair: Any) -> None:
    manager, kept, merged = pair
    before = _rows(tenon)
    with tenon.ctx(manager) as ctx:
        done = merge(ctx, Merging(entity="core.account", kept_id=kept.id, merged_id=merged.id))
    assert _rows(tenon) != before
    with tenon.ctx(manager) as ctx:
        assert undo(ctx, done) > 0
    after = _rows(tenon)
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"core_duplicate_key", "core_care_due", "core_relationship", "core_sequence"}
    assert before["core_duplicate_key"] == after["core_duplicate_key"]
    with tenon.ctx(manager) as ctx, pytest.raises(Refused):
        undo(ctx, done)


def test_what_changed_after_the_merge_stays(tenon: Tenon, pair: Any, customers: Any) -> None:
    manager, kept, merged = pair
    with tenon.ctx(manager) as ctx:
        done = merge(ctx, Merging(entity="core.account", kept_id=kept.id, merged_id=merged.id))
        ctx.session.get(Account, kept.id).phone = "+86 20 1111 2222"
    late = customers.contact(kept, "陈明", manager)
    with tenon.ctx(manager) as ctx:
        undo(ctx, done)
    with tenon.system() as ctx:
        assert ctx.session.get(Account, kept.id).phone == "+86 20 1111 2222"
        at = select(ContactAccount.account_id).where(ContactAccount.contact_id == late.id)
        assert ctx.session.scalars(at).all() == [kept.id]


def test_a_parent_does_not_become_its_own(tenon: Tenon, pair: Any) -> None:
    manager, kept, merged = pair
    with tenon.system() as ctx:
        ctx.session.get(Account, kept.id).parent_id = merged.id
    with tenon.ctx(manager) as ctx:
        merge(ctx, Merging(entity="core.account", kept_id=kept.id, merged_id=merged.id))
    with tenon.system() as ctx:
        assert ctx.session.get(Account, kept.id).parent_id is None


def test_refusals(tenon: Tenon, pair: Any, customers: Any) -> None:
    manager, kept, merged = pair
    seller = tenon.user("salesperson")
    with pytest.raises(Forbidden), tenon.ctx(seller) as ctx:
        merge(ctx, Merging(entity="core.account", kept_id=kept.id, merged_id=merged.id))
    stranger = tenon.user("sales_manager", unit=tenon.unit("Far", code="FAR"))
    with pytest.raises(NotFound), tenon.ctx(stranger) as ctx:
        merge(ctx, Merging(entity="core.account", kept_id=kept.id, merged_id=merged.id))
    with tenon.ctx(manager) as ctx:
        with pytest.raises(Invalid):
            merge(ctx, Merging(entity="core.account", kept_id=kept.id, merged_id=kept.id))
        with pytest.raises(Invalid):
            merge(ctx, Merging(entity="core.nothing", kept_id=kept.id, merged_id=merged.id))
        with pytest.raises(Invalid):
            merge(
                ctx,
                Merging(
                    entity="core.account", kept_id=kept.id, merged_id=merged.id, take=["owner"]
                ),
            )
