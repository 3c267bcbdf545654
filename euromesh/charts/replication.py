"""Charts of the original study."""

from __future__ import annotations

from typing import Final

import altair as alt
import pandas as pd

from euromesh.charts import marks, said
from euromesh.charts.style import OTHERS
from euromesh.routes import ROUTES

RACED: Final = {"mesh": ROUTES["new_medium"].label, "campus": ROUTES["campus"].label}


def original_dates(data: pd.DataFrame) -> marks.Chart:
    """The original's dates of both routes, by scenario."""
    data = data.rename(columns=RACED).melt("row", [*RACED.values()], "route", "date")
    data = marks.dated(data, "date")
    base = alt.Chart(data).encode(y=marks.rows("row"))
    span = base.mark_line(strokeWidth=2, color=OTHERS)
    legend = alt.Legend(values=list(RACED.values()))
    colour = marks.route_colour().legend(legend)
    shapes = ["circle" if label == RACED["campus"] else "square" for label in marks.COLOUR_OF]
    shape = alt.Shape("route:N", legend=legend, scale=marks.meaning(marks.COLOUR_OF, shapes))
    point = base.mark_point(size=110).encode(x="date:T", color=colour, shape=shape)
    dates = alt.X("date:T").title(None).axis(format="%Y", tickCount="year").scale(padding=10)
    head = "In the {} scenario deliver:"
    told = said.by(data, "row", head, said.each, "route", "date", "in {:%B %Y}")
    chart = span.encode(x=dates, detail="row:N") + point
    return marks.finished(chart, "original_dates", told, beside=90, height=138)
