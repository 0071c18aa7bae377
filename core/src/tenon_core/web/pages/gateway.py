"""The ASGI application of the pages: files, forms in, HTML out."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

from attrs import frozen
from litestar.types import Receive, Scope, Send

from tenon_core.web.api.calls import Answer
from tenon_core.web.api.gateway import Api, read_body, request_id_of
from tenon_core.web.api.routing import Params, Router
from tenon_core.web.auth.identity import CSRF_HEADER, SAFE, identify
from tenon_core.web.pages.calls import CSRF_FIELD, MAX_FORM, PageCall, redirect
from tenon_core.web.pages.rendering import Renderer
from tenon_core.web.problems import MEDIA_TYPE, Fault, Problem, problem_of
from tenon_sdk.text import _, use_locale

log = logging.getLogger("tenon.web")

STATIC = "static/"
LOGIN = "/login"
SECOND_STEP = "/login/code"
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=()"),
)
_HSTS = (b"strict-transport-security", b"max-age=31536000")


@frozen
class Streamed(Answer):
    """An answer that goes on: server-sent events, or a file that is made while it is read."""

    parts: Callable[[], AsyncIterator[bytes]] | None = None


class Pages:
    """What the page handlers of one site share."""

    def __init__(self, api: Api, router: Router, renderer: Renderer) -> None:
        self.api, self.router, self.renderer = api, router, renderer
        self.site = api.site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].strip("/")
        call = PageCall(self, scope, path, request_id_of(scope["headers"]))
        try:
            answer = await self._answer(call, receive)
        except Exception as error:  # noqa: BLE001 - becomes an error page
            answer = self.failed(call, error)
        await self._send(call, answer, receive, send)

    async def _answer(self, call: PageCall, receive: Receive) -> Answer:
        loop = asyncio.get_running_loop()
        if call.path.startswith(STATIC):
            return await loop.run_in_executor(self.api.threads, self._file, call)
        endpoint, params, entity = self.router.resolve(call.method, call.path)
        if entity is not None:
            call.target = entity
        if call.method not in SAFE:
            limit = MAX_FORM
            if endpoint.body == "file":
                await loop.run_in_executor(self.api.threads, identify, _peek(call))
                limit += self.site.config.files.max_size
            call.body = await read_body(call, receive, limit)
        run = self._run
        return await loop.run_in_executor(self.api.threads, run, call, endpoint, params)

    def _run(self, call: PageCall, endpoint: Any, params: Params) -> Answer:
        try:
            if call.method not in SAFE:
                self._accept_form(call, public=endpoint.public)
            identify(call, public=endpoint.public)
            with use_locale(call.locale):
                answer: Answer = endpoint.run(call, params)
                return answer
        except Exception as error:  # noqa: BLE001 - becomes an error page
            return self.failed(call, error)

    def _accept_form(self, call: PageCall, *, public: bool) -> None:
        """The form token may stand in the form, for pages that work without a script."""
        if public and not call.same_origin:
            raise Fault(403, "csrf", _("The form token is missing or wrong. Load the page again."))
        if CSRF_HEADER not in call.headers and CSRF_FIELD in call.form:
            call.headers[CSRF_HEADER] = call.form.get(CSRF_FIELD).encode("latin-1", "replace")

    def failed(self, call: PageCall, error: Exception) -> Answer:
        """The page of an error; where a script asked, its problem document."""
        with use_locale(call.locale):
            problem = problem_of(error, call.locale, call.request_id)
            if problem.status == 401 and not call.fragment:
                return self._to_login(call, problem)
            headers = [(k.lower().encode(), v.encode()) for k, v in problem.headers.items()]
            if call.fragment or call.header(b"accept") == "application/json":
                if call.fragment and problem.status == 422:
                    headers += _said_aside(problem)
                return Answer(problem.status, problem.body(), headers, MEDIA_TYPE)
            body = self.renderer.failure(call, problem)
            return Answer(problem.status, body.body, [*headers, *body.headers], body.media_type)

    def _to_login(self, call: PageCall, problem: Problem) -> Answer:
        if problem.members["code"] == "second_factor":
            return redirect(SECOND_STEP)
        back = call.address if call.method in SAFE and call.path else ""
        return redirect(LOGIN + (f"?next={quote(back, safe='')}" if back else ""))

    def _file(self, call: PageCall) -> Answer:
        try:
            found = self.renderer.static(
                call.path.removeprefix(STATIC), call.header(b"accept-encoding") or ""
            )
        except Exception as error:  # noqa: BLE001 - becomes an error page
            return self.failed(call, error)
        if found is None:
            return Answer(404, b"Not found", [], b"text/plain; charset=utf-8")
        return found

    async def _send(self, call: PageCall, answer: Answer, receive: Receive, send: Send) -> None:
        headers = [*_SECURITY, (b"x-request-id", call.request_id.encode()), *answer.headers]
        names = {name for name, _value in answer.headers}
        if b"cache-control" not in names:
            kept = b"no-store" if call.fragment else b"private, no-cache"
            headers += [(b"cache-control", kept), (b"vary", b"HX-Request, Cookie")]
        if b"content-security-policy" not in names:
            headers.append((b"content-security-policy", self.renderer.content_policy().encode()))
        if call.secure:
            headers.append(_HSTS)
        if answer.status not in {204, 304}:
            headers.append((b"content-type", answer.media_type))
        parts = answer.parts if isinstance(answer, Streamed) else None
        if parts is None and answer.status not in {204, 304}:
            headers.append((b"content-length", b"%d" % len(answer.body)))
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if parts is not None and call.method != "HEAD":
            await _streamed(parts(), receive, send)
        body = b"" if call.method == "HEAD" or parts is not None else answer.body
        await send({"type": "http.response.body", "body": body, "more_body": False})


async def _streamed(parts: AsyncIterator[bytes], receive: Receive, send: Send) -> None:
    """Sends parts as they come, and stops waiting for the next when the client has left."""

    async def pump() -> None:
        async for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})

    async def left() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    pumping, leaving = asyncio.ensure_future(pump()), asyncio.ensure_future(left())
    try:
        await asyncio.wait({pumping, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if pumping.done():
            pumping.result()
    finally:
        for task in (pumping, leaving):
            task.cancel()
        await asyncio.gather(pumping, leaving, return_exceptions=True)


def _said_aside(problem: Problem) -> list[tuple[bytes, bytes]]:
    """A form that is refused comes back as itself; a problem document must not take its place."""
    texts = [text for found in problem.members["fields"].values() for text in found]
    message = " ".join(texts) or str(problem.members["detail"])
    return [(b"hx-reswap", b"none"), toast(message, "error")]


def _peek(call: PageCall) -> Any:
    """The call as if it only asked: who sends much is known before it is read."""
    asking = PageCall.__new__(PageCall)
    asking.__dict__.update(call.__dict__, method="GET")
    return asking


def trigger(**events: Any) -> tuple[bytes, bytes]:
    """`HX-Trigger` with events for the page; escaped to ASCII, as headers are latin-1."""
    return (b"hx-trigger", json.dumps(events).encode("ascii"))


def toast(message: str, kind: str = "success") -> tuple[bytes, bytes]:
    return trigger(toast={"message": message, "kind": kind})


def event(name: str, data: str) -> bytes:
    """One server-sent event."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"event: {name}\n{lines}\n".encode()
