"""The PDF as a reader gets it: its text, outline, links, charts and widths."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest

from tests import stating
from tests.conftest import BuiltBook

pytestmark = pytest.mark.book

MARGIN = 20  # points; text nearer to the edge than this is cut off on many printers
LEFTOVERS = re.compile(r"\?\?|\{val\}|\{ref\}|\{to\}|\{cite|\{numref|\\\(|\\\[|\bNone\b|\bnan\b")


@pytest.fixture(scope="module")
def document(built_book: BuiltBook) -> Iterator[pdfium.PdfDocument]:
    opened = pdfium.PdfDocument(built_book.pdf)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def texts(document: pdfium.PdfDocument) -> list[str]:
    return [page.get_textpage().get_text_range() for page in document]


def test_it_opens_with_title_contents_outline_and_the_headline_number(
    document: pdfium.PdfDocument, texts: list[str]
) -> None:
    assert "EuroMesh" in texts[0]
    assert "Contents" in texts[1]
    assert document.get_metadata_value("Title").startswith("EuroMesh")
    assert sum(item.level == 0 for item in document.get_toc()) >= 8
    headline = stating.printed("{val}`owned.finish_date`", stating.state("central"))
    assert headline in " ".join(" ".join(texts[2:5]).split())


def code_of(run: Path) -> set[str]:
    """The lines of code that the notebooks of a run show, without their spaces."""
    cells = [c for path in run.glob("notebooks/*.ipynb") for c in nbformat.read(path, 4).cells]
    outputs = [out for cell in cells for out in cell.get("outputs", ())]
    shown = ["".join(out.get("data", {}).get("text/markdown", "")) for out in outputs]
    lines = (line for text in (*shown, *(c.source for c in cells)) for line in text.splitlines())
    return {"".join(line.split()) for line in lines}


def test_no_mark_up_is_left_over_nothing_is_cut_off_and_charts_are_drawn_not_photographed(
    built_book: BuiltBook, document: pdfium.PdfDocument, texts: list[str]
) -> None:
    wrong, code = [], code_of(built_book.run)
    for number, (page, shown) in enumerate(zip(document, texts, strict=True), start=1):
        lines = [line for line in shown.splitlines() if "".join(line.split()) not in code]
        wrong += [f"page {number}: {hit[0]}" for hit in LEFTOVERS.finditer("\n".join(lines))]
        text, width = page.get_textpage(), page.get_width()
        for left, _, right, _ in map(text.get_rect, range(text.count_rects())):
            if left < MARGIN or right > width - MARGIN:
                wrong.append(f"page {number}: {left:.0f} to {right:.0f} of {width:.0f} points")
        if any(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)):
            wrong.append(f"page {number}: a photograph")
    assert not wrong


def test_every_source_is_listed(built_book: BuiltBook, texts: list[str]) -> None:
    tree = built_book.pdf.parent / "tree"
    shown = re.sub(r"\W+", "", " ".join(texts))
    titles = re.findall(r"^\*\*(.+)\*\*$", (tree / "sources-list.md").read_text("utf-8"), re.M)
    missing = [
        title for title in titles if re.sub(r"\W+", "", title.replace("\\", "")) not in shown
    ]
    assert len(titles) > 20
    assert not missing
