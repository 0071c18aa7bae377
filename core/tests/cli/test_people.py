"""Users, roles, tokens, and who may do what."""

import os
import pwd
import re

import pytest
from sqlalchemy import select

from tenon_core.cli.app import App
from tenon_core.entities import Account, Unit, User
from tenon_core.entities.people import ApiToken
from tenon_core.web.auth.passwords import verify


@pytest.fixture
def site(cli):
    app = App(given=str(cli.site))
    yield app.site()
    app.close()


@pytest.fixture
def in_site(site):
    """Runs a function in a unit of work of the system."""

    def run(work):
        with site.system("test") as ctx:
            return work(ctx)

    return run


def stored(in_site, login):
    def read(ctx):
        user = ctx.session.scalars(select(User).where(User.login == login)).one()
        return user.name, user.email, user.password_hash, user.unit_id

    return in_site(read)


def test_a_user_gets_a_role_a_unit_and_a_password(cli, in_site):
    in_site(lambda ctx: ctx.session.add(Unit(name="South", code="S")))
    said = cli(
        "user", "add", "Ann", "--role", "salesperson", "--role", "planner", "--unit", "South",
        "--name", "安娜", "--email", "ann@example.com",
    )  # fmt: skip
    password = re.search(r"Password: (\S+)", said.out)[1]
    name, email, hashed, unit = stored(in_site, "ann")
    assert (name, email) == ("安娜", "ann@example.com")
    assert verify(hashed, password)
    assert unit is not None
    row = cli("user", "list", "--json").json[0]
    assert (row["login"], row["roles"], row["unit"]) == ("ann", ["planner", "salesperson"], "South")
    assert "安娜" in cli("user", "list").out
    assert "There is a user “ANN” already." in cli.fails("user", "add", "ANN", "--role", "planner")


@pytest.mark.tenon_database("sqlite")
def test_a_password_may_be_given(cli, in_site):
    args = ("user", "add", "ann", "--role", "planner", "--password-stdin")
    assert "At least 10 characters." in cli.fails(*args, input="short\n")
    assert "no password" in cli.fails(*args, input="")
    assert cli("user", "list", "--json").json == []
    said = cli(*args, input="correct horse battery\n")
    assert "correct horse" not in said.out
    assert verify(stored(in_site, "ann")[2], "correct horse battery")
    said = cli("user", "password", "ann")
    assert verify(stored(in_site, "ann")[2], re.search(r"Password: (\S+)", said.out)[1])


def test_a_log_in_is_closed_only_when_nothing_is_left(cli, in_site):
    for login in ("ann", "bob"):
        cli("user", "add", login, "--role", "sales_manager")

    def give(ctx):
        ann = ctx.session.scalars(select(User.id).where(User.login == "ann")).one()
        ctx.session.add(Account(name="Steel Ltd", owner_id=ann))

    in_site(give)
    assert "still holds: core.account 1. Hand it over first." in cli.fails("user", "disable", "ann")
    said = cli("handover", "preview", "ann", "--to", "bob", "--json")
    assert list(said.json["moves"]) == ["core.account"]
    said = cli("handover", "preview", "ann", "--to", "bob")
    assert "bob" in said.out
    handover = re.search(r"execute ([0-9a-f-]{36})", said.out)[1]
    assert "1 records were handed over." in cli("handover", "execute", handover).out
    assert "cannot log in any more" in cli("user", "disable", "ann").out
    assert [row["login"] for row in cli("user", "list", "--json").json] == ["bob"]
    assert len(cli("user", "list", "--all", "--json").json) == 2
    cli("user", "add", "eve", "--role", "planner")
    said = cli("user", "disable", "eve", "--last-day", "2999-01-31")
    assert "can log in until 2999-01-31" in said.out


@pytest.mark.tenon_database("sqlite")
def test_rules_of_a_hand_over_name_receivers_by_log_in(cli, tmp_path):
    for login in ("ann", "bob"):
        cli("user", "add", login, "--role", "sales_manager")
    rules = tmp_path / "rules.json"
    rules.write_text('[{"entity": "core.account", "receiver": "bob"}]')
    cli("handover", "preview", "ann", "--rules", rules)
    rules.write_text('[{"entity": "core.account", "receiver": "eve"}]')
    assert "There is no user “eve”." in cli.fails("handover", "preview", "ann", "--rules", rules)
    rules.write_text("[{")
    assert "rules.json" in cli.fails("handover", "preview", "ann", "--rules", rules)
    rules.write_text("[1]")
    assert "A list of rules is expected." in cli.fails(
        "handover", "preview", "ann", "--rules", rules
    )


def test_a_token_stands_alone_on_the_last_line(cli, in_site):
    cli("user", "add", "ann", "--role", "salesperson")
    token = cli("token", "add", "ann", "--name", "ERP", "--expires", "2999-12-31").last
    assert re.fullmatch(r"tnn_[\w-]{40,}", token)
    row = cli("token", "list", "ann", "--json").json[0]
    assert (row["login"], row["name"], row["prefix"]) == ("ann", "ERP", token[:12])
    assert token not in cli("token", "list").out
    narrow = cli("token", "add", "ann", "--permission", "core.account.view").last
    assert "There is no permission “x.y”." in cli.fails(
        "token", "add", "ann", "--permission", "x.y"
    )
    assert "must lie in the future" in cli.fails("token", "add", "ann", "--expires", "2001-01-01")
    assert "Enter a date" in cli.fails("token", "add", "ann", "--expires", "soon")
    assert "Several tokens begin with" in cli.fails("token", "revoke", "tnn_")
    cli("token", "revoke", narrow[:12])
    cli("token", "revoke", row["id"])
    assert "There are no tokens." in cli("token", "list").out
    assert in_site(lambda ctx: len(ctx.session.scalars(select(ApiToken)).all())) == 2


@pytest.mark.tenon_database("sqlite")
def test_with_as_one_has_that_users_rights_and_name(cli):
    cli("user", "add", "boss", "--role", "administrator")
    cli("user", "add", "ann", "--role", "salesperson")
    line = cli.fails("user", "add", "eve", "--role", "planner", "--as", "ann")
    assert "You lack the permission “core.user.create”." in line
    assert "core.api_token.create" in cli.fails("token", "add", "boss", "--as", "ann")
    assert cli("token", "add", "ann", "--as", "ann").last.startswith("tnn_")
    assert "core.audit.view" in cli.fails("audit", "show", "--as", "ann")
    assert "core.site.manage" in cli.fails(
        "access", "explain", "boss", "core.user", "0" * 32, "--as", "ann"
    )
    cli("user", "add", "eve", "--role", "planner", "--as", "boss")
    made = [
        row
        for row in cli("audit", "show", "--entity", "core.user", "--json").json
        if row["action"] == "created"
    ]
    assert [(row["actor_name"], row["origin"]) for row in made] == [
        ("boss", "cli"), ("System", "cli"), ("System", "cli"),
    ]  # fmt: skip
    by = f"operating system user {pwd.getpwuid(os.getuid()).pw_name}"
    assert [row["reason"] for row in made] == [by, *[f"tenon user add; {by}"] * 2]
    assert len(cli("audit", "show", "--user", "boss", "--json").json) >= 1


@pytest.mark.tenon_database("sqlite")
def test_roles_are_shown_with_their_grants(cli):
    rows = {row["key"]: row for row in cli("role", "list", "--json").json}
    assert rows["salesperson"]["grants"] > 10
    assert "Salesperson" in cli("role", "list").out
    grants = {
        row["permission"]: row["scope"] for row in cli("role", "show", "salesperson", "--json").json
    }
    assert grants["core.account.view"] == "team"
    assert "core.account.view" in cli("role", "show", "salesperson").out


def test_access_is_explained(cli, in_site):
    for login in ("ann", "bob"):
        cli("user", "add", login, "--role", "salesperson")

    def make(ctx):
        ann = ctx.session.scalars(select(User.id).where(User.login == "ann")).one()
        account = Account(name="Steel Ltd", owner_id=ann)
        ctx.session.add(account)
        ctx.session.flush()
        return account.id

    account = in_site(make)
    said = cli("access", "explain", "ann", "core.account", account)
    assert "She owns the record" in said.out
    rows = {
        row["action"]: row
        for row in cli("access", "explain", "bob", "core.account", account, "--json").json
    }
    assert rows["view"]["allowed"] is False
    assert rows["view"]["refused"] == ["The record lies outside the scope “team”."]
    assert rows["delete"]["refused"] == ["No role gives the permission “core.account.delete”."]
    assert "There is no such record" in cli.fails(
        "access", "explain", "bob", "core.account", "00000000-0000-7000-8000-000000000000"
    )
