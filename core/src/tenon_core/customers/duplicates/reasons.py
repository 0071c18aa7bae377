"""Sentences for reasons, translated where they are shown."""

from __future__ import annotations

from typing import Final

from tenon_core.customers.duplicates.model import Code, Reason
from tenon_sdk.text import Text, _

_SENTENCES: Final[dict[Code, Text]] = {
    Code.SAME_NAME: _("Same name: {detail}"),
    Code.SAME_CORE: _("Same name but for legal form, place or brackets: {detail}"),
    Code.SOUNDS_ALIKE: _("The names sound alike: {detail}"),
    Code.SIMILAR_NAME: _("Similar name"),
    Code.ABBREVIATION: _("One name abbreviates the other: {detail}"),
    Code.DIFFERENT_NAME: _("Different name"),
    Code.DIFFERENT_REGION: _("Different place in the name: {detail}"),
    Code.DIFFERENT_BRANCH: _("Different branch: {detail}"),
    Code.DIFFERENT_FORM: _("Different legal form: {detail}"),
    Code.SAME_VALUE: _("Same {field}"),
    Code.SIMILAR_VALUE: _("Similar {field}"),
    Code.DIFFERENT_VALUE: _("Different {field}"),
    Code.BEST_OF_RIVALS: _("Compared with {detail} other candidates"),
}
_SIMILAR_WITH_DETAIL: Final = _("Similar name: {detail}")
_VALUE_WITH_DETAIL: Final[dict[Code, Text]] = {
    Code.SAME_VALUE: _("Same {field}: {detail}"),
    Code.SIMILAR_VALUE: _("Similar {field}: {detail}"),
    Code.DIFFERENT_VALUE: _("Different {field}: {detail}"),
}
_FIELDS: Final[dict[str, Text]] = {
    "tax_number": _("tax number"),
    "phone": _("phone number"),
    "email": _("e-mail address"),
    "email_domain": _("e-mail domain"),
    "address": _("address"),
}


def describe(reason: Reason, labels: dict[str, Text] | None = None) -> Text:
    """The reason as a sentence. `labels` names attributes; an unnamed one is shown by its key."""
    sentence = _SENTENCES[reason.code]
    if reason.detail and reason.code in _VALUE_WITH_DETAIL:
        sentence = _VALUE_WITH_DETAIL[reason.code]
    elif reason.detail and reason.code is Code.SIMILAR_NAME:
        sentence = _SIMILAR_WITH_DETAIL
    label: object = {**_FIELDS, **(labels or {})}.get(reason.field, reason.field)
    return sentence.format(detail=reason.detail, field=label)
