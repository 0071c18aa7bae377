"""Hooks: questions whose answer the asker uses, typed on both sides.

A plugin answers in its `hooks.py`:

    @implements(Hooks.register_entities)
    def entities() -> Sequence[type[Entity]]:
        return (Project, Quotation)

The decorator carries the specification's signature, so that a type checker finds a misspelt
hook, a wrong return type and a missing argument.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from attrs import frozen
from pluggy import HookimplMarker, HookspecMarker
from sqlalchemy import ColumnElement

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
from tenon_sdk.errors import Refusal
from tenon_sdk.events import Handler
from tenon_sdk.jobs import Job
from tenon_sdk.papers import Paper
from tenon_sdk.permissions import Permission
from tenon_sdk.views import Column, FormSection, Layout, View
from tenon_sdk.workflows import Transition, Workflow

if TYPE_CHECKING:
    from tenon_sdk.context import Actor, Context
    from tenon_sdk.entities import Entity

PROJECT = "tenon"
P = ParamSpec("P")
R = TypeVar("R")

hookspec = HookspecMarker(PROJECT)
hookimpl = HookimplMarker(PROJECT)


@frozen(kw_only=True)
class TransitionContext:
    """A move that is about to happen: `record` still stands in `source`."""

    context: Context
    record: Any
    transition: Transition
    source: str
    target: str
    inputs: Any


@frozen(kw_only=True)
class SaveContext:
    """A record that is about to be stored; `changes` maps a field to (old, new)."""

    context: Context
    record: Any
    created: bool
    changes: Mapping[str, tuple[Any, Any]]


@frozen(kw_only=True)
class DeleteContext:
    context: Context
    record: Any


@frozen(kw_only=True)
class LimitContext:
    """Who asks for records of which entity, and to do what with them."""

    actor: Actor
    entity: type[Entity]
    action: str


def implements(spec: Callable[P, R]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Marks a function as the answer to `spec`; its name is free."""

    def mark(function: Callable[P, R]) -> Callable[P, R]:
        return hookimpl(specname=spec.__name__)(function)

    return mark


class Hooks:
    """The hooks of the framework.

    `register_*` take nothing and are asked once at start; a faulty answer quarantines the
    plugin. The others are decisions and fail closed: an exception in a guard is a refusal, in a
    limit "no rows".
    """

    @staticmethod
    @hookspec
    def register_entities() -> Sequence[type[Entity]]:
        """Entities that this plugin stores; each name begins with the plugin's key."""
        return ()

    @staticmethod
    @hookspec
    def register_extensions() -> Sequence[Extension]:
        """Side tables with fields for other plugins' entities."""
        return ()

    @staticmethod
    @hookspec
    def register_permissions() -> Sequence[Permission]:
        """Permissions beyond those of entities and transitions, and defaults of ready roles."""
        return ()

    @staticmethod
    @hookspec
    def register_workflows() -> Sequence[Workflow]:
        """States and transitions of this plugin's `Workflowed` entities, one each."""
        return ()

    @staticmethod
    @hookspec
    def register_routes() -> Sequence[Route | Page]:
        """API endpoints and pages; each path begins with the plugin's key."""
        return ()

    @staticmethod
    @hookspec
    def register_menu() -> Sequence[MenuItem]:
        """Entries of the sidebar, shown to who has the permission."""
        return ()

    @staticmethod
    @hookspec
    def register_panels() -> Sequence[Panel]:
        """Parts of record pages and of the unified view, also of others' entities."""
        return ()

    @staticmethod
    @hookspec
    def register_papers() -> Sequence[Paper]:
        """Documents for paper that are made of one record, also of others' entities."""
        return ()

    @staticmethod
    @hookspec
    def register_actions() -> Sequence[Action]:
        """What can be done with records of any entity besides its transitions."""
        return ()

    @staticmethod
    @hookspec
    def register_widgets() -> Sequence[Widget]:
        """Tiles of the home page."""
        return ()

    @staticmethod
    @hookspec
    def register_layouts() -> Sequence[Layout]:
        """How lists, forms and record pages of this plugin's entities look, one each."""
        return ()

    @staticmethod
    @hookspec
    def register_sections() -> Sequence[FormSection]:
        """Sections for the forms of any entity, mostly with fields of an extension."""
        return ()

    @staticmethod
    @hookspec
    def register_columns() -> Sequence[Column]:
        """Computed columns for the lists of any entity."""
        return ()

    @staticmethod
    @hookspec
    def register_views() -> Sequence[View]:
        """Boards, calendars, dispatch boards, gantt charts and networks."""
        return ()

    @staticmethod
    @hookspec
    def register_measures() -> Sequence[Measure]:
        """Numbers for reports beyond the sums of an entity's number fields."""
        return ()

    @staticmethod
    @hookspec
    def register_event_handlers() -> Sequence[Handler[Any]]:
        """Subscriptions, made with `on`."""
        return ()

    @staticmethod
    @hookspec
    def register_jobs() -> Sequence[Job]:
        """Background work, scheduled or started by `Context.enqueue`."""
        return ()

    @staticmethod
    @hookspec
    def register_commands() -> Sequence[Command]:
        """Commands under `tenon <plugin>`."""
        return ()

    @staticmethod
    @hookspec
    def register_demo_data() -> Sequence[DemoSet]:
        """This plugin's part of the demo company."""
        return ()

    @staticmethod
    @hookspec
    def register_health_checks() -> Sequence[HealthCheck]:
        """What `tenon doctor` and the health page look at."""
        return ()

    @staticmethod
    @hookspec
    def guard_transition(decision: TransitionContext) -> Sequence[Refusal]:
        """Reasons why a record may not make a move; all are shown together."""
        return ()

    @staticmethod
    @hookspec
    def guard_save(decision: SaveContext) -> Sequence[Refusal]:
        """Reasons why a record may not be stored as it is."""
        return ()

    @staticmethod
    @hookspec
    def guard_delete(decision: DeleteContext) -> Sequence[Refusal]:
        """Reasons why a record may not be deleted."""
        return ()

    @staticmethod
    @hookspec
    def limit_records(decision: LimitContext) -> ColumnElement[bool] | None:
        """A further condition on what the actor may reach; all are AND-ed, None is none.

        The clause is asked once per actor, entity and action and then kept, so it may depend on
        nothing else than these.
        """
        return None


CONTRIBUTIONS = tuple(name for name in vars(Hooks) if name.startswith("register_"))
DECISIONS = tuple(name for name in vars(Hooks) if name.startswith(("guard_", "limit_")))
