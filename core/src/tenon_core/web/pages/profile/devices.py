"""What a browser calls itself, in words that people know."""

from __future__ import annotations

# Most names hold those of others: the first that is found is meant.
BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)
PHONES = frozenset({"HarmonyOS", "Android", "iPhone"})


def device(agent: str | None) -> tuple[str, bool]:
    """“Firefox · Windows” and whether it is a phone; what it says itself where that is unknown."""
    text = agent or ""
    browser = next((name for sign, name in BROWSERS if sign in text), "")
    system = next((name for sign, name in SYSTEMS if sign in text), "")
    shown = " · ".join(part for part in (browser, system) if part)
    return shown or text[:60] or "–", system in PHONES
