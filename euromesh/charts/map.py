"""The map of the public machines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import altair as alt
import numpy as np
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import INK, MUTED, PAPER, PERIODS, RULE

WIDTH, HEIGHT = 500, 540
PROJECTION: Final[dict[str, Any]] = {  # around 10.2 degrees east, 51.6 north; pixels a radian
    "type": "conicEqualArea",
    "rotate": [-10.2, 0, 0],
    "center": [0, 51.6],
    "parallels": [43, 62],
    "scale": 985,
    "translate": [WIDTH / 2 + 8, HEIGHT / 2],
}
LARGEST: Final = 2100  # square pixels of the largest place
LEAST: Final = 0.1  # EFLOP/s; smaller places are drawn as large as this
TEXT: Final = 15  # pixels; a phone shows the map at two thirds of its size
WEST: Final = 9.2  # degrees; places west of it have their name on the left
LEVELS: Final = {  # a status, and what all machines up to it are called
    "operating": "operating",
    "under contract": "with contracts",
    "planned": "with plans",
}
UNKNOWN: Final = "no size published"
COLOURS: Final = (PERIODS[0], PERIODS[2], PERIODS[4], PAPER)
HEAD: Final = "EFLOP/s, dense BF16"


def machines(sites: pd.DataFrame, countries: Sequence[dict[str, Any]], named: int) -> marks.Chart:
    """Places of machines: a disc whose area is the dense BF16 peak of all that operate there.

    A wider and paler disc below it adds what is under contract, one below that what is planned; a
    place without any published size has a small ring. Columns: city, status, eflops (blank where
    not published), latitude, longitude. The countries are GeoJSON features; the largest places
    are named.
    """
    discs = _discs(sites)
    land = alt.Chart(alt.InlineData(values=list(countries))).mark_geoshape(
        fill=RULE, fillOpacity=0.65, stroke=PAPER, strokeWidth=0.8, clip=True, tooltip=False
    )
    drawn = alt.layer(land, _drawn(discs), *_names(discs, named))
    drawn = drawn.properties(width=WIDTH, height=HEIGHT)
    sums = discs[discs["level"] != UNKNOWN]
    first = sums.sort_values("eflops", ascending=False, kind="stable").drop_duplicates("level")
    largest = first.assign(named=first["city"] + ", " + first["level"])
    counts = discs.groupby("level")["city"].nunique().rename("places").reset_index()
    told = said.text(
        said.each("The largest places are:", largest, "named", "eflops", "with {:.1f} EFLOP/s"),
        said.each("Discs stand at:", counts, "level", "places", "at {} places"),
    )
    # Inside two rows the script of the site keeps the size: the page then scales the whole.
    whole = alt.hconcat(alt.hconcat(drawn.project(**PROJECTION)))
    chart: marks.Chart = whole.properties(name="machines_map", description=told)
    return chart


def _discs(sites: pd.DataFrame) -> pd.DataFrame:
    """A row a disc, the largest first: its place, up to which status it counts, and its peak."""
    sums = sites.pivot_table(values="eflops", index="city", columns="status", aggfunc="sum")
    sums = sums.reindex(columns=list(LEVELS)).fillna(0.0).astype(float)
    grown = sums.cumsum(axis=1).where(sums > 0).rename(columns=LEVELS).reset_index()
    known = grown.melt("city", var_name="level", value_name="eflops").dropna()
    places = sites.drop_duplicates("city")[["city", "latitude", "longitude"]]
    unknown = places[~places["city"].isin(known["city"])].assign(level=UNKNOWN)
    discs = pd.concat([known.merge(places), unknown])
    return discs.sort_values("eflops", ascending=False, kind="stable")


def _drawn(discs: pd.DataFrame) -> alt.Chart:
    """The discs; a place of unknown size is as large as the least."""
    levels = [*LEVELS.values(), UNKNOWN]
    most = discs["eflops"].max()
    size = alt.Size("drawn:Q").scale(domain=[0, most if most > 0 else 1.0], range=[0, LARGEST])
    sizes = _legend(6, 104, title=HEAD, values=[1, 5, 20], symbolFillColor=MUTED)
    colour = alt.Color("level:N", scale=marks.meaning(levels, COLOURS))
    points = alt.Chart(discs.assign(drawn=discs["eflops"].fillna(0.0).clip(lower=LEAST)))
    drawn: alt.Chart = points.mark_point(filled=True, stroke=INK, strokeWidth=0.8, clip=True)
    return drawn.encode(
        longitude="longitude:Q",
        latitude="latitude:Q",
        size=size.legend(sizes),
        color=colour.legend(_legend(6, 6)),
        tooltip=["city", "level", alt.Tooltip("eflops:Q", format=".2f", title=HEAD)],
    )


def _legend(x: float, y: float, **more: Any) -> alt.Legend:
    """A legend over the sea, in the corner of the map."""
    place: marks.Look = {"orient": "none", "legendX": x, "legendY": y, "direction": "vertical"}
    look: marks.Look = {"labelFontSize": TEXT, "titleFontSize": TEXT, "symbolStrokeColor": INK}
    return alt.Legend(**place, **look, **more)


def _names(discs: pd.DataFrame, named: int) -> Iterator[alt.Chart]:
    """The names of the largest places, each beside its disc, over a halo."""
    largest = discs.dropna(subset="eflops").drop_duplicates("city").head(named)
    reaches = np.sqrt(LARGEST * largest["eflops"] / largest["eflops"].max()) / 2 + 5
    wests = largest["longitude"] < WEST
    for city, reach, west in zip(largest["city"], reaches, wests, strict=True):
        side = {"align": "right", "dx": -reach} if west else {"align": "left", "dx": reach}
        base = alt.Chart(largest[largest["city"] == city])
        base = base.encode(longitude="longitude:Q", latitude="latitude:Q", text="city:N")
        look: marks.Look = {"fontSize": TEXT, "fontWeight": 600, **side}
        yield base.mark_text(color=PAPER, stroke=PAPER, strokeWidth=3, strokeOpacity=0.85, **look)
        yield base.mark_text(color=INK, **look)
