"""The `val` role: prints a result or a parameter, links to where it comes from, and has a card.

{val}`owned.finish_date` prints it in its own format, {val}`owned.finish_date:%B %Y` in another.
Of a parameter, `owned.share.low`, `.high` and `.as_of` print the ends of its range and its date.
The link is a pending cross-reference, so a key without an entry is a warning (an error with -W).
A page of the site holds the cards of its numbers as data; `cards.js` shows them.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from euromesh.book.values import Value, ValueFormatError

FILE, CARDS, GENERATED = "values.json", "cards.json", "sources"
SOURCE, SCRIPT = "cards.mjs", "cards.js"  # Jupyter Book would load a `.js` on every page
END = re.compile(r"\.(low|high|as_of)$")
log = logging.getLogger(__name__)


class val(nodes.inline):
    """A number in the text, with the key of its card."""


class Val(SphinxRole):
    """One value, as a link to its entry among the sources."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Print the value; a key or a format that does not fit is a warning."""
        key, _, spec = self.text.partition(":")
        known: dict[str, Value] = self.env.app.em_values  # type: ignore[attr-defined]
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"; the nearest key is {near[0]}" if near else ""
            log.warning("no result or parameter %r%s", key, hint, location=self.get_location())
            return [nodes.literal(text=key)], []
        try:
            text = known[key].printed(spec)
        except ValueFormatError as error:
            log.warning("%s: %s", key, error, location=self.get_location())
            return [nodes.literal(text=key)], []
        made = linked(self, known[key].target, text)
        return [val("", "", made, classes=["em-val"], key=key, support_smartquotes=False)], []


class To(SphinxRole):
    """A link of a generated page: its label, a space, and a text in which nothing is mark-up."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Print the text as a link."""
        label, _, text = self.text.strip().partition(" ")
        return [linked(self, label, text)], []


def linked(role: SphinxRole, target: str, text: str) -> nodes.Node:
    """A text that leads to a label of any page."""
    link = addnodes.pending_xref(
        "",
        nodes.inline(text, text),
        refdomain="std",
        reftype="ref",
        reftarget=target,
        refexplicit=True,
        refwarn=True,
        refdoc=role.env.docname,
    )
    role.set_source_info(link)
    return link


class AsWritten(SphinxTransform):
    """What the pages of the sources quote from files keeps its quotes and dashes."""

    default_priority = 700  # before quotes and dashes are set

    def apply(self, **_: Any) -> None:
        """Leave a generated page as it is; an empty cell of its tables holds no paragraph."""
        if self.env.docname.startswith(GENERATED):
            self.document["support_smartquotes"] = False
            for cell in [one for one in self.document.findall(nodes.entry) if not one.astext()]:
                cell.clear()


def visit(translator: Any, node: val) -> None:
    """Open a number, with its key for the script."""
    translator.body.append(translator.starttag(node, "span", "", **{"data-key": node["key"]}))


def depart(translator: Any, _: val) -> None:
    """Close a number."""
    translator.body.append("</span>")


def read_values(app: Sphinx) -> None:
    """Read what the run found, and lay the script beside the site, once for the build."""
    data = json.loads((Path(app.srcdir) / FILE).read_text(encoding="utf-8"))
    app.em_values = {key: Value(**entry) for key, entry in data.items()}  # type: ignore[attr-defined]
    cards = json.loads((Path(app.srcdir) / CARDS).read_text(encoding="utf-8"))
    app.em_cards = cards  # type: ignore[attr-defined]
    target = Path(app.outdir) / "_static" / SCRIPT
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(app.srcdir) / "_static" / SOURCE, target)


def add_cards(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the cards of a page's numbers into it, and the script that shows them."""
    keys = sorted({node["key"] for node in doctree.findall(val)}) if doctree else []
    if app.builder.name != "html" or not keys:
        return
    text = json.dumps(data_of(app.em_cards, keys), ensure_ascii=False)  # type: ignore[attr-defined]
    text = text.replace("<", "\\u003c")  # no tag can end the data
    context["body"] += f'<script type="application/json" id="em-cards">{text}</script>'
    app.add_js_file(SCRIPT, loading_method="defer")


def data_of(known: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """The cards of some numbers, and the sources that they name by their ids on the list.

    An end of a range has the card of its parameter.
    """
    cards = {key: dict(known["cards"].get(key) or known["cards"][END.sub("", key)]) for key in keys}
    sources = {}
    for card in cards.values():
        ids = {name: nodes.make_id(f"source-{name}") for name in card.get("s", ())}
        sources |= {at: known["sources"][name] for name, at in ids.items()}
        card["s"] = list(ids.values())
    return {"cards": cards, "sources": sources}


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role with Sphinx."""
    app.connect("builder-inited", read_values)
    app.connect("html-page-context", add_cards)
    app.add_node(val, html=(visit, depart))
    app.add_role("val", Val())
    app.add_role("to", To())
    app.add_transform(AsWritten)
    return {"parallel_read_safe": True}
