"""Every chart of the book, as the cells and pages that show it make it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import jupytext
from altair import TopLevelMixin

from euromesh.charts.pages import CHARTS
from euromesh.folders import ROOT

NOTEBOOKS: Final = sorted((ROOT / "notebooks").glob("*.md"))


def figures(notebook: Path) -> Iterator[TopLevelMixin]:
    """The charts of a notebook: its parameters, its imports, and the cells that have a caption."""
    cells = [cell for cell in jupytext.read(notebook).cells if cell.cell_type == "code"]
    known: dict[str, Any] = {}
    for place, cell in enumerate(cells):
        *lines, shown = ast.parse(cell.source).body
        if place < 2:
            exec(cell.source, known)
        elif "figure" in cell.metadata.get("mystnb", {}):
            assert isinstance(shown, ast.Expr)
            exec(compile(ast.Module(lines, []), notebook.stem, "exec"), known)
            yield eval(compile(ast.Expression(shown.value), notebook.stem, "eval"), known)


def charts(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The specification of every chart by its name; those of written pages from these values."""
    drawn = [chart for notebook in NOTEBOOKS for chart in figures(notebook)]
    drawn += [make(values) for make in CHARTS.values()]
    specs = [chart.to_dict() for chart in drawn]
    return {spec["name"]: spec for spec in specs}
