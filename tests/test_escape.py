"""Text from a file is text in every language that a book is written in."""

from __future__ import annotations

import json
import re
import runpy
from types import SimpleNamespace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pybtex.database import parse_string
from pybtex.richtext import Text
from sphinx.errors import ExtensionError

from euromesh import book, escape
from euromesh.book.pages import link, listed

ANY = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1)
MARKS = st.text(st.sampled_from("`*_{}[]<>|$#~!-+=.:()\\&;\"'/@^%1a ,"), min_size=1)
TEXTS = (ANY | MARKS).filter(str.strip)


def one_line(text: str) -> str:
    return " ".join(text.split())


def spoken(markdown: str) -> list[str]:
    """The texts of a document in which nothing is mark-up."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    inner = [child for token in tokens for child in token.children or []]
    assert {child.type for child in inner} <= {"text"}
    return ["".join(c.content for c in token.children or []) for token in tokens if token.children]


@given(TEXTS)
def test_markdown_finds_no_mark_up(text: str) -> None:
    assert spoken(escape.markdown(text)) == [one_line(text)]
    assert spoken(f"x: {escape.markdown(text)}") == [f"x: {one_line(text)}"]


@given(TEXTS, TEXTS)
def test_a_cell_of_a_table_ends_where_it_should(one: str, two: str) -> None:
    table = listed(["a", "b"], [[escape.markdown(one), escape.markdown(two)]])
    assert spoken(table) == ["a", "b", one_line(one), one_line(two)]


@given(TEXTS)
@example("a | b || c |")
def test_a_role_ends_where_it_should_and_is_no_border_of_a_cell(text: str) -> None:
    table = listed(["a", "b"], [[link("label", text), "end"]])
    parsed = MarkdownIt("commonmark").enable("table").parse(table)
    *_, cell, last = (token for token in parsed if token.type == "inline")
    assert cell.content.startswith("{to}`") and last.content == "end"
    (token,) = MarkdownIt("commonmark").parseInline(f"a {link('label', text)} b")
    before, code, after = token.children or []
    assert (before.content, after.content) == ("a {to}", " b")
    assert code.content.strip() == f"label {one_line(text)}"


@given(TEXTS)
@example("--- `` '' ,, !` ?` $-$ \\")
def test_bibtex_finds_no_command_and_typst_no_end_of_a_string(text: str) -> None:
    source = f"@misc{{k,\n  title = {{{{{escape.tex(one_line(text))}}}}}\n}}\n"
    read = parse_string(source, "bibtex").entries["k"].fields["title"]
    assert json.loads(escape.typst(text)) == text
    assert str(Text.from_latex(read)) == one_line(text).translate(str.maketrans("{}", "()"))


# --- the policy of a page ------------------------------------------------------------------------


EM_OFFLINE = SimpleNamespace(**runpy.run_path(str(book.ROOT / "book/_ext/em_offline.py")))


page_of = "<html><head></head><body>{}</body></html>".format


def test_only_the_scripts_that_a_page_is_known_to_hold_are_allowed() -> None:
    own, other = EM_OFFLINE.KNOWN
    data = '<script type="application/json">{"a": 1}</script><script src="a.js"></script>'
    html = page_of(f"<script>{own}</script><script>{other}</script>{data}")
    policy = EM_OFFLINE.secured(html, "notebooks/05_machines")
    assert len(re.findall("'sha256-[^']+'", policy)) == 2 and "unsafe-inline'; img" in policy
    assert "script-src 'self' 'sha256-" in policy


@pytest.mark.parametrize(
    "script",
    [
        "<script>window.ran = 1</script>",
        "<SCRIPT>window.ran = 1</SCRIPT>",
        "<script type='module'\n>window.ran = 1</script >",
        "<script>DOCUMENTATION_OPTIONS.pagename = 'another';</script>",
        "<script>DOCUMENTATION_OPTIONS.pagename = ''; alert(1); '';</script>",
    ],
)
def test_a_script_that_is_not_known_stops_the_build(script: str) -> None:
    with pytest.raises(ExtensionError, match=r"intro: a script .*(ran|DOCUMENTATION)"):
        EM_OFFLINE.secured(page_of(script), "intro")
