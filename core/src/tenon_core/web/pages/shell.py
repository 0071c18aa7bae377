"""What stands around every page: the menu, who is logged in, what waits for her."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen
from sqlalchemy import func, select

from tenon_core.entities.records import Notification
from tenon_core.web.pages.calls import PageCall
from tenon_core.web.pages.script_texts import SCRIPT_TEXTS
from tenon_sdk.declarations import MenuItem
from tenon_sdk.text import Text, translate

if TYPE_CHECKING:
    from tenon_core.site import Site


@frozen(kw_only=True)
class MenuSection:
    """Entries under one heading, None for those at the top."""

    label: Text | None
    items: Sequence[MenuItem]


@frozen(kw_only=True)
class ShellView:
    """`current` is the path of the entry that the page belongs to."""

    sections: Sequence[MenuSection]
    phone: Sequence[MenuItem]
    current: str
    creatable: Sequence[Any]
    unread: int
    name: str
    login: str
    site_name: str
    acting_for: str | None = None


class Shell:
    """Draws nothing itself: it gathers what `core/base.html` shows."""

    def __init__(self, site: Site) -> None:
        self.site = site
        menu = sorted(site.registry.menu, key=lambda item: (item.order, item.key))
        self.menu: Sequence[MenuItem] = menu
        self._messages: dict[str, Mapping[str, str]] = {}

    def of(self, call: PageCall) -> ShellView:
        """One statement for a person who is logged in, none for others."""
        actor = call.guardian.access.actor
        items = [item for item in self.menu if _may(call, item)]
        return ShellView(
            sections=_sections(items),
            phone=[item for item in items if item.phone][:4],
            current=_current(items, "/" + call.path),
            creatable=self.creatable(call) if call.who is not None else (),
            unread=self._unread(call) if call.who is not None else 0,
            name=actor.name,
            login=actor.login,
            site_name=self.site.config.site.name,
            acting_for=call.who.acting if call.who is not None else None,
        )

    def creatable(self, call: PageCall) -> list[Any]:
        """Entities of the menu of which the person may make a record, for “New”."""
        paths = {item.path for item in self.menu}
        return [
            cls.__tenon__
            for cls in self.site.registry.entities
            if "/" + cls.__tenon__.name.replace(".", "/") in paths
            and call.guardian.access.scope(cls.__tenon__.permission("create")) is not None
        ]

    def _unread(self, call: PageCall) -> int:
        table: Any = Notification.__table__
        mine = (table.c.user_id == call.guardian.access.actor.user_id) & table.c.read_at.is_(None)
        with self.site.read_engine.connect() as connection:
            found = connection.execute(select(func.count()).select_from(table).where(mine))
            return int(found.scalar_one())

    def messages(self, locale: str) -> Mapping[str, str]:
        """What scripts say, in a language; English ones they know themselves."""
        if locale not in self._messages:
            shown = {text: translate(text, locale) for text in SCRIPT_TEXTS}
            self._messages[locale] = {str(k): v for k, v in shown.items() if str(k) != v}
        return self._messages[locale]


def _may(call: PageCall, item: MenuItem) -> bool:
    return item.permission is None or call.guardian.access.scope(item.permission) is not None


def _sections(items: Sequence[MenuItem]) -> list[MenuSection]:
    grouped: dict[Text | None, list[MenuItem]] = {}
    for item in items:
        grouped.setdefault(item.section, []).append(item)
    return [MenuSection(label=label, items=found) for label, found in grouped.items()]


def _current(items: Sequence[MenuItem], path: str) -> str:
    """The longest address of the menu that is a beginning of the path."""
    fitting = [
        item.path
        for item in items
        if path == item.path or (item.path != "/" and path.startswith(item.path + "/"))
    ]
    return max(fitting, key=len, default="")
