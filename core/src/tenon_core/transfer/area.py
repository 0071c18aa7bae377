"""Where imports keep their files: a folder of the site's files area, on disk or in a bucket."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from uuid import UUID

from fsspec.core import url_to_fs

FOLDER = "imports"


class RunFiles:
    """The files of one import run: what was given, what is noted while it runs, the error file.

    Notes are one object for each portion of rows, named by its first row, so that a portion that
    is done again replaces what it had noted.
    """

    def __init__(self, site: Any, run_id: UUID) -> None:
        self._fs, root = url_to_fs(site.config.files_url)
        self.key = f"{FOLDER}/{run_id}"
        self._root = root.rstrip("/")
        self._folder = f"{self._root}/{self.key}"

    def put(self, name: str, source: Path) -> str:
        """Stores a file; returns the key it is found by."""
        self._fs.makedirs(self._folder, exist_ok=True)
        self._fs.put_file(str(source), f"{self._folder}/{name}")
        return f"{self.key}/{name}"

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """The stored file as one that can be read at any place."""
        with TemporaryDirectory(prefix="tenon-import-") as folder:
            path = Path(folder) / Path(key).name
            self._fs.get_file(f"{self._root}/{key}", str(path))
            yield path

    def open(self, key: str) -> IO[bytes]:
        """Raises FileNotFoundError once the file was cleaned away."""
        opened: IO[bytes] = self._fs.open(f"{self._root}/{key}", "rb")
        return opened

    def note(self, portion: int, data: Any) -> None:
        self._fs.makedirs(self._folder, exist_ok=True)
        with self._fs.open(f"{self._folder}/note-{portion:09}.json", "wb") as file:
            file.write(json.dumps(data, ensure_ascii=False).encode())

    def notes(self, below: int | None = None) -> Iterator[Any]:
        """What was noted, in order; only of portions that begin below a row, if one is given."""
        if not self._fs.exists(self._folder):
            return
        for path in sorted(self._fs.ls(self._folder, detail=False)):
            name = Path(path).name
            if not name.startswith("note-"):
                continue
            if below is None or int(name[5:14]) < below:
                with self._fs.open(path, "rb") as file:
                    yield json.loads(file.read())

    def forget_notes(self) -> None:
        if self._fs.exists(self._folder):
            for path in self._fs.ls(self._folder, detail=False):
                if Path(path).name.startswith("note-"):
                    self._fs.rm_file(path)

    def remove(self) -> None:
        if self._fs.exists(self._folder):
            self._fs.rm(self._folder, recursive=True)


def copy_out(files: RunFiles, key: str, target: Path) -> None:
    with files.open(key) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
