"""The look of every chart: one Altair theme, four colours named by what they mean, one font.

The colours differ in lightness by at least ten points (CIE L*), so that they stay apart in grey and
for colour-blind readers; `tests/test_charts_render.py` measures it. On a dark page the script of
the site exchanges every colour of the light page for the one of the same name in `DARK`.
"""

from __future__ import annotations

from typing import Any

FONT = "Inter"

LIGHT = {
    "federation": "#0b3c6f",
    "campus": "#b23a0a",
    "new_sites": "#2a9384",
    "others": "#a6abb1",
    "ink": "#1b2733",
    "muted": "#55616e",
    "rule": "#d9dee4",
    "paper": "#fefefe",
    "period_1": "#0c3c6e",
    "period_2": "#3f6c9e",
    "period_3": "#7a9cc2",
    "period_4": "#aec3dc",
    "period_5": "#d5e0ee",
}
DARK = {
    "federation": "#5aa9f0",
    "campus": "#ff8f4f",
    "new_sites": "#8fe0c8",
    "others": "#7d858f",
    "ink": "#e6eaee",
    "muted": "#a9b3bd",
    "rule": "#39424c",
    "paper": "#14181d",
    "period_1": "#a3d2ff",
    "period_2": "#5ca8ee",
    "period_3": "#2c6aa3",
    "period_4": "#22507c",
    "period_5": "#1b3852",
}

FEDERATION = LIGHT["federation"]
CAMPUS = LIGHT["campus"]
NEW_SITES = LIGHT["new_sites"]
OTHERS = LIGHT["others"]
INK = LIGHT["ink"]
MUTED = LIGHT["muted"]
RULE = LIGHT["rule"]
PAPER = LIGHT["paper"]
PERIODS = tuple(colour for name, colour in LIGHT.items() if name.startswith("period"))
"""From the first period to the last; letters on the first two are of paper, on the others ink."""

COLOURS = {
    "federation": FEDERATION,
    "campus": CAMPUS,
    "new sites": NEW_SITES,
    "others": OTHERS,
}
"""Colour by meaning; a chart takes its colours from here and nowhere else."""

DARK_OF = {LIGHT[name]: DARK[name] for name in LIGHT}
"""Light colour -> dark colour, sent to the page with every chart."""

WIDTH, HEIGHT = 620, 300
_TEXT = 12


def theme() -> dict[str, Any]:
    """The Vega-Lite configuration shared by all charts (`alt.theme` asks for it)."""
    text = {"font": FONT, "fontSize": _TEXT, "color": INK}
    label = {"labelFont": FONT, "labelFontSize": _TEXT, "labelFontWeight": 400, "labelColor": MUTED}
    title = {"titleFont": FONT, "titleFontSize": _TEXT, "titleFontWeight": 600, "titleColor": INK}
    return {
        "config": {
            "font": FONT,
            "background": None,
            "view": {"stroke": None, "continuousWidth": WIDTH, "continuousHeight": HEIGHT},
            "axis": {
                **label,
                **title,
                "labelPadding": 6,
                "titlePadding": 10,
                "domainColor": MUTED,
                "tickColor": MUTED,
                "tickSize": 4,
                "gridColor": RULE,
                "gridWidth": 1,
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
            "header": {
                **label,
                **title,
                "labelColor": INK,
                "labelFontWeight": 600,
                "labelAnchor": "start",
                "title": None,
            },
            "text": text,
            "mark": {"color": FEDERATION, "tooltip": True},
            "line": {"strokeWidth": 2.25, "strokeCap": "round", "strokeJoin": "round"},
            "rule": {"color": MUTED, "strokeWidth": 1},
            "area": {"opacity": 0.22, "line": False},
            "bar": {"cornerRadiusEnd": 1},
            "point": {"filled": True, "size": 60, "opacity": 1},
            "circle": {"size": 60, "opacity": 1},
            "range": {"category": list(COLOURS.values())},
        }
    }
