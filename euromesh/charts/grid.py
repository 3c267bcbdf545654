"""Charts of waiting: lead times as distributions, and plans against what happened."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, dated, finished, meaning, step
from euromesh.charts.style import CAMPUS, INK, MUTED, NEW_SITES, OTHERS, PAPER

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
DASHES = [[1, 0], [7, 4], [1, 0], [7, 4]]
LABELLED = 92  # pixels that the longest label of a region takes


def lead_quantiles(data: pd.DataFrame) -> Chart:
    """Lead time by region and load: median, P10 to P90, and tails; weak rows have hollow dots."""
    data = data.assign(load=data["load"].map(LOADS))
    loads = list(LOADS.values())
    order = data[data["load"] == loads[-1]].sort_values("p50", kind="stable")["region"].tolist()
    base = alt.Chart(data).encode(
        y=alt.Y("region:N", sort=order, title=None),
        yOffset=alt.YOffset("load:N", sort=loads),
        color=alt.Color("load:N", scale=meaning(loads, [NEW_SITES, OTHERS, CAMPUS])),
    )
    tails = base.mark_rule(strokeWidth=1).encode(
        x=alt.X("p05:Q", title="years from application to power"), x2="p95:Q"
    )
    middle = base.mark_rule(strokeWidth=5, opacity=0.45).encode(x="p10:Q", x2="p90:Q")
    point = base.mark_point(size=55).encode(
        x="p50:Q", tooltip=["region", "load", "p10", "p50", "p90"]
    )
    hole = (
        base.transform_filter("datum.weak")
        .mark_point(size=16, tooltip=None)
        .encode(x="p50:Q", color=alt.value(PAPER))
    )
    return finished(
        alt.layer(tails, middle, point, hole),
        width=WIDTH - LABELLED,
        height=step(data["region"].nunique(), 44),
        name="lead_quantiles",
        description=_said_lead_quantiles(data),
    )


def _said_lead_quantiles(data: pd.DataFrame) -> str:
    """The quickest and the slowest region for each load."""

    def told(load: str, rows: pd.DataFrame) -> str:
        span = said.extremes(rows, "region", "p50", "{:.1f} years".format)
        return said.sentence(f"The median wait for {load} goes from", span)

    return said.by(data, "load", told)


def power_by_year(data: pd.DataFrame) -> Chart:
    """Probability of power within so many years, by what is filed. At most four choices.

    The first two choices are one campus, the others several filings.
    """
    choices = data["choice"].unique().tolist()
    colours = [CAMPUS, CAMPUS, INK, INK][: len(choices)]
    lines = (
        alt.Chart(data)
        .mark_line()
        .encode(
            x=alt.X(
                "years:Q", title="years from application to power", scale=alt.Scale(nice=False)
            ),
            y=alt.Y(
                "probability:Q",
                title="probability of power",
                axis=alt.Axis(format=".0%", values=[0, 0.1, 0.5, 0.9, 1], grid=True),
            ),
            color=alt.Color(
                "choice:N",
                scale=meaning(choices, colours),
                legend=alt.Legend(columns=1, symbolType="stroke", symbolSize=500, labelLimit=300),
            ),
            strokeDash=alt.StrokeDash(
                "choice:N", scale=alt.Scale(domain=choices, range=DASHES[: len(choices)])
            ),
        )
    )
    return finished(
        lines, width=WIDTH, height=300, name="power_by_year", description=_said_power_by_year(data)
    )


def _said_power_by_year(data: pd.DataFrame) -> str:
    """When each choice has power at even odds."""
    even = said.reached(data, "choice", "years", "probability", 1 / 2)
    told = said.each(even, "choice", "years", "after {:.1f} years".format)
    return said.text(said.sentence("Power is as likely as not:", told))


def estimators(data: pd.DataFrame, advertised: float) -> Chart:
    """The mean wait by every estimator, beside the advertised one."""
    data = data.assign(estimator=data["estimator"].map(SPOKEN))
    order = data.sort_values("years")["estimator"].tolist()
    base = alt.Chart(data).encode(
        y=alt.Y("estimator:N", sort=order, title=None),
        x=alt.X(
            "years:Q",
            title="years to power, a gigawatt",
            scale=alt.Scale(zero=False, padding=22),
        ),
    )
    point = base.mark_point(size=70, color=CAMPUS)
    text = base.encode(text=alt.Text("years:Q", format=".1f"))
    halo = text.mark_text(align="left", dx=8, stroke=PAPER, strokeWidth=5)
    label = text.mark_text(align="left", dx=8)
    printed = alt.Chart(
        pd.DataFrame({"years": [advertised], "label": [f"advertised: {advertised:g}"]})
    )
    line = printed.mark_rule(color=MUTED, strokeDash=[3, 3]).encode(x="years:Q")
    name = printed.mark_text(align="center", dy=-8).encode(
        x="years:Q", y=alt.value(0), text="label", color=alt.value(MUTED)
    )
    return finished(
        alt.layer(line, point, halo, label, name),
        width=WIDTH - 200,
        height=step(len(order), 24),
        name="estimators",
        description=_said_estimators(data, advertised),
    )


def _said_estimators(data: pd.DataFrame, advertised: float) -> str:
    """The range of the estimators, beside the advertised mean."""
    span = said.extremes(data, "estimator", "years", "{:.2f} years".format)
    told = said.sentence("By the estimator the mean wait goes from", span)
    return said.text(told, f"Advertised were {advertised:g} years.")


def milestones(data: pd.DataFrame, description: str) -> Chart:
    """What was planned, what happened and what is expected, an event a row, in their order.

    Columns: event, planned_from, planned_on, happened_on, expected_from, expected_on, expected_to
    (dates; blank where there is none). The dashed line runs from the last planned day to the
    event: the delay.
    """
    data = dated(data, *data.columns[1:])
    base = alt.Chart(data).encode(y=alt.Y("event:N", sort=data["event"].tolist(), title=None))
    delay = (
        base.transform_filter("datum.planned_on && datum.happened_on > datum.planned_on")
        .mark_rule(color=MUTED, strokeDash=[3, 3])
        .encode(x="planned_on:T", x2="happened_on:T")
    )
    return finished(
        alt.layer(delay, *_expected(base), *_known(base)),
        width=WIDTH - 190,
        height=step(len(data), 28),
        name="milestones",
        description=description,
    )


def _known(base: alt.Chart) -> tuple[alt.Chart, alt.Chart, alt.Chart]:
    """The span of each plan and the day of each event."""
    colour = alt.Color("what:N", scale=meaning(["planned", "happened"], [OTHERS, INK]))
    years = alt.X(
        "planned_from:T",
        title=None,
        scale=alt.Scale(padding=14),
        axis=alt.Axis(format="%Y", tickCount="year"),
    )
    planned = _with(base, "planned")
    span = planned.mark_rule(strokeWidth=9, strokeCap="round")
    end = planned.mark_point(size=64)  # a plan of one day has no length
    dot = _with(base, "happened").mark_point(size=70)
    return (
        span.encode(x=years, x2="planned_on:T", color=colour),
        end.encode(x="planned_on:T", color=colour),
        dot.encode(x="happened_on:T", color=colour),
    )


def _expected(base: alt.Chart) -> tuple[alt.Chart, alt.Chart, alt.Chart]:
    """The range of each day that is expected, the day, and its name."""
    shown = _with(base, "expected")
    span = shown.mark_rule(color=MUTED, strokeWidth=2)
    dot = shown.mark_point(size=70, filled=False, color=INK, strokeWidth=2)
    label = alt.Text("expected_on:T", format="expected %B %Y")
    return (
        span.encode(x="expected_from:T", x2="expected_to:T"),
        dot.encode(x="expected_on:T"),
        shown.mark_text(dy=-13).encode(x="expected_on:T", text=label),
    )


def _with(base: alt.Chart, what: str) -> alt.Chart:
    """The rows that have a day of this kind, with the kind as their column `what`."""
    shown = base.transform_filter(f"datum.{what}_on")
    named: alt.Chart = shown.transform_calculate(what=f"'{what}'")
    return named
