"""Keys that a record shares with its likely duplicates, to be stored and looked up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Final

from tenon_core.customers.duplicates.lexicon import HAN_TRADES, LATIN_TRADES
from tenon_core.customers.duplicates.model import Party, Settings
from tenon_core.customers.duplicates.names import NameForm, is_han, parse_name
from tenon_core.customers.duplicates.similarity import sound
from tenon_core.customers.duplicates.values import (
    address_words,
    attribute_key,
    email_domain,
    email_key,
    phone_key,
    tax_key,
)

# Keys are stored; whoever changes how they are made counts this up and has them made again.
KEY_VERSION: Final = 2
_VOWELS: Final = re.compile("[aeiouyhw]")
_DOUBLED: Final = re.compile(r"(.)\1+")
_SKELETON: Final = 5
_WORDS: Final = 5
_ACRONYM: Final = range(3, 9)


def block_keys(party: Party, settings: Settings | None = None) -> frozenset[str]:
    """Stable keys of a record, at most `settings.max_keys`, each at most 64 characters.

    Two records that are the same share a key with high probability; two that differ seldom do,
    but for over-common keys, which the reader leaves out by their count (`settings.max_block`).
    The keys depend on the record alone, not on the table. A record without data has none.
    """
    limit = (settings or Settings()).max_keys
    keys = dict.fromkeys(key[:64] for key in chain(_value_keys(party), _name_keys(party)))
    more = dict.fromkeys(key[:64] for key in _weak_keys(party))
    return frozenset([*keys, *(k for k in more if k not in keys)][:limit])


def skeleton(word: str) -> str:
    """First letter and the next consonants, doubled letters once: alike for usual slips."""
    if not word.isascii() or word.isdigit():
        return word
    rest = _VOWELS.sub("", word[1:])
    return (word[0] + _DOUBLED.sub(r"\1", rest))[:_SKELETON]


def _value_keys(party: Party) -> Iterator[str]:
    if tax := tax_key(party.tax_number):
        yield f"t:{tax}"
    for phone in party.phones:
        if key := phone_key(phone):
            yield f"p:{key}"
    for email in party.emails:
        if key := email_key(email):
            yield f"e:{key}"
            if domain := email_domain(key):
                yield f"d:{domain}"


def _name_keys(party: Party) -> Iterator[str]:
    for name in (party.name, *party.other_names):
        form = parse_name(name)
        if form.core:
            yield f"n:{form.core}"
            yield from _han_keys(form) if is_han(form.core) else _latin_keys(form)


def _han_keys(form: NameForm) -> Iterator[str]:
    words = [t.text for t in form.words]
    yield f"s:{sound(form.core)}"
    brand = words[0]
    if brand not in HAN_TRADES:
        yield f"s:{sound(brand)}"
    if len(brand) >= 4:
        yield f"b:{brand[:2]}"
        yield f"b:{brand[-2:]}"
    for word in words:
        if not is_han(word) and len(word) > 1:
            yield f"w:{skeleton(word)}"


def _latin_keys(form: NameForm) -> Iterator[str]:
    plain = [t.text for t in form.words]
    rare = [w for w in plain if w not in LATIN_TRADES] or plain
    yield from (f"w:{skeleton(w)}" for w in rare[:_WORDS] if len(w) > 1)
    yield from _acronym_keys(form)
    yield from (f"w:{skeleton(a + b)}" for a, b in list(pairwise(plain))[:2])
    ends = [skeleton(w) for w in plain]
    yield from (f"2:{'+'.join(sorted(pair))}" for pair in list(pairwise(ends))[:_WORDS])


def _acronym_keys(form: NameForm) -> Iterator[str]:
    words = [t.text for t in form.words]
    yield from (f"i:{w}" for w in words[:3] if len(w) in _ACRONYM and not w.isdigit())
    whole = [t for t in form.tokens if not t.bracketed]
    for chosen in (whole, [t for t in whole if not t.stop], [t for t in whole if t.significant]):
        initials = "".join(part[0] for t in chosen for part in t.text.split("_") if part)
        if len(initials) in _ACRONYM:
            yield f"i:{initials}"


def _weak_keys(party: Party) -> Iterator[str]:
    values = [f"{n}={k}" for n, v in sorted(party.attributes.items()) if (k := attribute_key(v))]
    yield from (f"x:{value}" for value in values)
    for address in party.addresses:
        words = address_words(address)
        pairs = [(a, b) for a, b in pairwise(words) if a.isdigit() or is_han(a + b)]
        yield from (f"a:{a}+{skeleton(b)}" for a, b in pairs[:2])
        yield from (f"a:{skeleton(a)}+{skeleton(b)}" for a, b in list(pairwise(words))[1:3])
