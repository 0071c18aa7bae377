"""Names taken apart: what is the name, what is legal form, place, branch and filler."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from attrs import frozen

from tenon_core.customers.duplicates import lexicon
from tenon_core.customers.duplicates.hanzi import TO_SIMPLIFIED
from tenon_core.customers.duplicates.places import CITIES, LONGEST_PLACE, PLACE_TOKENS, PLACES
from tenon_core.customers.duplicates.regions import PARENTS, is_region, split_region

_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)
_MARKS: Final = re.compile("[\u0300-\u036f]")
_HAN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_BRACKETS: Final = re.compile(r"[(\[{<【〔《「]([^()\[\]{}<>【】〔〕《》「」]*)[)\]}>】〕》」]")
_DOTTED: Final = re.compile(r"\b(?:\w\.){2,}\w?(?!\w)")
_APOSTROPHE: Final = re.compile(r"['’‘`\u00b4](?=\w)|(?<=\w)['’‘`\u00b4]")
_RUN: Final = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+|[^\\W\u3400-\u4dbf\u4e00-\u9fff_]+")
_HAN_GAP: Final = re.compile("(?<=[\u3400-\u9fff])[\\s·・.]+(?=[\u3400-\u9fff])")
_QUALIFIER_WORDS: Final = 3
# A first byte of UTF-8 read as Windows Latin, and what its second byte becomes.
_MOJIBAKE: Final = re.compile(
    "[\u00c2-\u00c5][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u2122]"
)


@frozen
class Token:
    """A word of a name. `bracketed` words qualify the name; `form` words are legal form."""

    text: str
    bracketed: bool = False
    form: bool = False
    stop: bool = False

    @property
    def significant(self) -> bool:
        return not (self.form or self.stop)


@frozen
class NameForm:
    """A name in its parts. `core` is the name proper without spaces, never empty for a name."""

    text: str
    core: str
    tokens: tuple[Token, ...]
    legal_form: str
    regions: frozenset[str]
    branch: str

    @property
    def words(self) -> tuple[Token, ...]:
        return tuple(t for t in self.tokens if t.significant)


def fold(text: str) -> str:
    """Case, width, accents and traditional characters evened out; UTF-8 read as Latin repaired."""
    if _MOJIBAKE.search(text):
        text = _repair(text)
    text = unicodedata.normalize("NFKC", text).casefold().translate(TO_SIMPLIFIED)
    if not text.isascii():
        plain = _MARKS.sub("", unicodedata.normalize("NFKD", text))
        text = unicodedata.normalize("NFC", plain).translate(_LETTERS)
    return text


def _repair(text: str) -> str:
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def is_han(text: str) -> bool:
    return _HAN.search(text) is not None


@lru_cache(maxsize=4096)
def parse_name(name: str) -> NameForm:
    """Takes a company's or person's name apart.

    Guarantees: the same for every width, case, accent and (for the usual characters)
    traditional or simplified writing; `core` is empty only if `name` has no letter or digit.
    """
    text = _HAN_GAP.sub("", fold(name))
    brackets = [b.strip() for b in _BRACKETS.findall(text)]
    body = _BRACKETS.sub(" ", text)
    if not _RUN.search(body):
        body, brackets = " ".join(brackets), []
    if is_han(body):
        return _parse_han(text, body, brackets)
    return _parse_latin(text, body, brackets)


def _assemble(
    text: str, tokens: tuple[Token, ...], form: str, regions: frozenset[str], branch: str
) -> NameForm:
    proper = [t.text for t in tokens if t.significant and not t.bracketed]
    core = "".join(proper) or "".join(t.text for t in tokens)
    return NameForm(text, core, tokens, form, regions, branch)


# --- Latin and everything else that puts spaces between words


def words_of(text: str, abbreviations: dict[str, str] = lexicon.READ_AS) -> list[str]:
    """Words of folded text: dotted letters joined, abbreviations written out, places one word."""
    text = _APOSTROPHE.sub("", text)
    text = _DOTTED.sub(lambda m: m[0].replace(".", ""), text).replace("&", " and ")
    words = [abbreviations.get(w, w) for w in _RUN.findall(text)]
    return _join_places(words)


def _join_places(words: list[str]) -> list[str]:
    joined: list[str] = []
    at = 0
    while at < len(words):
        for length in range(min(LONGEST_PLACE, len(words) - at), 0, -1):
            if place := _place(words[at : at + length]):
                joined.append(place)
                at += length
                break
        else:
            joined.append(words[at])
            at += 1
    return joined


def _place(words: list[str]) -> str | None:
    """The token of a place; `British Columbia's` has lost its apostrophe before."""
    found = PLACE_TOKENS.get(tuple(words))
    if found is None and words[-1].endswith("s"):
        return PLACE_TOKENS.get((*words[:-1], words[-1][:-1]))
    return found


def written_words(text: str) -> frozenset[str]:
    """Words of folded text as they are written, abbreviations and places as they stand."""
    return frozenset(_RUN.findall(_APOSTROPHE.sub("", text)))


def _parse_latin(text: str, body: str, brackets: list[str]) -> NameForm:
    head, _, tail = body.strip().rstrip(",").rpartition(",")
    if head and _is_qualifier(tail):
        body, brackets = head, [tail, *brackets]
    proper, form = _latin_tokens(body)
    tokens = (*proper, *(t for b in brackets for t in _bracketed(b)))
    # Companies are called Boston and Phoenix: a city is where they are in brackets only.
    places = frozenset(
        t.text for t in tokens if t.text in PLACES or (t.bracketed and t.text in CITIES)
    )
    return _assemble(text, tokens, form, places, "")


def _is_qualifier(text: str) -> bool:
    """Whether what follows the last comma is a place or the like: short, no `and`, no form."""
    words = words_of(text)
    if not 1 <= len(words) <= _QUALIFIER_WORDS:
        return False
    return not any((w,) in lexicon.LATIN_FORMS or w in lexicon.CONJUNCTIONS for w in words)


def _latin_tokens(text: str) -> tuple[tuple[Token, ...], str]:
    words = words_of(text)
    end, start, form = len(words), 0, ""
    while cut := _form_length(words[:end]):
        form = form or lexicon.LATIN_FORMS[tuple(words[end - cut : end])]
        end -= cut
    if end > 1 and words[0] in lexicon.LEADING_FORMS:
        form = form or lexicon.LATIN_FORMS.get((words[0],), words[0])
        start = 1
    tokens = tuple(
        Token(w, form=not start <= i < end, stop=w in lexicon.STOP_WORDS)
        for i, w in enumerate(words)
    )
    if tokens and not any(t.significant for t in tokens):
        tokens = tuple(Token(t.text) for t in tokens)
    return tokens, form


def _form_length(words: list[str]) -> int:
    """How many words at the end are a legal form; 0 if none or nothing would be left."""
    for length in range(min(lexicon.LONGEST_FORM, len(words) - 1), 0, -1):
        if tuple(words[-length:]) in lexicon.LATIN_FORMS and any(
            w not in lexicon.STOP_WORDS for w in words[:-length]
        ):
            return length
    return 0


def _bracketed(text: str) -> tuple[Token, ...]:
    return tuple(
        Token(w, bracketed=True, stop=w in lexicon.STOP_WORDS, form=(w,) in lexicon.LATIN_FORMS)
        for w in words_of(text)
    )


# --- Chinese


def _parse_han(text: str, body: str, brackets: list[str]) -> NameForm:
    body = "".join(body.split()) if _mostly_han(body) else body.strip()
    body, branch = _split_branch(body)
    body, form = _strip_han_forms(body)
    places, rest = split_region(body)
    regions = set(places)
    extra: list[Token] = []
    for content in brackets:
        if is_region(content):
            regions.add(split_region(content + "某某")[0][0])
        elif _strip_han_forms("某某" + content)[0] == "某某":
            form = form or _strip_han_forms("某某" + content)[1]
        else:
            extra.extend(_bracketed(content))
    tokens = [t for run in _RUN.findall(rest) for t in _segment(run)]
    if places and all(t.text in lexicon.HAN_TRADES for t in tokens):
        tokens.insert(0, Token(places[-1]))
    return _assemble(
        text, (*tokens, *extra), form, frozenset(r for r in regions if r in PARENTS), branch
    )


def _mostly_han(text: str) -> bool:
    return len(_HAN.findall(text)) * 2 >= len(text)


def _split_branch(text: str) -> tuple[str, str]:
    """`甲有限公司上海分公司` → `甲有限公司`, `上海分公司`; the first 公司 may be left out."""
    for ending in lexicon.BRANCH_ENDINGS:
        if text.endswith(ending) and len(text) > len(ending) + 1:
            head = text[: -len(ending)]
            at = head.rfind("公司")
            if at > 0:
                return head[: at + 2], head[at + 2 :] + ending
            for length in (4, 3, 2):
                if len(head) > length + 1 and is_region(head[-length:]):
                    return head[:-length], head[-length:] + ending
            return head, ending
    return text, ""


def _strip_han_forms(text: str) -> tuple[str, str]:
    found = ""
    for leading in lexicon.LEADING_HAN_FORMS:
        if text.startswith(leading) and len(text) > len(leading) + 1:
            text, found = text[len(leading) :], leading
    stripped = True
    while stripped:
        stripped = False
        for ending, form in lexicon.HAN_FORMS:
            if text.endswith(ending) and len(text) >= len(ending) + 2:
                text, found, stripped = text[: -len(ending)].rstrip(), found or form, True
                break
    return text, found


def _segment(run: str) -> list[Token]:
    """The distinctive part and the trades that follow it: `智光电气` → `智光`, `电气`."""
    if not is_han(run):
        word = lexicon.READ_AS.get(run, run)
        return [Token(word, form=(word,) in lexicon.LATIN_FORMS)]
    trades: list[str] = []
    while length := _trade_length(run):
        trades.insert(0, run[-length:])
        run = run[:-length]
    return [Token(run), *map(Token, trades)]


def _trade_length(run: str) -> int:
    for length in range(min(lexicon.LONGEST_TRADE, len(run) - 2), 0, -1):
        if run[-length:] in lexicon.HAN_TRADES:
            return length
    return 0
