"""All contributions of a booted site, each with the plugin it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from attrs import define, field, fields, frozen

from tenon_core.kernel.discovery import PluginError
from tenon_sdk.declarations import (
    Action,
    Command,
    DemoSet,
    Extension,
    HealthCheck,
    Measure,
    MenuItem,
    Page,
    Panel,
    Route,
    Widget,
)
from tenon_sdk.entities import Entity
from tenon_sdk.events import Handler
from tenon_sdk.jobs import Job
from tenon_sdk.papers import Paper
from tenon_sdk.permissions import Permission
from tenon_sdk.text import _
from tenon_sdk.views import Column, FormSection, Gantt, Layout, View
from tenon_sdk.workflows import Workflow

T = TypeVar("T")


@frozen
class Owned(Generic[T]):
    plugin: str
    item: T


class Shelf(Generic[T]):
    """Contributions of one kind by key, in order of plugins; a second one of a key is an error.

    `within_plugin` lets several plugins use one key: a command is found below its plugin.
    """

    def __init__(self, kind: str, key: Callable[[T], str], *, within_plugin: bool = False) -> None:
        self.kind = kind
        self._key = key
        self._within_plugin = within_plugin
        self._items: dict[str, Owned[T]] = {}

    def add(self, plugin: str, item: T) -> None:
        key = self._key(item)
        if self._within_plugin:
            key = f"{plugin} {key}"
        if key in self._items:
            raise PluginError(
                _(
                    "{kind} “{key}” is declared by both “{first}” and “{second}”.",
                    kind=self.kind,
                    key=key,
                    first=self._items[key].plugin,
                    second=plugin,
                )
            )
        self._items[key] = Owned(plugin, item)

    def drop(self, plugin: str) -> None:
        self._items = {k: o for k, o in self._items.items() if o.plugin != plugin}

    def __getitem__(self, key: str) -> T:
        return self._items[key].item

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def __iter__(self) -> Iterator[T]:
        return (owned.item for owned in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: str) -> T | None:
        owned = self._items.get(key)
        return owned.item if owned else None

    def owner(self, key: str) -> str:
        return self._items[key].plugin

    def keys(self) -> list[str]:
        return list(self._items)

    def of(self, plugin: str) -> list[T]:
        return [owned.item for owned in self._items.values() if owned.plugin == plugin]


def _name(item: Any) -> str:
    return str(item.name)


def _entity_key(item: Any) -> str:
    return f"{item.entity}:{item.key}"


def _view_key(item: View) -> str:
    if isinstance(item, Gantt):
        return f"gantt:{item.key}"
    return f"{type(item).__name__.lower()}:{item.entity}:{item.key}"


def _route_key(item: Route | Page) -> str:
    return f"{item.method if isinstance(item, Route) else 'PAGE'} {item.path.strip('/')}"


@define
class Registry:
    """One shelf a kind; the attribute is the hook's name without `register_`."""

    entities: Shelf[type[Entity]] = field(
        factory=lambda: Shelf("Entity", lambda cls: cls.__tenon__.name)
    )
    extensions: Shelf[Extension] = field(
        factory=lambda: Shelf("Extension", lambda ext: ext.entity.__tenon__.name)
    )
    permissions: Shelf[Permission] = field(factory=lambda: Shelf("Permission", _name))
    workflows: Shelf[Workflow] = field(factory=lambda: Shelf("Workflow", lambda flow: flow.entity))
    routes: Shelf[Route | Page] = field(factory=lambda: Shelf("Route", _route_key))
    menu: Shelf[MenuItem] = field(factory=lambda: Shelf("Menu item", lambda item: item.key))
    panels: Shelf[Panel] = field(factory=lambda: Shelf("Panel", _entity_key))
    papers: Shelf[Paper] = field(factory=lambda: Shelf("Paper", _entity_key))
    actions: Shelf[Action] = field(factory=lambda: Shelf("Action", _entity_key))
    widgets: Shelf[Widget] = field(factory=lambda: Shelf("Widget", lambda item: item.key))
    layouts: Shelf[Layout] = field(factory=lambda: Shelf("Layout", lambda layout: layout.entity))
    sections: Shelf[FormSection] = field(
        factory=lambda: Shelf("Section", lambda item: f"{item.entity}:{item.section.key}")
    )
    columns: Shelf[Column] = field(factory=lambda: Shelf("Column", _entity_key))
    views: Shelf[View] = field(factory=lambda: Shelf("View", _view_key))
    measures: Shelf[Measure] = field(factory=lambda: Shelf("Measure", _entity_key))
    event_handlers: Shelf[Handler[Any]] = field(
        factory=lambda: Shelf("Event handler", lambda handler: handler.key)
    )
    jobs: Shelf[Job] = field(factory=lambda: Shelf("Job", _name))
    commands: Shelf[Command] = field(factory=lambda: Shelf("Command", _name, within_plugin=True))
    demo_data: Shelf[DemoSet] = field(factory=lambda: Shelf("Demo set", lambda item: item.key))
    health_checks: Shelf[HealthCheck] = field(
        factory=lambda: Shelf("Health check", lambda item: item.key)
    )

    def shelves(self) -> Mapping[str, Shelf[Any]]:
        return {attribute.name: getattr(self, attribute.name) for attribute in fields(Registry)}

    def add(self, plugin: str, kind: str, item: Any) -> None:
        self.shelves()[kind].add(plugin, item)

    def drop(self, plugin: str) -> None:
        """Takes back everything of a plugin that is being quarantined."""
        for shelf in self.shelves().values():
            shelf.drop(plugin)

    def entity(self, name: str) -> type[Entity]:
        """An entity or extension by name. Raises KeyError."""
        found = self.entities.get(name)
        if found is None:
            return self.extensions[name].entity
        return found

    def stored(self) -> list[type[Entity]]:
        """Entities and extensions, in the order of their plugins."""
        return [*self.entities, *(extension.entity for extension in self.extensions)]

    def extensions_of(self, name: str) -> list[type[Entity]]:
        return [e.entity for e in self.extensions if e.entity.__tenon__.extends == name]
