"""What is saved of a chart, and what its marks tell, made from a specification."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import altair as alt
import pandas as pd
import pytest

from euromesh.charts import marks
from euromesh.charts.saved import csv, picture, sentences, tables
from euromesh.charts.tips import spoken
from euromesh.facts import Column

DATA = pd.DataFrame(
    {"row": ["a", "b"], "route": ["hall", "campus"], "odds": [0.62, 0.4], "flop_p50": [3e25, 1e24]}
)
COLUMNS = {"odds": Column("fraction", ".0%"), "flop_p50": Column("FLOP", ".1e")}


def spec(*layers: alt.Chart) -> dict[str, Any]:
    drawn: dict[str, Any] = marks.finished(alt.layer(*layers), "trial", "Up.", height=90).to_dict()
    return drawn


def trial() -> dict[str, Any]:
    data = DATA.copy()
    data.attrs["columns"] = COLUMNS
    bars = alt.Chart(data).mark_bar().encode(y="route:N", x=alt.X("odds:Q").axis(format="%"))
    ends = alt.Chart(data.head(1)).mark_tick().encode(y="route:N", x="flop_p50:Q")
    names = alt.Chart(DATA.assign(odds=0.9)).mark_text().encode(text="route", x="odds:Q")
    leader = alt.Chart(DATA.assign(odds=0.8)).mark_line(tooltip=None).encode(x="odds:Q")
    return spec(bars, ends, names, leader)


def test_data_are_saved_once_without_places_of_names_and_with_their_units() -> None:
    [saved] = tables(trial())
    assert saved.equals(DATA)
    [head, first, _] = csv(saved, {"flop_p50": {"unit": "FLOP"}}).splitlines()
    assert (head, first) == ("row,route,odds,flop_p50 [FLOP]", "a,hall,0.62,3e+25")


def test_a_mark_tells_names_and_odds_out_of_100_and_a_word_tells_nothing() -> None:
    bar, tick, name, leader = spoken(trial())["layer"]
    told = [[tip["title"] for tip in mark["encoding"]["tooltip"]] for mark in (bar, tick)]
    assert told == [["route", "odds"], ["route", "FLOP median"]]
    assert bar["transform"][0]["calculate"].endswith("' in 100'")
    assert tick["encoding"]["tooltip"][1]["format"] == ".1e"
    assert all(mark["mark"]["tooltip"] is None for mark in (name, leader))


@pytest.mark.parametrize(
    ("caption", "first"),
    [
        ("A run of Llama 3.1 405B is done. Dots are medians.", "A run of Llama 3.1 405B is done."),
        ("It has 405B. Dots are 3 %. Our estimate.", "It has 405B."),
        ("Costs fall by 3 %. Bars: high.", "Costs fall by 3 %."),
        ("No more than this", "No more than this"),
    ],
)
def test_the_title_of_a_picture_is_the_first_sentence_of_its_caption(
    caption: str, first: str
) -> None:
    assert sentences(caption)[0] == first


def test_a_picture_says_what_it_shows_and_where_it_comes_from() -> None:
    drawn = '<svg width="300" height="80" viewBox="0 0 300 80"><text>a &amp; b</text></svg>'
    root = ElementTree.fromstring(picture(drawn, "It <rises>. By much.", "EuroMesh, 2026"))
    words = " ".join("".join(root.itertext()).split())
    assert "It <rises>." in words and "By much." in words and words.endswith("EuroMesh, 2026")
    assert float(root.attrib["height"]) > 80
