"""Message catalogs of core and plugins, merged at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO

from attrs import define, field, frozen
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from tenon_sdk.text import DEFAULT_LOCALE, LOCALES


@frozen
class Conflict:
    """One message that two packages translate differently; the first one's text is shown."""

    locale: str
    message: str
    first: str
    second: str


@define
class Texts:
    """Translations by locale; `conflicts` should stay empty, and a test holds it so."""

    messages: dict[str, dict[str, str]] = field(factory=dict)
    conflicts: list[Conflict] = field(factory=list)
    _owners: dict[tuple[str, str], str] = field(factory=dict)

    def add(self, package: str, locale: str, catalog: Mapping[str, str]) -> None:
        known = self.messages.setdefault(locale, {})
        for message, translation in catalog.items():
            if message not in known:
                known[message] = translation
                self._owners[locale, message] = package
            elif known[message] != translation:
                first = self._owners[locale, message]
                self.conflicts.append(Conflict(locale, message, first, package))

    def translate(self, message: str, locale: str) -> str:
        return self.messages.get(locale, {}).get(message, message)


def load_texts(packages: Iterable[str]) -> Texts:
    """The catalogs `locales/<locale>/LC_MESSAGES/<package>.mo` or `.po` of each package."""
    texts = Texts()
    for package in packages:
        for locale in LOCALES:
            if locale != DEFAULT_LOCALE:
                texts.add(package, locale, read_catalog(package, locale))
    return texts


def read_catalog(package: str, locale: str) -> dict[str, str]:
    """One package's finished translations; {} if it has no catalog for the locale."""
    folder = files(package) / "locales" / locale / "LC_MESSAGES"
    for ending, read in ((".mo", read_mo), (".po", read_po)):
        source: Traversable = folder / f"{package}{ending}"
        if source.is_file():
            catalog = read(BytesIO(source.read_bytes()))
            return {str(m.id): str(m.string) for m in catalog if m.id and m.string and not m.fuzzy}
    return {}
