import smtplib
import socket
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError
from sqlalchemy import func, select

from tenon_core.entities import Account, Tag, User
from tenon_press.entities import Machine, Part
from tenon_press.inputs import Commissioning
from tenon_sdk.testing.clock import START

BLOCKED = (SocketBlockedError, SocketConnectBlockedError)


def test_people_and_units(tenon):
    region = tenon.unit("Region")
    branch = tenon.unit("Branch", parent=region)
    ann = tenon.user(role="sales_manager", unit=branch, login="ann", name="Ann Li")
    assert (ann.login, ann.name, ann.unit_id) == ("ann", "Ann Li", branch.id)
    for given in (ann, ann.id, "ann"):
        assert tenon.id_of(given) == ann.id
    assert tenon.id_of("auditor") == tenon.id_of("auditor")
    with pytest.raises(LookupError, match="no role 'chef'"):
        tenon.user(role="chef")


def test_a_grant_is_added_widened_and_narrowed(tenon):
    nobody = tenon.user(role=None)
    chef = tenon.grant("chef", "core.account.view", "all")
    assert chef is None
    cook = tenon.user(role="chef")
    tenon.make(Account)

    def seen(person):
        with tenon.ctx(person) as ctx:
            return ctx.session.scalar(select(func.count()).select_from(Account))

    assert (seen(cook), seen(nobody)) == (1, 0)
    tenon.grant("chef", "core.account.view", "own")
    assert seen(cook) == 0


def test_the_clock_stands_until_it_is_moved(tenon):
    assert tenon.clock.now == START
    tenon.clock.advance(days=2, hours=1)
    assert tenon.make(Account).created_at == START + timedelta(days=2, hours=1)
    tenon.clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    assert tenon.clock.today.year == 2027
    with pytest.raises(ValueError, match="time zone"):
        tenon.clock.set(datetime(2027, 1, 1))  # noqa: DTZ001 - what is refused


def test_a_client_acts_as_its_person(tenon):
    ann, bob = tenon.user(), tenon.user()
    account = tenon.make(Account, by=ann)
    path = f"/api/v1/core/account/{account.id}"
    assert tenon.client(ann).get(path).json()["id"] == str(account.id)
    assert tenon.client(bob).get(path).status_code == 404
    assert tenon.client("auditor").get(path).status_code == 200
    assert tenon.client().get(path).status_code == 401


def test_a_restarted_site_keeps_its_data(tenon):
    account = tenon.make(Account)
    tenon.restart()
    with tenon.system() as ctx:
        assert ctx.session.get(Account, account.id) is not None
    assert tenon.client("auditor").get("/api/v1/core/account").status_code == 200


def test_statements_are_counted(tenon):
    with tenon.system() as ctx, tenon.assert_statements(2):
        ctx.session.scalars(select(Account)).all()
        ctx.session.scalars(select(User)).all()
    with tenon.system() as ctx, tenon.assert_statements(at_most=5):
        ctx.session.add_all(Tag(name=f"tag {n}", colour="grey") for n in range(3))
    with pytest.raises(AssertionError, match=r"1 statements, exactly 2 expected:\n +1 +SELECT"):
        one_too_few(tenon)
    with pytest.raises(TypeError, match="exactly or at_most"), tenon.assert_statements():
        pass


def one_too_few(tenon):
    with tenon.system() as ctx, tenon.assert_statements(2):
        ctx.session.scalars(select(Account)).all()


def test_statements_of_the_api_are_counted_too(tenon):
    client = tenon.client("auditor")
    client.get("/api/v1/core/account")
    with tenon.count_statements() as statements:
        client.get("/api/v1/core/account")
    assert any("core_account" in text for text in statements.texts)
    assert len(statements) <= 4


def test_the_network_is_out_of_reach(tenon):
    with pytest.raises(BLOCKED):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises((*BLOCKED, OSError)):
        urllib.request.urlopen("http://192.0.2.1/", timeout=1)
    with pytest.raises(BLOCKED):
        smtplib.SMTP("192.0.2.1", 25, timeout=1)


# ------------------------------------------------------------------------------ assert_invisible

EXITS = {
    "session select", "session select of columns", "session count", "session aggregate",
    "session alias", "session get", "join from press.part", "API list", "API list by id", "API count",
    "API get", "API list by text", "API search", "API aggregate", "API change", "API batch",
    "API delete", "timeline of press.machine", "timeline of core.account",
    "panels of core.account", "unified view", "export with labels", "export with names",
}  # fmt: skip


@pytest.mark.tenon_plugins("press")
def test_each_exit_is_looked_through(tenon):
    """To somebody who sees the record, every exit shows it; so each of them looks at something."""
    machine = tenon.make(Machine, every=True)
    tenon.make(Part, machine=machine)
    with tenon.system() as ctx:
        found = ctx.session.get_one(Machine, machine.id)
        ctx.transition(found, "commission", Commissioning(on=tenon.clock.today))
    with pytest.raises(AssertionError) as caught:
        tenon.assert_invisible("administrator", machine)
    shown = set(str(caught.value).partition("through: ")[2].split("; "))
    assert EXITS - shown == set()


def test_each_exit_of_a_plain_entity_is_looked_through(tenon):
    """Statements and the recycle bin, which an entity with guards and without a bin has not."""
    with pytest.raises(AssertionError) as caught:
        tenon.assert_invisible("administrator", tenon.make(Account))
    for name in ("update statement", "delete statement", "API list with the recycle bin"):
        assert name in str(caught.value)


@pytest.mark.tenon_plugins("press")
def test_each_exit_of_a_field_is_looked_through(tenon):
    machine = tenon.make(Machine, price="73194.25")
    with pytest.raises(AssertionError) as caught:
        tenon.assert_invisible("administrator", machine, "price")
    shown = set(str(caught.value).partition("through: ")[2].split("; "))
    wanted = {
        "session select", "session filter", "session attribute", "API get", "API list",
        "API list of the field", "API aggregate", "API sum", "API filter", "API comparison",
        "API sort", "export with labels", "export with names",
    }  # fmt: skip
    assert wanted - shown == set()
    tenon.assert_invisible(tenon.user(), machine, "price")


@pytest.mark.tenon_plugins("press")
def test_an_empty_field_hides_nothing_that_could_be_found(tenon):
    with pytest.raises(ValueError, match="price is empty"):
        tenon.assert_invisible("salesperson", tenon.make(Machine), "price")


def test_looking_changes_nothing(tenon):
    account = tenon.make(Account)
    with pytest.raises(AssertionError, match="API delete"):
        tenon.assert_invisible("administrator", account)
    with tenon.system() as ctx:
        stored = ctx.session.get_one(Account, account.id)
        assert (stored.version, stored.archived_at) == (1, None)
