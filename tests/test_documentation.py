"""The documentation says what the code does: nothing missing, nothing stale, every example run.

`make docs` writes docs/reference anew.
"""

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import attrs
import pytest

from tenon_sdk.hooks import Hooks

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]

from documents import Page, blocks_of  # noqa: E402 (the same)

import reference  # noqa: E402 (scripts: they are found by their folder)
from described import made_by  # noqa: E402 (scripts: they are found by their folder)

FOLDER = ROOT / "docs" / "reference"
READ = ("README.md", "sdk/README.md", "core/README.md")
ADR_HEADINGS = ["Context", "Decision", "Consequences", "Alternatives", "Status"]


@pytest.fixture(scope="module")
def loaded():
    return reference.boot()


@pytest.fixture(scope="module")
def texts() -> Mapping[str, str]:
    """Every page that people read: path from the root -> text."""
    paths = [ROOT / name for name in READ]
    paths += sorted(path for path in (ROOT / "docs").rglob("*.md"))
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in paths}


# -------------------------------------------------------------------------------- the reference


def test_the_reference_is_what_the_code_says(loaded):
    for name, text in reference.pages().items():
        assert (FOLDER / name).read_text("utf-8") == text, f"docs/reference/{name}: make docs"
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.md" for name in reference.PAGES}


def needed(loaded) -> Iterator[tuple[str, str]]:
    """(page, text that has to stand there), taken from the code and not from the generator."""
    for name, hook in vars(Hooks).items():
        if not name.startswith("_"):
            function = hook.__func__
            yield "hooks", f"{name}{str(inspect.signature(function)).replace(chr(39), '')}"
    for name in settings_of(loaded):
        yield "settings", f"| `{name}` |"
    for name in reference.known_permissions(loaded.registry):
        yield "permissions", f"| `{name}` |"
    for name in reference.event_names():
        yield "events", f"## {name}\n"
        for attribute in attrs.fields(reference.event_named(name)):
            yield "events", f"| `{attribute.name}` |"
    yield from (("jobs", f"| `{job.name}` |") for job in loaded.registry.jobs)
    yield from needed_elsewhere(loaded)


def needed_elsewhere(loaded) -> Iterator[tuple[str, str]]:
    for path, command in reference.all_commands(loaded):
        yield "commands", f"## {path}\n"
        for param in command.params:
            if param.param_type_name == "option" and param.opts[0] not in reference.EVERYWHERE:
                yield "commands", f"`{param.opts[0]}`"
    for cls in loaded.registry.stored():
        if not cls.__tenon__.internal:
            yield "entities", f"## {cls.__tenon__.name}\n"


def settings_of(loaded) -> Iterator[str]:
    waiting = [*reference.SECTIONS.values()]
    waiting += [p.settings for p in loaded.plugins.values() if p.settings is not None]
    for cls in waiting:
        for attribute in attrs.fields(cls):
            yield attribute.name
            made = made_by(attribute)
            if attrs.has(type(made)):
                waiting.append(type(made))


def gaps(needs: Iterable[tuple[str, str]], pages: Mapping[str, str]) -> list[str]:
    return [f"{page}: {text}" for page, text in needs if text not in pages[f"{page}.md"]]


def test_everything_stands_in_the_reference(loaded):
    pages = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    needs = list(needed(loaded))
    assert {page for page, _text in needs} == set(reference.PAGES) - {"routes"}
    assert not gaps(needs, pages)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("hooks", "limit_records(decision: LimitContext) -> ColumnElement[bool] | None"),
        ("settings", "| `half_life_days` |"),
        ("permissions", "| `core.account.merge` |"),
        ("events", "| `codes` |"),
        ("jobs", "| `core.seal_audit` |"),
        ("commands", "`--dry-run`"),
        ("entities", "## core.account\n"),
    ],
)
def test_a_gap_in_the_reference_is_found(loaded, page, text):
    pages = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    pages[f"{page}.md"] = pages[f"{page}.md"].replace(text, "")
    assert f"{page}: {text}" in gaps(needed(loaded), pages)


# ------------------------------------------------------------------------------------ the pages


def broken_links(texts: Mapping[str, str], exists) -> Iterator[str]:
    """Links to files that are not there and to headings that no page has."""
    for path, text in texts.items():
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset)=\"([^\"]+)\"", prose):
            link = "".join(target)
            if re.match(r"[a-z]+:", link):
                continue
            file, _, anchor = link.partition("#")
            parts: list[str] = []
            for part in [*path.split("/")[:-1], *file.split("/")] if file else path.split("/"):
                parts = parts[:-1] if part == ".." else [*parts, part] if part != "." else parts
            found = "/".join(parts).rstrip("/")
            if not exists(found):
                yield f"{path}: {link} is not there"
            elif anchor and anchor not in anchors(texts.get(found, "")):
                yield f"{path}: {found} has no heading #{anchor}"


def anchors(text: str) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}


def test_links_lead_somewhere(texts):
    found = list(broken_links(texts, lambda path: (ROOT / path).exists()))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[x](no.md)", "docs/a.md: no.md is not there"),
        ("[x](../no/b.md)", "docs/a.md: ../no/b.md is not there"),
        ('<img src="no.svg">', "docs/a.md: no.svg is not there"),
        ("[x](#nowhere)\n\n# Here\n", "docs/a.md: docs/a.md has no heading #nowhere"),
    ],
)
def test_a_broken_link_is_found(text, complaint):
    assert list(broken_links({"docs/a.md": text}, {"docs/a.md"}.__contains__)) == [complaint]
    good = "[x](#well-here)\n\n# Well, here\n"
    assert not list(broken_links({"docs/a.md": good}, {"docs/a.md"}.__contains__))


def test_every_page_is_reached_from_the_readme(texts):
    reached, waiting = set(), ["README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached:
            continue
        reached.add(path)
        for link in re.findall(r"\]\(([^)#\s]+\.md)", texts[path]):
            found = (ROOT / path).parent.joinpath(link).resolve()
            waiting.append(found.relative_to(ROOT).as_posix())
    assert not texts.keys() - reached


def test_the_readme_is_short_and_names_the_two_commands(texts):
    readme, makefile = texts["README.md"], (ROOT / "Makefile").read_text("utf-8")
    commands = re.findall(r"^make (\w+)", readme, re.MULTILINE)
    assert commands == ["run", "test"]
    assert set(commands) <= set(re.findall(r"^(\w+):", makefile, re.MULTILINE))
    assert len(readme.splitlines()) < 80


def test_commands_that_the_manual_names_exist(texts, loaded):
    known = {path for path, _command in reference.all_commands(loaded)}
    groups = {path.rpartition(" ")[0] for path in known}
    found = list(unknown_commands(texts, known | groups))
    assert not found, "\n".join(found)


def unknown_commands(texts: Mapping[str, str], known: set[str]) -> Iterator[str]:
    for path, text in texts.items():
        for words in re.findall(r"`(tenon(?: [a-z]+)+)", text):
            if not any(words == name or words.startswith(f"{name} ") for name in known - {"tenon"}):
                yield f"{path}: {words}"


def test_an_unknown_command_is_found():
    texts = {"a.md": "`tenon plugin list` and `tenon fly away`"}
    assert list(unknown_commands(texts, {"tenon", "tenon plugin list"})) == ["a.md: tenon fly away"]


def test_decisions_have_their_headings(texts):
    pages = {path: text for path, text in texts.items() if re.match(r"docs/adr/\d", path)}
    assert len(pages) >= 13
    numbers = [Path(path).name[:4] for path in sorted(pages)]
    assert numbers == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for path, text in pages.items():
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ADR_HEADINGS, path
        assert len(text.splitlines()) <= 90, path


# --------------------------------------------------------------------------------- the examples

EXAMPLES = [
    path.relative_to(ROOT).as_posix()
    for path in [*map(ROOT.joinpath, READ), *sorted((ROOT / "docs").rglob("*.md"))]
    if any(b.language in {"console", "python", "http"} for b in blocks_of(path.read_text("utf-8")))
]


@pytest.fixture
def page(tmp_path, monkeypatch):
    for name in ("TENON_SITE", "TENON_DATABASE_URL", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    folder = tmp_path / "reader"
    folder.mkdir()
    followed = Page(folder)
    yield followed
    followed.close()


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_a_page(name, page):
    page.follow((ROOT / name).read_text("utf-8"), name)


def test_there_are_examples_for_every_reader():
    assert {"docs/integrators.md", "docs/plugin-authors.md", "docs/api.md"} <= set(EXAMPLES)


WRONG = {
    "a wrong output": "```console\n$ tenon --version\n9.9.9\n```",
    "a command that fails": "```console\n$ tenon fly\n```",
    "a command that should fail": "```console\n$ tenon --version  # refused\n```",
    "a wrong value": "```python\n>>> 1 + 1\n3\n```",
    "code that raises": "```python\nassert 1 == 2\n```",
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_example_is_found(what, page):
    with pytest.raises(AssertionError, match=r"a\.md:3: "):
        page.follow(f"# A\n\n{WRONG[what]}\n", "a.md")


def test_answers_are_compared():
    from documents import matches

    assert matches({"id": "…", "…": "…"}, {"id": 1, "more": 2})
    assert matches([{"a": 1}, "…"], [{"a": 1}, 2, 3])
    assert not matches({"id": "…"}, {"id": 1, "more": 2})
    assert not matches({"id": 1, "…": "…"}, {"id": 2})
    assert not matches([1], [1, 2])
