"""Charts of layer 3."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.bars import bars
from euromesh.charts.shared import WIDTH, Chart, finished
from euromesh.charts.style import FEDERATION, OTHERS

BASES: Final = {
    "owned.full_meur": "life-cycle cost",
    "owned.avoidable_meur": "power and displaced science",
    "owned.market_meur": "market rent",
}


def cost_and_carbon(cards: pd.DataFrame) -> Chart:
    """Cost against carbon by country; a line joins the two carbon bases."""
    data = cards.assign(code=cards["row"].str.upper())
    cost = alt.Scale(zero=False, padding=14)
    base = alt.Chart(data).encode(
        x=alt.X("cost_meur:Q", title="cost of the run, million EUR", scale=cost)
    )
    span = base.mark_rule(color=OTHERS, strokeWidth=3).encode(
        y=alt.Y(
            "generation_tonnes:Q",
            title="tCO2e, generation to consumption",
            scale=alt.Scale(type="log", nice=False, padding=14),
            axis=alt.Axis(values=[1e3, 2e3, 5e3, 1e4, 2e4, 5e4], format=",d"),
        ),
        y2="consumption_tonnes:Q",
    )
    point = base.mark_point(color=FEDERATION, size=50).encode(y="generation_tonnes:Q")
    label = base.mark_text(align="left", dx=7).encode(y="generation_tonnes:Q", text="code")
    return finished(
        span + point + label,
        width=WIDTH,
        height=380,
        name="cost_and_carbon",
        description=_said_cost_and_carbon(data),
    )


def _said_cost_and_carbon(data: pd.DataFrame) -> str:
    """The ends of cost and of carbon."""
    cost = said.extremes(data, "code", "cost_meur", "{:.0f} million EUR".format)
    carbon = said.extremes(data, "code", "generation_tonnes", "{:,.0f} t".format)
    return said.text(
        said.sentence("By country the cost of the run goes from", cost),
        said.sentence("Its carbon, by what a country generates, goes from", carbon),
    )


def scores(data: pd.DataFrame) -> Chart:
    """Score of every country, the best first."""
    return bars(
        data.sort_values("score", ascending=False, kind="stable"),
        "country",
        "score",
        name="scores",
        head="From the best score to the worst:",
        title="geometric mean of four goalposts",
        form=".2f",
    )


def bill(figures: pd.DataFrame) -> Chart:
    """Cost of the run on the public machines, by basis; nothing of a run that never finishes."""
    data = figures.assign(basis=figures["key"].map(BASES)).dropna(subset="basis")
    return bars(
        data[data["value"] < float("inf")],
        "basis",
        "value",
        name="bill",
        head="By basis the run costs:",
        title="million EUR",
        form=",.0f",
        unit="million EUR",
    )
