"""The PDF: the merged page of the singlehtml builder, through pandoc, set by Typst.

It keeps the website's own numbers for sections, equations and figures, its links and its charts
(as vector pictures), and needs neither TeX nor a browser. The same page gives the same bytes: the
date of the document is the date of the evidence, and only the committed fonts are used.
"""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypandoc
import typst
from docutils import nodes
from em_pdf_page import Page
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from euromesh import escape, glyphs

PDF, DATE = "euromesh.pdf", "evidence.gathered_on"
READER = "html-auto_identifiers-smart"
WRITER = "typst-citations"
MAIN = """#import "report.typ": *
#show: report.with(
  title: {title}, question: {question}, author: {author}, run: {run}, rights: {rights},
  date: datetime(year: {date:%Y}, month: {date.month}, day: {date.day}),
)
"""


def keep_pages(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write links of the merged page as `#em:PAGE:ID`: by themselves ids repeat between pages."""
    if app.builder.name != "singlehtml":
        return
    for link in doctree.findall(nodes.reference):
        page, hash_sign, anchor = link.get("refuri", "").removeprefix("#document-").partition("#")
        if hash_sign and link["refuri"].startswith("#document-"):
            link["refuri"] = f"#em:{page}:{anchor}"


def write_pdf(app: Sphinx, error: Exception | None) -> None:
    """Turn the finished merged page into the PDF beside it."""
    if error or app.builder.name != "singlehtml":
        return
    folder, source = Path(app.outdir), Path(app.srcdir)
    root = app.config.root_doc
    page = Page((folder / f"{root}.html").read_text(encoding="utf-8"), root)
    for name, drawing in page.charts.items():
        (folder / name).write_text(drawing, encoding="utf-8")
    templates = source / "_templates"
    body = pypandoc.convert_text(
        page.html(),
        to=WRITER,
        format=READER,
        extra_args=["--wrap=none", f"--lua-filter={templates / 'typst.lua'}"],
    )
    shutil.copyfile(templates / "report.typ", folder / "report.typ")
    shutil.copyfile(source / "_static" / "logo.svg", folder / "logo.svg")
    main = folder / "main.typ"
    main.write_text(head(app, page.title) + body, encoding="utf-8")
    compile_pdf(main, folder / PDF, evidence_date(app))


def head(app: Sphinx, question: str) -> str:
    """The call of the template, with what stands on the title page."""
    run = json.loads((Path(app.srcdir) / "run.json").read_text(encoding="utf-8"))["name"]
    texts = {
        "title": app.config.project,
        "question": question,
        "author": app.config.author,
        "rights": app.config.copyright,
        "run": run,
    }
    quoted = {key: escape.typst(text) for key, text in texts.items()}
    return MAIN.format(date=evidence_date(app), **quoted)


def evidence_date(app: Sphinx) -> datetime:
    """The date of the evidence, which dates the document: no build reads the clock."""
    known = app.em_values  # type: ignore[attr-defined]
    if DATE not in known:
        raise ExtensionError(f"the parameter {DATE} dates the PDF: add it to params/")
    day: str = known[DATE].value
    return datetime.fromisoformat(day if len(day) == 10 else f"{day}-01").replace(tzinfo=UTC)


def compile_pdf(main: Path, target: Path, date: datetime) -> None:
    """Set the document; what Typst complains of is an error."""
    try:
        typst.compile(main, output=target, root=main.parent, timestamp=date, **glyphs.PDF)
    except typst.TypstError as error:
        raise ExtensionError(f"Typst: {error.diagnostic or error.message}") from error


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the steps with Sphinx."""
    app.connect("doctree-resolved", keep_pages)
    app.connect("build-finished", write_pdf)
    return {"parallel_read_safe": True}
