"""The web application of a site: the API, and the pages beside it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING, Any

from litestar import Litestar, Request, Response, asgi
from litestar.exceptions import HTTPException
from litestar.types import Receive, Scope, Send

from tenon_core.web.api.acts import move_record, run_action, show_panel
from tenon_core.web.api.batch import batch_records
from tenon_core.web.api.calls import Endpoint
from tenon_core.web.api.files import add_files
from tenon_core.web.api.gateway import Api
from tenon_core.web.api.meta import health, schema
from tenon_core.web.api.papers import keep_paper, list_papers, show_paper
from tenon_core.web.api.records import (
    aggregate_records,
    change_record,
    create_record,
    delete_record,
    get_record,
    list_records,
)
from tenon_core.web.api.routes import add_routes
from tenon_core.web.api.routing import Patterns, Router
from tenon_core.web.api.searching import search_records
from tenon_core.web.auth.endpoints import add_endpoints
from tenon_core.web.pages.gateway import Pages
from tenon_core.web.pages.rendering import Renderer
from tenon_core.web.pages.routes import make_page_router

if TYPE_CHECKING:
    from tenon_core.site import Site

log = logging.getLogger("tenon.web")

PATTERNS = Patterns(
    collection={"GET": Endpoint(list_records), "POST": Endpoint(create_record, "json")},
    aggregate={"GET": Endpoint(aggregate_records)},
    batch={"POST": Endpoint(batch_records, "batch")},
    action={"POST": Endpoint(run_action, "json")},
    record={
        "GET": Endpoint(get_record),
        "PATCH": Endpoint(change_record, "json"),
        "DELETE": Endpoint(delete_record),
    },
    panel={"GET": Endpoint(show_panel)},
    papers={"GET": Endpoint(list_papers)},
    paper={"GET": Endpoint(show_paper), "POST": Endpoint(keep_paper, "json")},
    transition={"POST": Endpoint(move_record, "json")},
)


def make_router(site: Site) -> Router:
    router = Router(site.registry.entities, PATTERNS.find, ("v1",))
    router.add("GET", "health", Endpoint(health, public=True))
    router.add("GET", "schema", Endpoint(schema, public=True))
    router.add("GET", "v1/search", Endpoint(search_records))
    add_endpoints(router)
    add_files(router)
    add_routes(router, site.registry)
    return router


Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(site: Site, *around: Lifespan) -> Litestar:
    """The application of a booted site; it does not close the site.

    `around` runs from before the first request until after the last one.
    """
    api = Api(site, make_router(site))

    pages = Pages(api, make_page_router(site), Renderer(site))

    # One mount: of two, Litestar takes the shorter path first.
    @asgi("/", is_mount=True, copy_scope=False)
    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].lstrip("/")
        if path.startswith("api/"):
            scope["path"] = path.removeprefix("api")
            await api(scope, receive, send)
        else:
            await pages(scope, receive, send)

    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        api.open()
        try:
            yield
        finally:
            api.close()

    return Litestar(
        [mounted],
        lifespan=[*around, lifespan],
        openapi_config=None,
        exception_handlers={HTTPException: _plain, Exception: _unexpected},
        logging_config=None,
        debug=False,
    )


def _plain(_request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    return Response(error.detail, status_code=error.status_code, media_type="text/plain")


def _unexpected(_request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    log.error("unexpected error", exc_info=error)
    return Response("Internal error", status_code=500, media_type="text/plain")
