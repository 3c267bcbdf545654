"""The `chart` directive: a chart of the run, as a numbered figure of a written page.

```{chart} answer
:name: fig-answer

The caption; it may hold roles.
```
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from euromesh.charts.pages import CHARTS
from euromesh.charts.render import book_html
from euromesh.params.texts import nearest


class Chart(SphinxDirective):
    """One chart by its name: of `euromesh.charts.pages`, or as a notebook of the run drew it."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """A figure with the chart and its caption."""
        figure = nodes.figure("", nodes.raw("", self._drawn(self.arguments[0]), format="html"))
        figure += self._caption()
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure]

    def _drawn(self, name: str) -> str:
        tree = Path(self.env.srcdir)
        if name in CHARTS:
            found = json.loads((tree / "values.json").read_text(encoding="utf-8"))
            values = {key: told["value"] for key, told in found.items()}
            return book_html(CHARTS[name](values).to_dict(), for_phones=True)
        drawn = in_notebooks(tree / "notebooks")
        if name not in drawn:
            raise self.error(f"no chart {name!r}{nearest(name, [*CHARTS, *drawn])}")
        return drawn[name]

    def _caption(self) -> nodes.caption:
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        if len(holder) != 1 or not isinstance(holder[0], nodes.paragraph):
            raise self.error("a chart's caption is one paragraph")
        return nodes.caption("", "", *holder[0].children)


@cache
def in_notebooks(folder: Path) -> dict[str, str]:
    """The charts of executed notebooks, by name."""
    found = {}
    for path in folder.glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        for out in (out for cell in cells for out in cell.get("outputs", ())):
            text = out.get("data", {}).get("text/html", "")
            if name := re.search(r'data-chart="(\w+)"', text):
                found[name[1]] = text
    return found


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive with Sphinx."""
    app.add_directive("chart", Chart)
    return {"parallel_read_safe": True}
