"""The PDFs as a reader gets them: text, outline, links, charts, widths, pages that are full."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
import typst
from sphinx.errors import ExtensionError

from euromesh import glyphs
from euromesh.folders import ROOT
from tests import stating
from tests.conftest import BuiltBook

sys.path.append(str(ROOT / "book" / "_ext"))
em_pdf = importlib.import_module("em_pdf")
em_pdf_page = importlib.import_module("em_pdf_page")

MOST = {"report": 12, "euromesh": 90}  # pages
MARGIN = 20  # points; text nearer to the edge than this is cut off on many printers
FOOT = 0.06  # of a page, where its number stands
LEFTOVERS = re.compile(
    r"\?\?|\{val\}|\{ref\}|\{to\}|\{cite|\{numref|\\\(|\\\[|\bNone\b(?!\s+of\b)|\bnan\b"
)
TWO_PAGES = """<article><section><h1>Question</h1>
<p><a href="#em:{page}:there">seven</a>, <a href="{page}.csv">data</a></p>
<div class="toctree-wrapper"><span id="document-other"></span>
<section id="there"><h2>Other</h2><div class="citation" id="id1"><p>A work</p></div></section></div>
</section></article>"""

Documents = dict[str, pdfium.PdfDocument]
Texts = dict[str, list[str]]


@pytest.fixture(scope="module")
def documents(built_book: BuiltBook) -> Iterator[Documents]:
    paths = sorted(built_book.pdf.parent.glob("*.pdf"))
    opened = {path.stem: pdfium.PdfDocument(path) for path in paths}
    yield opened
    for document in opened.values():
        document.close()


@pytest.fixture(scope="module")
def texts(documents: Documents) -> Texts:
    return {
        name: [page.get_textpage().get_text_range() for page in document]
        for name, document in documents.items()
    }


@pytest.mark.book
def test_three_documents_of_few_pages_lie_beside_the_site_and_in_it(
    built_book: BuiltBook, documents: Documents
) -> None:
    assert [*documents] == ["euromesh", "report", "sources"]
    assert {name: len(documents[name]) for name in MOST if len(documents[name]) > MOST[name]} == {}
    for name in documents:
        copies = [folder / f"{name}.pdf" for folder in (built_book.pdf.parent, built_book.site)]
        bodies = [path.read_bytes() for path in copies]
        assert bodies[0] == bodies[1]
        assert b"<pdfuaid:part>1</pdfuaid:part>" in bodies[0]
        assert b"<pdfaid:part>2</pdfaid:part>" in bodies[0]


@pytest.mark.book
def test_the_first_figure_of_the_report_is_its_first(texts: Texts) -> None:
    told = re.findall(r"\bFig\. (\d+)", " ".join(texts["report"]))
    assert sorted({*map(int, told)}) == [*range(1, 1 + max(map(int, told)))]


@pytest.mark.book
def test_the_book_opens_with_title_contents_outline_and_the_headline_number(
    documents: Documents, texts: Texts
) -> None:
    document, told = documents["euromesh"], texts["euromesh"]
    assert all(word in told[0] for word in ("EuroMesh", "Authors", "Version", "Cite as"))
    assert "Contents" in told[1]
    assert document.get_metadata_value("Title").startswith("EuroMesh")
    assert sum(item.level == 0 for item in document.get_toc()) >= 8
    headline = stating.printed("{val}`owned.finish_date`", stating.state("central"))
    assert headline in " ".join(" ".join(told[2:5]).split())


def code_of(run: Path) -> set[str]:
    """The lines of code that the notebooks of a run show, without their spaces."""
    cells = [c for path in run.glob("notebooks/*.ipynb") for c in nbformat.read(path, 4).cells]
    outputs = [out for cell in cells for out in cell.get("outputs", ())]
    shown = ["".join(out.get("data", {}).get("text/markdown", "")) for out in outputs]
    lines = (line for text in (*shown, *(c.source for c in cells)) for line in text.splitlines())
    return {"".join(line.split()) for line in lines}


@pytest.mark.book
@pytest.mark.parametrize("name", ["euromesh", "report"])
def test_no_mark_up_is_left_over_nothing_is_cut_off_and_charts_are_drawn_not_photographed(
    name: str, built_book: BuiltBook, documents: Documents, texts: Texts
) -> None:
    wrong, code = [], code_of(built_book.run)
    for number, (page, shown) in enumerate(zip(documents[name], texts[name], strict=True), start=1):
        lines = [line for line in shown.splitlines() if "".join(line.split()) not in code]
        wrong += [f"page {number}: {hit[0]}" for hit in LEFTOVERS.finditer("\n".join(lines))]
        text, width = page.get_textpage(), page.get_width()
        for left, _, right, _ in map(text.get_rect, range(text.count_rects())):
            if left < MARGIN or right > width - MARGIN:
                wrong.append(f"page {number}: {left:.0f} to {right:.0f} of {width:.0f} points")
        if any(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)):
            wrong.append(f"page {number}: a photograph")
    assert not wrong


@pytest.mark.book
def test_no_page_but_the_first_and_the_last_is_a_third_empty(documents: Documents) -> None:
    empty = []
    for number, page in enumerate(list(documents["euromesh"])[1:-1], start=2):
        pixels = page.render(scale=0.3, grayscale=True).to_numpy()
        inked = np.flatnonzero((pixels[: int((1 - FOOT) * len(pixels))] < 225).any(axis=1))
        hole = max(*np.diff(inked), len(pixels) * (1 - FOOT) - inked[-1]) / len(pixels)
        if hole > 1 / 3:
            empty.append(f"page {number}: {hole:.0%}")
    assert not empty


@pytest.mark.book
def test_every_source_is_listed(built_book: BuiltBook, texts: Texts) -> None:
    tree = built_book.pdf.parent / "tree"
    shown = re.sub(r"\W+", "", " ".join(texts["sources"]))
    titles = re.findall(r"^\*\*(.+)\*\*$", (tree / "sources-list.md").read_text("utf-8"), re.M)
    missing = [
        title for title in titles if re.sub(r"\W+", "", title.replace("\\", "")) not in shown
    ]
    assert len(titles) > 20
    assert not missing


@pytest.mark.parametrize(
    ("unheard", "heard"),
    [("$x$", '#math.equation(alt: "x", $x$)'), ("#image(p)", '#image(p, alt: "nothing")')],
)
def test_an_equation_or_a_picture_that_no_text_describes_is_refused(
    unheard: str, heard: str
) -> None:
    svg = '<svg xmlns=\\"http://www.w3.org/2000/svg\\" width=\\"9\\" height=\\"9\\"/>'
    head = f'#set document(title: [A])\n#let p = bytes("{svg}")\n'
    with pytest.raises(typst.TypstError, match="PDF/UA-1"):
        typst.compile(f"{head}{unheard}".encode(), **glyphs.PDF)
    assert typst.compile(f"{head}{heard}".encode(), **glyphs.PDF)


def split(page: str, *names: str, address: str = "") -> str:
    """The text of some pages of a merged page whose first links to another one."""
    merged = em_pdf_page.Merged(TWO_PAGES.format(page=page), "intro", lambda _: 400)
    chosen = {name: merged.pages[name] for name in names}
    text: str = em_pdf_page.Document(chosen, address).html()
    return text


def test_a_link_leads_within_its_document_to_the_site_or_nowhere() -> None:
    within = split("other", "intro", "other")
    assert '<a href="#other--there">seven</a>' in within
    assert 'data-anchor="other--there"' in within
    site = split("other", "intro", address="https://book.test/")
    assert '<a href="https://book.test/other.html#there">seven</a>' in site
    assert '<a href="https://book.test/other.csv">data</a>' in site
    assert "<p>seven, data</p>" in split("other", "intro")


def test_the_figures_of_the_report_alone_count_from_one_and_links_agree() -> None:
    figure = '<figure id="f{0}"><figcaption><span class="caption-number">Fig. {0} </span>'
    pages = "".join(f"{figure.format(n)}Odds</figcaption></figure>" for n in (2, 7))
    link = '<p><a href="#f7"><span>Fig. 7</span></a> and <a href="#f2"><em>this</em></a></p>'
    merged = em_pdf_page.Merged(f"<article>{pages}{link}</article>", "report", lambda _: 400)
    document = em_pdf_page.Document(merged.pages, "")
    document.count_afresh()
    text = document.html()
    assert re.findall(r"Fig\. \d", text) == ["Fig. 1", "Fig. 2", "Fig. 2"]
    assert "<em>this</em>" in text
    assert "Fig. 7" in str(merged.pages["report"])  # the book keeps the numbers of the site


def test_a_link_to_a_place_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ExtensionError, match="intro--there"):
        split("intro", "intro", "other")


def test_a_work_that_a_document_does_not_cite_is_not_among_its_references() -> None:
    assert "A work" not in split("other", "intro", "other")


def test_pages_are_chapters_and_listings_stand_apart() -> None:
    merged = em_pdf_page.Merged(TWO_PAGES.format(page="other"), "intro", lambda _: 400)
    assert "<h1>Other</h1>" in str(merged.pages["other"])
    names = ["intro", "report", "api", "references", "sources", "sources-list"]
    found = em_pdf.chosen(dict.fromkeys(names, merged.pages["other"]))
    assert {name: [*pages] for name, pages in found.items()} == {
        "report": ["report", "references"],
        "euromesh": ["intro", "report", "references"],
        "sources": ["sources", "sources-list", "api"],
    }
    assert [*em_pdf.chosen({"intro": merged.pages["other"]})] == ["euromesh"]
