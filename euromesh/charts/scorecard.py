"""Charts of layer 3."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import FEDERATION, OTHERS

BASES: Final = {
    "owned.full_meur": "life-cycle cost",
    "owned.avoidable_meur": "power and displaced science",
    "owned.market_meur": "market rent",
}
TONNES: Final = [1e3, 2e3, 5e3, 1e4, 2e4, 5e4]


def cost_and_carbon(cards: pd.DataFrame) -> marks.Chart:
    """Cost against carbon by country; a line joins the two carbon bases."""
    data = cards.assign(code=cards["row"].str.upper())
    cost = alt.X("cost_meur:Q").title("cost of the run, million EUR").scale(zero=False, padding=14)
    base = alt.Chart(data).encode(x=cost)
    carbon = alt.Y("generation_tonnes:Q").title("tCO2e, generation to consumption")
    carbon = carbon.scale(type="log", nice=False, padding=14).axis(values=TONNES, format=",d")
    point = base.mark_point(color=FEDERATION, size=50).encode(y="generation_tonnes:Q")
    label = base.mark_text(align="left", dx=7).encode(y="generation_tonnes:Q", text="code")
    span = base.mark_rule(color=OTHERS, strokeWidth=3)
    head = "By country the cost of the run goes from"
    told = said.extremes(head, data, "code", "cost_meur", "{:.0f} million EUR")
    head = "Its carbon, by what a country generates, goes from"
    emitted = said.extremes(head, data, "code", "generation_tonnes", "{:,.0f} t")
    chart = span.encode(y=carbon, y2="consumption_tonnes:Q") + point + label
    return marks.finished(chart, "cost_and_carbon", told, emitted, height=380)


def scores(data: pd.DataFrame) -> marks.Chart:
    """Score of every country, the best first."""
    data = data.sort_values("score", ascending=False, kind="stable")
    x = alt.X("score:Q").title("geometric mean of four goalposts").axis(tickCount=6)
    told = said.each("From the best score to the worst:", data, "country", "score", "{:.2f}")
    chart = marks.bars(data, marks.rows("country"), x, ".2f")
    return marks.finished(chart, "scores", told, beside=170, height=22 * len(data))


def bill(figures: pd.DataFrame) -> marks.Chart:
    """Cost of the run on the public machines, by basis; nothing of a run that never finishes."""
    data = figures.assign(basis=figures["key"].map(BASES)).dropna(subset="basis")
    data = data[data["value"] < float("inf")]
    x = alt.X("value:Q").title("million EUR").axis(tickCount=6)
    told = said.each("By basis the run costs:", data, "basis", "value", "{:,.0f} million EUR")
    chart = marks.bars(data, marks.rows("basis"), x, ",.0f")
    return marks.finished(chart, "bill", told, beside=170, height=30 * len(data))
