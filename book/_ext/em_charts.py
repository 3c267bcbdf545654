"""Charts on the site: a directive for written pages, and the script that makes charts live.

A notebook shows a chart as the output of a cell. A written page shows one of those that the staged
tree holds (`charts/NAME.html`), as a numbered figure whose caption is the directive's text:

    ```{chart} answer
    :name: fig-answer

    The finding, then vintage and sources.
    ```
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import vl_convert
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

SOURCE, SCRIPT = "charts.mjs", "charts.js"
MARK = 'class="em-chart"'


class ChartFigure(SphinxDirective):
    """A chart of the staged tree as a figure with a caption."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Read the drawn chart; one that the tree does not hold is an error."""
        folder, name = Path(self.env.srcdir) / "charts", self.arguments[0]
        drawn = folder / f"{name}.html"
        if not drawn.is_file():
            known = ", ".join(sorted(path.stem for path in folder.glob("*.html")))
            raise self.error(f"no chart {name!r}; euromesh.charts.pages offers: {known}")
        figure = nodes.figure("", nodes.raw("", drawn.read_text(encoding="utf-8"), format="html"))
        self.set_source_info(figure)
        self.add_name(figure)
        text = nodes.container()
        self.state.nested_parse(self.content, self.content_offset, text)
        for paragraph in text.children[:1]:
            figure += nodes.caption("", "", *paragraph.children)
        if rest := text.children[1:]:
            figure += nodes.legend("", *rest)
        return [figure]


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
    app.add_directive("chart", ChartFigure)
    app.connect("builder-inited", write_script)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True}
