"""Brings the Chinese catalogs in line with the messages in the code; `make catalogs`.

Each package translates its own messages and leaves out those that a package below it (the SDK,
then the core) has translated already. Translations are kept, what nobody shows any more is
dropped, and what is missing is added empty and told. Files named as arguments are taken as
further sources of translations.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from tenon_sdk.papers import template_messages

ROOT = Path(__file__).resolve().parent.parent
LOCALE = "zh_CN"
KEYWORDS = {"_": None}
METHODS = {".py": "python", ".html": "jinja2.ext:babel_extract"}
PLACEHOLDER = re.compile(r"(?<!\{)\{(\w+)[^{}]*\}")
HEADER = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Language: zh_CN\\n"

"""


def packages(root: Path = ROOT) -> dict[str, Path]:
    """Import name -> source folder, in the order in which they build on each other."""
    patterns = ("sdk/src/*", "core/src/*", "plugins/*/src/*", "examples/*/src/*")
    found = [path for pattern in patterns for path in sorted(root.glob(pattern))]
    return {path.name: path for path in found if (path / "__init__.py").is_file()}


def catalog_of(folder: Path) -> Path:
    return folder / "locales" / LOCALE / "LC_MESSAGES" / f"{folder.name}.po"


def messages(folder: Path) -> dict[str, str]:
    """Every message that a package shows -> the file where it stands first."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*")):
        method = METHODS.get(path.suffix)
        if path.suffix == ".typ":
            for said in template_messages(path.read_text(encoding="utf-8")):
                found.setdefault(said, path.relative_to(folder).as_posix())
        if method is None:
            continue
        source = BytesIO(path.read_bytes())
        for _line, message, _comments, _context in extract(method, source, keywords=KEYWORDS):
            for one in message if isinstance(message, tuple) else (message,):
                if one:
                    found.setdefault(one, path.relative_to(folder).as_posix())
    return found


def translations(content: bytes) -> dict[str, str]:
    """The finished translations of a catalog; fuzzy and empty ones are left out."""
    catalog = read_po(BytesIO(content), abort_invalid=True)
    return {str(m.id): str(m.string) for m in catalog if m.id and m.string and not m.fuzzy}


def written(wanted: Mapping[str, str], known: Mapping[str, str]) -> bytes:
    """The catalog of the wanted messages, by message id; an unknown one stays empty."""
    catalog = Catalog(locale=LOCALE)
    for message in sorted(wanted):
        entry = catalog.add(message, known.get(message, ""))
        entry.flags.clear()
    out = BytesIO()
    write_po(out, catalog, width=0, omit_header=True, sort_output=True)
    return HEADER.encode() + out.getvalue()


def wanted_of(folders: Mapping[str, Path]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Each package's folder with the messages that its own catalog has to hold."""
    below: set[str] = set()
    for name, folder in folders.items():
        own = {m: path for m, path in messages(folder).items() if m not in below}
        if name in {"tenon_sdk", "tenon_core"}:
            below |= own.keys()
        yield folder, own


def update(sources: list[Path]) -> int:
    further: dict[str, str] = {}
    for source in sources:
        further |= {k: v for k, v in translations(source.read_bytes()).items() if k not in further}
    missing = 0
    for folder, wanted in wanted_of(packages()):
        path = catalog_of(folder)
        old = path.read_bytes() if path.is_file() else b""
        known = further | translations(old)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(written(wanted, known))
        for message in sorted(wanted.keys() - known.keys()):
            missing += 1
            print(f"{folder.name}/{wanted[message]}: {message!r}")
    print(f"{missing} messages are not translated" if missing else "Every message is translated")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(update([Path(name) for name in sys.argv[1:]]))
