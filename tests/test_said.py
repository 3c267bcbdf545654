"""Alternative texts where the central run shows none: without rows, and of what never comes.

What they say of the central run, the digests of the stored notebooks hold.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pandas as pd
import pytest

from euromesh.charts import (
    compute,
    federation,
    frontier,
    grid,
    marks,
    parts,
    race,
    replication,
    said,
    scorecard,
    uncertainty,
)
from euromesh.charts import map as europe
from euromesh.charts.render import identify

DAYS: Final = ("2028-07-25", "2030-01-31", "2036-01-02")
DAY: Final = pd.Timestamp(DAYS[0])
END: Final = "2040-12-31"
NEVER: Final = float("inf")


def table(heads: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=heads.split())


TREND: Final = table(
    "date low central high in_class", *((day, 1e27, 2e27, 3e27, 2e26) for day in DAYS)
)
LAGS: Final = "flop lag_months lag_low lag_high"
LLAMA: Final = table("run date flop", ("Llama", "2024-07-23", 3.8e25))
TOLD: Final[dict[str, tuple[Callable[..., Any], pd.DataFrame, str]]] = {
    "utilization": (
        partial(federation.utilization, known=table("gbit_per_s label", (8.0, "seen"))),
        table(
            "gbit_per_s method utilization",
            *((1.0, "planned", 0.2), (30.0, "planned", 1.0), (30.0, "diloco", 0.5)),
        ),
        "planned from 28 Gbit/s; DiLoCo never",
    ),
    "parts": (
        parts.parts,
        table(
            "route part start end days",
            ("leased hall", "institutions", *DAYS[:2], 551.0),
            ("leased hall", "compute", DAYS[1], "never", NEVER),
        ),
        "never. The longest part before takes: the leased hall (institutions) 18.1 months.",
    ),
    "equal_terms": (
        partial(parts.equal_terms, horizon=END),
        table(
            "terms route planned date",
            ("bill", "leased hall", "2029-01-31", DAYS[1]),
            ("bill", "public machines", DAYS[0], DAYS[0]),
            ("bill", "signed projects", "2028-07-01", "never"),
        ),
        "equal bill, are: public machines in Jul 2028; leased hall in Jan 2030.",
    ),
}
BLANK: Final[dict[Callable[..., Any], str]] = {  # a chart, and what its rows hold
    partial(compute.hosts, n=5): "city status low eflops high",
    federation.chain: "stage eflops",
    federation.subset: "sites eflops",
    federation.without: "place loss",
    federation.week: "place start_hours end_hours state",
    federation.days: "row low median high closed",
    partial(
        federation.scaling, curves=table("run crowding mfu low high")
    ): "run n_accel crowding mfu",
    lambda runs: frontier.moving(TREND, runs, LLAMA): f"route date {LAGS}",
    partial(frontier.lags, allowed=table("low central high")): f"route date {LAGS}",
    partial(frontier.crossings, target_flop=3.8e25): "rival share decided flop at_least lag_months",
    partial(frontier.programme, TREND): "route model date flop",
    partial(race.finish_spread, horizon=END): "route planned p10 p50 p90 never",
    partial(race.changes, planned=DAYS[0], horizon=END, most=12): "change date",
    grid.lead_quantiles: "region load p05 p10 p50 p90 p95 weak",
    grid.power_by_year: "years choice probability",
    partial(grid.estimators, advertised=7.6): "estimator years",
    partial(europe.machines, countries=[], named=1): "city status eflops latitude longitude",
    parts.c_stars: "first second lead lead_bound again",
    partial(race.accrual, runs=table("row flop", ("llama_405b", 3.8e25))): "route date flop",
    race.promises: "project mw stage announced power years raced",
    replication.original_dates: "row mesh campus gap",
    scorecard.cost_and_carbon: "country cost_meur generation_tonnes consumption_tonnes",
    scorecard.scores: "country score",
    uncertainty.curves: "route date share never",
    partial(
        uncertainty.orders, "orders"
    ): "name outcome first first_low first_high total total_low",
    uncertainty.tornado: "name range outcome low high mean swing se",
    uncertainty.convergence: "draws way error estimate times",
}


def text(chart: Callable[[pd.DataFrame], Any], data: pd.DataFrame) -> str:
    return identify(chart(data).to_dict())[1]


@pytest.mark.parametrize("name", TOLD)
def test_a_text_holds_what_comes_and_says_so_without_rows(name: str) -> None:
    chart, data, found = TOLD[name]
    told, blank = text(chart, data), text(chart, data.iloc[:0])
    assert found in told and found not in blank
    assert told.endswith(".") and blank.endswith(".")


@pytest.mark.parametrize(("chart", "heads"), BLANK.items())
def test_a_chart_without_rows_says_so(chart: Callable[..., Any], heads: str) -> None:
    kinds = {head: float if head == "eflops" else object for head in heads.split()}
    told = text(chart, pd.DataFrame({head: pd.Series(dtype=kind) for head, kind in kinds.items()}))
    assert told.startswith(
        (said.NOTHING, "Advertised were 7.6 years.", "The chart ends at: the trend")
    )


def test_what_never_comes_stands_at_the_horizon_and_is_said_in_words() -> None:
    placed = marks.placed(table("date", ("never",), (DAYS[0],)), END, "date")
    assert placed["date"].tolist() == [pd.Timestamp(END), DAY]
    found = table("name value", ("a", NEVER), ("b", None), ("c", "never"), ("d", 2.0))
    told = said.each("So:", found, "name", "value", "{:.0f} days")
    assert told == "So: a never; b never; c never; d 2 days."
