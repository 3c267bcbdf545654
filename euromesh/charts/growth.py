"""The chart of what is in service, year by year."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import DOTS, FEDERATION, MUTED

LABELS: Final = {
    "operating": "operating",
    "under contract": "with contracts",
    "planned": "with plans",
}
COLOURS: Final = (FEDERATION, FEDERATION, MUTED)
DASHES: Final = ([1, 0], [6, 4], DOTS)
SHIFTS: Final = (0, 6, -6)  # pixels down of the names, so that close ends stay readable


def in_service(data: pd.DataFrame, as_of: str) -> marks.Chart:
    """Exaflops in service at the end of each year: operating, with contracts, with plans.

    Columns: year_end (a date), status (the last that counts), low, eflops, high. What lies after
    the date of the evidence is announced.
    """
    data = marks.dated(_parted(data), "year_end")
    data = data.assign(line=data["status"].map(LABELS))
    names, ticks = list(LABELS.values()), data["year_end"].unique().tolist()
    colours, dashes = (marks.meaning(names, by) for by in (COLOURS, DASHES))
    base = alt.Chart(data).encode(
        x=alt.X("year_end:T")
        .title("end of the year")
        .axis(format="%Y", values=ticks, labelFlush=False),
        color=alt.Color("line:N", scale=colours, legend=None),
    )
    bands = base.mark_area().encode(
        y=alt.Y("low:Q", title="EFLOP/s in service, dense BF16"),
        y2="high:Q",
        order=alt.Order("line:N", sort="descending"),
    )
    lines = base.mark_line().encode(
        y="eflops:Q",
        strokeDash=alt.StrokeDash("line:N", scale=dashes, legend=None),
        tooltip=[
            alt.Tooltip("line:N", title="machines"),
            alt.Tooltip("year_end:T", format="%Y", title="end of"),
            *(alt.Tooltip(f"{end}:Q", format=".1f") for end in ("low", "eflops", "high")),
        ],
    )
    day = pd.to_datetime(as_of)
    seen = alt.Chart(pd.DataFrame({"day": [day], "label": [f"seen by {day:%b %Y}"]}))
    today = seen.mark_text(align="right", dx=-5, color=MUTED)
    layers = [
        bands,
        seen.mark_rule(strokeDash=[2, 2]).encode(x="day:T"),
        today.encode(x="day:T", y=alt.value(8), text="label"),
        lines,
    ]
    for name, shift in zip(names, SHIFTS, strict=True):
        end = alt.Chart(data[data["line"] == name].tail(1))
        text = end.mark_text(align="left", dx=6, dy=shift, fontWeight=600)
        layers.append(text.encode(x="year_end:T", y="eflops:Q", text="line:N"))
    chart = alt.layer(*layers)
    return marks.finished(chart, "in_service", _told(data), beside=95, height=300)


def _told(data: pd.DataFrame) -> str:
    """The peak of each line with its year, and where it ends."""
    best = data.loc[data.groupby("line", sort=False)["eflops"].idxmax()]
    named = best.assign(named=best["line"] + best["year_end"].map(" at the end of {:%Y}".format))
    ends = marks.last(data, "line")
    return said.text(
        said.each(
            "What is in service is largest:", named, "named", "eflops", "with {:.1f} EFLOP/s"
        ),
        said.each("The chart ends at:", ends, "line", "eflops", "{:.1f} EFLOP/s"),
    )


def _parted(data: pd.DataFrame) -> pd.DataFrame:
    """Each line from the year in which it leaves the one below it."""
    wide = data.pivot(index="year_end", columns="status", values="high")[list(LABELS)]
    apart = wide.diff(axis=1).shift(-1).fillna(1.0).cummax() > 0
    apart["operating"] = True
    kept = apart.reset_index().melt("year_end", value_name="kept")
    return data.merge(kept[kept["kept"]].drop(columns="kept"), on=["year_end", "status"])
