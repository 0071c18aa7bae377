"""The two forms of a person's limits, for finding few records and for trying each, are one."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import astuple
from sqlalchemy import select

from tenon_core.access import guarding
from tenon_core.entities import Account, Activity, Contact, ContactAccount, TeamMember
from tenon_core.storage.lists import list_rows, parse_list
from tenon_sdk.testing import Tenon

SCOPES = ("own", "team", "unit", "unit_tree", "all")
ROLE = "tester"
KINDS = ("account", "contact", "activity")


@pytest.fixture
def reader(tenon: Tenon) -> Any:
    """Somebody with a unit below hers, a record shared with her, and strangers beside her."""
    mine = tenon.unit("Mine", code="M")
    units = {"mine": mine, "below": tenon.unit("Below", parent=mine, code="B")}
    units["other"] = tenon.unit("Other", code="O")
    reader = tenon.user(role=None, unit=mine, login="reader")
    people = {name: tenon.user(role=None, unit=u, login=name) for name, u in units.items()}
    for name, person in {**people, "reader": reader, "shared": people["other"]}.items():
        owned = {"owner_id": person.id, "unit_id": person.unit_id}
        account = tenon.make(Account, name=f"Account of {name}", **owned)
        stranger = {"owner_id": people["other"].id, "unit_id": units["other"].id}
        contact = tenon.make(Contact, name=f"Contact of {name}", **stranger)
        tenon.make(
            ContactAccount,
            contact_id=contact.id,
            account_id=account.id,
            active=True,
            is_primary=False,
            starts_on=None,
            ends_on=None,
        )
        tenon.make(Activity, subject=f"Call of {name}", account_id=account.id, **stranger)
        if name == "shared":
            tenon.make(
                TeamMember,
                entity="core.account",
                record_id=account.id,
                user_id=reader.id,
                level="view",
            )
    tenon.grant(ROLE, "core.timeline.view", "all")
    with tenon.system() as ctx:
        tenon._give_role(ctx, reader, ROLE)
    return reader


@pytest.mark.parametrize("scope", SCOPES)
def test_both_forms_let_the_same_through(tenon: Tenon, reader: Any, scope: str) -> None:
    for kind in KINDS:
        tenon.grant(ROLE, f"core.{kind}.view", scope)
    guardian = tenon.site.guardian(reader.id)
    with tenon.site.engine.connect() as connection:
        for entity in (Account, Contact, Activity, ContactAccount):
            found = []
            for clause in (guardian.criteria(entity, "view"), guardian.tested(entity)):
                statement = select(entity.__table__.c.id)
                where = () if clause is None else (clause,)
                found.append(set(connection.scalars(statement.where(*where))))
            assert found[0] == found[1]
            assert found[0]
            assert (len(found[0]) == 5) == (scope == "all")


@pytest.mark.parametrize("scope", ["team", "unit_tree"])
def test_who_sees_many_gets_the_same_list(
    tenon: Tenon, reader: Any, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in KINDS:
        tenon.grant(ROLE, f"core.{kind}.view", scope)

    def listed(entity: Any) -> list[Any]:
        guardian = tenon.site.guardian(reader.id)
        spec = parse_list(tenon.site, guardian, entity, [("fields", "id"), ("count", "exact")])
        page = list_rows(tenon.site, guardian, spec)
        assert page.count == len(page.items)
        return [str(row.c0) for row in page.items]

    usual = [listed(entity) for entity in (Account, Contact, Activity, ContactAccount)]
    monkeypatch.setattr(guarding, "MANY", 0)
    tenon.site.book.forget()
    guardian = tenon.site.guardian(reader.id)
    with tenon.site.read_engine.connect() as connection:
        assert guardian.sees_many(connection, Account)
        assert guardian.sees_many(connection, ContactAccount)
    assert [listed(entity) for entity in (Account, Contact, Activity, ContactAccount)] == usual


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-employees", "status,-name"])
@pytest.mark.parametrize("scope", ["team", "unit", "unit_tree"])
def test_pages_by_ways_make_up_what_may_be_seen(
    tenon: Tenon, reader: Any, scope: str, sort: str
) -> None:
    """A record that is reached by several ways stands in the list once, at its place."""
    for kind in KINDS:
        tenon.grant(ROLE, f"core.{kind}.view", scope)
    for number in range(12):
        account = tenon.make(
            Account, name=f"{number % 5}", employees=number % 3 or None, owner_id=reader.id,
            unit_id=reader.unit_id if number % 2 else None,
        )  # fmt: skip
        if number % 4 < 2:
            tenon.make(
                TeamMember, entity="core.account", record_id=account.id, user_id=reader.id,
                level="view",
            )  # fmt: skip
    guardian = tenon.site.guardian(reader.id)
    assert len(guardian.ways(Account)) > 1
    fields = ("fields", "id,name,employees,status,owner_id.title")
    given = [fields, ("sort", sort), ("status__in", "prospect,active")]
    whole = parse_list(tenon.site, guardian, Account, [*given, ("count", "exact")])
    page = list_rows(tenon.site, guardian, whole)
    rows = [astuple(row) for row in page.items]
    everything = parse_list(tenon.site, None, Account, [fields, ("sort", sort)])
    with tenon.site.read_engine.connect() as connection:
        seen = connection.scalars(select(Account.id).where(guardian.tested(Account))).all()
    mine = {str(id_) for id_ in seen}
    others = list_rows(tenon.site, None, everything).items
    expected = [astuple(row) for row in others if str(row.c0) in mine]
    assert rows == expected
    assert page.count == len(rows) == len(seen) > 12
    found: list[Any] = []
    cursor: str | None = None
    while len(found) < len(rows):
        more = [("limit", "4")] + ([("cursor", cursor)] if cursor else [])
        part = list_rows(
            tenon.site, guardian, parse_list(tenon.site, guardian, Account, [*given, *more])
        )
        found += map(astuple, part.items)
        cursor = part.next
    assert found == rows
    assert cursor is None
