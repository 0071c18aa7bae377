"""Core's own contributions, made through the public hooks, so that these hooks are proven."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenon_core import entities
from tenon_core.access.roles import EVERYBODY, core_permissions
from tenon_core.access.units import keep_paths
from tenon_core.customers import (
    caring,
    commenting,
    documents,
    finding,
    panels,
    pool,
    relationships,
    tiering,
)
from tenon_core.customers import routes as customers
from tenon_core.customers.ownership import keep_periods
from tenon_core.demo import DEMO_SETS
from tenon_core.events import deliveries, inbox, notify
from tenon_core.papers import own as papers
from tenon_core.storage import sealing
from tenon_core.storage.orphans import delete_parts
from tenon_core.transfer import following
from tenon_core.transfer import jobs as transfers
from tenon_core.transfer import routes as transfer
from tenon_core.vault import hidden
from tenon_core.web.auth import cleaning
from tenon_core.web.pages.home.widgets import WIDGETS
from tenon_core.web.pages.layouts import LAYOUTS
from tenon_core.web.pages.menu import MENU
from tenon_core.web.pages.own_views import VIEWS
from tenon_core.workflow.approvals import reminders
from tenon_core.workflow.approvals import routes as approvals
from tenon_sdk.declarations import (
    Action,
    DemoSet,
    HealthCheck,
    MenuItem,
    Page,
    Panel,
    Route,
    Widget,
)
from tenon_sdk.entities import Entity
from tenon_sdk.events import Handler
from tenon_sdk.hooks import Hooks, implements
from tenon_sdk.jobs import Job
from tenon_sdk.papers import Paper
from tenon_sdk.permissions import Permission
from tenon_sdk.views import Layout, View


@implements(Hooks.register_entities)
def core_entities() -> Sequence[type[Entity]]:
    found = [getattr(entities, name) for name in entities.__all__]
    return [cls for cls in found if isinstance(cls, type) and issubclass(cls, Entity)]


@implements(Hooks.register_permissions)
def permissions() -> Sequence[Permission]:
    return [*core_permissions(), *approvals.approval_permissions(EVERYBODY)]


@implements(Hooks.register_jobs)
def jobs() -> Sequence[Job]:
    found: list[Job] = []
    for module in (
        notify, deliveries, sealing, reminders, relationships, finding, tiering, caring, pool,
        documents, transfers, following, cleaning,
    ):  # fmt: skip
        found += module.JOBS
    return found


@implements(Hooks.register_event_handlers)
def event_handlers() -> Sequence[Handler[Any]]:
    return (
        keep_paths,
        delete_parts,
        keep_periods,
        relationships.keep_relationships,
        finding.keep_keys,
        caring.keep_care,
        pool.leave_pools,
        commenting.tell_mentioned,
        *deliveries.HANDLERS,
    )


@implements(Hooks.register_actions)
def actions() -> Sequence[Action]:
    return deliveries.ACTIONS


@implements(Hooks.register_panels)
def register_panels() -> Sequence[Panel]:
    return panels.PANELS


@implements(Hooks.register_widgets)
def register_widgets() -> Sequence[Widget]:
    return WIDGETS


@implements(Hooks.register_papers)
def register_papers() -> Sequence[Paper]:
    return papers.PAPERS


@implements(Hooks.register_health_checks)
def health_checks() -> Sequence[HealthCheck]:
    return (*sealing.HEALTH_CHECKS, *following.HEALTH_CHECKS, *hidden.HEALTH_CHECKS)


@implements(Hooks.register_routes)
def routes() -> Sequence[Route | Page]:
    return [*customers.ROUTES, *approvals.ROUTES, *transfer.ROUTES, *inbox.ROUTES]


@implements(Hooks.register_menu)
def menu() -> Sequence[MenuItem]:
    return MENU


@implements(Hooks.register_layouts)
def layouts() -> Sequence[Layout]:
    return LAYOUTS


@implements(Hooks.register_views)
def views() -> Sequence[View]:
    return (*VIEWS, *panels.NETWORKS)


@implements(Hooks.register_demo_data)
def demo_data() -> Sequence[DemoSet]:
    return DEMO_SETS
