import pytest
from sqlalchemy import func, select

from tenon_core import entities
from tenon_core.entities import Account, Address, Contact, ContactAccount
from tenon_press.entities import Machine, Part
from tenon_press.extensions import Customer
from tenon_sdk.entities import Entity, fields_of
from tenon_sdk.errors import Invalid

CORE = sorted(
    (
        cls
        for cls in vars(entities).values()
        if isinstance(cls, type) and issubclass(cls, Entity) and "__tenon__" in vars(cls)
    ),
    key=lambda cls: cls.__tenon__.name,
)


def test_every_entity_of_core_can_be_made(tenon):
    failed = {}
    for cls in CORE:
        try:
            first, second = tenon.make(cls), tenon.make(cls)
        except Exception as error:  # noqa: BLE001 - all of them are shown together
            failed[cls.__tenon__.name] = f"{type(error).__name__}: {str(error)[:300]}"
        else:
            assert first.id != second.id
    assert failed == {}


@pytest.mark.tenon_plugins("press")
def test_required_references_are_made_on_demand(tenon):
    part = tenon.make(Part)
    with tenon.system() as ctx:
        machine = ctx.session.get_one(Machine, part.machine_id)
        assert machine.number == "PM-2026-0001"
        assert machine.account_id is None
        assert ctx.session.scalar(select(func.count()).select_from(Account)) == 0


@pytest.mark.tenon_plugins("press")
def test_every_fills_what_may_be_empty(tenon):
    machine = tenon.make(Machine, every=True)
    assert machine.account_id is not None
    assert machine.price is not None


@pytest.mark.tenon_plugins("press")
def test_a_side_table_is_made_beside_its_record(tenon):
    account = tenon.make(Account)
    tenon.make(Customer, id=account.id, presses=3)
    alone = tenon.make(Customer, presses=4)
    with tenon.system() as ctx:
        assert ctx.session.get_one(Account, account.id).press_customer.presses == 3
        assert ctx.session.get_one(Account, alone.id).press_customer.presses == 4


def test_a_record_stands_for_its_id(tenon):
    account, contact = tenon.make(Account), tenon.make(Contact)
    link = tenon.make(ContactAccount, account=account, contact=contact)
    assert (link.account_id, link.contact_id) == (account.id, contact.id)


def test_given_values_are_kept_and_checked(tenon):
    assert tenon.make(Account, name="智光电气").name == "智光电气"
    with pytest.raises(Invalid, match="name"):
        tenon.make(Account, name="")


def test_who_makes_it_owns_it(tenon):
    ann = tenon.user()
    account = tenon.make(Account, by=ann)
    assert (account.owner_id, account.created_by) == (ann.id, ann.id)
    assert tenon.make(Account).owner_id is None


def test_values_are_plausible_and_the_same_in_every_run(tenon):
    contact = tenon.make(Contact, every=True)
    address = tenon.make(Address)
    texts = {name for name, info in fields_of(Contact).items() if info.kind == "email"}
    assert all("@example.com" in getattr(contact, name) for name in texts)
    assert address.created_at == tenon.clock.now


def test_a_filler_adds_what_rules_demand(tenon):
    tenon.fill(Account, lambda n: {"name": f"Filled {n}", "short_name": "F"})
    assert tenon.make(Account).short_name == "F"
    assert tenon.make(Account, short_name="G").short_name == "G"
