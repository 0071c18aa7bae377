"""Documents for paper: a record, a typst template, and a PDF that is the same each time.

What stands on a paper is read under the rights of whoever prints. It reaches the template as JSON,
where text is text and never markup; typst reads no file but the templates and fetches nothing.
"""

from tenon_core.papers.errors import PaperError
from tenon_core.papers.printing import (
    RECORD,
    Composed,
    PaperRequest,
    Printed,
    compose,
    papers_of,
    print_paper,
)
from tenon_core.papers.storing import store_paper

__all__ = [
    "RECORD",
    "Composed",
    "PaperError",
    "PaperRequest",
    "Printed",
    "compose",
    "papers_of",
    "print_paper",
    "store_paper",
]
