"""How documents for paper look."""

from __future__ import annotations

import re
from typing import Any

from attrs import field, frozen

from tenon_sdk.papers import PaperSize

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def _colour(_settings: Any, _attribute: Any, value: str) -> None:
    if not COLOUR.fullmatch(value):
        raise ValueError("a colour is #rrggbb")


@frozen(kw_only=True)
class Letterhead:
    """The company as papers of one language name it; what is empty is left out.

    name    of the company; that of the site by default
    lines   below the name: address, telephone, one line each
    footer  in small print on every page: register, bank, tax number
    """

    name: str = ""
    lines: tuple[str, ...] = ()
    footer: str = ""


@frozen(kw_only=True)
class PaperSettings:
    """Letterhead, sheet and fonts of papers. A language without a letterhead takes the other's.

    size      sheet when nobody asks for another: a4 or letter
    logo      a picture in the site's folder, PNG, JPEG or SVG, instead of the name
    colour    of the name, the title and rules
    fonts     folder with TrueType or OpenType fonts to use instead of those of tenon-fonts-sc,
              relative to the site's folder
    families  names of the fonts to use from there, Latin first, then Chinese; known ones by default
    """

    size: PaperSize = PaperSize.A4
    logo: str = ""
    colour: str = field(default="#1f5fd0", validator=_colour)
    fonts: str = ""
    families: tuple[str, ...] = ()
    english: Letterhead = field(factory=Letterhead)
    chinese: Letterhead = field(factory=Letterhead)

    def letterhead(self, locale: str) -> Letterhead:
        both = (self.english, self.chinese)
        first, second = both[::-1] if locale.startswith("zh") else both
        return first if first != Letterhead() else second
