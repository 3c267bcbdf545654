"""Every notebook is a pair: the MyST text that is edited and the executed copy that is stored."""

import ast
import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbformat import NotebookNode

from euromesh.book.words import in_words
from tests import stating

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "notebooks").glob("*.md"))
LABEL = re.compile(r":label: (eq-\S+)")
MACHINE = re.compile(r"/home/|/root/|/Users/|/tmp/|/var/folders/|\b[A-Z]:\\\\|site-packages")
# guides that catch a page which grows: what it must hold decides
MOST_WORDS, MOST_LINES, MOST_CELLS = 1900, 70, 52
DEFINED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
each_notebook = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@each_notebook
def test_stored_cells_were_executed_in_order_are_compared_and_hold_nothing_of_the_machine(
    source: Path,
) -> None:
    """The nbval check passes over a cell without an execution count, and over some tags."""
    cells = code_cells(nbformat.read(source.with_suffix(".ipynb"), as_version=4))
    counts = [cell.execution_count for cell in cells]
    assert counts == list(range(1, len(counts) + 1)), "run: make baseline"
    tags = [tag.lower() for cell in cells for tag in cell.metadata.get("tags", [])]
    assert not [tag for tag in tags if tag.startswith(("nbval", "raises"))]
    text = source.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert "Empty DataFrame" not in text, "a table without rows"
    assert not MACHINE.findall(text) and str(ROOT) not in text
    assert not {"execution", "papermill", "version"} & set(re.findall(r'"(\w+)": ', text))


@each_notebook
def test_a_notebook_stays_short_and_defines_nothing_but_its_parameters(source: Path) -> None:
    """Functions and classes live in the package, where they are typed and tested."""
    notebook = in_words(jupytext.read(source), stating.state("central"))
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    prose = [line for text in texts for line in text.splitlines() if not line.startswith("|")]
    code = [cell.source for cell in code_cells(notebook)]
    lines = [sum(1 for line in text.splitlines() if line.strip()) for text in code]
    assert sum(len(line.split()) for line in prose) <= MOST_WORDS
    assert sum(lines) <= MOST_LINES and max(lines) <= 8
    assert len(notebook.cells) <= MOST_CELLS
    assert not any(isinstance(node, DEFINED) for text in code for node in ast.walk(ast.parse(text)))
    assert notebook.metadata.kernelspec.name == "python3"  # the environment's own
    first, *rest = code_cells(notebook)  # the two parameters and no more
    assert "parameters" in first.metadata.tags
    assert not any("parameters" in cell.metadata.get("tags", []) for cell in rest)
    assert first.source == 'scenario: str = "central"\noverrides: dict = {}'


@each_notebook
def test_under_each_equation_stands_the_code_that_implements_it(source: Path) -> None:
    cells = jupytext.read(source).cells
    for cell, below in zip(cells, [*cells[1:], None], strict=True):
        labels = LABEL.findall(cell.source) if cell.cell_type == "markdown" else []
        assert len(labels) <= 1, "a cell ends with its equation, so that its code stands below"
        if labels:
            assert cell.source.rstrip().endswith("```"), labels
            assert below is not None and re.fullmatch(r"code\([\w., ]+\)", below.source), labels
            assert below.metadata.tags == ["remove-input"], labels


@pytest.mark.parametrize("stem", ["06_distance", "07_federation", "01_when"])
def test_every_function_of_the_table_of_symbols_is_shown_above(stem: str) -> None:
    page, symbols = (ROOT / f"notebooks/{stem}.md").read_text(encoding="utf-8").split("## Symbols")
    shown = re.findall(r"(\w+)(?=[,)])", " ".join(re.findall(r"^code\(.*\)$", page, re.MULTILINE)))
    rows = [line for line in symbols.splitlines() if line.startswith("|")]
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) <= set(shown)
