"""Who really calls: what proxies in front of us say, believed only of those we trust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import ip_address, ip_network


class Proxies:
    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [ip_network(network) for network in trusted]

    def seen(
        self, peer: str | None, scheme: str, headers: Mapping[bytes, bytes]
    ) -> tuple[str | None, bool]:
        """The caller's address and whether she came by https.

        Of `X-Forwarded-For` the last address that is no trusted proxy counts: what stands before
        it was written by the caller herself.
        """
        if not self._networks or not self._trusts(peer):
            return peer, scheme == "https"
        secure = headers.get(b"x-forwarded-proto", scheme.encode()).strip().lower() == b"https"
        chain = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        for hop in reversed([part.strip() for part in chain if part.strip()]):
            if not _is_address(hop):
                break
            peer = hop
            if not self._trusts(hop):
                break
        return peer, secure

    def _trusts(self, peer: str | None) -> bool:
        if peer is None or not _is_address(peer):
            return False
        address = ip_address(peer)
        return any(address in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
