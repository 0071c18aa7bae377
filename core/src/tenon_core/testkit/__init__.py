"""Core's part of the SDK's test kit, reached through the entry point group `tenon.testkit`."""

from __future__ import annotations

from tenon_sdk.testing.backend import Backend


def backend() -> Backend:
    from tenon_core.testkit.sites import CoreBackend

    return CoreBackend()


__all__ = ["backend"]
