"""Where the pages of administration are."""

from __future__ import annotations

from tenon_core.web.api.calls import Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.admin import overview, users

GETS = {
    "admin": overview.show_overview,
    "admin/checks": overview.show_checks,
    "admin/users": users.show_users,
    "admin/users/{id}": users.show_user,
}
POSTS = {
    "admin/users/{id}/roles": users.give_roles,
    "admin/users/{id}/password": users.reset_password,
    "admin/users/{id}/second-factor": users.reset_second_factor,
    "admin/users/{id}/disable": users.disable,
    "admin/users/{id}/enable": users.enable,
    "admin/users/{id}/sessions": users.end_all_sessions,
}


def add_admin(router: Router) -> None:
    for path, run in GETS.items():
        router.add("GET", path, Endpoint(run))
    for path, run in POSTS.items():
        router.add("POST", path, Endpoint(run))
