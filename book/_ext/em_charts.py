"""Charts on the site: the script that makes them live, on the pages that hold one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import vl_convert
from docutils import nodes
from sphinx.application import Sphinx

SOURCE, SCRIPT = "charts.mjs", "charts.js"
MARK = 'class="em-chart"'


def write_script(app: Sphinx) -> None:
    """Bundle our script with Vega, in a function of its own so that no name leaks."""
    if app.builder.name != "html":
        return
    source = Path(app.srcdir) / "_static" / SOURCE
    bundle = vl_convert.javascript_bundle(source.read_text(encoding="utf-8"))
    target = Path(app.outdir) / "_static" / SCRIPT
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"(() => {{\n{bundle}\n}})();\n", encoding="utf-8")


def add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script where a chart stands, and nowhere else: it weighs 0.9 MB."""
    raw = doctree.findall(nodes.raw) if doctree else ()
    if app.builder.name == "html" and any(MARK in node.astext() for node in raw):
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the steps with Sphinx."""
    app.connect("builder-inited", write_script)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True}
