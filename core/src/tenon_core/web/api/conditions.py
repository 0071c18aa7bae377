"""`ETag`, `If-Match`, `If-None-Match`: the version of a record as RFC 9110 carries it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tenon_core.web.problems import Fault
from tenon_sdk.text import _

if TYPE_CHECKING:
    from tenon_core.web.api.calls import Call

_TAG = re.compile(r'(W/)?"([^"]*)"')


def etag(version: int) -> bytes:
    return b'"%d"' % version


def expected(call: Call) -> int | None:
    """The version that `If-Match` demands, None for any.

    Raises Fault 400 for what is no entity tag, and for several: a record has one version.
    """
    header = call.header(b"if-match")
    if header is None or header == "*":
        return None
    match = _TAG.fullmatch(header)
    if match is None or match[1] or not match[2].isdecimal() or len(match[2]) > 18:
        raise Fault(400, "bad_etag", _('If-Match takes the ETag of the record, such as "3".'))
    return int(match[2])


def unchanged(call: Call, version: int) -> bool:
    """Whether `If-None-Match` says that the caller has this version already."""
    header = call.header(b"if-none-match")
    if header is None:
        return False
    return header == "*" or any(m[2] == str(version) for m in _TAG.finditer(header))
