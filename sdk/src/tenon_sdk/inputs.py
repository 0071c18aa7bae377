"""What a person is asked: labels and hints for the attrs classes of transitions and actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Attribute, frozen

from tenon_sdk.text import Text

ASKED = "tenon_asked"


@frozen(kw_only=True)
class Asked:
    """How a form asks for one attribute.

    entity   what a `UUID` refers to: it is chosen by typing, from what the person may see
    choices  labels of the codes that an attribute takes, such as those of a `Literal`
    long     several lines of text
    money    the amount is one of money
    """

    label: Text
    help: Text | None = None
    entity: str | None = None
    choices: Mapping[str, Text] | None = None
    long: bool = False
    money: bool = False


def asked(
    label: Text,
    *,
    help: Text | None = None,
    entity: str | None = None,
    choices: Mapping[str, Text] | None = None,
    long: bool = False,
    money: bool = False,
) -> dict[str, Asked]:
    """The metadata of an attribute that a person fills in.

        @frozen
        class Loss:
            reason: str = field(metadata=asked(_("Reason"), long=True))

    Without it a form is made all the same, with the attribute's name for a label.
    """
    how = Asked(label=label, help=help, entity=entity, choices=choices, long=long, money=money)
    return {ASKED: how}


def asked_of(attribute: Attribute[Any]) -> Asked:
    """How to ask for an attribute of an attrs class; its name in words where nothing is said."""
    found = attribute.metadata.get(ASKED)
    if isinstance(found, Asked):
        return found
    return Asked(label=Text(attribute.name.removesuffix("_id").replace("_", " ").capitalize()))
