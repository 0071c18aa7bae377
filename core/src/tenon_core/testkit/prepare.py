"""Filling the template that the databases of tests are copied from."""

from __future__ import annotations

from sqlalchemy import select

from tenon_core.access.roles import READY_ROLES
from tenon_core.entities.people import Grant, Role
from tenon_core.jobs.setup import install
from tenon_core.site import Site
from tenon_core.storage.migrate import upgrade


def prepare_site(site: Site) -> None:
    """Migrates and syncs what `tenon init` and enabling would."""
    upgrade(site.engine, list(site.plugins.values()))
    install(site.engine)
    with site.system("prepare") as ctx:
        session = ctx.session
        known = set(session.scalars(select(Role.key)))
        session.add_all(
            Role(key=r.key, name=str(r.name), ready=True) for r in READY_ROLES if r.key not in known
        )
        session.flush()
        roles = {role.key: role.id for role in session.scalars(select(Role))}
        for permission in site.registry.permissions:
            for role, scope in permission.roles.items():
                session.add(
                    Grant(
                        role_id=roles[role], permission=permission.name, scope=scope, ready=True
                    )
                )
