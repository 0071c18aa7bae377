"""A plugin that cannot run harms nobody else; a set that cannot run is refused with its reason."""

import textwrap

import pytest
from attrs import evolve

from tenon_core.kernel.discovery import Found, PluginError
from tenon_core.site import Site
from tenon_sdk.plugin import Plugin
from tenon_sdk.testing.checkout import develop
from tenon_sdk.text import Text

tenon_plugins = ["paint"]


@pytest.fixture
def package(tmp_path):
    """Writes a plugin with the given hooks and makes it importable."""

    def make(key, hooks, **manifest):
        folder = tmp_path / key
        (folder / "src" / f"tenon_{key}").mkdir(parents=True)
        (folder / "pyproject.toml").write_text(f'[project]\nname = "tenon-{key}"\nversion = "1"\n')
        (folder / "src" / f"tenon_{key}" / "__init__.py").write_text("")
        (folder / "src" / f"tenon_{key}" / "hooks.py").write_text(textwrap.dedent(hooks))
        develop(folder)
        plugin = Plugin(key=key, title=Text(key), package=f"tenon_{key}", **manifest)
        return Found(key, f"tenon-{key}", "1", manifest=plugin)

    return make


@pytest.fixture
def boot(tenon, monkeypatch):
    """Boots the test's site with further plugins; `.client()` and all else work as ever."""

    def start(*further):
        found = {**tenon.backend.found, **{each.key: each for each in further}}
        monkeypatch.setattr(tenon.backend, "_found", found)
        enabled = [*tenon.plugins, *(each.key for each in further)]
        opened = Site.open(tenon.folder, found=found, enabled=enabled, clock=tenon.clock)
        opened.close()
        return opened.loaded

    return start


BROKEN = """
import tenon_sdk.hooks
raise RuntimeError("the disk is full")
"""
PERMISSION = """
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.permissions import Permission

@implements(Hooks.register_permissions)
def permissions():
    return (Permission(name="paint.secret"),)
"""
MISSPELT = """
from tenon_sdk.hooks import hookimpl

@hookimpl
def register_entitys():
    return ()
"""


def test_a_broken_plugin_is_quarantined_while_the_site_serves(boot, package, tenon, monkeypatch):
    broken = package("brokenone", BROKEN, protects=("core.account",))
    loaded = boot(broken)
    assert loaded.quarantined["brokenone"].reason == "RuntimeError: the disk is full"
    assert "paint.colour" in loaded.registry.entities
    assert loaded.locked == {"core.account": ("brokenone",)}

    monkeypatch.setattr("tenon_core.testkit.sites._check_whole", lambda _loaded: None)
    monkeypatch.setattr(tenon, "plugins", [*tenon.plugins, "brokenone"])
    tenon.restart()
    client = tenon.client("administrator")
    assert client.get("/api/v1/paint/colour").status_code == 200
    assert client.get("/api/v1/core/account").json().get("items", []) == []


WAYS_IN = """
from tenon_sdk.declarations import Action, Page, Panel, Route, Widget
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.text import Text

def run(*given):
    return {{}}

@implements(Hooks.register_{kind})
def offered():
    label = Text("Leak")
    return ({item},)
"""
UNGUARDED = {
    "Route": ("routes", 'Route(method="GET", path="leak/all", run=run, summary=label{more})'),
    "Page": ("routes", 'Page(path="leak/all", title=label, template="x.html", load=run{more})'),
    "Panel": (
        "panels",
        'Panel(entity="core.account", key="leak/all", label=label, load=run, permission=None)',
    ),
    "Action": (
        "actions",
        'Action(entity="core.account", key="leak/all", label=label, run=run, permission="")',
    ),
    "Widget": ("widgets", 'Widget(key="leak/all", label=label, load=run, permission=None)'),
}


@pytest.mark.parametrize("what", UNGUARDED)
def test_a_way_in_without_a_permission_is_not_opened(boot, package, what):
    kind, item = UNGUARDED[what]
    key = f"leak{what.lower()}"
    loaded = boot(package(key, WAYS_IN.format(kind=kind, item=item.format(more=""))))
    assert loaded.quarantined[key].reason == (
        f"Unguarded: {what} “leak/all” names no permission. It has to name one, or to say that it "
        "is public."
    )
    assert key not in loaded.plugins
    assert loaded.registry.shelves()[kind].of(key) == []
    assert "paint.colour" in loaded.registry.entities


@pytest.mark.parametrize("more", [", public=True", ', permission="core.account.view"'])
@pytest.mark.parametrize("what", ["Route", "Page"])
def test_a_way_in_that_says_who_may_take_it_is_opened(boot, package, what, more):
    kind, item = UNGUARDED[what]
    key = f"open{what.lower()}{len(more)}"
    loaded = boot(package(key, WAYS_IN.format(kind=kind, item=item.format(more=more))))
    assert not loaded.quarantined
    assert len(loaded.registry.routes.of(key)) == 1


def test_what_requires_a_broken_plugin_is_quarantined_with_it(boot, package):
    broken = package("brokentwo", BROKEN)
    dependant = package("dependant", "", requires=("brokentwo",))
    assert set(boot(broken, dependant).quarantined) == {"brokentwo", "dependant"}


def test_a_duplicate_contribution_names_both_owners(boot, package):
    first, second = package("dupone", PERMISSION), package("duptwo", PERMISSION)
    with pytest.raises(
        PluginError, match=r"“paint\.secret” is declared by both “dupone” and “duptwo”"
    ):
        boot(first, second)


def test_a_missing_requirement_is_named(boot, package):
    with pytest.raises(PluginError, match="“lonely” requires “nobody”"):
        boot(package("lonely", "", requires=("nobody",)))


def test_a_circle_is_shown(boot, package):
    one = package("circleone", "", requires=("circletwo",))
    two = evolve(package("circletwo", ""), manifest=None)
    two = evolve(
        two,
        manifest=Plugin(
            key="circletwo", title=Text("x"), package="tenon_circletwo", requires=("circleone",)
        ),
    )
    with pytest.raises(PluginError, match="in a circle: circle"):
        boot(one, two)


def test_a_misspelt_hook_is_an_error(boot, package):
    with pytest.raises(PluginError, match="register_entitys"):
        boot(package("misspelt", MISSPELT))
