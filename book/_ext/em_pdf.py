"""The PDFs: pages of the merged page of the singlehtml builder, through pandoc, set by Typst.

`report.pdf` is the report with what it cites, `sources.pdf` the listings, `euromesh.pdf` the rest.
They keep the website's own numbers for sections, equations and figures (the report alone counts
from one), its links and its charts (as vector pictures), and need neither TeX nor a browser. The
same page gives the same bytes: the evidence dates the documents, and only the committed fonts are
used.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypandoc
import typst
from bs4 import Tag
from docutils import nodes
from em_pdf_page import Document, Merged
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from euromesh import escape, glyphs
from euromesh.book.about import About

READER = "html-auto_identifiers-smart"
WRITER = "typst-citations"
MAIN = """#import "print.typ": *
#show: print.with(
  name: {name}, title: {title}, author: {author}, facts: {facts},
  date: datetime(year: {day.year}, month: {day.month}, day: {day.day}),
  width: {kind.width}pt, turned: {turned}, covered: {covered}, depth: {kind.depth},
)
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one of the documents is set: `depth` of its contents, `width` of its text in points."""

    width: int
    turned: bool = False
    covered: bool = False
    depth: int = 0


KINDS = {
    "report": Kind(width=492),
    "euromesh": Kind(width=492, covered=True, depth=2),
    "sources": Kind(width=756, turned=True, depth=1),
}
REPORT, REFERENCES = "report", "references"


def is_listing(page: str) -> bool:
    """Whether a page belongs to the listings: sources, parameters, tables and functions."""
    return page == "api" or page.startswith("sources")


def chosen(pages: Mapping[str, Tag]) -> dict[str, dict[str, Tag]]:
    """The pages of each document."""
    parts = {
        "report": [REPORT, REFERENCES] if REPORT in pages else [],
        "euromesh": [name for name in pages if not is_listing(name)],
        "sources": sorted(filter(is_listing, pages), key="api".__eq__),
    }
    return {name: {p: pages[p] for p in part if p in pages} for name, part in parts.items() if part}


def keep_pages(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write links of the merged page as `#em:PAGE:ID`: by themselves ids repeat between pages."""
    if app.builder.name != "singlehtml":
        return
    for link in doctree.findall(nodes.reference):
        page, hash_sign, anchor = link.get("refuri", "").removeprefix("#document-").partition("#")
        if hash_sign and link["refuri"].startswith("#document-"):
            link["refuri"] = f"#em:{page}:{anchor}"


def write_pdfs(app: Sphinx, error: Exception | None) -> None:
    """Turn the finished merged page into the PDFs beside it."""
    if error or app.builder.name != "singlehtml":
        return
    folder, source, root = Path(app.outdir), Path(app.srcdir), app.config.root_doc
    merged = Merged((folder / f"{root}.html").read_text(encoding="utf-8"), root, room)
    for name, drawing in merged.charts.items():
        (folder / name).write_text(drawing, encoding="utf-8")
    for path in (source / "_templates" / "print.typ", source / "_static" / "logo.svg"):
        shutil.copyfile(path, folder / path.name)
    about = About.read(source)
    for name, pages in chosen(merged.pages).items():
        document, kind = Document(pages, about.address), KINDS[name]
        start = head(about, document.title(), app.config.copyright, kind)
        _prepare(document, kind, alone=name == REPORT)
        body = converted(document.html(), source / "_templates" / "typst.lua")
        (folder / f"{name}.typ").write_text(start + body, encoding="utf-8")
        compile_pdf(folder / f"{name}.typ", about)


def _prepare(document: Document, kind: Kind, *, alone: bool) -> None:
    """A PDF without a cover has its title in its head; one that stands alone counts from one."""
    if not kind.covered:
        document.take_title()
    if alone:
        document.count_afresh()


def room(page: str) -> float:
    """The width of the text of a page, in points."""
    return KINDS["sources" if is_listing(page) else "euromesh"].width


def head(about: About, title: str, rights: str, kind: Kind) -> str:
    """The call of the template, with what stands at the head of a document."""
    told = {
        "Authors": about.author,
        "Evidence": about.date,
        "Version": about.version,
        "Licence": rights,
        "Cite as": about.apa("" if kind.covered else title, about.address),
    }
    facts = (f"({escape.typst(name)}, {escape.typst(text)}), " for name, text in told.items())
    return MAIN.format(
        name=escape.typst(about.name),
        title=escape.typst(title),
        author=escape.typst(about.author),
        facts=f"({''.join(facts)})",
        day=about.day,
        kind=kind,
        turned=str(kind.turned).lower(),
        covered=str(kind.covered).lower(),
    )


def converted(html: str, marks: Path) -> str:
    """The text as Typst reads it; the filter sets what is marked."""
    extra = ["--wrap=none", f"--lua-filter={marks}"]
    text: str = pypandoc.convert_text(html, to=WRITER, format=READER, extra_args=extra)
    return text


def compile_pdf(main: Path, about: About) -> None:
    """Set a document; what Typst complains of is an error. The evidence dates it, not the clock."""
    day = datetime(about.day.year, about.day.month, about.day.day, tzinfo=UTC)
    target = main.with_suffix(".pdf")
    try:
        typst.compile(main, output=target, root=main.parent, timestamp=day, **glyphs.PDF)
    except typst.TypstError as error:
        raise ExtensionError(f"Typst: {error.diagnostic or error.message}") from error


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the steps with Sphinx."""
    app.connect("doctree-resolved", keep_pages)
    app.connect("build-finished", write_pdfs)
    return {"parallel_read_safe": True}
