"""The browser's files as the server knows them: names, icons, and the bytes to send."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path

from attrs import define, field, frozen

Headers = list[tuple[bytes, bytes]]

log = logging.getLogger("tenon.web")

PREFIX = "/static/core/"
BUNDLE = Path(__file__).parent / "static" / "dist"
# What a plugin's own modules may import by name: the name -> the entry of the bundle.
SHARED = {"tenon": "app.js", "echarts": "echarts.js"}
# Sent first: what the browser takes and what is smallest.
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
TYPES = {
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".woff2": b"font/woff2",
    ".json": b"application/json",
    ".map": b"application/json",
    ".txt": b"text/plain; charset=utf-8",
}
FOREVER = b"public, max-age=31536000, immutable"
UNKNOWN_ICON = "square-rounded"
SVG = (
    '<svg class="{cls}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
    ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{inside}</svg>'
)


@frozen
class _Bundle:
    """What one build left; read again when its manifest is replaced."""

    stamp: int
    names: Mapping[str, str]  # logical name -> hashed name
    files: frozenset[str]  # everything that may be sent, and nothing else
    importmap: str
    importmap_hash: str
    preload: tuple[str, ...]


NOTHING = _Bundle(0, {}, frozenset(), "", "", ())


@define
class Assets:
    """The bundle in `folder`; a build while the server runs is taken up by the next request."""

    folder: Path = BUNDLE
    _bundle: _Bundle = field(default=NOTHING, init=False)
    _icons: dict[str, str] = field(factory=dict, init=False)
    _drawn: dict[tuple[str, str], str] = field(factory=dict, init=False)

    @property
    def missing(self) -> bool:
        """Whether the UI was never built: `tenon ui build` does it."""
        return not self._current().names

    def url(self, name: str) -> str:
        """`app.js` -> `/static/core/app-HASH.js`. Raises KeyError for a name not in the bundle."""
        return PREFIX + self._current().names[name]

    @property
    def preload(self) -> tuple[str, ...]:
        """Addresses for `<link rel="modulepreload">`: what `app.js` imports before it runs."""
        return self._current().preload

    @property
    def importmap(self) -> str:
        """JSON that lets a plugin's module write `import { toast } from "tenon"`."""
        return self._current().importmap

    @property
    def importmap_hash(self) -> str:
        """What `script-src` names in quotes to allow the import map as it is: `sha256-…`."""
        return self._current().importmap_hash

    def icon(self, name: str, cls: str = "") -> str:
        """The Tabler outline icon as `<svg class="tn-icon …">`; a plain square for a wrong name."""
        known = self._drawn.get((name, cls))
        if known is None:
            classes = f"tn-icon {cls}".strip()
            known = SVG.format(cls=classes, inside=self._inside(name))
            self._drawn[name, cls] = known
        return known

    def file(self, name: str, accept_encoding: str = "") -> tuple[bytes, Headers] | None:
        """Content and headers of a file of the bundle; None if there is no such file.

        Only names that the folder was found to hold are answered, so no path can leave it.
        """
        bundle = self._current()
        kind = TYPES.get(Path(name).suffix)
        if name not in bundle.files or kind is None:
            return None
        hashed = name in bundle.names.values() or "-" in name
        headers = [
            (b"content-type", kind),
            (b"cache-control", FOREVER if hashed else b"no-cache"),
            (b"x-content-type-options", b"nosniff"),
        ]
        sent = name
        if any(name + suffix in bundle.files for _coding, suffix in ENCODINGS):
            headers.append((b"vary", b"Accept-Encoding"))
            taken = accepted(accept_encoding)
            for coding, suffix in ENCODINGS:
                if coding in taken and name + suffix in bundle.files:
                    headers.append((b"content-encoding", coding.encode()))
                    sent = name + suffix
                    break
        try:
            return (self.folder / sent).read_bytes(), headers
        except FileNotFoundError:  # a build has just replaced it
            return None

    def _current(self) -> _Bundle:
        try:
            stamp = (self.folder / "manifest.json").stat().st_mtime_ns
        except FileNotFoundError:
            stamp = 0
        if stamp != self._bundle.stamp:
            self._bundle = self._read(stamp) if stamp else NOTHING
            self._icons.clear()
            self._drawn.clear()
        return self._bundle

    def _read(self, stamp: int) -> _Bundle:
        names = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        files = frozenset(path.name for path in self.folder.iterdir() if path.is_file())
        imports = {name: PREFIX + names[entry] for name, entry in SHARED.items() if entry in names}
        importmap = json.dumps({"imports": imports}, separators=(",", ":"))
        digest = base64.b64encode(hashlib.sha256(importmap.encode()).digest()).decode()
        listed = self.folder / "preload.json"
        needed = json.loads(listed.read_text(encoding="utf-8")) if listed.is_file() else []
        preload = tuple(PREFIX + name for name in needed)
        return _Bundle(stamp, names, files, importmap, f"sha256-{digest}", preload)

    def _inside(self, name: str) -> str:
        self._current()
        if not self._icons:
            path = self.folder / "icons.json"
            self._icons = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if name not in self._icons and self._icons:
            log.warning("there is no icon “%s”", name)
        return self._icons.get(name) or self._icons.get(UNKNOWN_ICON, "")


def accepted(header: str) -> frozenset[str]:
    """The codings that an Accept-Encoding header allows: named, and not with `q=0`."""
    found = set()
    for part in header.lower().split(","):
        coding, *parameters = (text.strip() for text in part.split(";"))
        refused = any(_is_zero(text) for text in parameters)
        if coding and not refused:
            found.add(coding)
    return frozenset(found)


def _is_zero(parameter: str) -> bool:
    key, _, value = parameter.partition("=")
    return key.strip() == "q" and not value.strip().strip("0.")
