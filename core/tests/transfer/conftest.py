import csv
import io
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tenon_core.transfer.importing import import_file
from tenon_core.transfer.runs import ImportRequest

HERE = Path(__file__).parent


class Imports:
    """Imports files of a test as people would, and looks at what became of it."""

    def __init__(self, tenon, folder):
        self.tenon, self.folder = tenon, folder
        self.site = tenon.site
        self._admin = None

    @property
    def admin(self):
        if self._admin is None:
            self._admin = self.tenon.user("administrator")
        return self._admin

    def file(self, content, name="list.csv", encoding="utf-8"):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def rows(self, rows, name="list.csv"):
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        return self.file(text.getvalue(), name)

    def run(self, entity, source, *, person=None, mapping=None, check=None, report=None, **options):
        """`source` is text or bytes of a file, rows, or a path."""
        if isinstance(source, list):
            source = self.rows(source)
        elif not isinstance(source, Path):
            source = self.file(source)
        request = ImportRequest(entity=entity.__tenon__.name, mapping=mapping or {}, **options)
        user = person or self.admin
        return import_file(self.site, user.id, entity, source, request, check=check, report=report)

    def count(self, entity):
        with self.tenon.system(read_only=True) as ctx:
            return ctx.session.scalar(select(func.count()).select_from(entity))

    def all(self, entity, *columns):
        with self.tenon.system(read_only=True) as ctx:
            chosen = [getattr(entity, name) for name in columns]
            return [tuple(row) for row in ctx.session.execute(select(*chosen).order_by(chosen[0]))]

    def one(self, entity, **values):
        with self.tenon.system(read_only=True) as ctx:
            record = ctx.session.scalars(select(entity).filter_by(**values)).one()
            ctx.session.expunge(record)
            return record


@pytest.fixture
def imports(tenon, tmp_path):
    return Imports(tenon, tmp_path)


@pytest.fixture
def mappings():
    """The saved mappings of these tests."""
    return HERE / "mappings"
