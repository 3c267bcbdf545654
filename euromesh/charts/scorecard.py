"""Charts of layer 3."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import FEDERATION, OTHERS

TONNES: Final = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4]
LOWER: Final = 7  # pixels of a mark from the middle of its row


def cost_and_carbon(cards: pd.DataFrame) -> marks.Chart:
    """Carbon of the run by country, the least first, with its cost beside.

    A line joins what a country generates, the dot, and what it consumes.
    """
    data = cards.sort_values("generation_tonnes", kind="stable")
    data = data.assign(cost=[f"{cost:.0f} million EUR" for cost in data["cost_meur"]])
    order = data["country"].tolist()
    tonnes = alt.X("generation_tonnes:Q").title("tCO2e of the run")
    tonnes = tonnes.scale(type="log", nice=False, padding=10)
    base = alt.Chart(data).encode(
        y=marks.rows("country", order).axis(None),
        tooltip=["country", "cost", "generation_tonnes:Q", "consumption_tonnes:Q"],
    )
    span = base.mark_rule(color=OTHERS, strokeWidth=3, yOffset=LOWER)
    chart = alt.layer(
        span.encode(
            x=tonnes.axis(values=TONNES, format=",d", grid=True), x2="consumption_tonnes:Q"
        ),
        base.mark_point(color=FEDERATION, size=60, yOffset=LOWER).encode(x="generation_tonnes:Q"),
        *marks.heads(data, "country", order, -LOWER, "cost"),
    )
    head = "By country the cost of the run goes from"
    told = said.extremes(head, data, "country", "cost_meur", "{:.0f} million EUR")
    head = "Its carbon, by what a country generates, goes from"
    emitted = said.extremes(head, data, "country", "generation_tonnes", "{:,.0f} t")
    return marks.finished(chart, "cost_and_carbon", told, emitted, height=32 * len(order))


def scores(data: pd.DataFrame) -> marks.Chart:
    """Score of every country, the best first."""
    data = data.sort_values("score", ascending=False, kind="stable")
    x = alt.X("score:Q").title("geometric mean of four goalposts").axis(tickCount=6)
    told = said.each("From the best score to the worst:", data, "country", "score", "{:.2f}")
    chart = marks.bars(data, marks.rows("country"), x, ".2f")
    return marks.finished(chart, "scores", told, beside=170, height=22 * len(data))
