"""Checks of what people read: templates, catalogs, documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

from babel.messages.extract import extract
from babel.messages.pofile import read_po

from tenon_sdk.papers import template_faults, template_messages
from tenon_sdk.testing.conformance.declared import pages_of
from tenon_sdk.testing.conformance.facts import Facts
from tenon_sdk.text import DEFAULT_LOCALE, LOCALES

PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)[^{}]*\}")
PAPER = ".typ"
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}


def check_templates(facts: Facts) -> Iterator[str]:
    """Every template compiles, and every one that is named is there."""
    there = {
        path.removeprefix("templates/") for path in facts.files if path.startswith("templates/")
    }
    for name in sorted(name for name in there if not name.endswith(PAPER)):
        fault = facts.core.template_fault(facts.files[f"templates/{name}"], name)
        if fault is not None:
            yield f"templates/{name} does not compile: {fault}"
    named = {page.template: f"page {page.path}" for page in pages_of(facts)}
    for kind in ("panels", "widgets"):
        for item in facts.own(kind):
            if item.template is not None:
                named[item.template] = f"{kind}: {item.key}"
    for name, who in named.items():
        mine = name.startswith(f"{facts.key}/")
        if mine and name not in there:
            yield f"{who} names template {name!r}: there is no templates/{name}"


def check_paper_templates(facts: Facts) -> Iterator[str]:
    """Each paper's template is there, and none makes markup of text or fetches a package."""
    for paper in facts.own("papers"):
        name = paper.template
        if not (name.startswith(f"{facts.key}/") and name.endswith(PAPER)):
            yield f"paper {paper.key}: template {name!r} must be called {facts.key}/….typ"
        elif f"templates/{name}" not in facts.files:
            yield f"paper {paper.key} names template {name!r}: there is no templates/{name}"
    for path, text in facts.files.items():
        if path.endswith(PAPER):
            for fault in template_faults(text):
                yield f"{path}: {fault} is refused: text stays text, and nothing is fetched"


def messages(facts: Facts) -> dict[str, str]:
    """Every message that the package shows -> the file it stands in."""
    found: dict[str, str] = {}
    for path, text in facts.files.items():
        method = "python" if path.endswith(".py") else None
        if path.startswith("migrations/"):
            continue
        if path.endswith(".html"):
            method = "jinja2.ext:babel_extract"
        if path.endswith(PAPER):
            found.update((message, path) for message in template_messages(text))
        if method is None:
            continue
        source = BytesIO(text.encode())
        for _line, message, _comments, _context in extract(method, source, keywords=KEYWORDS):
            for one in message if isinstance(message, tuple) else (message,):
                if one:
                    found.setdefault(one, path)
    return found


def check_catalogs(facts: Facts) -> Iterator[str]:
    """Each message is translated into each language, with the same placeholders."""
    wanted = messages(facts)
    for locale in LOCALES:
        if locale == DEFAULT_LOCALE:
            continue
        path = f"locales/{locale}/LC_MESSAGES/{facts.plugin.package}.po"
        if path not in facts.files:
            yield f"{path} is missing: translate {len(wanted)} messages there"
            continue
        known = dict(facts.core.core_messages(locale))
        catalog = read_po(BytesIO(facts.files[path].encode()))
        for entry in catalog:
            if entry.id and entry.string and not entry.fuzzy:
                known[str(entry.id)] = str(entry.string)
        for message, source in sorted(wanted.items()):
            if message not in known:
                yield f"{source}: {message!r} is not translated: add it to {path}"
            elif set(PLACEHOLDER.findall(message)) != set(PLACEHOLDER.findall(known[message])):
                yield f"{path}: the placeholders of {message!r} differ from its translation's"
        unused = {str(e.id) for e in catalog if e.id} - wanted.keys()
        for message in sorted(unused):
            yield f"{path}: nobody shows {message!r} any more: remove it"
    for conflict in facts.core.catalog_conflicts(facts.key):
        yield f"{conflict}: two packages translate it differently; choose other words in one"


def check_documentation(facts: Facts) -> Iterator[str]:
    """README.md names what others rely on."""
    if len(facts.readme.split()) < 20:
        yield "README.md tells nothing: say what the plugin is for and what it offers"
    entities = {cls.__tenon__.name for cls in facts.all("entities")}
    wanted: dict[str, str] = {}
    for permission in facts.own("permissions"):
        if permission.name.rpartition(".")[0] not in entities or permission.label is not None:
            wanted[permission.name] = "permission"
    wanted |= {cls.__tenon__.name: "entity" for cls in facts.entities}
    wanted |= {event.name: "event" for event in facts.events}
    wanted |= {job.name: "job" for job in facts.own("jobs")}
    if facts.plugin.settings is not None:
        names = [attribute.name for attribute in facts.plugin.settings.__attrs_attrs__]
        wanted |= dict.fromkeys(names, "setting")
    for name, kind in wanted.items():
        if not re.search(rf"(?<![\w.]){re.escape(name)}(?![\w])", facts.readme):
            yield f"README.md does not name the {kind} {name}: describe it there"
