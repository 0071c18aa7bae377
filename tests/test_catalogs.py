"""Every text that people read is in a catalog, complete in both languages.

`make catalogs` brings the catalogs up to the code and tells what is missing.
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from tenon_core.kernel.texts import load_texts

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import catalogs  # noqa: E402 (a script: it is found by its folder)

# Parts that no user reads: what tests are written with speaks to developers, in English.
NOT_SHOWN = ("testing/", "testkit/")

# Arguments that people read, by the class that takes them: positions and names.
SHOWN: Mapping[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "TenonError": ((0,), ("message",)),
    "Invalid": ((0, 1), ("fields", "message")),
    "Duplicate": ((0, 1), ("fields", "message")),
    "Refused": ((0, 1, 2, 3), ()),
    "Forbidden": ((1,), ("message",)),
    "Refusal": ((0,), ("message",)),
    "Blocker": ((0,), ("message",)),
    "Health": ((), ("message",)),
}
# Names of arguments that are texts wherever they stand.
LABELS = {"label", "plural", "help", "summary", "confirm"}


@pytest.fixture(scope="module")
def wanted() -> dict[str, tuple[Path, dict[str, str]]]:
    found = {folder.name: (folder, own) for folder, own in catalogs.wanted_of(catalogs.packages())}
    assert {"tenon_sdk", "tenon_core"} <= found.keys()
    assert len(found["tenon_core"][1]) > 1000
    return found


def complaints(content: bytes, wanted: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a catalog that has to hold the wanted messages."""
    known = catalogs.translations(content)
    for message, path in sorted(wanted.items()):
        if message not in known:
            yield f"{path}: {message!r} is not translated"
        elif shape(message) != shape(known[message]):
            yield f"{message!r}: other placeholders in {known[message]!r}"
    for entry in read_po(content.decode().splitlines(keepends=True)):
        if entry.id and entry.fuzzy:
            yield f"{entry.id!r} is fuzzy"
        if entry.id and entry.id not in wanted:
            yield f"nobody shows {entry.id!r}"
    if re.search(rb"^#~", content, re.MULTILINE):
        yield "obsolete entries stand in it"


def shape(message: str) -> set[str]:
    return set(catalogs.PLACEHOLDER.findall(message))


def test_every_message_is_translated(wanted):
    found = [
        f"{name}: {complaint}"
        for name, (folder, own) in wanted.items()
        if own
        for complaint in complaints(catalogs.catalog_of(folder).read_bytes(), own)
    ]
    assert not found, "\n".join([*found, "make catalogs"])


@pytest.mark.parametrize(
    ("catalog", "complaint"),
    [
        ("", "a.py: 'Hello {name}' is not translated"),
        ('msgid "Hello {name}"\nmsgstr ""\n', "a.py: 'Hello {name}' is not translated"),
        ('msgid "Hello {name}"\nmsgstr "你好"\n', "'Hello {name}': other placeholders in '你好'"),
        ('#, fuzzy\nmsgid "Hello {name}"\nmsgstr "你好{name}"\n', "'Hello {name}' is fuzzy"),
        ('msgid "Bye"\nmsgstr "再见"\n', "nobody shows 'Bye'"),
        ('#~ msgid "Bye"\n#~ msgstr "再见"\n', "obsolete entries stand in it"),
    ],
)
def test_a_gap_is_found(catalog, complaint):
    content = (catalogs.HEADER + catalog).encode()
    assert complaint in list(complaints(content, {"Hello {name}": "a.py"}))


def test_packages_do_not_contradict_each_other():
    texts = load_texts(catalogs.packages())
    assert not texts.conflicts
    assert texts.translate("Account", "zh_CN") == "客户"


def test_a_catalog_is_written_as_it_is_kept(wanted):
    for folder, own in wanted.values():
        content = catalogs.catalog_of(folder).read_bytes()
        known = catalogs.translations(content)
        assert catalogs.written(own, known) == content, f"{folder.name}: make catalogs"


# ------------------------------------------------------------------- texts outside the catalogs


def error_classes(trees: Mapping[str, ast.Module]) -> dict[str, str]:
    """Error class -> the class of SHOWN whose constructor it has, own constructors left out."""
    known = {name: name for name in SHOWN}
    classes = [n for tree in trees.values() for n in ast.walk(tree) if isinstance(n, ast.ClassDef)]
    for _round in range(4):
        for node in classes:
            bases = [known[b.id] for b in node.bases if isinstance(b, ast.Name) and b.id in known]
            own = any(isinstance(n, ast.FunctionDef) and n.name == "__init__" for n in node.body)
            if bases and not own:
                known.setdefault(node.name, bases[0])
    return known


def is_literal(node: ast.expr) -> bool:
    """Whether a text stands in it as it is; one that comes by a name was looked at where it is."""
    if isinstance(node, ast.Dict):
        return any(is_literal(value) for value in node.values)
    if isinstance(node, ast.IfExp):
        return is_literal(node.body) or is_literal(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def bare_texts(trees: Mapping[str, ast.Module]) -> Iterator[str]:
    classes = error_classes(trees)
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                given = [k.value for k in node.keywords if k.arg in LABELS]
            elif isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else None
                places, names = SHOWN.get(classes.get(name or "", ""), ((), ()))
                given = [node.args[n] for n in places if n < len(node.args)]
                given += [k.value for k in node.keywords if k.arg in {*names, *LABELS}]
            else:
                continue
            for value in given:
                if is_literal(value):
                    yield f"{path}:{value.lineno}: {ast.unparse(value)[:60]} stands outside _()"


def test_every_shown_text_goes_through_the_catalogs():
    trees = {
        f"{name}/{path.relative_to(folder).as_posix()}": ast.parse(path.read_text("utf-8"))
        for name, folder in catalogs.packages().items()
        for path in sorted(folder.rglob("*.py"))
        if not path.relative_to(folder).as_posix().startswith(NOT_SHOWN)
    }
    assert "tenon_core/cli/main.py" in trees
    found = list(bare_texts(trees))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "raise Invalid({'name': 'is wrong'})",
        "raise Invalid({'name': _('Wrong.')}, 'Sorry')",
        "raise Refused(f'no {x}')",
        "class Odd(TenonError):\n    code = 'odd'\nraise Odd('Sorry')",
        "class A(Entity, name='a.b', label='Thing'): pass",
        "field(label='Name')",
        "Health(level=Level.OK, message='fine' if x else _('bad'))",
    ],
)
def test_a_bare_text_is_found(code):
    assert list(bare_texts({"a.py": ast.parse(code)}))
    assert not list(bare_texts({"a.py": ast.parse("raise Forbidden('core.account.view')")}))
