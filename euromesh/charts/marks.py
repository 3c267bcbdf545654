"""Pieces that several charts share: dates, scales, routes, bars, and names at the ends of lines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, Final, TypeAlias

import altair as alt
import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from euromesh.charts import said, style, tips
from euromesh.charts.style import COLOURS, FEDERATION, INK, MUTED
from euromesh.facts.tables import NEVER
from euromesh.routes import ROUTES

Chart: TypeAlias = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart
Look: TypeAlias = dict[str, Any]
Layers: TypeAlias = list[alt.Chart]

WIDTH: Final = 620  # pixels, of a chart with all that stands beside it
LINE: Final = 17  # pixels from one name to the next
LEADER: Final = pd.Timedelta(days=150)  # from the end of a line to its name
COLOUR_OF: Final = {kind.label: COLOURS[kind.colour] for kind in ROUTES.values()}
SECOND: Final = alt.TimeIntervalStep(interval="year", step=2)  # ticks of a long axis
DECADES: Final = "'1e' + format(log(datum.value) / LN10, '.0f')"  # labels of a logarithmic axis


def finished(chart: Any, name: str, *told: str, height: int, beside: int = 0) -> Chart:
    """The chart with its name, the sentences of its alternative text (the finding) and its size.

    So many pixels of the width are left for what stands beside it.
    """
    size = {"width": WIDTH - beside, "height": height}
    carried = {"columns": tips.about(chart)}
    done: Chart = chart.properties(
        name=name, description=said.text(*told), usermeta=carried, **size
    )
    return done


# --- values --------------------------------------------------------------------------------------


def dated(data: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The same table with these columns as dates that a chart can place."""
    return data.assign(**{name: pd.to_datetime(data[name]) for name in columns})


def placed(data: pd.DataFrame, horizon: str, *columns: str) -> pd.DataFrame:
    """The same table with these columns as dates; what never comes stands at the horizon."""
    ends = {name: data[name].replace(NEVER, horizon) for name in columns}
    return dated(data.assign(**ends), *columns)


def spoken(days: pd.Series[Any], spec: str = "%b %Y") -> pd.Series[Any]:
    """Dates in words, and never as it is."""
    return days.map(lambda day: day if day == NEVER else f"{date.fromisoformat(day):{spec}}")


def brief(data: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """These columns alone, their numbers to five digits: what a page must load."""
    shown = data[[*columns]]
    numbers = shown.select_dtypes(float).map(lambda value: float(f"{value:.5g}"))
    return shown.assign(**{str(name): numbers[name] for name in numbers})


def last(data: pd.DataFrame, line: str = "route") -> pd.DataFrame:
    """The last row of every line."""
    return data.groupby(line, sort=False).tail(1)


# --- scales --------------------------------------------------------------------------------------


def meaning(names: Iterable[str], looks: Iterable[Any]) -> alt.Scale:
    """A scale that gives each category its colour, shape or dashes."""
    told = dict(zip(names, looks, strict=False))
    return alt.Scale(domain=list(told), range=list(told.values()))


def rows(column: str, order: list[str] | None = None) -> alt.Y:
    """A category a row, in this order or in that of the table."""
    return alt.Y(f"{column}:N", sort=order, title=None)


def route_colour() -> alt.Color:
    """The colour of a route, the same in every chart. Column: route."""
    scale = meaning(COLOUR_OF, COLOUR_OF.values())
    return alt.Color("route:N", scale=scale, legend=None)


def route_dash() -> alt.StrokeDash:
    """The dash of a route, which tells it from those of like lightness. Column: route."""
    dashes = [style.ROUTES[kind.colour][2] for kind in ROUTES.values()]
    return alt.StrokeDash("route:N", scale=meaning(COLOUR_OF, dashes), legend=None)


# --- marks ---------------------------------------------------------------------------------------


def bars(data: pd.DataFrame, y: alt.Y, x: alt.X, form: str, **encoding: Any) -> Chart:
    """A bar a row, its value beside it; the bars leave room for it."""
    value = str(x.shorthand)
    most = float(data[value.removesuffix(":Q")].max()) * 1.3 if len(data) else 1.0
    base = alt.Chart(data).encode(y=y, x=x.scale(domainMax=most), text=alt.Text(value, format=form))
    drawn = base.mark_bar(color=FEDERATION).encode(**encoding)
    return alt.layer(drawn, base.mark_text(align="left", dx=5))


def heads(data: pd.DataFrame, column: str, order: list[str], dy: float, right: str = "") -> Layers:
    """The names of rows above what is drawn in them, so that a phone has room for both.

    At the right end of each stands what its column `right` says.
    """
    y = rows(column, order).axis(None)
    base = alt.Chart(data.drop_duplicates(column)).encode(y=y)
    name = base.mark_text(align="left", dy=dy, color=INK)
    layers = [name.encode(x=alt.value(0), text=f"{column}:N")]
    if right:
        told = base.mark_text(align="right", dy=dy, color=MUTED)
        layers.append(told.encode(x=alt.value("width"), text=f"{right}:N"))
    return layers


def spread(heights: pd.Series[float], gap: float) -> pd.Series[float]:
    """Heights moved at least `gap` apart: in the same order, and as little as squares allow."""
    rising = heights.sort_values()
    steps = gap * np.arange(len(rising))
    moved = isotonic_regression(rising.to_numpy() - steps).x if len(rising) else steps
    return pd.Series(moved + steps, index=rising.index)


def apart(
    data: pd.DataFrame, column: str, span: tuple[float, float], pixels: int, *, log: bool = False
) -> pd.DataFrame:
    """The last row of every route, at a height at which its name covers no other.

    The span is what is drawn so many pixels high; of powers of ten if logarithmic.
    """
    ends = last(data)
    heights = np.log10(ends[column]) if log else ends[column]
    moved = spread(heights.clip(*span), LINE * (span[1] - span[0]) / pixels)
    return ends.assign(**{column: 10**moved if log else moved})


def beside(names: pd.DataFrame) -> pd.DataFrame:
    """Names that stand behind the ends of their lines."""
    return names.assign(date=names["date"] + LEADER)


def years() -> alt.X:
    """Dates on an axis with every second year."""
    return alt.X("date:T").title(None).axis(format="%Y", tickCount=SECOND).scale(nice=False)


def named_lines(data: pd.DataFrame, names: pd.DataFrame, y: alt.Y) -> Layers:
    """A line a route, and a thin leader to its name. Columns: route, date, and that of `y`."""
    base = alt.Chart(data).encode(x=years(), y=y, color=route_colour())
    lines = base.mark_line(clip=True).encode(strokeDash=route_dash())
    return [lines, *leaders(data, names, y)]


def leaders(data: pd.DataFrame, names: pd.DataFrame, y: alt.Y) -> Layers:
    """The names behind the lines of routes, each with a thin line from the end of its own."""
    lines = alt.Chart(pd.concat([last(data), names])).mark_line(strokeWidth=0.8, tooltip=None)
    texts = alt.Chart(names).mark_text(align="left", dx=4, color=INK)
    x = alt.X("date:T")
    return [
        lines.encode(x=x, y=y, color=route_colour()),
        texts.encode(x=x, y=y, text="route:N"),
    ]
