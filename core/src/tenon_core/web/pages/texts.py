"""Words that many pages share."""

from tenon_sdk.text import _

YES = _("Yes")
NO = _("No")
