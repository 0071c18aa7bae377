"""Documents for paper: a PDF made of one record by a typst template."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from attrs import Attribute, field, frozen

from tenon_sdk.text import Text

if TYPE_CHECKING:
    from tenon_sdk.context import Context

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
TEMPLATE_MESSAGE = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)*)"')
# What a template must not do: `eval` makes markup of text, `@` fetches a package from a network.
TEMPLATE_REFUSED = re.compile(r'\beval\s*\(|"@[\w-]+/')


class PaperSize(StrEnum):
    """The sheet that a paper is laid out for."""

    A4 = "a4"
    LETTER = "letter"


@frozen
class Money:
    """An amount with its ISO 4217 currency, written on a paper as `CNY 1,200.00` or `¥1,200.00`.

    A plain `Decimal` is written without a currency, with the digits that it has.
    """

    amount: Decimal
    currency: str


def _valid_key(_: Any, _attribute: Attribute[str], value: str) -> None:
    if not KEY.fullmatch(value):
        raise ValueError(f"paper {value!r}: letters, digits and underscores, parts with dots")


@frozen(kw_only=True)
class Paper:
    """A document for paper that is made of one record of `entity`: its quotation, its report.

    `load` runs with the rights of whoever prints, in a session that shows her only what she may
    see, and returns plain data in a bounded number of statements: mappings, sequences, attrs
    instances, texts, numbers, `Decimal`, `Money`, dates, datetimes. They reach the template as
    `data`, written in the language of the paper; text stays text and is never read as markup.
    The same data give the same PDF, byte for byte.

    key          name in addresses; on another plugin's entity it begins with the own key. One
                 named `record` replaces the sheet that every entity has
    label        what the document calls itself, and what the button says
    template     file below the package's `templates/`, such as `sales/quotation.typ`
    permission   needed besides that of seeing the record
    locale       the language of the one who will read it, if the record tells; None asks the
                 record's contact, then whoever prints
    drafts       states of the record in which the paper says that it is a draft
    landscape    lays the sheet on its side
    category     of the document that a stored copy becomes
    order        of several papers of one entity
    """

    entity: str
    key: str = field(validator=_valid_key)
    label: Text
    template: str
    load: Callable[[Context, UUID], Mapping[str, Any]]
    permission: str
    locale: Callable[[Context, UUID], str | None] | None = None
    drafts: Sequence[str] = ()
    landscape: bool = False
    category: str = "other"
    order: int = 100


def template_messages(source: str) -> Iterator[str]:
    """The messages of a typst template: what stands in its calls `t("…")`."""
    for found in TEMPLATE_MESSAGE.finditer(source):
        yield found[1].replace('\\"', '"').replace("\\\\", "\\")


def template_faults(source: str) -> Iterator[str]:
    """What a typst template does that it must not."""
    for number, line in enumerate(source.splitlines(), 1):
        if found := TEMPLATE_REFUSED.search(line.partition("//")[0]):
            yield f"line {number}: {found[0]}…"
