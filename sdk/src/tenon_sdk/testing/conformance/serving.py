"""Checks that a running site serves what the plugin adds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from tenon_sdk.errors import TenonError
from tenon_sdk.testing.conformance.declared import pages_of
from tenon_sdk.testing.conformance.facts import Facts
from tenon_sdk.text import LOCALES

if TYPE_CHECKING:
    from tenon_sdk.testing.harness import Tenon


def check_api(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """Each entity is listed, got, changed and deleted by its API."""
    client = tenon.client("administrator")
    for cls in facts.own("entities"):
        info = cls.__tenon__
        if info.internal:
            continue
        record = tenon.make(cls, every=True)
        path = f"/api/v1/{info.name.replace('.', '/')}"
        for url in (path, f"{path}/{record.id}", f"{path}?count=exact&limit=1"):
            answer = client.get(url)
            if answer.status_code != 200:
                yield f"GET {url} answers {answer.status_code}: {answer.text[:300]}"


def check_loaders(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """Pages, panels, widgets and health checks answer, on a site with hardly anything in it."""
    for panel in facts.own("panels"):
        cls = next(c for c in facts.all("entities") if c.__tenon__.name == panel.entity)
        record = tenon.make(cls)
        with tenon.ctx("administrator", read_only=True) as ctx:
            yield from _called(f"panel {panel.key}", panel.load, ctx, record.id)
    for page in pages_of(facts):
        if "{" not in page.path:
            with tenon.ctx("administrator", read_only=True) as ctx:
                yield from _called(f"page {page.path}", page.load, ctx, {})
    for widget in facts.own("widgets"):
        with tenon.ctx("administrator", read_only=True) as ctx:
            yield from _called(f"widget {widget.key}", widget.load, ctx)
    for check in facts.own("health_checks"):
        with tenon.system(read_only=True) as ctx:
            yield from _called(f"health check {check.key}", check.run, ctx)


def check_papers(tenon: Tenon, facts: Facts) -> Iterator[str]:
    """Each paper is printed in each language, of a record with little in it and of a full one."""
    client = tenon.client("administrator")
    named = {cls.__tenon__.name: cls for cls in facts.all("entities")}
    wanted = [(cls, "record") for cls in facts.own("entities") if not cls.__tenon__.internal]
    wanted += [(named[paper.entity], paper.key) for paper in facts.own("papers")]
    for cls, key in wanted:
        base = f"/api/v1/{cls.__tenon__.name.replace('.', '/')}"
        for every in (False, True):
            record = tenon.make(cls, every=every)
            for locale in LOCALES:
                answer = client.get(f"{base}/{record.id}/papers/{key}.pdf?locale={locale}")
                if answer.status_code != 200 or not answer.content.startswith(b"%PDF"):
                    filled = "full" if every else "scanty"
                    yield (
                        f"paper {key} of a {filled} {cls.__tenon__.name} is not printed in "
                        f"{locale}: {answer.status_code} {answer.text[:300]}"
                    )


def _called(what: str, call: Callable[..., Any], *args: Any) -> Iterator[str]:
    try:
        call(*args)
    except TenonError as error:
        yield f"{what} refuses to answer: {error}"
    except Exception as error:  # noqa: BLE001 (whatever fails is what the check is for)
        yield f"{what} fails: {type(error).__name__}: {error}"
