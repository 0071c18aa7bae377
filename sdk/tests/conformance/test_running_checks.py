"""Each check of a running site finds what it is for."""

from pathlib import Path
from uuid import uuid4

import pytest
from attrs import evolve
from sqlalchemy import delete, text

from tenon_press.entities import Machine
from tenon_sdk.declarations import DemoSet, HealthCheck, Page, Panel, Widget
from tenon_sdk.testing.conformance import RUNNING, living, scoping, serving
from tenon_sdk.text import Text

tenon_plugins = ["press"]


def also(facts, kind, *items):
    known = [("press", item) for item in items]
    return evolve(facts, contributions={**facts.contributions, kind: known})


def run(tenon, *statements):
    with tenon.system() as ctx:
        for statement in statements:
            ctx.connection.execute(text(statement))


def finds(check, tenon, facts, complaint):
    found = list(check(tenon, facts))
    assert any(complaint in each for each in found), found


def test_an_entity_that_cannot_be_made(tenon, facts):
    tenon.fill("press.machine", lambda _n: {"tonnes": 100_000})
    finds(living.check_makes, tenon, facts, "press.machine cannot be made")


def test_migrations_that_do_not_fit(tenon, facts):
    run(tenon, "ALTER TABLE press_part DROP COLUMN custom")
    finds(living.check_migrations, tenon, facts, "the database lacks")


def test_a_downgrade_that_leaves_something(tenon, facts):
    run(tenon, "CREATE TABLE press_left (id INTEGER PRIMARY KEY)")
    finds(living.check_migrations, tenon, facts, "downgrade leaves press_left")


@pytest.fixture
def forgetful(tenon_backend, monkeypatch):
    """press deletes its presses whenever it is enabled."""

    def forget(ctx):
        ctx.session.execute(delete(Machine.__table__))

    entry = tenon_backend.found["press"]
    spoilt = evolve(entry, manifest=evolve(entry.manifest, on_enable=forget))
    monkeypatch.setattr(tenon_backend, "_found", {**tenon_backend.found, "press": spoilt})


def test_data_lost_by_disabling(tenon, facts, forgetful):
    finds(living.check_disabling, tenon, facts, "disabling and enabling changes press_machine")


def test_data_lost_by_purging(tenon, facts, forgetful):
    finds(living.check_purging, tenon, facts, "restoring and enabling changes press_machine")


@pytest.mark.tenon_database("sqlite")
def test_core_that_does_not_work_without_it(tenon, facts):
    run(
        tenon,
        "CREATE TRIGGER press_binds BEFORE DELETE ON core_account "
        "BEGIN SELECT RAISE(ABORT, 'bound'); END",
    )
    finds(living.check_disabling, tenon, facts, "core.account does not work")


def demo(load):
    return DemoSet(key="press.x", load=load)


def test_demo_data_that_differ(tenon, facts):
    def load(given):
        given.context.session.add(Machine(name=str(uuid4())))

    finds(living.check_demo, tenon, also(facts, "demo_data", demo(load)), "differ from run to run")


def test_demo_data_that_are_empty(tenon, facts):
    facts = also(facts, "demo_data", demo(lambda given: None))
    finds(living.check_demo, tenon, facts, "demo data are empty")


def test_an_entity_that_is_not_served(tenon, facts, monkeypatch):
    client = tenon.client(tenon.user(role=None))
    monkeypatch.setattr(tenon, "client", lambda _person: client)
    finds(serving.check_api, tenon, facts, "answers 404")


def fail(*_args):
    raise RuntimeError("out of order")


BROKEN = {
    "panels": Panel(
        entity="core.account", key="press.x", label=Text("x"), load=fail, permission="press.report"
    ),
    "widgets": Widget(key="press.x", label=Text("x"), load=fail, permission="press.report"),
    "routes": Page(
        path="press/x", title=Text("x"), template="x", load=fail, permission="press.report"
    ),
    "health_checks": HealthCheck(key="press.x", label=Text("x"), run=fail),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_part_that_fails(kind, tenon, facts):
    finds(serving.check_loaders, tenon, also(facts, kind, BROKEN[kind]), "out of order")


@pytest.fixture
def spoilt_paper(tenon):
    """The certificate of presses with other parts."""

    def spoil(**changes):
        shelf = tenon.site.registry.papers
        key = "press.machine:certificate"
        spoilt = evolve(shelf[key], **changes)
        shelf._items[key] = evolve(shelf._items[key], item=spoilt)

    return spoil


def test_a_paper_whose_data_cannot_be_read(tenon, facts, spoilt_paper):
    spoilt_paper(load=fail)
    finds(serving.check_papers, tenon, facts, "paper certificate of a scanty press.machine is not")


def test_a_paper_whose_template_does_not_fit_its_data(tenon, facts, spoilt_paper):
    spoilt_paper(load=lambda _ctx, _id: {})
    finds(serving.check_papers, tenon, facts, "certificate.typ fails: dictionary does not contain")


def test_a_scope_that_reaches_too_far(tenon, facts, monkeypatch):
    grant = tenon.grant
    monkeypatch.setattr(tenon, "grant", lambda role, name, _scope: grant(role, name, "all"))
    finds(scoping.check_scopes, tenon, facts, "scope own, seen by conformance_colleague")


def test_a_scope_that_does_not_reach(tenon, facts, monkeypatch):
    grant = tenon.grant
    monkeypatch.setattr(tenon, "grant", lambda role, name, _scope: grant(role, name, "own"))
    finds(scoping.check_scopes, tenon, facts, "scope unit hides from conformance_colleague")


def test_something_seen_without_permission(tenon, facts, monkeypatch):
    user = tenon.user
    monkeypatch.setattr(tenon, "user", lambda role: user(role="administrator"))
    finds(scoping.check_ungranted, tenon, facts, "no permission, seen by administrator")


def test_a_field_that_is_not_masked(tenon, facts, monkeypatch):
    user = tenon.user
    monkeypatch.setattr(tenon, "user", lambda role: user(role="administrator"))
    finds(scoping.check_masked_fields, tenon, facts, "press.machine.price needs")


def test_every_running_check_is_spoilt_here():
    written = Path(__file__).read_text()
    missing = [check.__name__ for check in RUNNING if f".{check.__name__}," not in written]
    assert missing == []
