"""Reading settings that are stored as JSON, with errors that name the place."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from attrs import frozen

from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _


@frozen
class Item:
    """A value in a JSON document together with its path, such as `rules[0].tier`.

    Each method returns the value as what its name says and raises Invalid for the path otherwise.
    """

    value: Any
    path: str

    def invalid(self, message: Text) -> Invalid:
        return Invalid({self.path: message})

    def keys(self) -> Collection[str]:
        if not isinstance(self.value, dict):
            raise self.invalid(_("An object with named fields is expected."))
        return self.value.keys()

    def only(self, *names: str) -> None:
        """Refuses fields with other names: a misspelt one must not be without effect."""
        for key in self.keys():
            if key not in names:
                raise Item(None, f"{self.path}.{key}").invalid(
                    _("There is no such field; possible are {names}.", names=", ".join(names))
                )

    def at(self, key: str) -> Item:
        if key not in self.keys():
            raise Item(None, f"{self.path}.{key}").invalid(_("This field is missing."))
        return Item(self.value[key], f"{self.path}.{key}")

    def maybe(self, key: str) -> Item | None:
        """The field if it is there and not null."""
        return self.at(key) if key in self.keys() and self.value[key] is not None else None

    def items(self) -> list[Item]:
        if not isinstance(self.value, list):
            raise self.invalid(_("A list is expected."))
        return [Item(part, f"{self.path}[{n}]") for n, part in enumerate(self.value)]

    def some(self) -> list[Item]:
        """The parts of a list that must not be empty."""
        parts = self.items()
        if not parts:
            raise self.invalid(_("The list must not be empty."))
        return parts

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.invalid(_("A text is expected, and it must not be empty."))
        return self.value

    def choice(self, names: Collection[str]) -> str:
        if self.value not in names:
            raise self.invalid(_("Expected is one of {names}.", names=", ".join(names)))
        return str(self.value)

    def boolean(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.invalid(_("Expected is true or false."))
        return self.value

    def positive(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 1:
            raise self.invalid(_("A whole number greater than zero is expected."))
        return self.value

    def scalar(self) -> str | int | float | bool | None:
        if self.value is None or isinstance(self.value, str | int | float | bool):
            return self.value
        raise self.invalid(_("A text, a number, true, false or nothing is expected."))
