"""Looking for a record through every exit there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from tenon_sdk.testing.harness import Tenon


def check_invisible(tenon: Tenon, person: UUID, record: Any, field: str | None) -> list[str]:
    """The exits through which `record`, or its `field`, reaches `person`."""
    return []
