"""Each check of a package finds what it is for: a plugin that keeps all rules is spoilt."""

import types
from uuid import UUID

import pytest
from attrs import evolve, field, frozen
from sqlalchemy import Column as SqlColumn
from sqlalchemy import Integer, MetaData, Table

from tenon_press.entities import Machine
from tenon_sdk.declarations import Command, MenuItem, Page, Panel, Widget
from tenon_sdk.entities import Workflowed
from tenon_sdk.events import Event, Handler, _events
from tenon_sdk.fields import FIELD, FieldInfo
from tenon_sdk.jobs import Cron, Job
from tenon_sdk.papers import Paper
from tenon_sdk.permissions import Permission, Scope
from tenon_sdk.testing.conformance import STATIC, declared, package, report, texts, values
from tenon_sdk.text import Text
from tenon_sdk.workflows import State, Transition, Workflow

CATALOG = "locales/zh_CN/LC_MESSAGES/tenon_press.po"


def code(path, text):
    return lambda facts: evolve(facts, files={**facts.files, path: text})


def without(*paths):
    return lambda facts: evolve(
        facts, files={p: t for p, t in facts.files.items() if p not in paths}
    )


def replacing(path, old, new):
    def spoil(facts):
        assert old in facts.files[path]
        return evolve(facts, files={**facts.files, path: facts.files[path].replace(old, new)})

    return spoil


def also(kind, *items):
    def spoil(facts):
        known = list(facts.contributions[kind]) + [("press", item) for item in items]
        return evolve(facts, contributions={**facts.contributions, kind: known})

    return spoil


def manifest(**changes):
    return lambda facts: evolve(facts, plugin=evolve(facts.plugin, **changes))


def needing(needs):
    return lambda facts: evolve(facts, needs=needs)


def without_context():
    return {}


def nothing(ctx, *_args):
    return {}


def panel(**changes):
    given = {"entity": "core.account", "key": "press.x", "label": Text("x"), "load": nothing}
    return Panel(**{**given, "permission": "press.machine.view", **changes})


def paper(**changes):
    given = {"entity": "core.account", "key": "press.x", "label": Text("x"), "load": nothing}
    given |= {"template": "press/certificate.typ", "permission": "press.machine.view"}
    return Paper(**{**given, **changes})


def menu(**changes):
    given = {"key": "press.x", "label": Text("x"), "icon": "x", "path": "/press"}
    return MenuItem(**{**given, "permission": "press.machine.view", **changes})


def page(**changes):
    given = {"path": "press/x", "title": Text("x"), "template": "press/overview.html"}
    return Page(**{"load": nothing, "permission": "press.report", **given, **changes})


def job(**changes):
    return Job(**{"name": "press.x", "title": Text("x"), "run": nothing, **changes})


def flow(**changes):
    given = {
        "entity": "press.machine",
        "initial": "a",
        "states": (State(key="a", label=Text("a")), State(key="b", label=Text("b"))),
        "transitions": (Transition(name="go", label=Text("go"), source=("a",), target="b"),),
    }
    return Workflow(**{**given, **changes})


@frozen
class Unreadable:
    what: MetaData


@frozen
class Mangled:
    what: tuple[str, ...] = field(converter=lambda given: tuple(f"{g}!" for g in given))


@frozen
class Demanding:
    what: int


class PlainInputs:
    pass


IMPORTS = [
    ("import tenon_core.storage.engine\n", "tenon_core.entities only"),
    ("from tenon_core import access\n", "tenon_core.entities only"),
    ("from tenon_sdk.testing import Tenon\n", "belongs into tests/"),
    ("from tenon_paint.entities import Colour\n", "does not require 'paint'"),
    ("from tenon_paint.hooks import entities\n", "only its entities and events"),
]
SPOILT = [
    (package.check_manifest, without("py.typed"), "py.typed is missing"),
    (package.check_manifest, manifest(glue={"paint": "with_nobody"}), "with_nobody does not exist"),
    (package.check_manifest, manifest(settings=PlainInputs), "must be an attrs class"),
    (package.check_manifest, needing({"tenon-sdk": ">=1"}), "'tenon-sdk>=1,<2'"),
    (package.check_manifest, manifest(requires=("paint",)), "add 'tenon-paint'"),
    (package.check_manifest, manifest(requires=("nobody",)), "'nobody' is not installed"),
    (package.check_light_manifest, code("__init__.py", "import sqlalchemy\n"), "__init__.py:1"),
    (package.check_light_manifest, code("__init__.py", "from tenon_press import x\n"), "plugin()"),
    *((package.check_imports, code("queries.py", text), part) for text, part in IMPORTS),
    (package.check_file_names, code("helpers.py", ""), "helpers.py has no place"),
    (package.check_file_names, code("utils/x.py", ""), "utils/ has no place"),
    (package.check_file_names, code("templates/x.html", ""), "templates/press/"),
    (
        package.check_hooks_only_wire,
        code("services/x.py", "@implements(Hooks.register_jobs)\ndef jobs():\n    return ()\n"),
        "services/x.py:2 answers a hook",
    ),
    (declared.check_names, also("permissions", Permission(name="sales.x")), "'sales.x' must"),
    (declared.check_names, also("jobs", job(name="count")), "'count' must"),
    (declared.check_names, also("menu", menu(key="x")), "menu: 'x'"),
    (declared.check_names, also("routes", page(path="sales/x")), "begin with press/"),
    (declared.check_names, also("panels", panel(key="x")), "'x' on core.account"),
    (declared.check_permissions, also("routes", page(permission=None)), "names no permission"),
    (declared.check_permissions, also("menu", menu(permission="press.no")), "'press.no', which"),
    (declared.check_permissions, also("panels", panel(permission="press.no")), "'press.no', which"),
    (declared.check_permissions, also("papers", paper(permission="press.no")), "'press.no', which"),
    (declared.check_names, also("papers", paper(key="x")), "'x' on core.account"),
    (declared.check_signatures, also("papers", paper(load=lambda ctx: {})), "must take 2"),
    (
        declared.check_permissions,
        also("permissions", Permission(name="press.x", roles={"chef": Scope.ALL})),
        "given to chef",
    ),
    (declared.check_permissions, also("permissions", Permission(name="press.x")), "has no label"),
    (
        declared.check_permissions,
        also(
            "workflows",
            flow(
                transitions=(
                    Transition(
                        name="go",
                        label=Text("go"),
                        source=("a",),
                        target="b",
                        permission="press.no",
                    ),
                )
            ),
        ),
        "needs 'press.no'",
    ),
    (declared.check_workflows, also("workflows", flow(entity="press.part")), "no status to move"),
    (declared.check_workflows, also("workflows", flow(transitions=())), "leads to 'b'"),
    (
        declared.check_functions,
        also("jobs", job(run=lambda ctx, args: None)),
        "function of a module",
    ),
    (declared.check_functions, also("jobs", job(schedule=Cron("every day"))), "is no cron"),
    (
        declared.check_functions,
        also("event_handlers", Handler(Event, lambda ctx, event: None)),
        "function of a module",
    ),
    (
        declared.check_signatures,
        also(
            "widgets",
            Widget(key="press.x", label=Text("x"), load=without_context, permission="press.report"),
        ),
        "must take 1 arguments",
    ),
    (declared.check_signatures, also("panels", panel(load=lambda ctx: {})), "must take 2"),
    (declared.check_signatures, also("routes", page(load=lambda ctx: {})), "route press/x"),
    (texts.check_templates, code("templates/press/x.html", "{% if %}"), "does not compile"),
    (texts.check_templates, without("templates/press/overview.html"), "there is no templates/"),
    (texts.check_paper_templates, also("papers", paper(template="press/x.typ")), "no templates/p"),
    (texts.check_paper_templates, also("papers", paper(template="paint/x.typ")), "must be called"),
    *(
        (texts.check_paper_templates, code("templates/press/x.typ", text), "line 2")
        for text in ('\n#import "@preview/cetz:0.4.2": *', "\n#eval(data.name)")
    ),
    (texts.check_catalogs, code("templates/press/x.typ", '#t("Brand new")'), "'Brand new' is not"),
    (texts.check_catalogs, without(CATALOG), "tenon_press.po is missing"),
    (texts.check_catalogs, replacing(CATALOG, "No presses yet.", "Gone."), "'No presses yet.' is"),
    (texts.check_catalogs, replacing(CATALOG, "No presses yet.", "Gone."), "'Gone.' any more"),
    (texts.check_catalogs, replacing(CATALOG, "最多 {most} 吨", "最多吨"), "placeholders of"),
    (texts.check_catalogs, code("queries.py", '_("Brand new")'), "'Brand new' is not translated"),
    (texts.check_documentation, lambda facts: evolve(facts, readme="x"), "tells nothing"),
    (texts.check_documentation, also("jobs", job()), "job press.x"),
    (
        texts.check_documentation,
        lambda facts: evolve(facts, readme=facts.readme.replace("most_tonnes", "")),
        "setting most_tonnes",
    ),
    (
        texts.check_documentation,
        lambda facts: evolve(facts, readme=facts.readme.replace("press.report", "")),
        "permission press.report",
    ),
    *(
        (
            values.check_inputs,
            also("commands", Command(name="x", help=Text("x"), run=nothing, inputs=cls)),
            part,
        )
        for cls, part in (
            (Unreadable, "no form in JSON"),
            (Mangled, "comes back changed"),
            (PlainInputs, "must be an attrs class"),
        )
    ),
    (values.check_settings, manifest(settings=Demanding), "no complete defaults"),
]


@pytest.mark.parametrize(("check", "spoil", "complaint"), SPOILT)
def test_the_check_finds_what_it_is_for(check, spoil, complaint, facts):
    found = list(check(spoil(facts)))
    assert any(complaint in text for text in found), found


@pytest.mark.parametrize("check", STATIC, ids=lambda check: check.__name__)
def test_a_plugin_that_keeps_the_rules_passes(check, facts):
    report(check, check(facts))


def test_every_static_check_is_spoilt_here():
    elsewhere = {declared.check_tables, declared.check_declarations, values.check_events}
    assert {check for check, _spoil, _complaint in SPOILT} | elsewhere == set(STATIC)


# ------------------------------------------------------- entities and events that are not mapped


def entity(*columns, base=object, **info):
    """A class that looks like a declared entity to the checks."""
    described = evolve(
        Machine.__tenon__, **{"name": "press.x", "parent": None, "search": False, **info}
    )
    made = (SqlColumn("id", Integer()), *columns)
    table = Table("press_x", MetaData(), *made)
    return type("X", (base,), {"__tenon__": described, "__table__": table})


def plain(name, **info):
    described = FieldInfo(kind="text", label=Text(name), **info)
    return SqlColumn(name, Integer(), info={FIELD: described})


ENTITIES = [
    (declared.check_declarations, entity(plain("name"), title="nome"), "title='nome'"),
    (
        declared.check_declarations,
        entity(plain("name"), subtitle="x", title="name"),
        "subtitle='x'",
    ),
    (declared.check_declarations, entity(plain("name"), title="id"), "has no title"),
    (declared.check_declarations, entity(plain("name"), title="name", search=True), "by nothing"),
    (declared.check_declarations, entity(plain("x", target="sales.y")), "which nobody registers"),
    (declared.check_declarations, entity(plain("x", read="press.no")), "needs 'press.no'"),
    (declared.check_workflows, entity(base=Workflowed), "has no workflow"),
    (
        declared.check_tables,
        entity(
            SqlColumn(
                "a_id",
                Integer(),
                info={FIELD: FieldInfo(kind="reference", label=Text("a"), target="core.account")},
            )
        ),
        "press.x.a_id is not indexed",
    ),
    (declared.check_names, entity(name="sales.x"), "entity sales.x must be called press"),
]


@pytest.mark.parametrize(("check", "wrong", "complaint"), ENTITIES)
def test_the_check_finds_a_wrong_entity(check, wrong, complaint, facts):
    found = list(check(also("entities", wrong)(facts)))
    assert any(complaint in text for text in found), found


def test_ownership_is_reported(facts, monkeypatch):
    monkeypatch.setattr(facts.core, "violations", lambda _key: ["table x is not yours"])
    assert list(declared.check_tables(facts)) == ["table x is not yours"]


def shout(event):
    object.__setattr__(event, "x", f"{event.x}!")


@pytest.fixture
def declare():
    """Declares an event in a module of press; it is forgotten after the test."""
    known = dict(_events)

    def make(name, annotations, *, decorate=frozen, subjects=None, **body):
        body = {"__annotations__": annotations, "__module__": "tenon_press.events", **body}
        kwargs = {"name": name, "label": Text("x"), "subjects": subjects or {}}
        made = decorate(types.new_class("Wrong", (Event,), kwargs, lambda ns: ns.update(body)))
        _events[name] = made

    yield make
    _events.clear()
    _events.update(known)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"annotations": {}, "decorate": lambda cls: cls}, "must be attrs-frozen"),
        ({"annotations": {"x": int}, "subjects": {"y": "core.account"}}, "'y' is not one"),
        ({"annotations": {"x": UUID}, "subjects": {"x": "sales.y"}}, "'sales.y', which is unknown"),
        ({"annotations": {"x": MetaData}}, "does not travel"),
        (
            {"annotations": {"x": str}, "__attrs_post_init__": shout},
            "comes back changed",
        ),
    ],
)
def test_the_check_finds_a_wrong_event(given, complaint, declare, facts):
    declare("press.wrong", **given)
    found = list(values.check_events(facts))
    assert any(complaint in text for text in found), found


def test_a_wrong_name_of_an_event_is_found(declare, facts):
    declare("sales.wrong", {"x": int})
    assert any("event sales.wrong must" in text for text in declared.check_names(facts))
