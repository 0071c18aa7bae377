"""The form in which texts are indexed and compared, and the runs of which they consist."""

import re
import unicodedata

MAX_TEXT = 200
"""Characters of one text that are indexed; what follows cannot be found."""

_CJK = "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff"
_WORD = f"[^\\W_{_CJK}]"
_RUN = re.compile(f"([{_CJK}]+)|({_WORD}+)")
_CODE = re.compile(f"{_WORD}+(?:[-_./()]+{_WORD}+)+")
_PHONE = re.compile(r"\+?[\d()\-./ ]{7,24}")
_SEPARATORS = str.maketrans("", "", "-_./()")
_LEGAL = re.compile("(?:股份|集团)?(?:有限)?(?:责任)?公司$")


class _Folding(dict[int, str]):
    """Per-character compatibility form, lower case, without accents."""

    def __missing__(self, code: int) -> str:
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", chr(code)).casefold())
        kept = "".join(char for char in text if not unicodedata.combining(char))
        self[code] = folded = unicodedata.normalize("NFC", kept)
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """The form in which texts are compared: full-width, case and accents do not matter."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def runs(text: str) -> list[tuple[str, str]]:
    """The runs of a text in order, folded: each a pair (Chinese characters, word) with one empty.

    A code or telephone number written in groups (`C-2024-001`, `138 1234 5678`) is one word, so
    that it is found however it is typed.
    """
    folded = fold(text[:MAX_TEXT])
    if not folded.isalpha():
        folded = _CODE.sub(_close_up, folded)
        if _PHONE.fullmatch(folded) and len(digits := re.sub(r"\D", "", folded)) >= 7:
            folded = digits
    return _RUN.findall(folded)


def _close_up(code: re.Match[str]) -> str:
    closed = code[0].translate(_SEPARATORS)
    return code[0] if closed.isalpha() else closed


def core_length(run: str) -> int:
    """Length of a run before its legal form (有限公司 …), or all of it if nothing precedes."""
    found = _LEGAL.search(run)
    return found.start() or len(run) if found else len(run)
