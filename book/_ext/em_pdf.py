"""The PDF: the merged page of the singlehtml builder, through pandoc, set by Typst.

It keeps the website's own numbers for sections, equations and figures, its links and its charts
(as vector pictures), and needs neither TeX nor a browser. The same page gives the same bytes: the
date of the document is the date of the evidence, and only the committed fonts are used.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypandoc
import typst
from docutils import nodes
from bs4 import Tag
from em_pdf_page import Document, Merged
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from euromesh import escape, glyphs

DATE = "evidence.gathered_on"
READER = "html-auto_identifiers-smart"
WRITER = "typst-citations"
MAIN = """#import "print.typ": *
#show: print.with(
  name: {name}, title: {title}, author: {author}, facts: {facts},
  date: datetime(year: {date:%Y}, month: {date.month}, day: {date.day}),
  width: {width}pt, turned: {turned}, covered: {covered}, depth: {depth},
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
    "report": Kind(width=470),
    "euromesh": Kind(width=470, covered=True, depth=2),
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
    page = (folder / f"{root}.html").read_text(encoding="utf-8")
    merged = Merged(page, root, lambda name: KINDS["sources" if is_listing(name) else "euromesh"].width)
    for name, drawing in merged.charts.items():
        (folder / name).write_text(drawing, encoding="utf-8")
    shutil.copyfile(source / "_templates" / "print.typ", folder / "print.typ")
    shutil.copyfile(source / "_static" / "logo.svg", folder / "logo.svg")
    for name, pages in chosen(merged.pages).items():
        document = Document(pages, address(app))
        write_pdf(app, document, KINDS[name], folder / f"{name}.pdf")


def write_pdf(app: Sphinx, document: Document, kind: Kind, target: Path) -> None:
    """Set one document."""
    title = document.title()
    if not kind.covered:
        document.take_title()
    body = pypandoc.convert_text(
        document.html(),
        to=WRITER,
        format=READER,
        extra_args=["--wrap=none", f"--lua-filter={Path(app.srcdir) / '_templates' / 'typst.lua'}"],
    )
    main = target.with_suffix(".typ")
    main.write_text(head(app, title, kind) + body, encoding="utf-8")
    try:
        typst.compile(
            main, output=target, root=main.parent, timestamp=evidence_date(app), **glyphs.PDF
        )
    except typst.TypstError as error:
        raise ExtensionError(f"Typst: {error.diagnostic or error.message}") from error


def head(app: Sphinx, title: str, kind: Kind) -> str:
    """The call of the template, with what stands at the head of the document."""
    facts = (f"({escape.typst(name)}, {escape.typst(text)}), " for name, text in told(app).items())
    yes = {True: "true", False: "false"}
    return MAIN.format(
        name=escape.typst(app.config.project),
        title=escape.typst(title),
        author=escape.typst(app.config.author),
        facts=f"({''.join(facts)})",
        date=evidence_date(app),
        width=kind.width,
        turned=yes[kind.turned],
        covered=yes[kind.covered],
        depth=kind.depth,
    )


def told(app: Sphinx) -> dict[str, str]:
    """Who made the document, from what, and on which terms it may be used."""
    run = json.loads((Path(app.srcdir) / "run.json").read_text(encoding="utf-8"))["name"]
    day = evidence_date(app)
    return {
        "Authors": app.config.author,
        "Evidence": f"{day.day} {day:%B %Y}",
        "Run": run,
        "Rights": app.config.copyright,
    }


def address(app: Sphinx) -> str:
    """Where the site stands; nothing while that is not known."""
    known: str = app.config.html_baseurl
    return "" if "example.org" in known else known


def evidence_date(app: Sphinx) -> datetime:
    """The date of the evidence, which dates the document: no build reads the clock."""
    known = app.em_values  # type: ignore[attr-defined]
    if DATE not in known:
        raise ExtensionError(f"the parameter {DATE} dates the PDF: add it to params/")
    day: str = known[DATE].value
    return datetime.fromisoformat(day if len(day) == 10 else f"{day}-01").replace(tzinfo=UTC)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the steps with Sphinx."""
    app.connect("doctree-resolved", keep_pages)
    app.connect("build-finished", write_pdfs)
    return {"parallel_read_safe": True}
