"""Equations of the site as MathML, made once with pandoc: no script draws them in the browser.

The single page that the PDF is made from keeps their TeX.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any, ClassVar

import pypandoc
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.ext import mathjax
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

KINDS = {nodes.math: "InlineMath", nodes.math_block: "DisplayMath"}


class Converter(SphinxPostTransform):
    """Give each equation of a page its MathML."""

    default_priority = 900
    builders: ClassVar[tuple[str, ...]] = ("html",)

    def run(self, **_: Any) -> None:
        """Convert the equations of one page together."""
        found = [node for node in self.document.findall() if type(node) in KINDS]
        texts = [(KINDS[type(node)], _tex(node)) for node in found]
        for node, mathml in zip(found, converted(texts), strict=True):
            node["mathml"] = mathml


def _tex(node: nodes.Element) -> str:
    """What an equation says; lines of its own are aligned, as Sphinx does it."""
    tex = node.astext()
    plain = r"\\" not in tex or node.get("nowrap") or isinstance(node, nodes.math)
    return tex if plain else rf"\begin{{aligned}}{tex}\end{{aligned}}"


def converted(texts: list[tuple[str, str]]) -> list[str]:
    """The MathML of equations, given as kind and TeX."""
    if not texts:
        return []
    blocks = [{"t": "Plain", "c": [{"t": "Math", "c": [{"t": kind}, tex]}]} for kind, tex in texts]
    document = {"pandoc-api-version": [1, 23, 1], "meta": {}, "blocks": blocks}
    command = [pypandoc.get_pandoc_path(), "-f", "json", "-t", "html", "--mathml", "--wrap=none"]
    done = subprocess.run(
        command, input=json.dumps(document), capture_output=True, text=True, check=False
    )
    found = [part + "</math>" for part in done.stdout.split("</math>")[:-1]]
    if done.returncode or done.stderr or len(found) != len(texts):
        raise ExtensionError(f"an equation has no MathML: {done.stderr.strip()[:300]}")
    return [mathml.strip() for mathml in found]


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write an equation within a line."""
    if "mathml" not in node:
        mathjax.html_visit_math(self, node)
    self.body.append(node["mathml"])
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write an equation of its own, and its number beside it."""
    if "mathml" not in node:
        mathjax.html_visit_displaymath(self, node)
    self.body.append(self.starttag(node, "div", CLASS="math"))
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append(f'<div class="em-equation">{node["mathml"]}</div></div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform and the renderer that `html_math_renderer` names."""
    app.setup_extension("sphinx.ext.mathjax")
    app.add_post_transform(Converter)
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True}
