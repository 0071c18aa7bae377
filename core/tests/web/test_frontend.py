"""The browser's sources keep their rules, and the manual tells of every element."""

import re
from pathlib import Path

import pytest

import tenon_core

CORE = Path(tenon_core.__file__).parents[2]
SOURCES = CORE / "frontend" / "src"
MANUAL = CORE.parent / "docs" / "web-elements.md"
# Classes of the libraries that are dressed, and states of our own parts.
FOREIGN = re.compile(
    r"^(?:tn-|is-|ec(?:-|$)|ts-|gantt|bar|btn|card|form-|table|dropdown|offcanvas|modal|tooltip|input-group"
    r"|htmx-|show$|active$|focus$|multi$|disabled$|item$|option$|create$|no-results$"
    r"|upper-|lower-|current-)"
)


def test_the_manual_tells_of_every_element():
    index = (SOURCES / "elements" / "index.js").read_text(encoding="utf-8")
    elements = set(re.findall(r'"(tenon-\w+)"', index))
    told = set(re.findall(r"^## (tenon-\w+)$", MANUAL.read_text(encoding="utf-8"), re.MULTILINE))
    assert elements == told


def test_the_manual_names_what_plugins_may_import():
    app = (SOURCES / "app.js").read_text(encoding="utf-8")
    exported = {
        n
        for names in re.findall(r"^export \{([^}]+)\}", app, re.MULTILINE)
        for n in re.findall(r"\w+", names)
    }
    told = re.search(r"`tenon` gives `([^`]+)`", MANUAL.read_text(encoding="utf-8"))
    assert exported == set(told[1].split())


@pytest.mark.parametrize("path", sorted(SOURCES.rglob("*.css")), ids=lambda path: path.name)
def test_own_classes_bear_the_prefix(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = re.findall(r"(?:^|[{};])([^{};@]+)\{", text)
    strange = {
        name
        for selector in selectors
        for name in re.findall(r"\.(-?[a-zA-Z][\w-]*)", re.sub(r"\"[^\"]*\"", "", selector))
        if not FOREIGN.match(name)
    }
    assert strange <= {"page"}, strange


def test_nothing_is_fetched_from_elsewhere_and_nothing_asks_as_browsers_do():
    for path in SOURCES.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), path
        assert not re.search(
            r"\b(?:window\.)?(?:confirm|alert|prompt)\(|\beval\(|new Function", text
        ), path
