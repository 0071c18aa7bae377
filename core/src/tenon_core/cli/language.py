"""In which language the command line speaks."""

from __future__ import annotations

import importlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from tenon_sdk.text import DEFAULT_LOCALE, LOCALES, _, install_translator, translate

CATALOGS = ("tenon_sdk", "tenon_core")
FILE = "tenon.toml"
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
CLICK_MODULES = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types")

# What click itself says on a command's way, so that these are in the catalogs too.
CLICK_MESSAGES = (
    _("Options"),
    _("Positional arguments"),
    _("Commands"),
    _("Usage:"),
    _("Missing command."),
    _("Missing argument"),
    _("Missing option"),
    _("Missing parameter"),
    _("Got unexpected extra argument ({args})"),
    _("Got unexpected extra arguments ({args})"),
    _("default: {default}"),
    _("required"),
    _("Show the version and exit."),
    _("Show this message and exit."),
    _("Try '{command} {option}' for help."),
    _("Error: {message}"),
    _("Invalid value: {message}"),
    _("Invalid value for {param_hint}: {message}"),
    _("No such option {name!r}."),
    _("No such command {name!r}."),
    _("Did you mean {possibility}?"),
    _("(Did you mean one of: {possibilities}?)"),
    _("Option {name!r} does not take a value."),
    _("Option {name!r} requires an argument."),
    _("Choose from:\n\t{choices}"),
    _("{value!r} is not {choice}."),
    _("{value!r} is not one of {choices}."),
    _("{value!r} is not a valid {number_type}."),
    _("{value} is not in the range {range}."),
    _("{value!r} is not a valid UUID."),
    _("{value!r} does not match the format {format}."),
    _("{value!r} does not match the formats {formats}."),
    _("{name} {filename!r} does not exist."),
    _("{name} {filename!r} is a file."),
    _("{name} {filename!r} is a directory."),
    _("{name} {filename!r} is not readable."),
    _("{name} {filename!r} is not writable."),
    _("file"),
    _("directory"),
    _("path"),
    _("Repeat for confirmation"),
    _("Error: The two entered values do not match."),
)


def choose(given: str | None, site: str | None) -> str:
    """The language asked for, else that of the environment, else that of the site."""
    if given is not None:
        return given
    for name in VARIABLES:
        found = _known(os.environ.get(name, ""))
        if found is not None:
            return found
    return _of_site(site) or DEFAULT_LOCALE


def _known(value: str) -> str | None:
    """`zh_CN.UTF-8` -> `zh_CN`; None for `C` and for languages that there are no texts in."""
    language = value.partition(".")[0].replace("-", "_")
    if language in LOCALES:
        return language
    kind = language.partition("_")[0]
    return next((known for known in LOCALES if known.partition("_")[0] == kind), None)


def _of_site(given: str | None) -> str | None:
    """The site's own language, read without anything else of it; None if that cannot be."""
    named = given or os.environ.get("TENON_SITE")
    here = Path.cwd()
    for folder in [Path(named)] if named else [here, *here.parents]:
        try:
            locale = tomllib.loads((folder / FILE).read_text("utf-8"))["site"]["locale"]
        except FileNotFoundError:
            continue
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return locale if locale in LOCALES else None
    return None


def install() -> None:
    """Makes texts translatable before a site is open; catalogs are read when first needed."""
    catalogs: dict[str, Mapping[str, str]] = {}

    def look_up(message: str, locale: str) -> str:
        if locale not in catalogs:
            from tenon_core.kernel.texts import load_texts

            catalogs[locale] = load_texts(CATALOGS).messages.get(locale, {})
        return catalogs[locale].get(message, message)

    install_translator(look_up)
    for name in CLICK_MODULES:
        module = importlib.import_module(f"click.{name}")
        if hasattr(module, "_"):
            module._ = translate  # type: ignore[attr-defined]
        if hasattr(module, "ngettext"):
            module.ngettext = _plural  # type: ignore[attr-defined]


def _plural(one: str, many: str, count: int) -> str:
    return translate(one if count == 1 else many)
