"""What a book says of the run it was made from."""

import json
from pathlib import Path

import nbformat

from euromesh.book.stage import add_note, note_of_run


def run_of(folder: Path, scenario: str, overrides: dict[str, object]) -> Path:
    folder.mkdir()
    manifest = {"scenario": scenario, "overrides": overrides}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def test_the_central_run_needs_no_note(tmp_path: Path) -> None:
    assert note_of_run(run_of(tmp_path / "central", "central", {})) == ""


def test_another_run_says_what_it_changed(tmp_path: Path) -> None:
    note = note_of_run(run_of(tmp_path / "more", "low", {"owned.share": 0.2}))
    assert "Run `more`: scenario `low`, `owned.share` = {val}`owned.share`." in note


def test_the_note_stands_below_every_title(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "intro.md").write_text("# Title\n\nText\n", encoding="utf-8")
    cells = [nbformat.v4.new_code_cell("x = 1"), nbformat.v4.new_markdown_cell("# Page\n\nText")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "a.ipynb")
    add_note(tmp_path, "NOTE")
    page = nbformat.read(tmp_path / "notebooks" / "a.ipynb", as_version=4).cells[1].source
    for text, title in (((tmp_path / "intro.md").read_text("utf-8"), "# Title"), (page, "# Page")):
        assert text.startswith(f"{title}\n\nNOTE\n\nText")
