"""Nobody hangs a part on a record that she may not change, or refers to one that she cannot see."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from tenon_core.entities import Account, Comment, Contact, ContactAccount, TeamMember
from tenon_sdk.testing import Tenon

COMMENT = "/api/v1/core/comment"


@pytest.fixture
def people(tenon: Tenon) -> tuple[Any, Any]:
    """A salesperson, and a colleague of another unit."""
    houses = [tenon.unit(name, code=name) for name in ("East", "West")]
    return tenon.user(unit=houses[0]), tenon.user(unit=houses[1])


def test_a_new_record_that_borrows_the_id_of_its_target_opens_nothing(
    tenon: Tenon, people: tuple[Any, Any]
) -> None:
    her, other = people
    mine = tenon.make(Account, owner_id=her.id, unit_id=her.unit_id)
    account = tenon.make(Account, owner_id=other.id, unit_id=other.unit_id)
    contact = tenon.make(Contact, owner_id=other.id, unit_id=other.unit_id)
    client = tenon.client(her)
    on_account = {"entity": "core.account", "record_id": str(account.id), "text": "Hello"}
    answer = client.post(COMMENT, json={"id": str(account.id), **on_account})
    assert answer.status_code in {404, 422}
    position = {"contact_id": str(contact.id), "account_id": str(mine.id)}
    data = {"id": str(contact.id), **position}
    answer = client.post("/api/v1/core/contact_account", json=data)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {"contact_id"})
    tenon.assert_invisible(her, contact)
    with tenon.system(read_only=True) as ctx:
        assert ctx.session.scalars(select(Comment)).all() == []
        assert ctx.session.scalars(select(ContactAccount)).all() == []


def test_a_part_moves_only_to_a_record_that_one_may_change(
    tenon: Tenon, people: tuple[Any, Any]
) -> None:
    her, other = people
    mine, second = (tenon.make(Account, owner_id=her.id, unit_id=her.unit_id) for _n in range(2))
    seen = tenon.make(Account, owner_id=other.id, unit_id=other.unit_id)
    share(tenon, seen, her)
    client = tenon.client(her)
    assert client.get(f"/api/v1/core/account/{seen.id}").status_code == 200
    comment = tenon.make(
        Comment, author_id=her.id, entity="core.account", record_id=mine.id, text="Hello"
    )
    path = f"{COMMENT}/{comment.id}"
    assert client.patch(path, json={"record_id": str(seen.id)}).status_code == 403
    assert client.patch(path, json={"record_id": str(second.id)}).status_code == 200


def test_the_kind_of_what_a_part_hangs_on_is_looked_at_like_its_id(
    tenon: Tenon, people: tuple[Any, Any]
) -> None:
    her, other = people
    hidden = tenon.make(Account, owner_id=other.id, unit_id=other.unit_id)
    twin = tenon.make(Contact, id=hidden.id, owner_id=her.id, unit_id=her.unit_id)
    comment = tenon.make(
        Comment, author_id=her.id, entity="core.contact", record_id=twin.id, text="Hello"
    )
    answer = tenon.client(her).patch(f"{COMMENT}/{comment.id}", json={"entity": "core.account"})
    assert answer.status_code in {404, 422}


def share(tenon: Tenon, record: Any, user: Any, level: str = "view") -> None:
    with tenon.system() as ctx:
        ctx.session.add(
            TeamMember(
                entity=type(record).__tenon__.name,
                record_id=record.id,
                user_id=user.id,
                level=level,
            )
        )
