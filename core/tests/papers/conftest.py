"""Papers of a small company, read as whoever holds them reads them."""

from __future__ import annotations

from typing import Any

import pypdfium2
import pytest
import zxingcpp
from attrs import frozen

from tenon_core.papers.printing import PaperRequest, compose, print_paper
from tenon_sdk.papers import PaperSize


@frozen
class Sheets:
    """A PDF as it is seen: text, size in points, and codes of its pages."""

    content: bytes

    def _document(self) -> Any:
        return pypdfium2.PdfDocument(self.content)

    @property
    def texts(self) -> list[str]:
        pages = [page.get_textpage().get_text_bounded() for page in self._document()]
        # Breaks within a long word are no part of it.
        return [text.replace("\r\n", "\n").replace("\u200b", "") for text in pages]

    @property
    def text(self) -> str:
        return "\n".join(self.texts)

    @property
    def size(self) -> tuple[int, int]:
        width, height = self._document()[0].get_size()
        return round(width), round(height)

    @property
    def fonts(self) -> set[str]:
        """The names of the fonts that pieces of text are set in, without subset tags."""
        raw = pypdfium2.raw
        found = set()
        for page in self._document():
            for each in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                found.add(each.get_font().get_base_name().partition("+")[2])
        return found

    @property
    def codes(self) -> list[str]:
        page = self._document()[0].render(scale=3, grayscale=True)
        picture = memoryview(bytes(page.buffer)).cast("B", (page.height, page.stride))
        return [code.text for code in zxingcpp.read_barcodes(picture)]


class Printer:
    """Prints for a person, or as the system."""

    def __init__(self, tenon: Any) -> None:
        self.tenon = tenon

    def __call__(self, record: Any, key: str = "record", person: Any = None, **more: Any) -> Sheets:
        return Sheets(self.printed(record, key, person, **more).content)

    def printed(self, record: Any, key: str = "record", person: Any = None, **more: Any) -> Any:
        with self._context(person) as ctx:
            return print_paper(ctx, self._request(record, key, **more))

    def composed(self, record: Any, key: str = "record", person: Any = None, **more: Any) -> Any:
        with self._context(person) as ctx:
            return compose(ctx, self._request(record, key, **more))

    def _context(self, person: Any) -> Any:
        if person is None:
            return self.tenon.system(read_only=True)
        return self.tenon.ctx(person, read_only=True)

    def _request(
        self, record: Any, key: str, locale: str | None = "en", size: PaperSize | None = None
    ) -> PaperRequest:
        return PaperRequest(entity=type(record), id=record.id, key=key, locale=locale, size=size)


@pytest.fixture
def prints(tenon: Any) -> Printer:
    return Printer(tenon)
