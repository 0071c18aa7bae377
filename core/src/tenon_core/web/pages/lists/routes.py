"""What answers behind an entity's own path for its list."""

from collections.abc import Mapping

from tenon_core.web.api.routing import Methods
from tenon_core.web.pages.lists import acts, cells, exports, keeping, page, parts

PATTERNS: Mapping[tuple[str, ...], Methods] = {
    **page.PATTERNS,
    **parts.PATTERNS,
    **keeping.PATTERNS,
    **acts.PATTERNS,
    **exports.PATTERNS,
    **cells.PATTERNS,
}
