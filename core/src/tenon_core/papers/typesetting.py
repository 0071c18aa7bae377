"""From a template and data to a PDF, with typst."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, cast
from weakref import WeakKeyDictionary

from tenon_core.papers.errors import PaperError
from tenon_core.papers.fonts import load_fonts
from tenon_core.settings import CoreSettings
from tenon_sdk.papers import template_faults, template_messages
from tenon_sdk.text import _

if TYPE_CHECKING:
    from tenon_core.site import Site

log = logging.getLogger("tenon.papers")

TEMPLATE = ".typ"
PICTURES = (".png", ".jpg", ".jpeg", ".svg")
Form = Literal["pdf", "png"]
_sites: WeakKeyDictionary[Site, Typesetter] = WeakKeyDictionary()
_making = Lock()


class Typesetter:
    """Lays out the papers of one site; safe between threads, one paper at a time.

    Templates of all plugins lie together in a folder of its own, beyond which typst reads
    nothing; one that was edited is taken anew.
    """

    def __init__(self, site: Site) -> None:
        import typst

        settings = site.settings_of(CoreSettings).papers
        found = load_fonts(settings, site.config.folder)
        self.families = found.families
        self.logo = _logo(settings.logo, site.config.folder)
        self._packages = {key: plugin.package for key, plugin in site.plugins.items()}
        self._kept = TemporaryDirectory(prefix="tenon-papers-")
        self._root = Path(self._kept.name)
        self._taken: dict[str, bytes] = {}
        self._lock = Lock()
        nothing = self._root / ".packages"
        self._compiler = typst.Compiler(
            root=str(self._root),
            font_paths=found.fonts,
            package_path=str(nothing),
            package_cache_path=str(nothing),
        )

    def messages(self) -> frozenset[str]:
        """What the templates of all plugins say, untranslated."""
        with self._lock:
            self._refresh()
            return messages_of(tuple(t for n, t in self._taken.items() if n.endswith(TEMPLATE)))

    def lay_out(
        self, template: str, inputs: Mapping[str, Any], form: Form = "pdf", ppi: float = 144.0
    ) -> bytes | list[bytes]:
        """The paper as a PDF, or as pictures, one a page.

        `inputs` are handed to the template as JSON; the same ones give the same bytes. Raises
        PaperError with what typst says of the template.
        """
        import typst

        given = {name: json.dumps(value) for name, value in inputs.items()}
        with self._lock:
            self._refresh()
            if template not in self._taken:
                raise PaperError(_("There is no template {name}.", name=template))
            try:
                made = self._compiler.compile(
                    str(self._root / template), format=form, ppi=ppi, sys_inputs=given
                )
            except typst.TypstError as error:
                log.error("paper %s: %s", template, error.diagnostic)  # noqa: TRY400 (typst's own place is told)
                raise PaperError(
                    _("The template {name} fails: {error}", name=template, error=error.message)
                ) from None
        return cast("bytes | list[bytes]", made)

    def _refresh(self) -> None:
        for name, source in self._sources():
            content = source.read_bytes()
            if self._taken.get(name) == content:
                continue
            faults = list(template_faults(content.decode())) if name.endswith(TEMPLATE) else []
            if faults:
                log.error("template %s is left out: %s", name, "; ".join(faults))
                continue
            target = self._root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            self._taken[name] = content

    def _sources(self) -> Iterator[tuple[str, Traversable]]:
        for key, package in self._packages.items():
            yield from template_files(package, key)
        if self.logo is not None:
            yield f"logo{self.logo.suffix.lower()}", self.logo


def template_files(package: str, key: str) -> Iterator[tuple[str, Traversable]]:
    """(name below `templates/`, file) of a package's paper templates and their pictures."""
    folder = files(package) / "templates" / key
    if not folder.is_dir():
        return
    for source in folder.iterdir():
        ending = f".{source.name.rpartition('.')[2].lower()}"
        if ending == TEMPLATE or ending in PICTURES:
            yield f"{key}/{source.name}", source


@cache
def messages_of(sources: tuple[bytes, ...]) -> frozenset[str]:
    return frozenset(m for source in sources for m in template_messages(source.decode()))


def typesetter(site: Site) -> Typesetter:
    """The one of a site, made when first asked for. Raises PaperError, see `load_fonts`."""
    with _making:
        found = _sites.get(site)
        if found is None:
            found = _sites[site] = Typesetter(site)
        return found


def _logo(name: str, folder: Path) -> Path | None:
    if not name:
        return None
    path = folder / name
    if not path.is_file() or not re.fullmatch(r"\.(png|jpe?g|svg)", path.suffix.lower()):
        raise PaperError(_("The logo {file} is no PNG, JPEG or SVG file.", file=str(path)))
    return path
