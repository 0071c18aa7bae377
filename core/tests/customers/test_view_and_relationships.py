"""Relationships follow activities; the unified view is bounded; documents and duplicates."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from tenon_core.customers import documents, finding, relationships, view
from tenon_core.entities import (
    Account,
    Activity,
    ActivityParticipant,
    DocumentVersion,
    DuplicatePair,
    InvoiceProfile,
    Relationship,
)
from tenon_sdk.errors import Invalid, NotFound, Refused
from tenon_sdk.events import Subject
from tenon_sdk.testing import Tenon


def test_levels_rise_with_meetings_and_fall_with_time(tenon: Tenon, customers: Any) -> None:
    seller = tenon.user("salesperson")
    account = customers.account(seller)
    contact = customers.contact(account, "Wang", seller, importance=5)
    customers.contact(account, "Nobody knows her", seller, importance=4)
    for days in range(0, 91, 7):
        customers.visit(account, contact, seller, days_ago=days)
    with tenon.ctx(seller) as ctx:
        network = relationships.account_network(ctx, account.id)
        assert [tie.level for tie in network.ties] == [5]
        assert network.share == 0.5
        assert len(network.unknown) == 1
        assert (network.resilience, dict(network.sole)) == (1, {contact.id: seller.id})
    tenon.clock.advance(days=800)
    with tenon.ctx(seller) as ctx:
        assert [t.level for t in relationships.account_network(ctx, account.id).ties] == [0]
    with tenon.system() as ctx:
        relationships.rebuild(ctx, {})
        assert ctx.session.scalars(select(Relationship.level)).all() == [0]


def test_a_cancelled_or_deleted_meeting_counts_no_more(tenon: Tenon, customers: Any) -> None:
    seller = tenon.user("salesperson")
    account = customers.account(seller)
    contact = customers.contact(account, "Wang", seller)
    first, second = (customers.visit(account, contact, seller) for _n in range(2))

    def score() -> float:
        with tenon.system() as ctx:
            return float(ctx.session.scalars(select(Relationship.score)).one())

    both = score()
    with tenon.system() as ctx:
        ctx.session.get(Activity, first.id).status = "cancelled"
    one = score()
    assert 0 < one < both
    with tenon.system() as ctx:
        ctx.session.delete(ctx.session.get(Activity, second.id))
    assert score() == 0


def test_who_can_introduce_me(tenon: Tenon, customers: Any) -> None:
    unit = tenon.unit("South", code="S")
    knows, asks = (tenon.user("salesperson", unit=unit) for _n in range(2))
    account = customers.account(asks)
    contact = customers.contact(account, "Wang", asks)
    customers.visit(account, contact, knows)
    with tenon.ctx(asks) as ctx:
        ways = relationships.who_knows(ctx, contact.id)
        assert [[p.id for p in way.people] for way in ways] == [[asks.id, knows.id, contact.id]]
    with tenon.ctx(tenon.user("salesperson")) as ctx, pytest.raises(NotFound):
        relationships.who_knows(ctx, contact.id)


def test_the_view_does_not_grow_with_the_history(tenon: Tenon, customers: Any) -> None:
    seller = tenon.user("salesperson")
    account = customers.account(seller)
    contact = customers.contact(account, "Wang", seller)

    def statements() -> int:
        with tenon.ctx(seller, read_only=True) as ctx:
            view.unified_view(ctx, account.id)
        with tenon.ctx(seller, read_only=True) as ctx, tenon.count_statements() as heard:
            shown = view.unified_view(ctx, account.id)
            assert shown.account["name"] == account.name
        return len(heard)

    customers.visit(account, contact, seller)
    few = statements()
    with tenon.system() as ctx:
        for n in range(80):
            activity = Activity(
                kind="call", subject=f"Call {n}", status="done", account_id=account.id,
                owner_id=seller.id, actual_start=ctx.now - timedelta(hours=n),
            )  # fmt: skip
            activity.participants = [ActivityParticipant(contact_id=contact.id)]
            ctx.session.add(activity)
            ctx.session.add(
                Activity(kind="task", subject=f"Task {n}", account_id=account.id,
                         owner_id=seller.id, planned_end=ctx.now)
            )  # fmt: skip
    assert statements() <= few + 1
    with tenon.ctx(tenon.user("salesperson")) as ctx, pytest.raises(NotFound):
        view.unified_view(ctx, account.id)


def test_the_group_shows_what_the_reader_sees(tenon: Tenon, customers: Any) -> None:
    seller = tenon.user("salesperson")
    other = tenon.user("salesperson", unit=tenon.unit("Far", code="FAR"))
    top = customers.account(seller, "Group")
    mine = customers.account(seller, "Mine", parent_id=top.id)
    customers.account(other, "Theirs", parent_id=top.id)
    with tenon.ctx(seller) as ctx:
        found = view.group_tree(ctx, mine.id)
        assert [(m.name, m.depth) for m in found] == [("Group", 0), ("Mine", 1)]


def test_documents_have_versions_and_limits(tenon: Tenon, customers: Any) -> None:
    seller = tenon.user("salesperson")
    account = customers.account(seller)
    subject = Subject("core.account", account.id)
    with tenon.ctx(seller) as ctx:
        first = documents.store(ctx, io.BytesIO(b"%PDF-1"), "Offer.pdf", subjects=[subject])
    with tenon.ctx(seller) as ctx:
        again = documents.store(
            ctx, io.BytesIO(b"%PDF-2"), "../x/Offer.pdf", document_id=first.document_id
        )
        assert (again.number, again.file_name) == (2, "Offer.pdf")
    with tenon.ctx(seller) as ctx:
        for number, content in ((None, b"%PDF-2"), (1, b"%PDF-1")):
            opened = documents.open_content(ctx, first.document_id, number)
            with opened.stream as stream:
                assert stream.read() == content
            assert opened.inline
    manager = tenon.user("sales_manager", unit=tenon.unit("Far", code="FAR"))
    with tenon.ctx(manager) as ctx, pytest.raises(NotFound):
        documents.open_content(ctx, first.document_id)
    with tenon.ctx(seller) as ctx:
        with pytest.raises(Invalid, match="empty"):
            documents.store(ctx, io.BytesIO(b""), "a.pdf")
        with pytest.raises(Invalid, match="not accepted"):
            documents.store(ctx, io.BytesIO(b"<script>"), "page.html")
        with pytest.raises(Invalid, match="needs a name"):
            documents.store(ctx, io.BytesIO(b"x"), "///")
        with pytest.raises(Invalid, match="larger"):
            documents.Contents(ctx.site).put(io.BytesIO(b"x" * 11), 10)
    with tenon.system() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(DocumentVersion)) == 2
        assert documents.clean(ctx, {}) == 0
        assert documents.is_active("image/svg+xml")
        assert documents.is_active("text/html")


def test_a_duplicate_is_found_on_entry(tenon: Tenon, customers: Any) -> None:
    seller = tenon.user("salesperson", name="李雷")
    customers.account(seller, "广州智光电气股份有限公司")
    with tenon.ctx(seller) as ctx:
        found = finding.similar(
            ctx, finding.Candidate(entity="core.account", name="智光电气（广州）有限公司")
        )
        assert [(s.title, s.owner) for s in found] == [("广州智光电气股份有限公司", "李雷")]
        assert found[0].reasons
        assert found[0].id is not None
    customers.account(seller, "智光电气有限公司")
    with tenon.system() as ctx:
        pair = ctx.session.scalars(select(DuplicatePair)).one()
        assert pair.state == "open"
        assert pair.reasons
        pair.state = "dismissed"
    with tenon.system() as ctx:
        assert finding.find_duplicates(ctx, {}) == 0


HIDDEN = "914403001922038216"


@pytest.fixture
def far(tenon: Tenon, customers: Any) -> Any:
    """An account with all that is compared, in a unit where no test looks."""
    owner = tenon.user("salesperson", unit=tenon.unit("Far", code="FAR"), name="李雷")
    account = customers.account(owner, "广州智光电气股份有限公司")
    tenon.make(InvoiceProfile, account_id=account.id, title="智光电气股份", tax_number=HIDDEN)
    return account


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "智光电气（广州）有限公司"},
        {"name": "智光", "tax_number": HIDDEN},
        # One digit off: the stored number must not come back as a similar one.
        {"name": "广州智光电气", "tax_number": HIDDEN.replace("38216", "31826")},
    ],
)
def test_of_a_hidden_duplicate_only_whom_to_ask_is_told(
    tenon: Tenon, far: Any, asked: dict[str, str]
) -> None:
    seller = tenon.user("salesperson")
    with tenon.ctx(seller) as ctx:
        found = finding.similar(ctx, finding.Candidate(entity="core.account", **asked))
    told = [(s.id, s.title, s.owner, s.score, s.reasons) for s in found]
    assert told == [(None, None, "李雷", None, ())]
    with tenon.system() as ctx:
        found = finding.similar(ctx, finding.Candidate(entity="core.account", **asked))
    assert found[0].title == "广州智光电气股份有限公司"
    assert found[0].reasons


def _refuse_duplicates(tenon: Tenon) -> None:
    path = tenon.folder / "tenon.toml"
    path.write_text(
        path.read_text("utf-8") + "\n[plugins.core]\nrefuse_duplicates = true\n", "utf-8"
    )
    tenon.restart()


def test_a_certain_duplicate_can_be_refused(tenon: Tenon, customers: Any) -> None:
    seller = tenon.user("salesperson")
    customers.account(seller, "广州智光电气股份有限公司")
    _refuse_duplicates(tenon)
    with pytest.raises(Refused, match="there already: 广州"), tenon.ctx(seller) as ctx:
        ctx.session.add(Account(name="广州智光电气股份有限公司"))
    with tenon.system() as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(Account)) == 1


def test_a_refusal_names_the_owner_of_what_is_hidden_and_nothing_else(
    tenon: Tenon, far: Any
) -> None:
    _refuse_duplicates(tenon)
    with pytest.raises(Refused) as refused, tenon.ctx(tenon.user("salesperson")) as ctx:
        ctx.session.add(Account(name="广州智光电气（股份）有限公司"))
    assert [r.message.translate() for r in refused.value.refusals] == [
        "Probably there already. Ask 李雷, who looks after it."
    ]


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("91440300192203821G", "check character"),
        ("9144O300192203821X", "position 5"),
        ("914403001922038216", None),
        ("DE123456789", None),
    ],
)
def test_tax_numbers_are_checked(
    tenon: Tenon, customers: Any, number: str, fault: str | None
) -> None:
    account = customers.account(tenon.user("salesperson"))
    given = {"account_id": account.id, "title": account.name, "tax_number": number}
    if fault is None:
        assert tenon.make(InvoiceProfile, **given).tax_number == number
        return
    with pytest.raises(Invalid) as refused:
        tenon.make(InvoiceProfile, **given)
    assert set(refused.value.fields) == {"tax_number"}
