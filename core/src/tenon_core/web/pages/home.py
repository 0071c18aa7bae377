"""The first page of the day."""

from __future__ import annotations

from collections.abc import Mapping

from tenon_core.web.api.calls import Answer, Endpoint
from tenon_core.web.api.routing import Router
from tenon_core.web.pages.calls import PageCall


def add_home(router: Router) -> None:
    router.add("GET", "", Endpoint(show_home))


def show_home(call: PageCall, _params: Mapping[str, str]) -> Answer:
    return call.pages.renderer.page(call, "core/home.html")
