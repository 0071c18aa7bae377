"""Classes of the code as Markdown: what their docstrings say, and their fields as tables."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import Any

import attrs

FactoryType: type[Any] = type(attrs.Factory(list))


def signature(function: Callable[..., Any]) -> str:
    return str(inspect.signature(function)).replace("'", "")


def prose(cls: type[Any]) -> str:
    """The docstring without the table of fields that stands in it, code blocks fenced."""
    text = inspect.cleandoc(cls.__doc__ or "")
    text = re.sub(r"^(\w[\w, ]*) {2,}\S.*\n?( {4,}.*\n?)*", "", text, flags=re.MULTILINE)
    text = re.sub(r"((?:^ {4}.*\n?|^\n(?= {4}))+)", fenced, text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def fenced(found: re.Match[str]) -> str:
    return f"```text\n{inspect.cleandoc(found[0])}\n```\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(cell.replace(chr(10), ' ') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def fields_rows(cls: type[Any]) -> Iterator[tuple[str, str, str, str]]:
    told = meanings(cls)
    for attribute in attrs.fields(cls):
        if not attribute.init:
            continue
        name = annotation_of(cls, attribute.name)
        cell = f"`{name}`".replace("|", "\\|")
        yield f"`{attribute.name}`", cell, default_of(attribute), told.get(attribute.name, "")


def annotation_of(cls: type[Any], name: str) -> str:
    """The annotation as it is written; `Attribute.type` changes once somebody resolves it."""
    for owner in cls.__mro__:
        written = inspect.get_annotations(owner).get(name)
        if written is not None:
            return written if isinstance(written, str) else str(written)
    return ""


def default_of(attribute: attrs.Attribute[Any]) -> str:
    if attribute.default is attrs.NOTHING:
        return "required"
    made = made_by(attribute)
    if not attribute.repr:
        return "made by `tenon init`" if made else ""
    if attrs.has(type(made)):
        return "see below"
    return f"`{made.value if isinstance(made, Enum) else repr(made)}`"


def made_by(attribute: attrs.Attribute[Any]) -> Any:
    """The default of a field; NOTHING where it has to be given."""
    default: Any = attribute.default
    return default.factory() if isinstance(default, FactoryType) else default


def meanings(cls: type[Any]) -> dict[str, str]:
    """What is said of each field: in the docstring's table, above it, or below it."""
    found: dict[str, str] = {}
    doc = inspect.cleandoc(cls.__doc__ or "")
    for names, text in re.findall(
        r"^(\w[\w, ]*?) {2,}(\S.*(?:\n {4,}\S.*)*)", doc, flags=re.MULTILINE
    ):
        found |= dict.fromkeys(names.split(", "), re.sub(r"\s+", " ", text))
    above: list[str] = []
    for line in inspect.getsource(cls).splitlines():
        code = line.strip()
        comment = re.match(r"# (.*)", code)
        declared = re.match(r"(\w+): .*", code) if line.startswith("    ") else None
        if comment:
            above = [*above, comment[1]]
        elif declared and above:
            found.setdefault(declared[1], " ".join(above))
            above = []
        elif not code:
            above = []
    for name, text in re.findall(
        r"^ {4}(\w+): [^\n]*\n {4}\"\"\"(.*?)\"\"\"", inspect.getsource(cls), re.MULTILINE
    ):
        found[name] = text
    return found
