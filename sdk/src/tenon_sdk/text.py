"""Texts that are translated where they are shown, not where they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

DEFAULT_LOCALE = "en"
LOCALES = ("en", "zh_CN")

Translator = Callable[[str, str], str]

_locale: ContextVar[str] = ContextVar("tenon_locale", default=DEFAULT_LOCALE)
_translator: list[Translator] = []


class Text(str):
    """An English message id with its arguments; `translate` makes the shown text of it.

    It is a `str`, so it can be used wherever a label goes; its plain value is the English text
    with the placeholders still in it. `args` are put in after translation, so that catalogs
    hold the pattern and never a finished sentence.
    """

    __slots__ = ("args",)

    args: Mapping[str, object]

    def __new__(cls, message: str, args: Mapping[str, object] | None = None) -> Self:
        text = super().__new__(cls, message)
        text.args = dict(args or {})
        return text

    def __getnewargs__(self) -> tuple[str, Mapping[str, object]]:  # type: ignore[override]
        return (str.__str__(self), self.args)

    def format(self, *args: object, **kwargs: object) -> Text:
        """The same message with more arguments, still untranslated."""
        if args:
            raise TypeError("a Text takes named arguments only")
        return Text(str.__str__(self), {**self.args, **kwargs})

    # A message has no characters to map; its translation is what the name says.
    def translate(self, locale: str | None = None) -> str:  # type: ignore[override]
        return translate(self, locale)


def _(message: str, **args: object) -> Text:
    """Marks a message for the catalogs; `{name}` placeholders are filled from `args`."""
    return Text(message, args)


def install_translator(translator: Translator) -> None:
    """Sets the function `(message id, locale) -> text` that looks catalogs up. Core calls it."""
    _translator[:] = [translator]


def current_locale() -> str:
    return _locale.get()


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


def translate(text: str, locale: str | None = None) -> str:
    """The text in `locale` (default: the current one); an untranslated message stays English.

    Arguments that are themselves `Text` are translated too. A placeholder without argument
    stays as it is, so that a faulty translation never turns an error message into a crash.
    """
    locale = locale or _locale.get()
    pattern = str.__str__(text)
    if _translator and locale != DEFAULT_LOCALE:
        pattern = _translator[0](pattern, locale)
    args: Mapping[str, Any] = getattr(text, "args", {})
    if not args:
        return pattern
    shown = {k: translate(v, locale) if isinstance(v, Text) else v for k, v in args.items()}
    return pattern.format_map(_Lenient(shown))


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"
