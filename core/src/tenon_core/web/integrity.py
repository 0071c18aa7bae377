"""What a violated constraint means; see `tenon_core.storage.integrity`, which imports use too."""

from __future__ import annotations

from tenon_core.storage.integrity import TAKEN, missing_references, translate_integrity

__all__ = ["TAKEN", "missing_references", "translate_integrity"]
