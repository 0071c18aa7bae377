"""Which words of two names or addresses stand for each other, and how much that says."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from attrs import define, evolve, field, frozen

from tenon_core.customers.duplicates.lexicon import CONJUNCTIONS
from tenon_core.customers.duplicates.model import Settings
from tenon_core.customers.duplicates.names import is_han
from tenon_core.customers.duplicates.similarity import akin, common_prefix, similarity

_LONGEST_ABBREVIATION = 28


@frozen
class Word:
    """A word with its rarity in bits; filler and legal forms have none and serve abbreviations.

    `known` words stand in a list without duplicates, so that one is not a slip of another.
    """

    text: str
    bits: float
    bracketed: bool = False
    significant: bool = True
    known: bool = False


@define
class Alignment:
    """Bits of agreement, the bits left over on either side and what was paired not being equal."""

    agreed: float = 0.0
    left_over: float = 0.0
    right_over: float = 0.0
    slips: list[str] = field(factory=list)
    abbreviations: list[str] = field(factory=list)

    @property
    def contradiction(self) -> float:
        return min(self.left_over, self.right_over)

    @property
    def surplus(self) -> float:
        return abs(self.left_over - self.right_over)


def align(left: Sequence[Word], right: Sequence[Word], settings: Settings) -> Alignment:
    """Pairs equal words, then abbreviations with what they stand for, then words with slips.

    Symmetric but for the order of its lists. Each word is used once.
    """
    found = Alignment()
    a, b = _drop_equal(left, right, found)
    if any(w.significant for w in a) and any(w.significant for w in b):
        a, b = _drop_abbreviated(a, b, found, settings)
        a, b = _drop_similar(a, b, found, settings)
    # Brackets against brackets contradict; a bracket that only one name has explains.
    both = any(w.bracketed for w in a) and any(w.bracketed for w in b)
    share = 1.0 if both else settings.bracket
    found.left_over = _weight(a, share)
    found.right_over = _weight(b, share)
    return found


def _weight(words: Sequence[Word], bracket: float) -> float:
    return sum(w.bits * (bracket if w.bracketed else 1.0) for w in words)


def _drop_equal(
    left: Sequence[Word], right: Sequence[Word], found: Alignment
) -> tuple[list[Word], list[Word]]:
    rest_right = list(right)
    rest_left: list[Word] = []
    texts = [w.text for w in right]
    for word in left:
        if word.significant and word.text in texts:
            at = texts.index(word.text)
            found.agreed += min(word.bits, rest_right[at].bits)
            del texts[at], rest_right[at]
        else:
            rest_left.append(word)
    return rest_left, rest_right


def _drop_abbreviated(
    left: list[Word], right: list[Word], found: Alignment, settings: Settings
) -> tuple[list[Word], list[Word]]:
    for short_side, long_side in ((left, right), (right, left)):
        for short in sorted((w for w in short_side if w.significant), key=_by_length):
            run = expansion(short.text, long_side)
            if run is None:
                continue
            start, end, letters = run
            used = long_side[start:end]
            bits = min(sum(w.bits for w in used), _spelled_bits(short.text, letters, settings))
            if not _of_initials(short.text, letters) and all(
                w.known for w in (short, *used) if w.significant
            ):
                bits *= settings.known_word
            found.agreed += bits
            found.abbreviations.append(f"{short.text} = {' '.join(w.text for w in used)}")
            short_side.remove(short)
            del long_side[start:end]
    return left, right


def _by_length(word: Word) -> tuple[int, str]:
    return (-len(word.text), word.text)


def _of_initials(short: str, pieces: int) -> bool:
    return len(short) <= pieces + 1


def _spelled_bits(short: str, pieces: int, settings: Settings) -> float:
    # A letter of an acronym and a letter of a written-out word say about the same.
    return settings.initial_bits * len(short) if pieces > 1 else 0.0


def expansion(short: str, words: Sequence[Word]) -> tuple[int, int, int] | None:
    """Where `short` is put together from beginnings of two or more consecutive words.

    Either of initials (`uc` = university california, filler passed over or not), or of whole
    words and beginnings of three letters and more, one initial among them (`railcorp` = rail
    corporation, `tbaytel` = thunder bay telephone). Returns start, end and the number of
    pieces of the first such run, or None.
    """
    if not 2 <= len(short) <= _LONGEST_ABBREVIATION or is_han(short):
        return None
    for start, word in enumerate(words):
        if word.significant and word.text[0] == short[0] and word.text != short:
            for spell in (_spell_initials, _spell_syllables):
                end, pieces = spell(short, words, start, 0)
                if end and pieces > 1 and not _inflected(short, word.text):
                    return start, end, pieces
    return None


def _inflected(short: str, word: str) -> bool:
    """`hospitals` is a form of hospital, not of hospital sea; `newham` not new hall medical."""
    shared = common_prefix(short, word)
    left = len(short) - shared
    return shared >= 3 and (left < 2 or (shared < len(word) and left < 3))


def _spell_initials(short: str, words: Sequence[Word], at: int, pieces: int) -> tuple[int, int]:
    if not short or at == len(words):
        return (0, 0) if short else (at, pieces)
    initials = "".join(part[0] for part in words[at].text.split("_") if part)
    if short.startswith(initials):
        found = _spell_initials(short[len(initials) :], words, at + 1, pieces + len(initials))
        if found[0]:
            return found
    if not words[at].significant and pieces:
        return _spell_initials(short, words, at + 1, pieces)
    return 0, 0


def _spell_syllables(
    short: str, words: Sequence[Word], at: int, pieces: int, initials: int = 0
) -> tuple[int, int]:
    if not short or at == len(words):
        return (0, 0) if short else (at, pieces)
    word = words[at].text
    for length in range(common_prefix(short, word), 0, -1):
        single = length == 1 and len(word) > 1
        if (single and initials) or (length == 2 and len(word) > 2):
            continue
        found = _spell_syllables(short[length:], words, at + 1, pieces + 1, initials + single)
        if found[0]:
            return found
    if not words[at].significant and pieces and word not in CONJUNCTIONS:
        return _spell_syllables(short, words, at + 1, pieces, initials)
    return 0, 0


def _drop_similar(
    left: list[Word], right: list[Word], found: Alignment, settings: Settings
) -> tuple[list[Word], list[Word]]:
    pairs = []
    for i, j in product(range(len(left)), range(len(right))):
        a, b = left[i], right[j]
        if a.significant and b.significant:
            factor = similarity(a.text, b.text, settings.word_similarity)
            if a.known and b.known and not akin(a.text, b.text):
                factor *= settings.known_word
            if factor:
                bits = factor * min(a.bits, b.bits)
                pairs.append((-bits, min(a.text, b.text), max(a.text, b.text), i, j))
    used_left: set[int] = set()
    used_right: set[int] = set()
    for bits, _one, _other, i, j in sorted(pairs):
        if i not in used_left and j not in used_right:
            used_left.add(i)
            used_right.add(j)
            found.agreed -= bits
            found.slips.append(f"{left[i].text} ~ {right[j].text}")
            # What the slip takes from the agreement is left over on both sides.
            left[i] = evolve(left[i], bits=max(0.0, left[i].bits + bits))
            right[j] = evolve(right[j], bits=max(0.0, right[j].bits + bits))
    return left, right
