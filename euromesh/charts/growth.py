"""The chart of what is in service, year by year."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning
from euromesh.charts.style import FEDERATION, MUTED

LABELS: Final = {
    "operating": "operating",
    "under contract": "with contracts",
    "planned": "with plans",
}
COLOURS: Final = (FEDERATION, FEDERATION, MUTED)
DASHES: Final = ([1, 0], [6, 4], [2, 3])
LABEL_SHIFTS: Final = (0, 6, -6)  # pixels down, so that close ends stay readable
RIGHT: Final = 95  # pixels for the names of the lines


def in_service(data: pd.DataFrame, as_of: str) -> Chart:
    """Exaflops in service at the end of each year: operating, with contracts, with plans.

    Columns: year_end (a date), status (the last that counts), low, eflops, high. What lies after
    the date of the evidence is announced.
    """
    data = dated(_parted(data), "year_end")
    data = data.assign(line=data["status"].map(LABELS))
    names, ticks = list(LABELS.values()), data["year_end"].unique().tolist()
    years = alt.Axis(format="%Y", values=ticks, labelFlush=False)
    base = alt.Chart(data).encode(
        x=alt.X("year_end:T", title="end of the year", axis=years),
        color=alt.Color("line:N", scale=meaning(names, COLOURS), legend=None),
    )
    bands = base.mark_area().encode(
        y=alt.Y("low:Q", title="EFLOP/s in service, dense BF16"),
        y2="high:Q",
        order=alt.Order("line:N", sort="descending"),
    )
    dashes = alt.Scale(domain=names, range=DASHES)
    lines = base.mark_line().encode(
        y="eflops:Q",
        strokeDash=alt.StrokeDash("line:N", scale=dashes, legend=None),
        tooltip=[
            alt.Tooltip("line:N", title="machines"),
            alt.Tooltip("year_end:T", format="%Y", title="end of"),
            *(alt.Tooltip(f"{end}:Q", format=".1f") for end in ("low", "eflops", "high")),
        ],
    )
    ends = [
        _end(data[data["line"] == name], shift)
        for name, shift in zip(names, LABEL_SHIFTS, strict=True)
    ]
    return finished(
        alt.layer(bands, *_today(as_of), lines, *ends),
        name="in_service",
        description=_said_in_service(data),
        width=WIDTH - RIGHT,
        height=300,
    )


def _said_in_service(data: pd.DataFrame) -> str:
    """The peak of each line with its year, and where it ends."""
    by_line = data.groupby("line", sort=False)["eflops"]
    best = data.loc[by_line.idxmax()] if len(data) else data
    named = best.assign(named=best["line"] + best["year_end"].map(" at the end of {:%Y}".format))
    peaks = said.each(named, "named", "eflops", "with {:.1f} EFLOP/s".format)
    ends = said.last(data, "line", "year_end")
    return said.text(
        said.sentence("What is in service is largest:", peaks),
        said.sentence(
            "The chart ends at:", said.each(ends, "line", "eflops", "{:.1f} EFLOP/s".format)
        ),
    )


def _parted(data: pd.DataFrame) -> pd.DataFrame:
    """Each line from the year in which it leaves the one below it."""
    wide = data.pivot(index="year_end", columns="status", values="high")[list(LABELS)]
    apart = wide.diff(axis=1).shift(-1).fillna(1.0).cummax() > 0
    apart["operating"] = True
    kept = apart.reset_index().melt("year_end", value_name="kept")
    return data.merge(kept[kept["kept"]].drop(columns="kept"), on=["year_end", "status"])


def _today(as_of: str) -> tuple[alt.Chart, alt.Chart]:
    """The line between what was seen and what is announced, and its name."""
    day = pd.to_datetime(as_of)
    base = alt.Chart(pd.DataFrame({"day": [day], "label": [f"seen by {day:%b %Y}"]}))
    rule = base.mark_rule(strokeDash=[2, 2]).encode(x="day:T")
    name = base.mark_text(align="right", dx=-5, color=MUTED)
    return rule, name.encode(x="day:T", y=alt.value(8), text="label")


def _end(line: pd.DataFrame, shift: int) -> alt.Chart:
    """The name of a line at its end."""
    text = alt.Chart(line.tail(1)).mark_text(align="left", dx=6, dy=shift, fontWeight=600)
    written: alt.Chart = text.encode(x="year_end:T", y="eflops:Q", text="line:N")
    return written
