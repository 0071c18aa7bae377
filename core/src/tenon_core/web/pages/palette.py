"""The command palette: records, pages and actions, found while one types."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from tenon_core.access.searching import find
from tenon_core.storage.search import Hit
from tenon_core.storage.search.folding import fold
from tenon_core.storage.search.spelling import spelled
from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.lookups import choices_of, second_line
from tenon_core.web.pages.recent import recent
from tenon_sdk.entities import Entity
from tenon_sdk.text import LOCALES, Text, _, translate

RECORDS = 24
PER_KIND = 6
PAGES = 6
LATELY = 8
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[a-z]+")


@frozen(kw_only=True)
class Option:
    """One line: a link, or something that the page does (`theme`, `locale`)."""

    text: str
    icon: str
    url: str = ""
    sub: str = ""
    hint: str = ""
    act: str = ""
    value: str = ""


# With what it is called in every language: what is typed may be either.
Known = tuple[Option, Sequence[str]]


@frozen(kw_only=True)
class Group:
    label: str
    options: Sequence[Option]


def add_palette(router: Router) -> None:
    router.add("GET", "palette", Endpoint(show_palette))


def show_palette(call: PageCall, _params: Mapping[str, str]) -> Answer:
    """What fits `q`; without one what was opened lately, and where one can go."""
    text = dict(call.query).get("q", "").strip()[:200]
    groups = _found(call, text) if text else _offered(call)
    return call.pages.renderer.part(
        call, "core/palette/_results.html", groups=[g for g in groups if g.options], q=text
    )


def _found(call: PageCall, text: str) -> list[Group]:
    pages = [option for option in _pages(call) if fits(option_texts(option), text)]
    actions = [option for option in _actions(call) if fits(option_texts(option), text)]
    return [
        Group(label=translate(_("Pages")), options=[plain(o) for o in pages[:PAGES]]),
        *_records(call, text),
        Group(label=translate(_("Actions")), options=[plain(o) for o in actions[:PAGES]]),
    ]


def _offered(call: PageCall) -> list[Group]:
    return [
        Group(label=translate(_("Opened lately")), options=lately(call)),
        Group(label=translate(_("Pages")), options=[plain(o) for o in _pages(call)]),
        Group(label=translate(_("Actions")), options=[plain(o) for o in _actions(call)]),
    ]


# --------------------------------------------------------------------------------------- records


def _records(call: PageCall, text: str) -> list[Group]:
    """Hits by kind, the kind of the best hit first."""
    kinds: dict[str, list[Option]] = {}
    for hit in _hits(call, text):
        cls = call.site.registry.entity(hit.entity)
        options = kinds.setdefault(hit.entity, [])
        if len(options) < PER_KIND:
            options.append(_record(cls, str(hit.record_id), hit.title, hit.subtitle))
    return [
        Group(label=translate(call.site.registry.entity(name).__tenon__.plural), options=options)
        for name, options in sorted(kinds.items(), key=_menu_order(call))
    ]


def _hits(call: PageCall, text: str) -> list[Hit]:
    """The best of all; where one kind takes all the room, the best of the others, too."""
    hits = find(call.site, call.guardian, text, limit=RECORDS)
    many = {name for name, count in Counter(h.entity for h in hits).items() if count > PER_KIND}
    if len(hits) < RECORDS or not many:
        return hits
    others = {
        cls.__tenon__.name
        for cls in call.site.registry.entities
        if cls.__tenon__.search and cls.__tenon__.name not in many
    }
    known = {hit.record_id for hit in hits}
    more = find(call.site, call.guardian, text, entities=others, limit=RECORDS)
    return [*hits, *(hit for hit in more if hit.record_id not in known)]


def _menu_order(call: PageCall) -> Callable[[tuple[str, Any]], int]:
    """Kinds of records as the menu has them, others behind."""
    places = {item.path: at for at, item in enumerate(call.pages.renderer.shell.menu)}
    return lambda pair: places.get("/" + pair[0].replace(".", "/"), len(places))


def _record(entity: type[Entity], id_: str, title: str, subtitle: str | None) -> Option:
    info = entity.__tenon__
    url = f"/{info.name.replace('.', '/')}/{id_}"
    return Option(text=title, icon=info.icon, url=url, sub=second_line(entity, subtitle) or "")


def lately(call: PageCall) -> list[Option]:
    """One statement for each kind of record among them."""
    seen = recent(call)[:LATELY]
    by_kind: dict[str, list[str]] = {}
    for name, id_ in seen:
        by_kind.setdefault(name, []).append(id_)
    found: dict[tuple[str, str], Option] = {}
    for name, ids in by_kind.items():
        cls = call.site.registry.entity(name)
        info = cls.__tenon__
        if call.guardian.access.scope(info.permission("view")) is None and info.parent is None:
            continue
        for choice in choices_of(call, cls, ids):
            id_, text = str(choice["id"]), str(choice["text"])
            url = f"/{name.replace('.', '/')}/{id_}"
            found[name, id_] = Option(text=text, icon=info.icon, url=url, sub=choice["sub"] or "")
    return [found[one] for one in seen if one in found]


# ----------------------------------------------------------------------------- pages and actions


def _pages(call: PageCall) -> list[Known]:
    """Entries of the menu with what they are called in every language."""
    shell = call.pages.renderer.shell
    found: list[Known] = []
    for item in shell.menu:
        if item.permission is not None and call.guardian.access.scope(item.permission) is None:
            continue
        option = Option(
            text=translate(item.label),
            icon=item.icon,
            url=item.path,
            hint=item.shortcut or "",
            sub=translate(item.section) if item.section else "",
        )
        found.append((option, in_every_language(item.label)))
    return found


def _actions(call: PageCall) -> list[Known]:
    found: list[Known] = []
    for info in call.pages.renderer.shell.creatable(call):
        text = _("New: {kind}", kind=info.label)
        url = f"/{info.name.replace('.', '/')}/new"
        option = Option(text=translate(text), icon=info.icon, url=url)
        names = [
            *in_every_language(info.label),
            *in_every_language(_("New")),
            *in_every_language(text),
        ]
        found.append((option, names))
    dark = _("Light or dark")
    found.append(
        (Option(text=translate(dark), icon="moon", act="theme", value="toggle"),
         in_every_language(dark))
    )  # fmt: skip
    for code, name in (("en", "English"), ("zh_CN", "简体中文")):
        if code != call.locale:
            switch = _("Language: {name}", name=name)
            option = Option(text=translate(switch), icon="language", act="locale", value=code)
            found.append((option, [*in_every_language(switch), name]))
    profile = _("Profile and security")
    found.append(
        (Option(text=translate(profile), icon="user-cog", url="/profile"),
         in_every_language(profile))
    )  # fmt: skip
    return found


def in_every_language(text: Text) -> list[str]:
    return [translate(text, locale) for locale in LOCALES]


def option_texts(option: Known) -> Sequence[str]:
    return option[1]


def plain(option: Known) -> Option:
    return option[0]


def fits(names: Iterable[str], typed: str) -> bool:
    """Whether each typed word begins a word of one of the names, or spells characters of it.

    `kh`, `kehu` and `客户` find 客户; `acc` and `new acc` find “New: Account”.
    """
    words = _WORD.findall(fold(typed))
    return bool(words) and any(all(_fits(name, word) for word in words) for name in names)


def _fits(name: str, word: str) -> bool:
    folded = fold(name)
    if any(part.startswith(word) for part in _WORD.findall(folded)):
        return True
    if not _LETTERS.fullmatch(word):
        return word in folded
    letters = "".join(part[0] for part in _WORD.findall(folded) if part[0].isascii())
    if len(word) > 1 and letters.startswith(word):
        return True
    return any(
        spelled(folded, at, word) for at, char in enumerate(folded) if "\u4e00" <= char <= "\u9fff"
    )
