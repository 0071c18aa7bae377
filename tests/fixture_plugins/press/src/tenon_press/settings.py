"""Settings of the press shop: `[plugins.press]` in tenon.toml."""

from __future__ import annotations

from attrs import field, frozen
from attrs.validators import ge


@frozen(kw_only=True)
class PressSettings:
    """How the press shop behaves.

    most_tonnes  the heaviest machine that may be stored, in tonnes of pressing force
    """

    most_tonnes: int = field(default=5_000, validator=ge(1))
