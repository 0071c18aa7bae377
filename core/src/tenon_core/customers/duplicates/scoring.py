"""The weighing of two parties: evidence in bits, added up to a probability."""

from __future__ import annotations

import math
from collections.abc import Iterator

from attrs import define, field, frozen
from rapidfuzz.distance import OSA

from tenon_core.customers.duplicates.alignment import Alignment, Word, align
from tenon_core.customers.duplicates.corpus import Corpus
from tenon_core.customers.duplicates.lexicon import HAN_TRADES, LATIN_TRADES
from tenon_core.customers.duplicates.model import Code, Match, Party, Reason, Settings
from tenon_core.customers.duplicates.names import NameForm, is_han, parse_name, written_words
from tenon_core.customers.duplicates.places import apart
from tenon_core.customers.duplicates.similarity import sound
from tenon_core.customers.duplicates.values import (
    address_words,
    attribute_key,
    email_domain,
    email_key,
    phone_key,
    tax_key,
)

# What a value with one slip still says, and how little remains of a longer one with two.
_ONE_SLIP = 0.6
_TWO_SLIPS = 0.35


@frozen
class PreparedName:
    form: NameForm
    words: tuple[Word, ...]
    bits: float
    generic: bool
    written: frozenset[str]


@frozen
class Prepared:
    """A party taken apart and weighed, so that it is done once for many comparisons."""

    id: str
    names: tuple[PreparedName, ...]
    tax: str
    phones: frozenset[str]
    emails: frozenset[str]
    domains: frozenset[str]
    addresses: tuple[tuple[Word, ...], ...]
    attributes: dict[str, str]


@define
class Context:
    """Settings and the table's frequencies.

    `reference` are the words of a list that is free of duplicates: of these, one is not taken
    for a slip of another.
    """

    settings: Settings = field(factory=Settings)
    corpus: Corpus = field(factory=Corpus)
    reference: frozenset[str] = frozenset()

    def prepare(self, party: Party) -> Prepared:
        emails = frozenset(k for e in party.emails if (k := email_key(e)))
        names = (parse_name(n) for n in (party.name, *party.other_names) if n)
        addresses = (address_words(a) for a in party.addresses)
        return Prepared(
            id=party.id,
            names=tuple(self._name(f) for f in names if f.core),
            tax=tax_key(party.tax_number),
            phones=frozenset(k for p in party.phones if (k := phone_key(p))),
            emails=emails,
            domains=frozenset(d for e in emails if (d := email_domain(e))),
            addresses=tuple(tuple(map(self._address_word, a)) for a in addresses if a),
            attributes={n: k for n, v in party.attributes.items() if (k := attribute_key(v))},
        )

    def _name(self, form: NameForm) -> PreparedName:
        words: list[Word] = []
        previous = ""
        for token in form.tokens:
            bits = 0.0
            if token.significant:
                bits = min(self.corpus.next_bits(previous, token.text), self.settings.word_cap)
                previous = token.text
            known = token.text in self.reference
            words.append(Word(token.text, bits, token.bracketed, token.significant, known))
        generic = all(w.text in HAN_TRADES or w.text in LATIN_TRADES for w in words if w.bits)
        core = self.corpus.core_bits(form.core)
        # Chinese is written without spaces, so there are no written words to look at.
        written = frozenset() if is_han(form.core) else written_words(form.text)
        return PreparedName(form, tuple(words), core, generic, written)

    def _address_word(self, word: str) -> Word:
        return Word(word, min(self.corpus.value_bits(f"word:{word}"), self.settings.word_cap))


def compare(a: Party, b: Party, context: Context | None = None) -> Match:
    """The probability that two parties are the same, with reasons, strongest first.

    Deterministic, and the same score whichever comes first. Without context it uses the default
    settings and general expectation of frequencies. Never raises on odd values.
    """
    context = context or Context()
    return weigh(context.prepare(a), context.prepare(b), context)


def weigh(a: Prepared, b: Prepared, context: Context) -> Match:
    """`compare` for prepared parties."""
    reasons = sorted(evidence(a, b, context), key=lambda r: (-abs(r.weight), r.code, r.detail))
    bits = context.settings.prior(context.corpus.prior_size) + sum(r.weight for r in reasons)
    return Match(a.id, b.id, probability(bits * context.settings.temperature), tuple(reasons))


def probability(bits: float) -> float:
    if bits < -60:
        return 0.0
    return 1.0 / (1.0 + math.exp2(-bits))


def evidence(a: Prepared, b: Prepared, context: Context) -> Iterator[Reason]:
    # One fixed order makes the weighing the same both ways round.
    if _order(b) < _order(a):
        a, b = b, a
    if a.names and b.names:
        yield from name_evidence(a, b, context)
    yield from _number_evidence(a, b, context)
    yield from _address_evidence(a, b, context)
    yield from _attribute_evidence(a, b, context)


def _order(party: Prepared) -> tuple[object, ...]:
    return (
        [n.form.text for n in party.names],
        party.tax,
        sorted(party.phones),
        sorted(party.emails),
        [[w.text for w in words] for words in party.addresses],
        sorted(party.attributes.items()),
        party.id,
    )


# --- names


def name_evidence(a: Prepared, b: Prepared, context: Context) -> list[Reason]:
    """The reasons of the pair of names that speaks most for the parties being the same."""
    pairs = (_compare_names(x, y, context.settings) for x in a.names for y in b.names)
    return max(pairs, key=lambda reasons: sum(r.weight for r in reasons))


def _compare_names(a: PreparedName, b: PreparedName, settings: Settings) -> list[Reason]:
    if a.form.text == b.form.text:
        words = sum(w.bits for w in a.words)
        bits = min(max(a.bits, words), settings.name_cap) + settings.equal_name
        bits += settings.registered_name if a.form.legal_form else 0.0
        return [_name_reason(Code.SAME_NAME, bits, a.form.text)]
    found = align(a.words, b.words, settings)
    reasons = [_core_reason(a, b, found, settings)]
    reasons.extend(_form_reasons(a.form, b.form, settings))
    return reasons


def _name_reason(code: Code, weight: float, detail: str = "") -> Reason:
    return Reason(code, "name", weight, detail)


def _core_reason(a: PreparedName, b: PreparedName, found: Alignment, settings: Settings) -> Reason:
    lost = settings.contradiction * found.contradiction + settings.surplus * found.surplus
    lost += settings.other_spelling * _spelt_otherwise(a, b)
    bits = min(found.agreed, settings.name_cap) - lost
    if a.form.core == b.form.core:
        whole = min(a.bits, b.bits, settings.name_cap)
        bits = max(bits, whole - lost)
        if not a.generic:
            # A place in brackets that only one name has leaves the equality in doubt.
            doubt = found.left_over + found.right_over > 0
            bits += settings.equal_name * (0.5 if doubt else 1.0)
        return _name_reason(Code.SAME_CORE, bits, a.form.core)
    if is_han(a.form.core) and sound(a.form.core) == sound(b.form.core):
        bits += settings.equal_name / 2
        return _name_reason(Code.SOUNDS_ALIKE, bits, f"{a.form.core} ~ {b.form.core}")
    if found.abbreviations:
        return _name_reason(Code.ABBREVIATION, bits, "; ".join(sorted(found.abbreviations)))
    if bits > 0:
        return _name_reason(Code.SIMILAR_NAME, bits, "; ".join(sorted(found.slips)))
    return _name_reason(Code.DIFFERENT_NAME, bits)


def _spelt_otherwise(a: PreparedName, b: PreparedName) -> int:
    """How many words are the same and written differently, `St` and `Saint`."""
    if not a.written or not b.written or a.written == b.written:
        return 0
    own = {w.text for w in a.words if w.significant}
    shared = own & {w.text for w in b.words if w.significant}
    return sum((w in a.written) != (w in b.written) for w in shared)


def _form_reasons(a: NameForm, b: NameForm, settings: Settings) -> Iterator[Reason]:
    if apart(a.regions, b.regions):
        detail = " ≠ ".join(", ".join(sorted(r)) for r in (a.regions, b.regions))
        yield _name_reason(Code.DIFFERENT_REGION, -settings.different_region, detail)
    if a.branch != b.branch:
        detail = f"{a.branch or '–'} ≠ {b.branch or '–'}"
        yield _name_reason(Code.DIFFERENT_BRANCH, -settings.different_branch, detail)
    if a.legal_form and b.legal_form and a.legal_form != b.legal_form:
        detail = f"{a.legal_form} ≠ {b.legal_form}"
        yield _name_reason(Code.DIFFERENT_FORM, -settings.different_form, detail)


# --- numbers and the rest


def _number_evidence(a: Prepared, b: Prepared, context: Context) -> Iterator[Reason]:
    s = context.settings
    if a.tax and b.tax:
        yield _value_reason("tax_number", f"tax:{a.tax}", a.tax, b.tax, context)
    if a.phones and b.phones:
        yield _set_reason("phone", (a.phones, b.phones), (s.phone, s.phone_differs), context)
    if a.emails and b.emails:
        # Colleagues have the same domain: where the employer counts, it says nothing more.
        colleagues = "employer" in a.attributes.keys() & b.attributes.keys()
        shared = frozenset() if colleagues else a.domains & b.domains
        if shared and not a.emails & b.emails:
            bits, domain = max((context.corpus.value_bits(f"domain:{d}"), d) for d in shared)
            capped = min(bits, s.email_domain)
            yield Reason(Code.SAME_VALUE, "email_domain", capped, domain)
        else:
            yield _set_reason("email", (a.emails, b.emails), (s.email, s.email_differs), context)


def _set_reason(
    kind: str,
    values: tuple[frozenset[str], frozenset[str]],
    weights: tuple[float, float],
    context: Context,
) -> Reason:
    cap, penalty = weights
    if shared := values[0] & values[1]:
        bits, value = max((context.corpus.value_bits(f"{kind}:{v}"), v) for v in shared)
        return Reason(Code.SAME_VALUE, kind, min(bits, cap), value)
    return Reason(Code.DIFFERENT_VALUE, kind, -penalty)


def _value_reason(name: str, key: str, a: str, b: str, context: Context) -> Reason:
    s = context.settings
    tax = name == "tax_number"
    cap, penalty = (
        (s.tax_number, s.tax_number_differs) if tax else (s.attribute, s.attribute_differs)
    )
    if a == b:
        # Registers give a number once; its rarity in a small table understates it.
        bits = cap if tax else min(context.corpus.value_bits(key), cap)
        return Reason(Code.SAME_VALUE, name, bits, a)
    slips = OSA.distance(a, b, score_cutoff=2)
    share = _slip_share(slips, min(len(a), len(b)))
    if share:
        bits = min(context.corpus.value_bits(key), cap) * share
        return Reason(Code.SIMILAR_VALUE, name, bits, f"{a} ~ {b}")
    return Reason(Code.DIFFERENT_VALUE, name, -penalty, f"{a} ≠ {b}")


def _slip_share(slips: int, length: int) -> float:
    if slips == 1 and length >= 4:
        return _ONE_SLIP
    return _TWO_SLIPS if slips == 2 and length >= 7 else 0.0


def _address_evidence(a: Prepared, b: Prepared, context: Context) -> Iterator[Reason]:
    if not a.addresses or not b.addresses:
        return
    s = context.settings
    found = [align(x, y, s) for x in a.addresses for y in b.addresses]
    best = max(found, key=lambda f: f.agreed - s.surplus * (f.left_over + f.right_over))
    bits = min(best.agreed, s.address) - s.surplus * (best.left_over + best.right_over)
    if bits <= 0:
        yield Reason(Code.DIFFERENT_VALUE, "address", max(bits, -s.address_differs))
    else:
        code = Code.SIMILAR_VALUE if best.left_over or best.slips else Code.SAME_VALUE
        yield Reason(code, "address", bits)


def _attribute_evidence(a: Prepared, b: Prepared, context: Context) -> Iterator[Reason]:
    for name in sorted(a.attributes.keys() & b.attributes.keys()):
        one, other = a.attributes[name], b.attributes[name]
        yield _value_reason(name, f"{name}={one}", one, other, context)
