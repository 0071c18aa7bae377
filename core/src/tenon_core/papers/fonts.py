"""The fonts of papers: those that the site names, those of the wheel, those of the machine."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from tenon_core.papers.errors import PaperError
from tenon_core.settings.papers import PaperSettings
from tenon_sdk.text import _

if TYPE_CHECKING:
    import typst

WHEEL = "tenon_fonts_sc"
LATIN = ("Inter", "Noto Sans", "Source Sans 3", "Liberation Sans", "DejaVu Sans", "Arial")
CHINESE = (
    "Noto Sans SC", "Source Han Sans SC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei",
    "WenQuanYi Micro Hei", "SimHei",
)  # fmt: skip


@frozen
class PaperFonts:
    """Loaded fonts with the families to set texts in, in the order in which they are asked."""

    fonts: typst.Fonts
    families: tuple[str, ...]


def load_fonts(settings: PaperSettings, site_folder: Path) -> PaperFonts:
    """The fonts of a site; they are loaded once a process.

    Raises PaperError when there is none with Chinese characters, or the site names a folder or
    families that are not there.
    """
    if settings.fonts:
        folder = (site_folder / settings.fonts).resolve()
        return _chosen(folder, settings.families)
    for fonts in _sources():
        families = _families(fonts.families())
        if families:
            return PaperFonts(fonts, families)
    raise PaperError(
        _(
            "There is no font with Chinese characters for papers: install tenon-fonts-sc, or name "
            "a folder with fonts in [plugins.core.papers] fonts."
        )
    )


def _chosen(folder: Path, wanted: Sequence[str]) -> PaperFonts:
    fonts = _of_folder(folder)
    known = fonts.families()
    missing = [family for family in wanted if family not in known]
    families = tuple(wanted) or _families(known)
    if missing or not families:
        raise PaperError(
            _(
                "The folder {folder} has no font {names}; it has: {known}.",
                folder=str(folder),
                names=", ".join(missing or CHINESE),
                known=", ".join(known) or "–",
            )
        )
    return PaperFonts(fonts, families)


def _families(known: Sequence[str]) -> tuple[str, ...]:
    """Of known families a Latin one, if any, and a Chinese one; () without the latter."""
    latin = next((family for family in LATIN if family in known), None)
    chinese = next((family for family in CHINESE if family in known), None)
    if chinese is None:
        return ()
    return (latin, chinese) if latin is not None else (chinese,)


def _sources() -> Iterator[typst.Fonts]:
    folder = wheel_folder()
    if folder is not None:
        yield _of_folder(folder)
    yield _of_machine()


def wheel_folder() -> Path | None:
    """Where the files of tenon-fonts-sc lie, if it is installed."""
    try:
        module = importlib.import_module(WHEEL)
    except ImportError:
        return None
    found: Path = module.folder()
    return found


@cache
def _of_folder(folder: Path) -> typst.Fonts:
    import typst

    # Nothing of the machine, so that a paper looks the same wherever it is printed.
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)]
    )


@cache
def _of_machine() -> typst.Fonts:
    import typst

    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
