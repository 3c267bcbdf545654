"""Charts on the site: the script that makes them live, which page.js fetches when it is time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import vl_convert
from sphinx.application import Sphinx

SOURCE, SCRIPT = "charts.mjs", "charts.js"


def write_script(app: Sphinx) -> None:
    """Bundle our script with Vega, in a function of its own so that no name leaks."""
    if app.builder.name != "html":
        return
    source = Path(app.srcdir) / "_static" / SOURCE
    bundle = vl_convert.javascript_bundle(source.read_text(encoding="utf-8"))
    target = Path(app.outdir) / "_static" / SCRIPT
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"(() => {{\n{bundle}\n}})();\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the step with Sphinx."""
    app.connect("builder-inited", write_script)
    return {"parallel_read_safe": True}
