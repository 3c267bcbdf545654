"""Charts of waiting: lead times as distributions, and what is filed."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import CAMPUS, INK, MUTED, PAPER, PERIODS

LOADS = {"40mw": "40 MW", "250mw": "250 MW", "1gw": "1 GW"}
SPOKEN = {
    "mean_of_centrals": "mean of central values",
    "median_of_centrals": "median of central values",
    "trimmed_mean": "mean without both extremes",
    "geometric_mean": "geometric mean",
    "mean_of_modes": "mean of likeliest values",
    "mean_of_means": "mean of expected waits",
    "mean_of_midpoints": "midpoints of P10 and P90",
    "triangular": "triangular law",
    "pert": "PERT",
    "swanson": "Swanson",
    "median_at_random": "median, region at random",
    "mean_without_weak": "mean without weak rows",
    "mean_by_electricity": "mean, by electricity used",
    "mean_over_tranches": "mean over the tranches",
}
FILED = ((CAMPUS, [1, 0]), (CAMPUS, [7, 4]), (INK, [1, 0]), (INK, [7, 4]))
"""Colour and dashes of what is filed: one campus twice, then several filings."""


def lead_quantiles(data: pd.DataFrame) -> marks.Chart:
    """Lead time by region and load: median, P10 to P90; weak rows have hollow dots."""
    data = data.assign(load=data["load"].map(LOADS))
    loads = list(LOADS.values())
    order = data[data["load"] == loads[-1]].sort_values("p50", kind="stable")["region"].tolist()
    colours = marks.meaning(loads, PERIODS[2::-1])
    base = alt.Chart(data).encode(
        y=marks.rows("region", order),
        yOffset=alt.YOffset("load:N", sort=loads),
        color=alt.Color("load:N", scale=colours),
    )
    years = alt.X("p10:Q", title="years from application to power")
    hole = base.transform_filter("datum.weak").mark_point(size=16, tooltip=None)
    chart = alt.layer(
        base.mark_rule(strokeWidth=5, opacity=0.6).encode(x=years, x2="p90:Q"),
        base.mark_point(size=55).encode(x="p50:Q", tooltip=["region", "load", "p10", "p50", "p90"]),
        hole.encode(x="p50:Q", color=alt.value(PAPER)),
    )
    head = "The median wait for {} goes from"
    told = said.by(data, "load", head, said.extremes, "region", "p50", "{:.1f} years")
    height = 44 * data["region"].nunique()
    return marks.finished(chart, "lead_quantiles", told, beside=92, height=height)


def power_by_year(data: pd.DataFrame) -> marks.Chart:
    """Probability of power within so many years, by what is filed. At most four choices.

    The first two choices are one campus, the others several filings.
    """
    colours, dashes = (
        marks.meaning(data["choice"].unique(), looks) for looks in zip(*FILED, strict=True)
    )
    legend = alt.Legend(columns=1, symbolType="stroke", symbolSize=500, labelLimit=300)
    odds = alt.Y("probability:Q").title("probability of power")
    lines = (
        alt.Chart(data)
        .mark_line()
        .encode(
            x=alt.X("years:Q").title("years from application to power").scale(nice=False),
            y=odds.axis(format=".0%", values=[0, 0.1, 0.5, 0.9, 1], grid=True),
            color=alt.Color("choice:N", scale=colours, legend=legend),
            strokeDash=alt.StrokeDash("choice:N", scale=dashes),
        )
    )
    even = said.reached(data, "choice", "years", "probability", 1 / 2)
    head = "Power is as likely as not:"
    told = said.each(head, even, "choice", "years", "after {:.1f} years")
    return marks.finished(lines, "power_by_year", told, height=300)


def estimators(data: pd.DataFrame, advertised: float) -> marks.Chart:
    """The mean wait by every estimator, beside the advertised one."""
    data = data.assign(estimator=data["estimator"].map(SPOKEN))
    order = data.sort_values("years")["estimator"].tolist()
    wait = alt.X("years:Q").title("years to power, a gigawatt").scale(zero=False, padding=10)
    base = alt.Chart(data).encode(y=marks.rows("estimator", order))
    text = alt.Text("years:Q", format=".1f")
    printed = pd.DataFrame({"years": [advertised], "label": [f"advertised: {advertised:g}"]})
    line = alt.Chart(printed).mark_rule(color=MUTED, strokeDash=[3, 3])
    name = alt.Chart(printed).mark_text(align="center", dy=-8)
    chart = alt.layer(
        line.encode(x="years:Q"),
        base.mark_point(size=70, color=CAMPUS).encode(x=wait),
        base.mark_text(align="left", dx=8).encode(x=alt.value("width"), text=text),
        name.encode(x="years:Q", y=alt.value(0), text="label", color=alt.value(MUTED)),
    )
    head = "By the estimator the mean wait goes from"
    told = said.extremes(head, data, "estimator", "years", "{:.2f} years")
    told = said.text(told, f"Advertised were {advertised:g} years.")
    return marks.finished(chart, "estimators", told, beside=230, height=24 * len(order))
