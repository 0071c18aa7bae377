"""HTTP clients and templates for tests."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from jinja2 import Environment
from litestar.testing import TestClient


@cache
def template_environment() -> Environment:
    """What templates are compiled with."""
    return Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


def open_client(site: Any, user_id: UUID | None, base_url: str) -> TestClient[Any]:
    """A client of the whole application with a bearer token of the user."""
    from tenon_core.web.app import create_app

    client: TestClient[Any] = TestClient(create_app(site), base_url=base_url)
    client.__enter__()
    return client
