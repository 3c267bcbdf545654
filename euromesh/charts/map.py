"""The map of the public machines."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import CAMPUS, FEDERATION, INK, MUTED, NEW_SITES, OTHERS, PAPER, RULE

WIDTH, HEIGHT = 500, 540
PROJECTION: Final[dict[str, Any]] = {  # around 10.2 degrees east, 51.6 north; pixels a radian
    "type": "conicEqualArea",
    "rotate": [-10.2, 0, 0],
    "center": [0, 51.6],
    "parallels": [43, 62],
    "scale": 985,
    "translate": [WIDTH / 2, HEIGHT / 2],
}
LARGEST: Final = 2100  # square pixels of the largest machine
LEAST: Final = 0.1  # EFLOP/s; smaller ones are drawn as large as this
ASIDE: Final = (0.9, 0.5)  # degrees of longitude and latitude
TEXT: Final = 14  # pixels; a phone shows the map at two thirds of its size
WEST: Final = 4.0  # degrees; places west of it have their name on the left
STACKS: Final = {"CUDA": FEDERATION, "ROCm": CAMPUS, "oneAPI": NEW_SITES, "not known": OTHERS}
SHOWN: Final = ["name", "city", "stack", "status", "eflops", "latitude", "longitude"]
SHAPES: Final = {"operating": "circle", "under contract": "square", "planned": "triangle-up"}
AREAS: Final = {"operating": math.pi / 4, "under contract": 1.0, "planned": math.sqrt(3) / 4}
"""What a shape covers of the square that Vega calls its size."""


def machines(sites: pd.DataFrame, countries: Sequence[dict[str, Any]], named: int) -> marks.Chart:
    """Machines where they stand: area the dense BF16 peak, colour the stack, shape the status.

    Larger ones lie below smaller ones; hollow marks have no published size. Columns: name, city,
    stack, status, eflops (blank where not published), latitude, longitude. The countries are
    GeoJSON features; the largest places are named.
    """
    sites = sites[SHOWN]
    sized = sites.dropna(subset="eflops").sort_values("eflops", ascending=False)
    unsized = sites[sites["eflops"].isna()].drop(columns="eflops")
    shared = unsized["city"].isin(sized["city"])
    land = alt.Chart(alt.InlineData(values=list(countries))).mark_geoshape(
        fill=RULE, fillOpacity=0.65, stroke=PAPER, strokeWidth=0.8, clip=True, tooltip=False
    )
    drawn = alt.layer(land, _sized(sized), _unsized(unsized, shared), *_names(sized, named))
    drawn = drawn.properties(width=WIDTH, height=HEIGHT).resolve_legend("shared")
    first = sized.drop_duplicates("status")
    largest = first.assign(named=first["status"] + " in " + first["city"])
    places = sized.groupby("stack")["city"].nunique().rename("places").reset_index()
    told = said.text(
        said.each("The largest machines stand:", largest, "named", "eflops", "with {:.1f} EFLOP/s"),
        said.each("By stack there are:", places, "stack", "places", "at {} places"),
    )
    # Inside two rows the script of the site keeps the size: the page then scales the whole.
    whole = alt.hconcat(alt.hconcat(drawn.project(**PROJECTION)))
    chart: marks.Chart = whole.properties(name="machines_map", description=told)
    return chart


def _sized(sites: pd.DataFrame) -> alt.Chart:
    """Marks whose areas compare, whatever their shapes."""
    circle = sites["eflops"].clip(lower=LEAST) * AREAS["operating"]
    size = alt.Size("drawn:Q").scale(domain=[0, float(sites["eflops"].max())], range=[0, LARGEST])
    head = "EFLOP/s, dense BF16"
    legend = _legend(6, 88, title=head, values=[1, 5, 20], symbolFillColor=MUTED)
    points = alt.Chart(sites.assign(drawn=circle / sites["status"].map(AREAS))).mark_point(
        filled=True, opacity=0.92, stroke=PAPER, strokeWidth=1, clip=True
    )
    peak = alt.Tooltip("eflops:Q", format=".2f", title=head)
    return _placed(points).encode(
        size=size.legend(legend), tooltip=["name", "city", "stack", "status", peak]
    )


def _unsized(sites: pd.DataFrame, shared: pd.Series[bool]) -> alt.Chart:
    """Hollow marks, set aside where they share a place with others."""
    moved = sites.assign(
        longitude=sites["longitude"] + shared * ASIDE[0],
        latitude=sites["latitude"] + shared * ASIDE[1],
    )
    points = alt.Chart(moved).mark_point(filled=False, size=75, strokeWidth=2.2, clip=True)
    return _placed(points).encode(tooltip=["name", "city", "stack", "status"])


def _placed(points: alt.Chart) -> alt.Chart:
    """Marks at their place, in the colour of their stack and the shape of their status."""
    status = _legend(108, 6, symbolFillColor=MUTED)
    return points.encode(
        longitude="longitude:Q",
        latitude="latitude:Q",
        color=alt.Color(
            "stack:N", scale=marks.meaning(STACKS, STACKS.values()), legend=_legend(6, 6)
        ),
        shape=alt.Shape("status:N", scale=marks.meaning(SHAPES, SHAPES.values()), legend=status),
    )


def _legend(x: float, y: float, **more: Any) -> alt.Legend:
    """A legend over the sea, in the corner of the map."""
    place: marks.Look = {"orient": "none", "legendX": x, "legendY": y, "direction": "vertical"}
    return alt.Legend(labelFontSize=TEXT, titleFontSize=TEXT, **place, **more)


def _names(sites: pd.DataFrame, named: int) -> Iterator[alt.Chart]:
    """The names of the largest places, each beside its largest mark, over a halo."""
    of_city = sites.groupby("city")
    total, largest = of_city["eflops"].sum().nlargest(named), of_city["eflops"].max()
    for city in total.index:
        site = sites[sites["city"] == city].head(1)
        reach = math.sqrt(LARGEST * largest[city] / sites["eflops"].max()) / 2 + 4
        west = bool(site["longitude"].iloc[0] < WEST)
        side = {"align": "right", "dx": -reach} if west else {"align": "left", "dx": reach}
        base = alt.Chart(site).encode(longitude="longitude:Q", latitude="latitude:Q", text="city:N")
        look: marks.Look = {"fontSize": TEXT, "fontWeight": 600, **side}
        yield base.mark_text(color=PAPER, stroke=PAPER, strokeWidth=3, strokeOpacity=0.85, **look)
        yield base.mark_text(color=INK, **look)
