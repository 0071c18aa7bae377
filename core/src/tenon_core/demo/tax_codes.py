"""Tax numbers of invented companies with the check digits that their countries ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import ascii_uppercase

from tenon_core.demo.dice import Dice
from tenon_core.entities.tax_numbers import ALPHABET, check_character

# GB 11714-1997: weights of the eight characters of an organisation code.
_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)
_BASE36 = "0123456789" + ascii_uppercase
_REFORM = 2015


def credit_code(dice: Dice, division: str, founded: int) -> str:
    """A unified social credit code of a company registered in a division of China.

    Since October 2015 the organisation code inside is drawn from the range that begins with MA.
    """
    if founded > _REFORM:
        body = "MA" + dice.pick("345") + "".join(dice.random.choices(ALPHABET, k=5))
    else:
        body = dice.pick("567") + dice.digits(7)
    total = sum(int(c, 36) * w for c, w in zip(body, _ORGANISATION, strict=True))
    code = f"91{division}{body}{'0123456789X0'[11 - total % 11]}"
    return code + check_character(code)


def foreign_tax_number(dice: Dice, country: str) -> str:
    return _MAKERS[country](dice)


def _vietnam(dice: Dice) -> str:
    """MST: the remainder of 11 must leave a digit."""
    while True:
        body = dice.pick(("01", "03", "23", "37", "36", "08")) + dice.digits(7)
        weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
        check = 10 - _dot(body, weights) % 11
        if check < 10:
            return f"{body}{check}"


def _thailand(dice: Dice) -> str:
    body = "0105" + dice.digits(8)
    return f"{body}{(11 - _dot(body, range(13, 1, -1)) % 11) % 10}"


def _germany(dice: Dice) -> str:
    """USt-IdNr.: ISO 7064, MOD 11,10."""
    body = dice.pick("123456789") + dice.digits(7)
    product = 10
    for digit in body:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return f"DE{body}{(11 - product) % 10}"


def _turkey(dice: Dice) -> str:
    """VKN, the tax number of companies."""
    body = dice.pick("123456789") + dice.digits(8)
    total = 0
    for place, digit in enumerate(body):
        shifted = (int(digit) + 9 - place) % 10
        total += 9 if shifted == 9 else shifted * 2 ** (9 - place) % 9
    return f"{body}{-total % 10}"


def _india(dice: Dice) -> str:
    """GSTIN: state, PAN of a company, entity, Z, and a check character to base 36."""
    letters = "".join(dice.random.choices(ascii_uppercase, k=3))
    pan = f"{letters}C{dice.pick(ascii_uppercase)}{dice.digits(4)}{dice.pick(ascii_uppercase)}"
    body = f"{dice.pick(('27', '24', '33', '06'))}{pan}1Z"
    total = 0
    for place, character in enumerate(body):
        product = _BASE36.index(character) * (1 + place % 2)
        total += product // 36 + product % 36
    return body + _BASE36[-total % 36]


def _brazil(dice: Dice) -> str:
    """CNPJ with its two check digits, written as people do."""
    body = dice.digits(8) + "0001"
    for weights in ((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)):
        rest = _dot(body, weights) % 11
        body += str(0 if rest < 2 else 11 - rest)
    return f"{body[:2]}.{body[2:5]}.{body[5:8]}/{body[8:12]}-{body[12:]}"


def _mexico(dice: Dice) -> str:
    """RFC of a company: three letters, date, two characters, check character."""
    letters = "".join(dice.random.choices("ABCDEFGHIJLMNPQRSTUV", k=3))
    born = f"{dice.whole(85, 99)}{dice.whole(1, 12):02}{dice.whole(1, 28):02}"
    body = f"{letters}{born}{''.join(dice.random.choices(_BASE36, k=2))}"
    alphabet = _BASE36[:24] + "&" + _BASE36[24:] + " "
    total = sum(alphabet.index(c) * w for c, w in zip(f" {body}", range(13, 1, -1), strict=True))
    rest = -total % 11
    return body + ("A" if rest == 10 else str(rest))


def _dot(body: str, weights: range | tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))


_MAKERS: Mapping[str, Callable[[Dice], str]] = {
    "VN": _vietnam,
    "TH": _thailand,
    "DE": _germany,
    "TR": _turkey,
    "IN": _india,
    "BR": _brazil,
    "MX": _mexico,
}
