"""Charts of the written pages: drawn from the results of a run, by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, Final, TypeAlias

import altair as alt
import pandas as pd

from euromesh import units as u
from euromesh.charts import marks
from euromesh.charts.style import INK, MUTED, OTHERS, PAPER, PERIODS
from euromesh.routes import ROUTES, YEARS

ROW: Final = 54  # pixels, of a route
BAR: Final = 22
LEAST: Final = 7  # in 100: a narrower part has no room for two digits
BEFORE_THE_TICK: Final = (  # the end of a part, or the tick where a number would lie on it
    f"datum.end > 50 && datum.end < {50 + LEAST} && datum.start <= {50 - LEAST} ? 50 : datum.end"
)
EXPECTED: Final = ("expected_from", "expected_on", "expected_to")
END: Final[Mapping[str, Callable[[str], date]]] = {  # the day that a date of a month stands for
    "planned_from": u.first_day,
    "planned_on": u.last_day,
    "happened_on": u.last_day,
}
Values: TypeAlias = Mapping[str, Any]  # results and parameters of a run, by key


def odds(values: Values) -> marks.Chart:
    """The odds that a route has finished by the end of some years, the likeliest date first.

    One bar a route, stacked by period; the number at the end of a part is the odds by then, that
    in the last part the odds of never.
    """
    data = _odds(values, int(values["race.horizon"][:4]))
    periods, routes = data["period"].unique().tolist(), data["route"].unique().tolist()
    base = alt.Chart(data).encode(
        y=marks.rows("route", routes).axis(None),
        tooltip=["route:N", "period:N", alt.Tooltip("odds:Q", title="in 100", format=".0f")],
    )
    x = alt.X("start:Q").title("odds out of 100").scale(domain=[0, 100], nice=False)
    shades = marks.meaning(periods, [*PERIODS[: len(periods) - 1], PAPER])
    legend = alt.Legend(columns=3, columnPadding=8, symbolType="square", symbolStrokeColor=MUTED)
    bars = base.mark_bar(
        height=BAR, cornerRadius=0, yOffset=ROW / 6, stroke=MUTED, strokeWidth=0.6
    ).encode(
        x=x.axis(values=[0, 25, 50, 75, 100]),
        x2="end:Q",
        color=alt.Color("period:N", sort=periods, scale=shades, legend=legend),
    )
    wide = base.transform_filter(f"datum.end - datum.start >= (datum.odds < 9.5 ? 4 : {LEAST})")
    numbers = wide.transform_calculate(at=BEFORE_THE_TICK)
    numbers = numbers.mark_text(align="right", dx=-4, yOffset=ROW / 6)
    dark = alt.FieldOneOfPredicate("period", periods[:2])  # take light letters
    half = base.mark_tick(color=INK, thickness=1.5, size=BAR + 8, yOffset=ROW / 6)
    heads = alt.Chart(data.drop_duplicates("route")).encode(y=alt.Y("route:N", sort=routes))
    above: marks.Look = {"baseline": "bottom", "dy": -ROW / 9}
    names = heads.mark_text(align="left", color=INK, fontWeight=600, **above)
    likely = heads.mark_text(align="right", color=MUTED, **above)
    chart = alt.layer(
        bars,
        numbers.encode(
            x=alt.X("at:Q"),
            text=alt.Text("odds:Q", format=".0f"),
            color=alt.condition(dark, alt.value(PAPER), alt.value(INK)),
        ),
        half.transform_filter(alt.datum.period == periods[-1]).encode(x=alt.datum(50)),
        names.encode(x=alt.value(0), text="route:N"),
        likely.encode(x=alt.value("width"), text="likely:N"),
    )
    told = "; ".join(data.drop_duplicates("route")["summary"])
    return marks.finished(chart, "odds", told, height=ROW * len(routes))


def _odds(values: Values, last: int) -> pd.DataFrame:
    """A row for every part of every bar; the routes by their likely date, never last."""
    years = [year for year in YEARS if year < last]
    periods = [f"by the end of {[*years, last][0]}", *map(str, [*years, last][1:]), "never"]
    rows = []
    for name in sorted(
        ROUTES, key=lambda name: (values[f"{name}.finish_p50"], values[f"{name}.finish_date"])
    ):
        never = 100 * values[f"{name}.never_share"]
        done = [100 * values[f"{name}.odds_by_{year}"] for year in years]
        label, likely = ROUTES[name].label, f"likely: {_month(values[f'{name}.finish_p50'])}"
        summary = f"{label}: {likely}, never in {never:.0f} of 100"
        ends = pairwise([0, *done, 100 - never, 100])
        for period, (start, end) in zip(periods, ends, strict=True):
            share = never if period == "never" else end
            rows.append((label, likely, summary, period, start, end, share))
    return pd.DataFrame(
        rows, columns=["route", "likely", "summary", "period", "start", "end", "odds"]
    )


def gigafactories(values: Values) -> marks.Chart:
    """The programme of AI gigafactories, an event a row: planned, happened, expected.

    The dashed line runs from the last planned day to the event: the delay.
    """
    data = _events(values)
    first, central, last = (_month(data[name].iloc[-1]) for name in EXPECTED)
    told = (
        f"{values['gigafactory.plans_missed']} plans were missed before the call came; "
        f"operation is expected in {central}, from {first} to {last}."
    )
    data = data.assign(**{name: data[name].map(END[name], na_action="ignore") for name in END})
    data = marks.dated(data, *data.columns[1:])
    data["told"] = (
        data["expected_on"].map("expected {:%B %Y}".format, na_action="ignore").fillna("")
    )
    events = data["event"].tolist()
    base = alt.Chart(data).encode(y=marks.rows("event", events).axis(None))
    planned, happened, expected = (
        base.transform_filter(f"datum.{what}_on").transform_calculate(what=f"'{what}'")
        for what in ("planned", "happened", "expected")
    )
    late = base.transform_filter("datum.planned_on && datum.happened_on > datum.planned_on")
    look: marks.Look = {"yOffset": 7}
    delay = late.mark_rule(color=MUTED, strokeDash=[3, 3], **look)
    scale = marks.meaning(["planned", "happened"], [OTHERS, INK])
    colour = alt.Color("what:N", scale=scale, legend=alt.Legend(columns=1))
    years = alt.X("planned_from:T").title(None).scale(padding=14)
    chart = alt.layer(
        delay.encode(x="planned_on:T", x2="happened_on:T"),
        expected.mark_rule(color=MUTED, strokeWidth=2, **look).encode(
            x="expected_from:T", x2="expected_to:T"
        ),
        expected.mark_point(size=70, filled=False, color=INK, strokeWidth=2, **look).encode(
            x="expected_on:T"
        ),
        planned.mark_rule(strokeWidth=9, strokeCap="round", **look).encode(
            x=years.axis(format="%Y", tickCount="year"), x2="planned_on:T", color=colour
        ),
        planned.mark_point(size=64, **look).encode(
            x="planned_on:T", color=colour
        ),  # a plan of one day
        happened.mark_point(size=70, **look).encode(x="happened_on:T", color=colour),
        *marks.heads(data, "event", events, -9, "told"),
    )
    return marks.finished(chart, "milestones", told, height=34 * len(data))


def _events(values: Values) -> pd.DataFrame:
    """What was planned and happened, in order; then selection and operation, which are ahead."""
    rows = [
        key.removesuffix(".name") for key in values if re.fullmatch(r"milestones\..*\.name", key)
    ]
    known = [tuple(values[f"{row}.{column}"] for column in ("name", *END)) for row in rows]
    known.sort(key=lambda row: (row[3] or row[2] or "", row[1] or ""))
    selected = [values[f"gigafactory.selected_on.{end}"] for end in ("low", "high")]
    ends = ("_on_paper", "_earliest", "", "_latest")
    paper, *expected = (values[f"gigafactory.operation_date{end}"] for end in ends)
    return pd.DataFrame(
        [
            *(row + (None,) * 3 for row in known),
            ("Selection of the sites", *selected, None, None, None, None),
            ("Operation", paper, paper, None, *expected),
        ],
        columns=["event", *END, *EXPECTED],
    )


def _month(day: str) -> str:
    return "never" if day == "never" else f"{pd.Timestamp(day):%B %Y}"


CHARTS: Final[dict[str, Callable[[Values], marks.Chart]]] = {
    "odds": odds,
    "gigafactories": gigafactories,
}
