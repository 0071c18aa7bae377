"""The conformance suite: what holds for every plugin, ours and others'.

from tenon_sdk.testing import Conformance

class TestConformance(Conformance):
    plugin = "sales"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import pytest

from tenon_sdk.testing.backend import Backend, Filler
from tenon_sdk.testing.conformance import (
    declared,
    living,
    package,
    scoping,
    serving,
    texts,
    values,
)
from tenon_sdk.testing.conformance.facts import Facts, gather
from tenon_sdk.testing.harness import Tenon

StaticCheck = Callable[[Facts], Iterator[str]]
SiteCheck = Callable[[Tenon, Facts], Iterator[str]]

STATIC: tuple[StaticCheck, ...] = (
    package.check_manifest,
    package.check_light_manifest,
    package.check_imports,
    package.check_file_names,
    package.check_hooks_only_wire,
    declared.check_names,
    declared.check_tables,
    declared.check_declarations,
    declared.check_permissions,
    declared.check_workflows,
    declared.check_functions,
    declared.check_signatures,
    texts.check_templates,
    texts.check_paper_templates,
    texts.check_catalogs,
    texts.check_documentation,
    values.check_events,
    values.check_inputs,
    values.check_settings,
)
RUNNING: tuple[SiteCheck, ...] = (
    living.check_makes,
    living.check_migrations,
    living.check_disabling,
    living.check_purging,
    living.check_demo,
    serving.check_api,
    serving.check_loaders,
    serving.check_papers,
    scoping.check_scopes,
    scoping.check_ungranted,
    scoping.check_masked_fields,
)


def title(check: Callable[..., Any]) -> str:
    return check.__name__.removeprefix("check_")


class Conformance:
    """Derive from it, name the plugin, and pytest runs every check.

    plugin   the key
    beside   further plugins that the site of the checks runs, such as those that glue is for
    fillers  what rules demand of single entities beyond their fields: name -> function of a
             number that gives values
    """

    plugin: ClassVar[str]
    beside: ClassVar[tuple[str, ...]] = ()
    fillers: ClassVar[Mapping[str, Filler]] = {}

    @pytest.fixture
    def tenon_plugins(self) -> tuple[str, ...]:
        return (self.plugin, *self.beside)

    @pytest.fixture
    def facts(self, tenon_backend: Backend) -> Facts:
        plugins = tenon_backend.order((self.plugin, *self.beside))
        return gather(tenon_backend, self.plugin, plugins)

    @pytest.mark.parametrize("check", STATIC, ids=title)
    def test_package(self, check: StaticCheck, facts: Facts) -> None:
        report(check, check(facts))

    @pytest.mark.parametrize("check", RUNNING, ids=title)
    def test_site(self, check: SiteCheck, tenon: Tenon, facts: Facts) -> None:
        tenon.factory.fillers.update(self.fillers)
        report(check, check(tenon, facts))


def report(check: Callable[..., Any], complaints: Iterator[str]) -> None:
    """Fails with every complaint of a check, headed by the rule."""
    found = list(complaints)
    rule = (check.__doc__ or title(check)).strip().splitlines()[0]
    if found:
        raise AssertionError("\n".join([rule, *(f"  - {complaint}" for complaint in found)]))


__all__ = ["RUNNING", "STATIC", "Conformance", "Facts", "gather", "report"]
