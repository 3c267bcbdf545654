"""Charts of layer 3."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts import said
from euromesh.charts.shared import WIDTH, Chart, finished, step
from euromesh.charts.style import FEDERATION, OTHERS


def cost_and_carbon(data: pd.DataFrame) -> Chart:
    """Cost against carbon by country; a line joins the two carbon bases.

    Columns: country, meur, generation, consumption (tonnes).
    """
    base = alt.Chart(data).encode(
        x=alt.X(
            "meur:Q", title="cost of the run, million EUR", scale=alt.Scale(zero=False, padding=14)
        )
    )
    span = base.mark_rule(color=OTHERS, strokeWidth=3).encode(
        y=alt.Y(
            "generation:Q",
            title="tCO2e, generation to consumption",
            scale=alt.Scale(type="log", nice=False, padding=14),
            axis=alt.Axis(values=[1e3, 2e3, 5e3, 1e4, 2e4, 5e4], format=",d"),
        ),
        y2="consumption:Q",
    )
    point = base.mark_point(color=FEDERATION, size=50).encode(y="generation:Q")
    label = base.mark_text(align="left", dx=7).encode(y="generation:Q", text="country")
    return finished(
        (span + point + label),
        width=WIDTH,
        height=380,
        name="cost_and_carbon",
        description=_said_cost_and_carbon(data),
    )


def _said_cost_and_carbon(data: pd.DataFrame) -> str:
    """The ends of cost and of carbon."""
    cost = said.extremes(data, "country", "meur", "{:.0f} million EUR".format)
    carbon = said.extremes(data, "country", "generation", "{:,.0f} t".format)
    return said.text(
        said.sentence("By country the cost of the run goes from", cost),
        said.sentence("Its carbon, by what a country generates, goes from", carbon),
    )


def scores(data: pd.DataFrame) -> Chart:
    """Score of every country. Columns: country, score."""
    order = data.sort_values("score", ascending=False)["country"].tolist()
    base = alt.Chart(data).encode(
        y=alt.Y("country:N", sort=order, title=None),
        x=alt.X(
            "score:Q",
            title="geometric mean of four goalposts",
            scale=alt.Scale(domainMax=1),
            axis=alt.Axis(format=".1f", tickCount=5),
        ),
    )
    bars = base.mark_bar(color=FEDERATION)
    label = base.mark_text(align="left", dx=4).encode(text=alt.Text("score:Q", format=".2f"))
    return finished(
        (bars + label),
        width=WIDTH - 110,
        height=step(len(order), 22),
        name="scores",
        description=_said_scores(data),
    )


def _said_scores(data: pd.DataFrame) -> str:
    """The countries by their score."""
    order = data.sort_values("score", ascending=False, kind="stable")
    told = said.each(order, "country", "score", "with {:.2f}".format)
    return said.text(said.sentence("From the best score to the worst:", told))


def bill(data: pd.DataFrame) -> Chart:
    """Cost of the run on the public machines, by basis. Columns: basis, meur."""
    base = alt.Chart(data).encode(
        y=alt.Y("basis:N", sort=None, title=None),
        x=alt.X(
            "meur:Q",
            title="million EUR",
            scale=alt.Scale(domainMax=float(data["meur"].max()) * 1.12),
        ),
    )
    bars = base.mark_bar(color=FEDERATION)
    label = base.mark_text(align="left", dx=4).encode(text=alt.Text("meur:Q", format=",.0f"))
    return finished(
        (bars + label),
        width=WIDTH - 170,
        height=step(len(data), 34),
        name="bill",
        description=_said_bill(data),
    )


def _said_bill(data: pd.DataFrame) -> str:
    """The bill on every basis."""
    told = said.each(data, "basis", "meur", "{:,.0f} million EUR".format)
    return said.text(said.sentence("By basis the run costs:", told))
