"""The ASGI application of the API: reads the body, works in a thread, sends the answer.

It goes around Litestar's request and response objects: on a small answer these cost more than
the answer itself (measured, see `docs`), and everything they would do here is a few lines.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import UUID

from litestar.types import Receive, Scope, Send
from uuid_utils.compat import uuid7

from tenon_core.access.grants import Access
from tenon_core.access.guarding import AccessGuardian
from tenon_core.settings import CoreSettings
from tenon_core.web.api.calls import Answer, Body, Call, Endpoint
from tenon_core.web.api.proxies import Proxies
from tenon_core.web.api.repeated import Flights
from tenon_core.web.api.routing import Params, Router
from tenon_core.web.api.shapes import Shape, shape_of
from tenon_core.web.auth.identities import Identities, identities_of
from tenon_core.web.auth.identity import identify
from tenon_core.web.problems import MEDIA_TYPE, Fault, problem_of
from tenon_sdk.context import Actor
from tenon_sdk.entities import Entity
from tenon_sdk.text import LOCALES, _

if TYPE_CHECKING:
    from tenon_core.site import Site

NOBODY = UUID(int=0)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._:-]{1,64}")
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"private, no-cache"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"Authorization, Cookie, Accept-Language"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000")


class Api:
    """What the handlers of one site share."""

    def __init__(self, site: Site, router: Router) -> None:
        self.site, self.router = site, router
        self.settings = site.settings_of(CoreSettings)
        self.identities: Identities = identities_of(site)
        self.proxies = Proxies(self.settings.trusted_proxies)
        self.flights = Flights()
        # The system's locale for who has not logged in, and no right at all. The id is no
        # user's, so that nothing takes nobody for the system, which has none.
        actor = Actor(
            user_id=NOBODY, login="", name="", locale=site.config.site.locale, zone=site.zone
        )
        self.nobody = AccessGuardian(Access(actor, {}), site.rules)
        self._limits: dict[Body, int] = {
            "json": self.settings.max_body,
            "batch": self.settings.max_batch_body,
            "file": site.config.files.max_size * 4 // 3 + self.settings.max_body,
        }
        self._threads: ThreadPoolExecutor | None = None
        self._servers = 0
        self.schema: bytes | None = None
        self._shapes: dict[type[Entity], Shape] = {}
        self._locales: dict[bytes, str | None] = {}

    @property
    def threads(self) -> ThreadPoolExecutor:
        """Where requests are worked on.

        One that writes may need a second connection for a moment; the pool overflows by its own
        size, so that as many threads never wait for each other.
        """
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.site.config.database.pool_size, "tenon-api")
        return self._threads

    def open(self) -> None:
        """Counts who serves: tests serve one application several times over."""
        self._servers += 1

    def close(self) -> None:
        """Waits for the requests under way once nobody serves any more."""
        self._servers -= 1
        if self._servers == 0 and self._threads is not None:
            self._threads.shutdown()
            self._threads = None
            self.identities.close()

    def shape(self, entity: type[Entity]) -> Shape:
        """What an entity takes as input, with its extensions."""
        found = self._shapes.get(entity)
        if found is None:
            found = self._shapes[entity] = shape_of(self.site.registry, entity)
        return found

    def accepted(self, header: bytes | None) -> str | None:
        """The first of our languages in an `Accept-Language`, None for none of them."""
        if header is None:
            return None
        if header not in self._locales:
            if len(self._locales) > 1_000:
                self._locales.clear()
            self._locales[header] = _accepted(header.decode("latin-1"))
        return self._locales[header]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].strip("/")
        request_id = request_id_of(scope["headers"])
        call = Call(self, scope, path, request_id)
        try:
            answer = await self._answer(call, receive)
        except Exception as error:  # noqa: BLE001 - becomes a problem document
            answer = self.problem(call, error)
        await _send(call, answer, send)

    async def _answer(self, call: Call, receive: Receive) -> Answer:
        if call.method == "OPTIONS":
            return self._options(call)
        endpoint, params, entity = self.router.resolve(call.method, call.path)
        if entity is not None:
            call.target = entity
        loop = asyncio.get_running_loop()
        if endpoint.body != "none":
            limit = self._limits[endpoint.body]
            if limit > self.settings.max_body and not endpoint.public:
                # Much is read only from who may send something at all.
                await loop.run_in_executor(self.threads, identify, call)
            call.body = await read_body(call, receive, limit)
        return await loop.run_in_executor(self.threads, self._run, call, endpoint, params)

    def _run(self, call: Call, endpoint: Endpoint, params: Params) -> Answer:
        try:
            identify(call, public=endpoint.public)
            return endpoint.run(call, params)
        except Exception as error:  # noqa: BLE001 - becomes a problem document
            return self.problem(call, error)

    def problem(self, call: Call, error: Exception) -> Answer:
        problem = problem_of(error, call.locale, call.request_id)
        headers = [(k.lower().encode(), v.encode()) for k, v in problem.headers.items()]
        return Answer(problem.status, problem.body(), headers, MEDIA_TYPE)

    def _options(self, call: Call) -> Answer:
        try:
            self.router.resolve("OPTIONS", call.path)
        except Fault as fault:
            if fault.status != 405:
                raise
            return Answer(204, b"", [(b"allow", fault.headers["Allow"].encode())])
        raise Fault(404, "no_route", _("There is nothing at this address."))


async def read_body(call: Call, receive: Receive, limit: int) -> bytes:
    declared = call.headers.get(b"content-length", b"")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    while True:
        message: Mapping[str, Any] = await receive()
        if message["type"] == "http.disconnect":
            raise Fault(400, "disconnected", _("The connection ended before the body did."))
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large(limit: int) -> Fault:
    return Fault(
        413,
        "too_large",
        _("The body is too large: at most {limit} bytes.", limit=limit),
        {"Connection": "close"},
        limit=limit,
    )


async def _send(call: Call, answer: Answer, send: Send) -> None:
    headers = [
        *_SECURITY,
        (b"x-request-id", call.request_id.encode()),
        *answer.headers,
    ]
    if answer.status not in {204, 304}:
        headers.append((b"content-length", b"%d" % len(answer.body)))
        headers.append((b"content-type", answer.media_type))
    if call.secure:
        headers.append(_HSTS)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if call.method == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body, "more_body": False})


def request_id_of(headers: Any) -> str:
    for name, value in headers:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value.decode())
    return uuid7().hex


def _accepted(header: str) -> str | None:
    """By quality, then by order; `zh`, `zh-CN` and `zh-Hans` are all zh_CN."""
    ranked: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _semicolon, parameter = part.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        ranked.append((-quality, tag.strip().lower().replace("-", "_")))
    for quality, tag in sorted(ranked, key=lambda item: item[0]):
        language = tag.partition("_")[0]
        found = next((code for code in LOCALES if code.partition("_")[0] == language), None)
        if quality < 0 and found is not None:
            return found
    return None
