"""The chart renderer, the theme, and the code that a page shows."""

from __future__ import annotations

import itertools
import json
import re
from functools import cache
from typing import Any, Final, TypeAlias
from xml.etree import ElementTree

import altair as alt
import numpy as np
import pytest
from numpy.typing import NDArray

from euromesh.charts import ChartError, code, digest, render, style, svg
from euromesh.routes import ROUTES

Colour: TypeAlias = NDArray[np.float64]

TO_XYZ: Final = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
SIGHTS: Final = {  # of linear channels; the last three by Machado et al. 2009, severity 1
    "full": np.eye(3),
    "protan": np.array(
        [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]]
    ),
    "deutan": np.array(
        [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]]
    ),
    "tritan": np.array(
        [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]]
    ),
}


def chart(values: list[float], **properties: Any) -> dict[str, Any]:
    data = [{"year": 2026 + i, "value": value} for i, value in enumerate(values)]
    given = {"name": "trial", "description": "Values rise", **properties}
    drawn = alt.Chart(alt.InlineData(values=data)).mark_line().encode(x="year:Q", y="value:Q")
    spec: dict[str, Any] = drawn.properties(**given).to_dict()
    return spec


@pytest.fixture(autouse=True)
def no_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EUROMESH_CHARTS", raising=False)


def light(colour: str) -> Colour:
    """The linear channels of an sRGB colour."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float((TO_XYZ @ light(colour))[1])


def lab(linear: Colour) -> Colour:
    """CIE L*, a* and b* under D65."""
    x, y, z = TO_XYZ @ linear.clip(0, 1) / [0.95047, 1, 1.08883]
    x, y, z = (c ** (1 / 3) if c > 0.008856 else 7.787 * c + 16 / 116 for c in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_the_colours_of_any_two_routes_differ_for_every_reader(page: int, sight: str) -> None:
    """A difference of 2 is just seen; 13 is one between colours that nobody takes for the same."""
    seen = [lab(SIGHTS[sight] @ light(looks[page])) for looks in style.ROUTES.values()]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= 13


@pytest.mark.parametrize("page", [0, 1], ids=["light", "dark"])
def test_in_grey_the_nearest_routes_have_other_dashes_and_each_is_seen_on_its_page(
    page: int,
) -> None:
    greys = sorted((lab(light(looks[page]))[0], looks[2]) for looks in style.ROUTES.values())
    assert all(a != b for (_, a), (_, b) in itertools.pairwise(greys))
    paper = (style.PAPER, style.DARK_OF[style.PAPER])[page]
    for looks in style.ROUTES.values():
        low, high = sorted(luminance(colour) + 0.05 for colour in (looks[page], paper))
        assert high / low >= 3  # what WCAG 2.2 asks of graphics


def test_every_route_has_a_colour_of_its_own_and_every_colour_a_dark_twin() -> None:
    assert sorted(kind.colour for kind in ROUTES.values()) == sorted(style.ROUTES)
    palette = {*style.COLOURS.values(), style.OTHERS, *style.PERIODS}
    palette |= {style.INK, style.MUTED, style.RULE, style.PAPER}
    assert style.DARK_OF.keys() == palette and len(palette) == 18


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
