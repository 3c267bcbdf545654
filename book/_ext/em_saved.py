"""What a reader takes along of a figure: its files, and a link to it, below the caption.

Of a figure `fig-NAME` the site holds `charts/NAME.svg`, `.png` and `.csv`; where its marks draw
several tables the others are `NAME-2.csv` and so on. The pictures say what they show by themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vl_convert
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from euromesh.book.values import Value
from euromesh.charts.saved import csv, picture, tables

FOLDER, PREFIX, LICENCE = "charts", "fig-", "CC BY 4.0"
CHART = re.compile(
    r'<div class="em-chart".*?(?P<svg><svg.*</svg>)\s*<script[^>]*>(?P<sent>.*?)</script>', re.S
)


def offer(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Save what every figure of a page shows, and link to it below the caption."""
    if app.builder.name != "html":  # print has nothing to click
        return
    for figure in doctree.findall(nodes.figure):
        for raw in list(figure.findall(nodes.raw)):
            if found := CHART.search(raw.astext()):
                saved = list(save(app, figure, found))
                figure += nodes.raw("", row(figure["ids"][0], saved, page), format="html")


def save(app: Sphinx, figure: nodes.figure, found: re.Match[str]) -> Iterator[tuple[str, str]]:
    """Write the files of a figure; what each is called in the row of links, and its name."""
    name = _name(figure)
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    drawn = picture(found["svg"], _told(figure), _source(app))
    (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")
    (folder / f"{name}.png").write_bytes(vl_convert.svg_to_png(drawn, scale=2))
    yield from (("SVG", f"{name}.svg"), ("PNG", f"{name}.png"))
    spec = json.loads(found["sent"])["spec"]
    known = spec.get("usermeta", {}).get("columns", {})
    for place, table in enumerate(tables(spec), start=1):
        ending = "" if place == 1 else f"-{place}"
        (folder / f"{name}{ending}.csv").write_text(csv(table, known), encoding="utf-8")
        yield f"CSV{ending.replace('-', ' ')}", f"{name}{ending}.csv"


def row(anchor: str, saved: list[tuple[str, str]], page: str) -> str:
    """The links to the files of a figure, and to the figure itself."""
    up = "../" * page.count("/")
    links = [f'<a href="{up}{FOLDER}/{name}" download>{kind}</a>' for kind, name in saved]
    links.append(f'<a href="#{anchor}">link</a>')
    return f'<p class="em-figure-links">{" · ".join(links)}</p>'


def _name(figure: nodes.figure) -> str:
    """What the files of a figure are called; a figure without a name has no link to it."""
    names = [name for name in figure["ids"] if name.startswith(PREFIX)]
    if not names:
        raise ExtensionError(f"a chart has no name: give its figure one, {PREFIX}NAME")
    return str(names[0]).removeprefix(PREFIX)


def _told(figure: nodes.figure) -> str:
    """The caption as plain text."""
    return next(figure.findall(nodes.caption)).astext()


def _source(app: Sphinx) -> str:
    """Who made a figure, from evidence of when, and where it stands if that is known."""
    found: dict[str, Value] = app.em_values  # type: ignore[attr-defined]
    seen = found["evidence.gathered_on"].printed("%-d %B %Y")
    where = [address] if (address := app.config.html_baseurl) else []
    return " · ".join([f"{app.config.project}, evidence up to {seen}", *where, LICENCE])


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the step with Sphinx."""
    app.connect("doctree-resolved", offer)
    return {"parallel_read_safe": True}
