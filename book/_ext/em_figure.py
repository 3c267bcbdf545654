"""The `chart` directive: a chart of the run's results, as a numbered figure of a written page.

```{chart} answer
:name: fig-answer

The caption; it may hold roles.
```
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from euromesh.charts.pages import CHARTS
from euromesh.charts.render import book_html


class Chart(SphinxDirective):
    """One chart by its name in `euromesh.charts.pages`."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {"name": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """A figure with the chart and its caption."""
        name = self.arguments[0]
        if name not in CHARTS:
            raise self.error(f"no chart {name!r}; there are: {', '.join(CHARTS)}")
        found = json.loads((Path(self.env.srcdir) / "values.json").read_text(encoding="utf-8"))
        spec = CHARTS[name]({key: told["value"] for key, told in found.items()}).to_dict()
        figure = nodes.figure("", nodes.raw("", book_html(spec), format="html"))
        figure += self._caption()
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure]

    def _caption(self) -> nodes.caption:
        holder = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, holder)
        if len(holder) != 1 or not isinstance(holder[0], nodes.paragraph):
            raise self.error("a chart's caption is one paragraph")
        return nodes.caption("", "", *holder[0].children)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive with Sphinx."""
    app.add_directive("chart", Chart)
    return {"parallel_read_safe": True}
