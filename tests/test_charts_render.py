"""The chart renderer, the theme, and the code that a page shows."""

from __future__ import annotations

import itertools
import json
import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

import altair as alt
import pytest

from euromesh.charts import COLOURS, ChartError, code, digest, render, style, svg


def chart(values: list[float], **properties: Any) -> dict[str, Any]:
    data = [{"year": 2026 + i, "value": value} for i, value in enumerate(values)]
    given = {"name": "trial", "description": "Values rise", **properties}
    drawn = alt.Chart(alt.InlineData(values=data)).mark_line().encode(x="year:Q", y="value:Q")
    spec: dict[str, Any] = drawn.properties(**given).to_dict()
    return spec


@pytest.fixture(autouse=True)
def no_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EUROMESH_CHARTS", raising=False)


def lightness(colour: str) -> float:
    """CIE L* of an sRGB colour."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    red, green, blue = linear
    return float(116 * (0.2126 * red + 0.7152 * green + 0.0722 * blue) ** (1 / 3) - 16)


def test_at_most_four_colours_and_each_stays_apart_in_grey() -> None:
    assert len(COLOURS) <= 4
    palette = {*COLOURS.values(), *style.PERIODS, style.INK, style.MUTED, style.RULE, style.PAPER}
    assert style.DARK_OF.keys() == palette and len(palette) == 13  # a dark one for every light one
    levels = sorted(lightness(colour) for colour in COLOURS.values())
    assert all(b - a >= 10 for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"description": ""}, "'trial' has no alternative text"),
        ({"name": ""}, "has no name .*Values rise"),
        ({"name": "view_1"}, "has no name .*got 'view_1'"),
        ({"name": "The-one"}, "lower case.*got 'The-one'"),
    ],
)
def test_a_chart_without_description_or_name_is_refused(given: Any, words: str) -> None:
    with pytest.raises(ChartError, match=words):
        render(chart([1, 2], **given))


def test_the_picture_is_announced_with_its_alternative_text() -> None:
    """Altair and vl-convert speak the same Vega-Lite, or nothing is drawn."""
    drawn = svg(chart([1, 2], description='Rises "fast" & far'))
    assert drawn.startswith('<svg role="img" aria-label="Rises &quot;fast&quot; &amp; far" ')
    assert set(re.findall(r'font-family="([^"]+)"', drawn)) == {style.FONT}


def test_jupyter_gets_a_static_picture_a_check_one_line_and_an_unknown_mode_a_refusal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(render(chart([1, 2]))) == {"image/svg+xml", "text/plain"}
    monkeypatch.setenv("EUROMESH_CHARTS", "check")
    (line,) = render(chart([1, 2])).values()
    assert re.fullmatch(r"chart trial [0-9a-f]{16}", line)
    monkeypatch.setenv("EUROMESH_CHARTS", "boook")
    with pytest.raises(ChartError, match="boook.*check, book"):
        render(chart([1, 2]))


def test_the_digest_ignores_noise_and_catches_a_changed_datum_or_encoding() -> None:
    before = digest(chart([1.0, 2.0]))
    assert digest(chart([1.0 + 1e-9, 2.0])) == before
    assert digest(chart([1.001, 2.0])) != before
    assert digest(chart([1.0, 2.0], height=50)) != before
    spec = {"hconcat": [{"name": "view_1"}, {"name": "view_2"}], "params": ["view_2"]}
    later = {"hconcat": [{"name": "view_8"}, {"name": "view_9"}], "params": ["view_9"]}
    assert digest(spec) == digest(later) != digest({**later, "params": ["view_8"]})


def test_the_book_gets_picture_and_specification(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EUROMESH_CHARTS", "book")
    words = "a </script> in words, <!--<script> too"
    html = render(chart([1, 2], description=words))["text/html"]
    assert html.count("<svg") == 1 and html.count("</script>") == 1 and "<!--" not in html
    sent = html.partition('<script type="application/json">')[2].partition("</script>")[0]
    assert json.loads(sent)["spec"]["description"] == words


@pytest.mark.parametrize("words", [' role="a" id="b" url(#c)', " aria-label='d' <e id=\"f\">"])
def test_words_of_a_chart_that_look_like_a_tag_stay_as_they_are(words: str) -> None:
    drawn = svg(chart([1, 2], title=words))
    texts = ElementTree.fromstring(drawn).itertext()
    assert words.strip() in {text.strip() for text in texts}


# --- the source of the package, without docstring and decorators ---------------------------------


@cache
def told(x: float) -> float:
    """What it says."""

    def inner() -> float:
        """This stays."""
        return x

    return inner()


def test_docstring_and_decorators_go_and_the_rest_stays() -> None:
    shown = repr(code(told))
    assert "What it says" not in shown and "This stays" in shown
    assert shown.startswith("def told(x: float) -> float:\n    def inner() -> float:\n")
