"""Keeping the search index in step with the records, in their transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tenon_core.storage.changes import Change


def index_changes(ctx: Any, changes: Sequence[Change]) -> None:
    """Takes changed records into the search index and deleted ones out of it."""
