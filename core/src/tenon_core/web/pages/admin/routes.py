"""Where the pages of administration are."""

from __future__ import annotations

from tenon_core.web.api.calls import Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.admin import (
    acting,
    audits,
    flows,
    jobs,
    overview,
    plugins,
    roles,
    users,
    webhooks,
)

GETS = {
    "admin": overview.show_overview,
    "admin/checks": overview.show_checks,
    "admin/users": users.show_users,
    "admin/users/{id}": users.show_user,
    "admin/roles": roles.show_roles,
    "admin/roles/{id}": roles.show_role,
    "admin/plugins": plugins.show_plugins,
    "admin/plugins/{key}": plugins.show_plugin,
    "admin/jobs": jobs.show_jobs,
    "admin/jobs/{id}": jobs.show_run,
    "admin/webhooks": webhooks.show_webhooks,
    "admin/webhooks/{id}": webhooks.show_webhook,
    "admin/flows": flows.show_flows,
    "admin/flows/edit": flows.show_flow,
    "admin/audit": audits.show_audit,
    "admin/audit/verify": audits.verify_audit,
}
POSTS = {
    "admin/users/{id}/roles": users.give_roles,
    "admin/users/{id}/password": users.reset_password,
    "admin/users/{id}/second-factor": users.reset_second_factor,
    "admin/users/{id}/disable": users.disable,
    "admin/users/{id}/enable": users.enable,
    "admin/users/{id}/sessions": users.end_all_sessions,
    "admin/roles/{id}": roles.save_role,
    "admin/roles/{id}/restore": roles.restore_role,
    "admin/jobs/{id}/retry": jobs.retry,
    "admin/jobs/{id}/cancel": jobs.cancel,
    "admin/webhooks/{id}/secret": webhooks.give_secret,
    "admin/webhooks/{id}/replay": webhooks.send_again,
    "admin/flows/edit": flows.store_flow,
    "admin/users/{id}/log-in-as": acting.log_in_as,
    "log-in-as/end": acting.end_log_in_as,
}


def add_admin(router: Router) -> None:
    for path, run in GETS.items():
        router.add("GET", path, Endpoint(run))
    for path, run in POSTS.items():
        router.add("POST", path, Endpoint(run))
