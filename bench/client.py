"""A light load generator: some connections that each ask again as soon as they were answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, repeat
from typing import Any, cast

import msgspec
from attrs import define, frozen

CONNECTIONS = 16


@frozen
class Request:
    method: str
    path: str
    body: Any = None

    def encoded(self, headers: Mapping[str, str]) -> bytes:
        body = b"" if self.body is None else msgspec.json.encode(self.body)
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


@define
class Outcome:
    """How a round went; a status of 400 and more, and a dropped connection, count as faults."""

    requests: int = 0
    faults: int = 0
    seconds: float = 0.0
    fault: bytes = b""


class _Connection(asyncio.Protocol):
    """One connection. Answers carry a length; `ended` is told when there is no more to send."""

    def __init__(self, requests: Iterator[bytes], outcome: Outcome, until: float) -> None:
        self.requests, self.outcome, self.until = requests, outcome, until
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer = bytearray()
        self._wanted = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        request = None if time.monotonic() >= self.until else next(self.requests, None)
        if request is None:
            self._end()
        else:
            self._transport.write(request)

    def _end(self) -> None:
        self._transport.close()
        if not self.ended.done():
            self.ended.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._wanted < 0:
            head = self._buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            lines = bytes(self._buffer[:head]).lower()
            at = lines.find(b"content-length:")
            length = int(lines[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            self._wanted = head + 4 + length
        if len(self._buffer) < self._wanted:
            return
        self.outcome.requests += 1
        if int(self._buffer[9:12]) >= 400:
            self.outcome.faults += 1
            self.outcome.fault = bytes(self._buffer)
        del self._buffer[: self._wanted]
        self._wanted = -1
        self._send()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.ended.done():
            self.outcome.faults += 1
            self.ended.set_result(None)


def load(
    port: int,
    requests: Callable[[], Iterator[Request]],
    headers: Mapping[str, str],
    *,
    seconds: float,
    connections: int = CONNECTIONS,
) -> Outcome:
    """Sends requests for so many seconds, or until there are no more."""
    outcome = Outcome()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        began = time.monotonic()
        encoded = (request.encoded(headers) for request in requests())
        made = [
            await loop.create_connection(
                lambda: _Connection(encoded, outcome, began + seconds), "127.0.0.1", port
            )
            for _ in range(connections)
        ]
        await asyncio.gather(*(protocol.ended for _transport, protocol in made))
        outcome.seconds = time.monotonic() - began

    asyncio.run(run())
    return outcome


def ask(port: int, request: Request, headers: Mapping[str, str]) -> bytes:
    """One answer's body. Raises RuntimeError for a fault."""
    import urllib.error
    import urllib.request

    body = None if request.body is None else msgspec.json.encode(request.body)
    asked = urllib.request.Request(
        f"http://127.0.0.1:{port}{request.path}", body, method=request.method
    )
    kind = {"Content-Type": "application/json"} if body else {}
    for name, value in {**headers, **kind}.items():
        asked.add_header(name, value)
    try:
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 (the same)
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{request.method} {request.path}: {error.read()[:500]!r}") from None


def forever(requests: list[Request]) -> Callable[[], Iterator[Request]]:
    """The same requests over and over, going on where the last round ended."""
    endless = chain.from_iterable(repeat(requests))
    return lambda: endless
