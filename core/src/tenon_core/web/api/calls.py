"""One request and its answer, as the handlers see them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl

import msgspec
from attrs import frozen

from tenon_core.origins import Origin
from tenon_core.web.auth.identities import Identity
from tenon_core.web.problems import Fault
from tenon_sdk.entities import Entity
from tenon_sdk.errors import Invalid
from tenon_sdk.text import Text, _, translate

if TYPE_CHECKING:
    from tenon_core.access.guarding import AccessGuardian
    from tenon_core.web.api.gateway import Api

JSON = b"application/json"
# A number with a point stays exact, so that a field may still refuse or take it as it stands.
_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_POSITION = re.compile(r"\(byte (\d+)\)")
MAX_PARAMETERS = 400


@frozen
class Answer:
    """What goes back: JSON bytes unless `media_type` says otherwise."""

    status: int = 200
    body: bytes = b""
    headers: Sequence[tuple[bytes, bytes]] = ()
    media_type: bytes = JSON


Body = Literal["none", "json", "batch", "file"]


@frozen
class Endpoint:
    """A handler and what is known of it before it runs.

    body    how much of a body is taken: none, one record's, a batch's, or a file's
    public  answers also to who has not logged in
    """

    run: Callable[[Any, Mapping[str, str]], Answer]
    body: Body = "none"
    public: bool = False


class Call:
    """A request. `who` and `guardian` are there once it is known who asks.

    `target` is the entity that the path names; where it names none, no handler asks for it.
    """

    target: type[Entity]

    def __init__(self, api: Api, scope: Mapping[str, Any], path: str, request_id: str) -> None:
        self.api, self.site = api, api.site
        self.method: str = scope["method"]
        self.path = path
        self.query_string: bytes = scope.get("query_string", b"")
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.body = b""
        self.request_id = request_id
        client = scope.get("client")
        self.ip, self.secure = api.proxies.seen(
            client[0] if client else None, scope.get("scheme", "http"), self.headers
        )
        self.who: Identity | None = None
        self.guardian: AccessGuardian = api.nobody

    @property
    def locale(self) -> str:
        """That of `Accept-Language` if we have it, else the person's, else the site's."""
        return (
            self.api.accepted(self.headers.get(b"accept-language"))
            or self.guardian.access.actor.locale
        )

    @property
    def origin(self) -> Origin:
        acting = self.who.acting if self.who is not None else None
        return Origin(kind="api", ip=self.ip, request_id=self.request_id, acting=acting)

    def header(self, name: bytes) -> str | None:
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1").strip()

    @cached_property
    def query(self) -> list[tuple[str, str]]:
        """The parameters in order. Raises Fault for what is no query string."""
        if not self.query_string:
            return []
        try:
            return parse_qsl(
                self.query_string.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MAX_PARAMETERS,
            )
        except ValueError:
            raise Fault(400, "bad_query", _("The query string cannot be read.")) from None

    def no_query(self, *allowed: str) -> dict[str, str]:
        """The parameters named in `allowed`, each at most once. Raises Invalid for others."""
        found: dict[str, str] = {}
        for name, value in self.query:
            if name not in allowed:
                raise Invalid({name: _("There is no parameter “{name}”.", name=name)})
            if name in found:
                raise Invalid({name: _("This parameter may be given once.")})
            found[name] = value
        return found

    @cached_property
    def json(self) -> Any:
        """The body. Raises Fault 415 or 400; an empty one is an empty object."""
        if not self.body:
            return {}
        self._check_media_type()
        try:
            return _decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise _malformed(error) from None

    @property
    def object(self) -> dict[str, Any]:
        """The body as an object. Raises Invalid for another kind of JSON."""
        data = self.json
        if not isinstance(data, dict):
            raise Invalid({"": _("Expected an object with named values.")})
        return data

    def _check_media_type(self) -> None:
        given = (self.header(b"content-type") or "").lower()
        kind, _semicolon, parameters = given.partition(";")
        plain = kind.strip() in {"application/json", "application/merge-patch+json"}
        charset = parameters.partition("charset=")[2].strip(' "')
        if not plain or charset not in {"", "utf-8", "utf8"} or b"content-encoding" in self.headers:
            raise Fault(
                415,
                "media_type",
                _("Send JSON as application/json in UTF-8, without compression."),
                {"Accept": "application/json"},
            )


def _malformed(error: Exception) -> Fault:
    match = _POSITION.search(str(error))
    position = int(match[1]) if match else getattr(error, "start", None)
    if position is None:
        return Fault(400, "bad_json", _("The body is not valid JSON."))
    return Fault(
        400,
        "bad_json",
        _("The body is not valid JSON at byte {position}.", position=position),
        position=position,
    )


def json_answer(data: Any, status: int = 200, **headers: str) -> Answer:
    """Plain data as JSON; texts in the language of the moment."""
    pairs = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return Answer(status, encode(data), pairs)


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return translate(value)
    if isinstance(value, str):
        return str(value)
    raise TypeError(f"an answer holds plain data, not {type(value).__name__}")


_encoder = msgspec.json.Encoder(enc_hook=_plain, decimal_format="string")


def encode(data: Any) -> bytes:
    """Plain data as JSON: attrs instances as objects, exact numbers and ids as text."""
    return _encoder.encode(data)
