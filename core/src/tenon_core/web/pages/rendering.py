"""Templates, and what every one of them may use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import (
    BaseLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
)
from markupsafe import Markup

from tenon_core.web.api.calls import Answer
from tenon_core.web.assets import Assets
from tenon_core.web.pages.calls import CSRF_FIELD, HTML, PageCall
from tenon_core.web.pages.formats import Formats
from tenon_core.web.pages.looks import avatar, tone_class
from tenon_core.web.pages.shell import Shell
from tenon_core.web.problems import Problem
from tenon_sdk.text import LOCALES, Text, current_locale, translate

if TYPE_CHECKING:
    from tenon_core.site import Site

TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
IMMUTABLE = (b"cache-control", b"public, max-age=31536000, immutable")


class Renderer:
    """Draws the templates of core and of the enabled plugins of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.assets = Assets()
        self.folders = _folders(site)
        self.shell = Shell(site)
        self.environment = self._environment()

    def _environment(self) -> Environment:
        loaders: dict[str, BaseLoader] = {
            key: FileSystemLoader(folder / "templates" / key)
            for key, folder in self.folders.items()
        }
        # Undefined names are faults of the template: they must show in its tests, not as gaps.
        environment = Environment(
            loader=PrefixLoader(loaders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        environment.globals.update(
            _=translated,
            icon=self.icon,
            asset=self.assets.url,
            avatar=avatar,
            tone_class=tone_class,
            record_url=record_url,
            list_url=list_url,
            query=query,
            LOCALES=LOCALES,
            csrf_field=CSRF_FIELD,
        )
        environment.filters.update(shown=shown, json=as_json)
        return environment

    def icon(self, name: str, cls: str = "") -> Markup:
        """The SVG of an icon; an unknown one is a plain square, so that no page fails of it."""
        return Markup(self.assets.icon(name, cls))  # noqa: S704 (from our own file)

    def formats(self, call: PageCall) -> Formats:
        actor = call.guardian.access.actor
        return Formats(call.locale, actor.zone, self.site.clock(), self.site.config.site.currency)

    def html(self, call: PageCall, template: str, /, **context: Any) -> str:
        """A template drawn for one request, in the language of the moment."""
        return self.environment.get_template(template).render(
            call=call,
            fmt=self.formats(call),
            csrf=call.who.csrf if call.who is not None else "",
            locale=current_locale(),
            can=lambda name: call.guardian.access.scope(name) is not None,
            **context,
        )

    def page(
        self,
        call: PageCall,
        template: str,
        /,
        *,
        status: int = 200,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        **context: Any,
    ) -> Answer:
        """A whole page in the shell: `template` extends `core/base.html`."""
        if self.assets.missing:
            return _not_built()
        context.setdefault("shell", self.shell.of(call))
        context["config"], context["importmap"] = self._config(call), self.assets.importmap
        body = self.html(call, template, **context)
        return Answer(status, body.encode(), headers, HTML)

    def part(
        self,
        call: PageCall,
        template: str,
        /,
        *,
        status: int = 200,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        **context: Any,
    ) -> Answer:
        """A fragment without the shell."""
        return Answer(status, self.html(call, template, **context).encode(), headers, HTML)

    def failure(self, call: PageCall, problem: Problem) -> Answer:
        template = "core/error.html" if call.who is not None else "core/error_bare.html"
        return self.page(call, template, problem=problem.members)

    def _config(self, call: PageCall) -> Mapping[str, Any]:
        """What the scripts of a page need to know."""
        return {
            "csrf": call.who.csrf if call.who is not None else "",
            "locale": current_locale().replace("_", "-"),
            "zone": str(call.guardian.access.actor.zone),
            "user": call.guardian.access.actor.login,
            "messages": self.shell.messages(current_locale()),
        }

    def static(self, path: str, accepted: str) -> Answer | None:
        """A file of the bundle, or of a plugin's own `static/<key>`; None if there is none."""
        head, _slash, rest = path.partition("/")
        if head == "core" and "/" not in rest:
            found = self.assets.file(rest, accepted)
            if found is not None:
                body, headers = found
                kind = next(value for name, value in headers if name == b"content-type")
                others = [pair for pair in headers if pair[0] != b"content-type"]
                return Answer(200, body, others, kind)
        return self._plugin_file(head, rest)

    def _plugin_file(self, key: str, path: str) -> Answer | None:
        folder = self.folders.get(key)
        if folder is None or not path:
            return None
        base = (folder / "static" / key).resolve()
        file = (base / path).resolve()
        kind = TYPES.get(file.suffix)
        if kind is None or not file.is_relative_to(base) or not file.is_file():
            return None
        return Answer(200, file.read_bytes(), [IMMUTABLE], kind.encode())

    def content_policy(self) -> str:
        """For the bundle as it is now: a build while the server runs changes its import map."""
        script = (
            f" '{self.assets.importmap_hash.strip(chr(39))}'" if not self.assets.missing else ""
        )
        return (
            f"default-src 'self'; script-src 'self'{script}; style-src 'self' 'unsafe-inline'; "
            "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        )


def _folders(site: Site) -> dict[str, Path]:
    return {key: Path(str(files(plugin.package))) for key, plugin in site.plugins.items()}


def translated(message: str, /, **args: Any) -> str:
    """The message in the language of the page; texts among the arguments are translated too."""
    return translate(Text(message, args))


def shown(value: Any) -> Any:
    """A text in the language of the page, anything else as it is."""
    return translate(value) if isinstance(value, Text) else value


def as_json(value: Any) -> Markup:
    """JSON that can stand in a script element of type application/json."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704 (nothing in it can end the element)


def list_url(entity: str) -> str:
    return "/" + entity.replace(".", "/")


def record_url(entity: str, id_: Any) -> str:
    return f"{list_url(entity)}/{id_}"


def query(pairs: Any) -> str:
    """`?a=b&…` from pairs or a mapping, empty values left out; "" for none."""
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    text = urlencode([(k, v) for k, v in items if v not in (None, "")])
    return f"?{text}" if text else ""


def _not_built() -> Answer:
    text = (
        "<!doctype html><title>Tenon</title><p>The user interface is not built. "
        "Run <code>tenon ui build</code> in the checkout, or install a released wheel."
    )
    return Answer(503, text.encode(), [], HTML)
