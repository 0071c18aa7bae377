"""Each record of one list to its best partner in another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from attrs import evolve, frozen

from tenon_core.customers.duplicates.corpus import Corpus
from tenon_core.customers.duplicates.index import Index
from tenon_core.customers.duplicates.model import Code, Match, Party, Reason, Settings
from tenon_core.customers.duplicates.names import parse_name
from tenon_core.customers.duplicates.scoring import Context

# How many of the best candidates are held against each other.
_CLOSE: Final = 5
# A rival's likeness to the partner starts to count this many bits below the match.
_MARGIN: Final = 1.0
_ROUNDS: Final = 20
# Rivals this far behind change the score by less than a millionth.
_FAR: Final = 25.0


def link(
    left: Iterable[Party],
    right: Iterable[Party],
    settings: Settings | None = None,
    *,
    one_to_one: bool = False,
) -> Iterator[Match]:
    """For each party of `right` its best partner in `left`, if the score reaches `review`.

    `left` is taken to be free of duplicates. So partners are rivals: the score is the
    probability of this partner against all others and against having none. A partner that
    resembles another record of `left` more than the one sought is doubted (Li, Cheng, Chu, He
    and Chaudhuri, Auto-FuzzyJoin, 2021), and two words that `left` both has are not taken for
    slips of each other. What share of `right` has a partner is estimated from all of it
    (expectation-maximisation, as in Winkler 1988). With `one_to_one` no party of `left` is given
    twice; the strongest matches are served first. Frequencies are those of both lists together.
    `Match.left` is of `left`, `Match.right` of `right`. Both lists are read before the first
    match comes; memory is in step with their length.
    """
    settings = settings or Settings()
    lefts, rights = list(left), list(right)
    names = (name for party in lefts for name in (party.name, *party.other_names) if name)
    reference = frozenset(word.text for name in names for word in parse_name(name).words)
    context = Context(settings, Corpus.of([*lefts, *rights]), reference)
    index = Index(lefts, context)
    contests = [c for c in (_contest(party, index) for party in rights) if c is not None]
    # No partner at all weighs as much as a pair whose evidence only makes up for chance.
    none = -settings.prior(len(lefts)) * settings.link_none
    none -= _expected(contests, none, settings.temperature)
    best = (_among_rivals(contest, none, settings) for contest in contests)
    matches = (match for match in best if match.score >= settings.review)
    return _exclusive(matches) if one_to_one else matches


def _exclusive(matches: Iterable[Match]) -> Iterator[Match]:
    taken: set[str] = set()
    for match in sorted(matches, key=lambda m: (-m.score, m.left, m.right)):
        if match.left not in taken:
            taken.add(match.left)
            yield match


@frozen
class _Contest:
    """The best partner with its bits, and those of its rivals."""

    top: Match
    bits: float
    rivals: tuple[float, ...]
    compared: int

    def against_all(self, none: float, temperature: float) -> float:
        """The probability of the best partner among its rivals and none."""
        others = (none, *self.rivals)
        odds = sum(math.exp2(min((o - self.bits) * temperature, 60.0)) for o in others)
        return 1.0 / (1.0 + odds)

    def any_partner(self, none: float, temperature: float) -> float:
        """The probability that one of the partners is right."""
        against = sum(math.exp2(min((b - none) * temperature, 60.0)) for b in self._all())
        return against / (1.0 + against)

    def _all(self) -> tuple[float, ...]:
        return (self.bits, *self.rivals)


def _contest(party: Party, index: Index) -> _Contest | None:
    ranked = index.ranked(party)
    if not ranked:
        return None
    close = [at for _bits, at, _match in ranked[:_CLOSE]]
    held = [
        (bits - (_doubt(bits, at, close, index) if at in close else 0.0), at, match)
        for bits, at, match in ranked
    ]
    held.sort(key=lambda each: (-each[0], each[1]))
    bits, _at, top = held[0]
    rivals = tuple(b for b, _other, _match in held[1:] if b > bits - _FAR)
    return _Contest(top, bits, rivals, len(held) - 1)


def _doubt(bits: float, at: int, close: Sequence[int], index: Index) -> float:
    """What a partner loses when its own list has a record that it resembles more.

    Nothing while the match is the closer by `_MARGIN`, all of `closer_rival` once the rival is
    closer by as much, in step between them.
    """
    nearest = max((index.likeness(at, other) for other in close if other != at), default=-math.inf)
    share = (nearest - bits + _MARGIN) / (2 * _MARGIN)
    return index.context.settings.closer_rival * min(1.0, max(0.0, share))


def _expected(contests: Sequence[_Contest], none: float, temperature: float) -> float:
    """Log-odds in bits that a record has a partner, by expectation-maximisation.

    One record with and one without partner are added, so that short lists stay undecided.
    """
    odds = 0.0
    for _round in range(_ROUNDS if contests else 0):
        found = sum(c.any_partner(none - odds, temperature) for c in contests)
        share = (found + 1) / (len(contests) + 2)
        odds = math.log2(share / (1 - share))
    return odds


def _among_rivals(contest: _Contest, none: float, settings: Settings) -> Match:
    top, shrink = contest.top, settings.temperature
    score = contest.against_all(none, shrink)
    gained = (_log_odds(score) - _log_odds(top.score)) / shrink
    reason = Reason(Code.BEST_OF_RIVALS, "", gained, str(contest.compared))
    return evolve(top, score=score, reasons=(*top.reasons, reason))


def _log_odds(score: float) -> float:
    return math.log2(max(score, 1e-9) / max(1 - score, 1e-9))
