"""Calls to addresses that users type in: never into our own network, never longer than allowed.

The check is made on the very address that is connected to, so a name that resolves to something
else a moment later does not get round it. Redirects are not followed, proxies not used.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import httpcore
from attrs import frozen

from tenon_sdk.errors import TenonError
from tenon_sdk.text import _

EXCERPT = 2000
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Unreachable(TenonError):
    """The address may not be called, or did not answer as HTTP in time."""

    code = "unreachable"


@frozen
class Answer:
    """A status code and the beginning of the body as text."""

    status: int
    excerpt: str


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float,
    networks: Sequence[str] = (),
) -> Answer:
    """Sends a POST request; all of it takes at most `timeout` seconds, resolving names aside.

    `networks` are the private networks that may be called. Raises Unreachable.
    """
    backend = _Backend(time.monotonic() + timeout, [ipaddress.ip_network(n) for n in networks])
    given = {"User-Agent": "Tenon", "Connection": "close", **headers}
    try:
        with (
            httpcore.ConnectionPool(network_backend=backend) as pool,
            pool.stream("POST", url, headers=list(given.items()), content=body) as response,
        ):
            return Answer(response.status, _excerpt(response.iter_stream()))
    except (httpcore.TimeoutException, TimeoutError):
        raise Unreachable(_("No answer within {seconds} s.", seconds=timeout)) from None
    except (
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.UnsupportedProtocol,
        OSError,
        ValueError,
    ) as error:
        why = str(error) or type(error).__name__
        raise Unreachable(_("The address cannot be reached: {error}", error=why)) from None


def allowed(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address is a public one, or in one of the networks."""
    inner = _inner(address)
    if any(inner.version == network.version and inner in network for network in networks):
        return True
    return inner.is_global and not inner.is_multicast


def _inner(address: Address) -> Address:
    """The IPv4 address that is really meant by an IPv6 one that wraps it."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _excerpt(chunks: Iterable[bytes]) -> str:
    found = b""
    for chunk in chunks:
        found += chunk
        if len(found) >= EXCERPT:
            break
    text = found[:EXCERPT].decode("utf-8", "replace")
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)


class _Backend(httpcore.NetworkBackend):
    """Resolves, checks and connects; everything before one deadline."""

    def __init__(self, deadline: float, networks: Sequence[Network]) -> None:
        self._real = httpcore.SyncBackend()
        self._deadline, self._networks = deadline, networks

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 (the deadline is what counts)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self._resolve(host, port)
        for last, address in enumerate(addresses, 1 - len(addresses)):
            try:
                stream = self._real.connect_tcp(
                    str(address), port, self._left(), local_address, socket_options
                )
            except httpcore.ConnectError:
                if last == 0:
                    raise
            else:
                return _Stream(stream, self._left)
        raise httpcore.ConnectError(host)

    def _resolve(self, host: str, port: int) -> list[Address]:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
        for address in addresses:
            if not allowed(address, self._networks):
                raise Unreachable(
                    _(
                        "{host} is the private address {address}, which webhooks may not call.",
                        host=host,
                        address=str(address),
                    )
                )
        return list(dict.fromkeys(addresses))

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left


class _Stream(httpcore.NetworkStream):
    """A stream whose every step ends at the deadline, so that a trickle does not keep us."""

    def __init__(self, stream: httpcore.NetworkStream, left: Any) -> None:
        self._stream, self._left = stream, left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._left())
        return _Stream(stream, self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
