"""HTTP clients and templates for tests."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from jinja2 import Environment
from litestar.testing import TestClient

from tenon_core.web.app import create_app
from tenon_core.web.auth.tokens import make_token


@cache
def template_environment() -> Environment:
    """What templates are compiled with."""
    return Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def open_client(site: Any, user_id: UUID | None, base_url: str) -> TestClient[Any]:
    """A client of the whole application, with a bearer token if there is a user.

    All clients of a site share one application.
    """
    if site.app is None:
        site.app = create_app(site)
    client: TestClient[Any] = TestClient(site.app, base_url=base_url)
    if user_id is not None:
        with site.system("test") as ctx:
            token = make_token(ctx, user_id, "test")
        client.headers["Authorization"] = f"Bearer {token}"
    client.__enter__()
    return client
