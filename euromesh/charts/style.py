"""The look of every chart: one Altair theme, a colour for every route, one font.

The colours of the routes stay apart for colour-blind readers, on a light and on a dark page; in
grey those that are next to each other in lightness have other dashes. `tests/test_charts_render.py`
measures both. On a dark page the script of the site exchanges every colour of the light page for
the one that `DARK_OF` has for it.
"""

from __future__ import annotations

from typing import Any, Final

FONT = "Inter"

SOLID, DASHED, DOTS = [1, 0], [6, 4], [2, 3]
ROUTES: Final[dict[str, tuple[str, str, list[int]]]] = {
    "navy": ("#0b3c6f", "#4c78f9", SOLID),
    "mustard": ("#a4931d", "#ffe73e", DASHED),
    "violet": ("#8e1baf", "#ec7cee", SOLID),
    "sea": ("#2b92b9", "#67d8dc", DOTS),
    "green": ("#368a2d", "#bfe274", SOLID),
    "forest": ("#055a28", "#84c78e", DASHED),
    "rust": ("#a54900", "#d7330b", DOTS),
    "pink": ("#c13a85", "#b77f8e", DASHED),
}
"""The colours of the routes by name: on a light page, on a dark one, and the dashes of a line."""

COLOURS = {name: light for name, (light, _, _) in ROUTES.items()}
FEDERATION, CAMPUS, OTHERS = COLOURS["navy"], COLOURS["rust"], "#a6abb1"
INK, MUTED, RULE, PAPER = "#1b2733", "#55616e", "#d9dee4", "#fefefe"
PERIODS = ("#0c3c6e", "#3f6c9e", "#7a9cc2", "#aec3dc", "#d5e0ee")
"""From the first period to the last; letters on the first two are of paper, on the others ink."""

DARK_OF = {
    **{light: dark for light, dark, _ in ROUTES.values()},
    OTHERS: "#7d858f",
    INK: "#e6eaee",
    MUTED: "#a9b3bd",
    RULE: "#39424c",
    PAPER: "#14181d",
    PERIODS[0]: "#a3d2ff",
    PERIODS[1]: "#5ca8ee",
    PERIODS[2]: "#2c6aa3",
    PERIODS[3]: "#22507c",
    PERIODS[4]: "#1b3852",
}
"""Light colour -> dark colour, sent to the page with every chart."""


def theme() -> dict[str, Any]:
    """The Vega-Lite configuration shared by all charts (`alt.theme` asks for it)."""
    label = {"labelFont": FONT, "labelFontSize": 12, "labelColor": MUTED}
    title = {"titleFont": FONT, "titleFontSize": 12, "titleFontWeight": 600, "titleColor": INK}
    return {
        "config": {
            "font": FONT,
            "background": None,
            "view": {"stroke": None, "continuousWidth": 620, "continuousHeight": 300},
            "axis": {
                **label,
                **title,
                "labelPadding": 6,
                "titlePadding": 10,
                "domainColor": MUTED,
                "tickColor": MUTED,
                "tickSize": 4,
                "gridColor": RULE,
                "labelOverlap": "greedy",
                "labelSeparation": 8,
                "labelLimit": 240,
            },
            "axisX": {"grid": False},
            "axisY": {"domain": False, "ticks": False},
            "legend": {
                **label,
                **title,
                "labelColor": INK,
                "orient": "top",
                "title": None,
                "symbolSize": 90,
                "columnPadding": 18,
                "offset": 8,
            },
            "text": {"font": FONT, "fontSize": 12, "color": INK},
            "mark": {"color": FEDERATION, "tooltip": True},
            "line": {"strokeWidth": 2.25, "strokeCap": "round", "strokeJoin": "round"},
            "rule": {"color": MUTED, "strokeWidth": 1},
            "area": {"opacity": 0.22},
            "bar": {"cornerRadiusEnd": 1},
            "point": {"filled": True, "size": 60, "opacity": 1},
            "range": {"category": list(COLOURS.values())},
        }
    }
