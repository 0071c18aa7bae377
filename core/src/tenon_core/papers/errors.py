"""What keeps a paper from being printed, beyond what keeps a record from being seen."""

from __future__ import annotations

from tenon_sdk.errors import NotFound, TenonError
from tenon_sdk.text import _


class PaperError(TenonError):
    """No font, no logo, or a template that does not fit its data: for the administrator."""

    code = "paper_failed"


class UnknownPaper(NotFound):
    """No plugin prints such a paper of this kind of record."""

    def __init__(self, key: str) -> None:
        super().__init__("paper", key)
        self.message = _("There is no paper “{key}” of such a record.", key=key)
