"""Where the pages of administration are."""

from __future__ import annotations

from tenon_core.web.api.calls import Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.admin import audits, jobs, overview, plugins, roles, users

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
}


def add_admin(router: Router) -> None:
    for path, run in GETS.items():
        router.add("GET", path, Endpoint(run))
    for path, run in POSTS.items():
        router.add("POST", path, Endpoint(run))
