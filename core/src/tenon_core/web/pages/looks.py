"""Small drawn things: avatars, tags and their colours."""

from __future__ import annotations

import re
import zlib
from typing import Any

from markupsafe import Markup, escape

TONES = ("blue", "teal", "violet", "green", "amber", "red", "gray")
# What fixed codes mean in colour wherever an entity's layout says nothing.
_USUAL = {
    "green": ("active", "done", "approved", "accepted", "paid", "won", "succeeded", "ok", "sent"),
    "amber": ("draft", "waiting", "pending", "dormant", "due", "running", "returned", "warning"),
    "red": ("lost", "rejected", "overdue", "cancelled", "failed", "error", "void", "late"),
    "violet": ("prospect", "new", "planned", "qualified"),
}
USUAL = {code: tone for tone, codes in _USUAL.items() for code in codes}
_HAN = re.compile(r"[\u4e00-\u9fff]")
# Beginnings and ends that many companies share, and so tell nothing in two characters.
_PLACE = re.compile(r"^(?:中国|.{2,3}?(?:省|市|自治区))|(?:股份)?有限(?:责任)?公司$|集团$|厂$")


def initials(name: str) -> str:
    """One or two signs that stand for a name: 王建国 -> 建国, Chen Yu -> CY."""
    name = name.strip()
    if _HAN.search(name):
        core = _PLACE.sub("", name) or name
        signs = _HAN.findall(core)
        if len(name) <= 4:
            return "".join(signs[-2:])
        return "".join(signs[:2])
    words = [word for word in re.split(r"[\s\-_.]+", name) if word and word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def avatar(name: str | None, cls: str = "") -> Markup:
    """A name's initials on one of eight soft tones, always the same for one name."""
    shown = name or "?"
    tone = zlib.crc32(shown.encode()) % 8
    return Markup('<span class="tn-avatar tn-tone-{} {}" aria-hidden="true">{}</span>').format(
        tone, cls, initials(shown)
    )


def tone_class(code: Any, tones: Any = None) -> str:
    """`is-<tone>` of a code, by the entity's layout or by what such codes usually mean."""
    tone = (tones or {}).get(code) or USUAL.get(str(code), "gray")
    return f"is-{tone}"


def tag(text: Any, tone: str = "gray", *, dot: bool = False) -> Markup:
    cls = tone if tone.startswith("is-") else f"is-{tone}"
    return Markup('<span class="tn-tag {}{}">{}</span>').format(
        cls, " tn-dot" if dot else "", escape(text)
    )
