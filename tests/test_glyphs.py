"""A letter that no font of the book has is refused by the name of its text, before the work."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from click.testing import CliRunner

from euromesh import book, glyphs, params, runs
from euromesh.__main__ import main
from euromesh.records import InputError

KEY = "machines.lumi_g.name"
VALUES = params.resolve("central", {})
LIBRARY = params.library()


@pytest.mark.parametrize("name", ["Jülich", "Łódź", "Αθήνα", "Киев", "e\u0301", "→ 10⁻⁹ ≤ ∞"])
def test_a_text_that_the_fonts_can_show_is_accepted(name: str) -> None:
    glyphs.check({**VALUES, KEY: name}, LIBRARY)


@pytest.mark.parametrize(
    ("name", "lost"), [("漢字", "漢 字"), ("a 😀 b", "😀"), ("\U00012000", "")]
)
def test_a_letter_that_no_font_has_is_refused_by_the_parameter(name: str, lost: str) -> None:
    with pytest.raises(InputError, match=rf"^{KEY}: no font of the book has {lost}.*other letters"):
        glyphs.check({**VALUES, KEY: name}, LIBRARY)


@pytest.mark.parametrize(
    "field", ["title", "publisher", "licence", "read_at", "note", "why", "formula", "seen_at"]
)
def test_so_is_one_of_a_publication_or_of_what_is_said_of_a_value(field: str) -> None:
    told, (key, source) = {field: "in one line:\n漢"}, next(iter(LIBRARY.sources.items()))
    if hasattr(source, field):
        changed = LIBRARY.sources | {key: source.model_copy(update=told)}
        name, library = f"sources.yaml: {key}", dataclasses.replace(LIBRARY, sources=changed)
    else:
        found = LIBRARY.parameters | {KEY: dataclasses.replace(LIBRARY.parameters[KEY], **told)}
        name, library = KEY, dataclasses.replace(LIBRARY, parameters=found)
    with pytest.raises(InputError, match=rf"^{name}.{field}: no font"):
        glyphs.check(VALUES, library)


def test_a_run_is_refused_before_it_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "make", lambda _: pytest.fail("the run was begun"))
    asked = ["run", "-p", f"{KEY}=漢", "--build-dir", str(tmp_path / "build")]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 1 and result.stderr.startswith(f"Error: {KEY}: no font")
    assert not any(tmp_path.iterdir())


def test_a_book_that_cannot_be_built_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The website is finished when the PDF fails: neither replaces what stands there."""

    def fail(builder: str, *_: object) -> None:
        if builder == "singlehtml":
            raise book.BookError("Typst: no such letter")

    monkeypatch.setattr(book, "stage", lambda *_: None)
    monkeypatch.setattr(book, "_jupyter_book", fail)
    monkeypatch.setattr(book.package, "write", lambda *_: None)
    site = tmp_path / "book/central/site/index.html"
    site.parent.mkdir(parents=True)
    site.write_text("the earlier site", encoding="utf-8")
    with pytest.raises(book.BookError):
        book.build(tmp_path / "runs/central", tmp_path)
    assert site.read_text(encoding="utf-8") == "the earlier site"
    assert not (tmp_path / "tmp").exists()
