"""Tax numbers, phones, e-mail and addresses in the form in which they are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tenon_core.customers.duplicates.lexicon import ADDRESS_ABBREVIATIONS, STOP_WORDS
from tenon_core.customers.duplicates.model import Party
from tenon_core.customers.duplicates.names import fold, is_han, words_of
from tenon_core.customers.duplicates.regions import split_region

_NOT_ALNUM: Final = re.compile(r"[^0-9a-z]+")
_NOT_DIGIT: Final = re.compile(r"\D+")
_EXTENSION: Final = re.compile(r"(?:ext?\.?|转|分机|#|x)\s*\d{1,6}\s*$")
# Telephone numbers are compared by their last digits: country and trunk codes are written or
# left out at will. Eight keep a Chinese fixed line without its area code.
PHONE_DIGITS: Final = 8
_MIN_PHONE: Final = 6

# Mailboxes anyone can have: their domain says nothing about the company.
PUBLIC_DOMAINS: Final = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com icloud.com "
    "me.com aol.com gmx.de gmx.net gmx.com web.de t-online.de mail.ru yandex.ru proton.me "
    "protonmail.com qq.com vip.qq.com foxmail.com 163.com vip.163.com 126.com yeah.net sina.com "
    "sina.cn sohu.com aliyun.com 139.com 189.cn naver.com daum.net orange.fr free.fr "
    "wanadoo.fr libero.it".split()
)
_HAN_PIECE: Final = re.compile(
    r".+?(?:街道|社区|路|街|巷|弄|号|栋|幢|座|楼|室|层|村|镇|乡|区|园|里|大厦|广场|大道|中心)"
)


def tax_key(number: str) -> str:
    return _NOT_ALNUM.sub("", fold(number))


def phone_key(phone: str) -> str:
    """The last eight digits; empty if there are fewer than six, as extensions match at random."""
    digits = _NOT_DIGIT.sub("", _EXTENSION.sub("", fold(phone)))
    return digits[-PHONE_DIGITS:] if len(digits) >= _MIN_PHONE else ""


def email_key(email: str) -> str:
    text = fold(email).strip().removeprefix("mailto:")
    return text if "@" in text else ""


def email_domain(email: str) -> str:
    """The domain of a folded address, empty for public mail services."""
    domain = email.rpartition("@")[2]
    return "" if domain in PUBLIC_DOMAINS else domain


def attribute_key(value: str) -> str:
    return "".join(c for c in fold(value) if c.isalnum())


def address_words(address: str) -> tuple[str, ...]:
    """Distinct words of an address in their order; Chinese ones cut after road, number, floor."""
    words: list[str] = []
    for word in words_of(fold(address), ADDRESS_ABBREVIATIONS):
        if is_han(word):
            words.extend(_han_address(word))
        elif word not in STOP_WORDS:
            words.append(word)
    return tuple(dict.fromkeys(words))


def _han_address(text: str) -> Iterator[str]:
    places, rest = split_region(text)
    yield from places
    at = 0
    for match in _HAN_PIECE.finditer(rest):
        yield match[0]
        at = match.end()
    if rest[at:]:
        yield rest[at:]


def values_of(party: Party) -> set[str]:
    """Every value of the party that is counted and compared, as `kind:value`."""
    values = {f"phone:{k}" for p in party.phones if (k := phone_key(p))}
    for email in party.emails:
        key = email_key(email)
        if key:
            values |= {f"email:{key}", f"domain:{email_domain(key)}"}
    for address in party.addresses:
        values |= {f"word:{w}" for w in address_words(address)}
    if tax := tax_key(party.tax_number):
        values.add(f"tax:{tax}")
    values |= {f"{n}={k}" for n, v in party.attributes.items() if (k := attribute_key(v))}
    return values
