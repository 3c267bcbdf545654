"""What a book says of the run it was made from."""

from pathlib import Path

import nbformat

from euromesh.book.stage import add_note, note_of_run


def test_a_run_other_than_the_central_one_says_what_it_changed() -> None:
    assert note_of_run("central", {"scenario": "central", "overrides": {}}) == ""
    note = note_of_run("more", {"scenario": "low", "overrides": {"owned.share": 0.2}})
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
