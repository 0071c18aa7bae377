"""The unified social credit code (统一社会信用代码), which is the tax number of Chinese companies.

GB 32100-2015: 18 characters. 1 registering department, 2 category, 3–8 administrative division of
the registering office (digits), 9–17 organisation code by GB 11714-1997, 18 check character. The
alphabet is 0–9 and A–Z without I, O, S, V and Z; a character's value is its place in it.
"""

from __future__ import annotations

import unicodedata

from tenon_sdk.text import Text, _

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, len(ALPHABET)) for place in range(LENGTH - 1))
_DIVISION = range(2, 8)
_ORGANISATION = slice(8, 16)
_ORGANISATION_DIGIT = 16
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def normalize_credit_code(text: str) -> str:
    """`text` as it is stored: full-width characters narrowed, blanks and hyphens out, upper case.

    >>> normalize_credit_code(" 9144 0300-1922 038216 ")
    '914403001922038216'
    """
    narrow = unicodedata.normalize("NFKC", text).upper()
    return "".join(c for c in narrow if not c.isspace() and unicodedata.category(c) != "Pd")


def check_credit_code(code: str) -> Text | None:
    """What is wrong with a normalized code by GB 32100-2015, or None if it is right.

    The check character finds every single wrong character and every swap of two neighbours; of
    all swaps it misses only those of the first and the last character, whose weights are equal.
    The organisation code inside is not checked, see `has_valid_organisation_code`.
    """
    if len(code) != LENGTH:
        return _(
            "A unified social credit code has 18 characters, this one has {count}.",
            count=len(code),
        )
    for place, character in enumerate(code):
        if character not in _VALUES:
            return _(
                "“{character}” at position {position} cannot occur in a unified social credit "
                "code; the letters I, O, S, V and Z are not used.",
                character=character,
                position=place + 1,
            )
        if place in _DIVISION and not character.isdigit():
            return _(
                "“{character}” at position {position} must be a digit: positions 3 to 8 of a "
                "unified social credit code are an administrative division.",
                character=character,
                position=place + 1,
            )
    if code[-1] != check_character(code[:-1]):
        return _(
            "The check character “{character}” does not fit the first 17 characters of the "
            "unified social credit code; at least one character is wrong.",
            character=code[-1],
        )
    return None


def is_credit_code(code: str) -> bool:
    return check_credit_code(code) is None


def check_character(body: str) -> str:
    """The 18th character for the first 17: C18 = (31 − Σ Ci·3^(i−1) mod 31) mod 31.

    Raises KeyError for a character that is not in the alphabet.
    """
    total = sum(_VALUES[c] * weight for c, weight in zip(body, _WEIGHTS, strict=True))
    return ALPHABET[-total % len(ALPHABET)]


def division_of(code: str) -> str:
    """The six digits of the registering office's administrative division, as in `regions`.

    It is the division at the time of registration, and 100000 for offices of the state.
    """
    return code[2:8]


def has_valid_organisation_code(code: str) -> bool:
    """Whether positions 9–17 carry their own check digit by GB 11714-1997.

    C9 = 11 − Σ Ci·Wi mod 11 with A = 10 … Z = 35, written X for 10 and 0 for 11. A hint, no
    reason to refuse: GB 32100 does not ask for it in its check, and codes given to bodies that
    never had an organisation code need not keep it.
    """
    body, digit = code[_ORGANISATION], code[_ORGANISATION_DIGIT]
    total = sum(int(c, 36) * weight for c, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return digit == "0123456789X0"[11 - total % 11]


def check_tax_number(text: str) -> Text | None:
    """What is wrong with the tax number of an invoice profile, or None.

    18 letters and digits are a unified social credit code and checked as one; other lengths are
    the numbers of other countries and of earlier years, which follow rules of their own.
    """
    code = normalize_credit_code(text)
    return check_credit_code(code) if len(code) == LENGTH and code.isalnum() else None
