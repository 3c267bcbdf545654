"""Tables: those of notebooks get a number and a caption, and each scrolls in a box of its own.

A cell that shows a table names and captions it as it would a figure (`mystnb: figure:`).
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

SHOWN = re.compile(r'\s*<table[^>]*?class="(?P<classes>[^"]*)"[^>]*>(?P<rows>.*)</table>\s*', re.S)
BOX = '<div class="pst-scrollable-table-container">'
BOXED = re.compile(
    BOX + r"(?P<table><table[^>]*>\s*(?:<caption>(?P<caption>.*?)</caption>)?)", re.S
)
UNSPOKEN = re.compile(r'<a class="headerlink".*?</a>|<[^>]+>', re.S)


class Captioned(SphinxTransform):
    """A figure that holds a table is one: it counts with the tables."""

    default_priority = 400

    def apply(self, **_: Any) -> None:
        """Put tables in the place of such figures."""
        for figure in list(self.document.findall(nodes.figure)):
            for raw in figure.findall(nodes.raw):
                if found := SHOWN.fullmatch(raw.astext()):
                    figure.replace_self(table := _table(figure, found))
                    self.document.ids.update(dict.fromkeys(table["ids"], table))
                    break


def _table(figure: nodes.figure, found: re.Match[str]) -> nodes.table:
    """The table with the name of the figure, and its caption as the title."""
    told = next(iter(figure.findall(nodes.caption)))
    table = nodes.table(classes=found["classes"].split(), ids=figure["ids"], names=figure["names"])
    table.source, table.line = figure.source, figure.line
    table += nodes.title("", "", *told.children)
    table += nodes.raw("", found["rows"], format="html")
    return table


def name_boxes(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """The box in which a wide table scrolls: a region with the table's caption for a name."""
    if app.builder.name == "html" and "body" in context:
        context["body"] = BOXED.sub(_named, context["body"])


def _named(found: re.Match[str]) -> str:
    """The box, which the keyboard reaches; a table without a caption is no landmark."""
    words = " ".join(UNSPOKEN.sub("", found["caption"] or "Table").split())
    role = "region" if found["caption"] else "group"
    name = unescape(words).replace('"', "&quot;")
    named = f'{BOX[:-1]} role="{role}" tabindex="0" aria-label="{name}">'
    return named + found["table"]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the steps with Sphinx."""
    app.add_transform(Captioned)
    app.connect("html-page-context", name_boxes)
    return {"parallel_read_safe": True}
