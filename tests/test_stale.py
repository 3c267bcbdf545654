"""What is committed is what a fresh run gives; `make baseline` rewrites it.

That the outputs of a stored notebook are those of a fresh run, `pytest --nbval notebooks` says.
"""

import json
from pathlib import Path

import jupytext
import nbformat
import pytest

from euromesh import facts, runs
from euromesh.facts import Facts, Number

SOURCES = sorted(runs.NOTEBOOKS.glob("*.md"))


def test_every_stored_copy_has_a_source() -> None:
    copies = runs.NOTEBOOKS.glob("*.ipynb")
    assert sorted(copy.stem for copy in copies) == [source.stem for source in SOURCES]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_stored_copy_is_its_source_with_outputs_as_a_run_writes_them(source: Path) -> None:
    """Byte for byte; what nbval passes over in an output is what it always is."""
    made, stored = jupytext.read(source), source.with_suffix(".ipynb")
    for cell, held in zip(made.cells, nbformat.read(stored, as_version=4).cells, strict=False):
        if held.cell_type != "code":
            continue
        cell.update(outputs=held.outputs, execution_count=held.execution_count)
        for out in held.outputs:
            if out.output_type == "stream":
                assert out.name == "stdout"
            else:
                assert (out.output_type, out.metadata) == ("execute_result", {})
                assert out.execution_count == held.execution_count
                assert out.data.keys() <= {"text/plain", "text/html", "text/markdown"}
    text = runs.notebook_text(runs.cleaned(made, source.stem))
    assert stored.read_text("utf-8") == text, "run: make baseline"


@pytest.mark.slow
def test_the_picture_of_the_readme_is_that_of_a_fresh_run(facts: Facts) -> None:
    assert runs.picture(facts) == runs.PICTURE.read_text("utf-8"), "run: make baseline"


@pytest.mark.slow
def test_the_golden_numbers_are_those_of_a_fresh_run(numbers: dict[str, Number]) -> None:
    """Numbers to 1e-9: the last digits may differ between versions of a library."""
    texts = (runs.GOLDEN.read_text(encoding="utf-8"), facts.results_text(numbers))
    stored, now = (json.loads(text)["numbers"] for text in texts)
    values, fresh = ({key: one.pop("value") for key, one in of.items()} for of in (stored, now))
    assert stored == now, "run: make baseline"
    moved = [key for key, value in values.items() if value != about(fresh[key])]
    assert not moved, "run: make baseline"


def about(value: object) -> object:
    return pytest.approx(value, rel=1e-9, abs=0) if isinstance(value, float) else value
