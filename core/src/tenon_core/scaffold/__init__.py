"""`tenon plugin new`: writes a small plugin that is complete and passes the conformance suite.

The files lie below `template/` as `<name>.tmpl`; in paths and texts `__key__` stands for the
plugin's key and `__title__` for its title.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from tenon_core.kernel.discovery import PluginError
from tenon_core.storage.ownership import RESERVED
from tenon_sdk.plugin import KEY
from tenon_sdk.text import _

ENDING = ".tmpl"


def new_plugin(key: str, folder: Path, *, title: str | None = None) -> Path:
    """Writes the package `tenon-<key>` into the new folder `<folder>/<key>` and returns that.

    Raises PluginError for a key that cannot be one, a title that cannot stand in a file, and a
    folder that is there already; then nothing is written.
    """
    shown = title or key.capitalize()
    if not KEY.fullmatch(key) or key in RESERVED:
        raise PluginError(
            _("“{key}” cannot be a plugin's key: 2 to 30 of a-z and 0-9, a letter first.", key=key)
        )
    if any(character in shown for character in '"\\{}\n\r'):
        raise PluginError(_("The title must not hold quotes, braces or backslashes."))
    target = folder / key
    if target.exists():
        raise PluginError(_("{folder} is there already.", folder=str(target)))
    for path, text in _template(files(__name__) / "template", PurePosixPath()):
        written = target / _filled(str(path), key, shown)
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(_filled(text, key, shown), encoding="utf-8")
    return target


def _template(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _template(entry, path / entry.name)
        elif entry.name.endswith(ENDING):
            yield path / entry.name.removesuffix(ENDING), entry.read_text(encoding="utf-8")


def _filled(text: str, key: str, title: str) -> str:
    return text.replace("__key__", key).replace("__title__", title)
