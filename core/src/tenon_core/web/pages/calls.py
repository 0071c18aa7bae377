"""One request for a page and its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from attrs import frozen
from multipart import MultipartError, MultipartParser

from tenon_core.context import WorkContext
from tenon_core.origins import Origin
from tenon_core.web.api.calls import MAX_PARAMETERS, Answer, Call
from tenon_core.web.problems import Fault
from tenon_sdk.errors import Invalid
from tenon_sdk.text import LOCALES, _

if TYPE_CHECKING:
    from tenon_core.web.pages.gateway import Pages

LOCALE_COOKIE = "tenon_locale"
CSRF_FIELD = "csrf_token"
HTML = b"text/html; charset=utf-8"
# Larger than any form of ours; a form with files is read up to the size of a document.
MAX_FORM = 2 * 1024 * 1024


@frozen
class Upload:
    """A file of a form, whole in memory: the gateway has limited its size."""

    name: str
    media_type: str
    content: bytes


class Form:
    """The fields of a posted form, in order; a name may come several times."""

    def __init__(self, pairs: list[tuple[str, str]], files: Mapping[str, list[Upload]]) -> None:
        self.pairs, self.files = pairs, files

    def get(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.pairs if key == name), default)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _value in self.pairs)

    def file(self, name: str) -> Upload | None:
        found = [upload for upload in self.files.get(name, ()) if upload.name]
        return found[0] if found else None


class PageCall(Call):
    """A `Call` that knows what browsers send besides: forms, cookies, htmx."""

    def __init__(self, pages: Pages, scope: Mapping[str, Any], path: str, request_id: str) -> None:
        super().__init__(pages.api, scope, path, request_id)
        self.pages = pages

    @property
    def locale(self) -> str:
        """What the person chose in this browser, else in her profile, else what it prefers."""
        chosen = self.cookies.get(LOCALE_COOKIE)
        if chosen in LOCALES:
            return chosen
        if self.who is not None:
            return self.guardian.access.actor.locale
        accepted = self.api.accepted(self.headers.get(b"accept-language"))
        return accepted or self.site.config.site.locale

    @property
    def origin(self) -> Origin:
        acting = self.who.acting if self.who is not None else None
        return Origin(kind="page", ip=self.ip, request_id=self.request_id, acting=acting)

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        header = self.headers.get(b"cookie", b"").decode("latin-1")
        try:
            return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
        except CookieError:
            return {}

    @property
    def fragment(self) -> bool:
        """Whether a part of a page is asked for, and not the page around it."""
        if self.headers.get(b"hx-request") != b"true":
            return False
        whole = self.headers.get(b"hx-history-restore-request") == b"true"
        return not whole and self.headers.get(b"hx-request-type") != b"full"

    @property
    def address(self) -> str:
        """Path and query, as one would link here."""
        query = self.query_string.decode("latin-1")
        return f"/{self.path}" + (f"?{query}" if query else "")

    @cached_property
    def form(self) -> Form:
        """The posted form. Raises Fault 400 or 415."""
        given = self.header(b"content-type") or ""
        kind = given.partition(";")[0].strip().lower()
        if not self.body:
            return Form([], {})
        if kind == "multipart/form-data":
            return _multipart(given, self.body)
        if kind != "application/x-www-form-urlencoded":
            raise Fault(415, "media_type", _("This page takes a form."))
        try:
            pairs = parse_qsl(
                self.body.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MAX_PARAMETERS * 10,
            )
        except ValueError:
            raise _unreadable() from None
        return Form(pairs, {})

    @property
    def same_origin(self) -> bool:
        """Whether a page of ours sent this, as far as the browser tells."""
        site = self.header(b"sec-fetch-site")
        if site is not None:
            return site in {"same-origin", "none"}
        origin = self.header(b"origin")
        return origin is None or urlsplit(origin).netloc == self.header(b"host")

    @contextmanager
    def reading(self) -> Iterator[WorkContext]:
        """A unit of work of the person who looks, which stores nothing."""
        with self.site.acting(
            self.guardian, read_only=True, origin=self.origin, locale=self.locale
        ) as ctx:
            yield ctx

    @contextmanager
    def writing(self) -> Iterator[WorkContext]:
        """A unit of work of the person who acts; stored when left normally."""
        with self.site.acting(self.guardian, origin=self.origin, locale=self.locale) as ctx:
            yield ctx
            ctx.session.flush()


def _multipart(content_type: str, body: bytes) -> Form:
    boundary = content_type.partition("boundary=")[2].partition(";")[0].strip(' "')
    pairs: list[tuple[str, str]] = []
    files: dict[str, list[Upload]] = {}
    try:
        parser = MultipartParser(
            BytesIO(body), boundary, memory_limit=len(body) + 1, strict=True, part_limit=1_000
        )
        for part in parser:
            if part.filename is None:
                pairs.append((part.name, part.value))
            else:
                upload = Upload(part.filename, part.content_type or "", part.raw)
                files.setdefault(part.name, []).append(upload)
            part.close()
    except (MultipartError, UnicodeDecodeError, ValueError):
        raise _unreadable() from None
    return Form(pairs, files)


def _unreadable() -> Fault:
    return Fault(400, "bad_form", _("The form cannot be read."))


def record_id(text: str, field: str = "id") -> UUID:
    """The id of a record out of a form or an address. Raises Invalid that names `field`."""
    try:
        return UUID(text)
    except ValueError:
        raise Invalid({field: _("Enter the id of a record.")}) from None


def redirect(to: str, *headers: tuple[bytes, bytes], call: PageCall | None = None) -> Answer:
    """To another page of ours; by htmx where htmx asked."""
    if call is not None and call.fragment:
        return Answer(204, b"", [(b"hx-redirect", to.encode()), *headers], HTML)
    return Answer(303, b"", [(b"location", to.encode()), *headers], HTML)


def local(address: str) -> str:
    """`address` if it is a path of this site, else the home page: nobody is sent elsewhere."""
    parts = urlsplit(address)
    plain = address.startswith("/") and not address.startswith(("//", "/\\"))
    safe = plain and not parts.scheme and not parts.netloc and address.isprintable()
    return address if safe and "\\" not in address else "/"
