"""What scripts say is in the catalogs, and nothing else is."""

import re
from pathlib import Path

import tenon_core
from tenon_core.web.pages.script_texts import SCRIPT_TEXTS

SOURCES = Path(tenon_core.__file__).parents[2] / "frontend" / "src"
SAID = re.compile(r'\bt\("((?:[^"\\]|\\.)*)"')


def said(text):
    return set(SAID.findall(text))


def test_every_text_of_a_script_is_listed_and_every_listed_one_is_said():
    found = set()
    for path in SOURCES.rglob("*.js"):
        found |= said(path.read_text(encoding="utf-8"))
    assert found == {str(text) for text in SCRIPT_TEXTS}


def test_a_text_that_is_not_listed_is_found():
    assert said('toast(t("New {name}", { name }), t("Old"))') == {"New {name}", "Old"}


def test_scripts_translate_only_texts_that_stand_in_their_source():
    """`t(variable)` could not be collected."""
    for path in SOURCES.rglob("*.js"):
        calls = re.findall(r"(?<![\w.$])t\(([^\"\s)][^)]*)", path.read_text(encoding="utf-8"))
        calls = [call for call in calls if not call.startswith("text, values")]
        assert not calls, f"{path.name}: {calls}"
