"""Alternative texts say what is drawn: they come from the table of their chart."""

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
    growth,
    marks,
    parts,
    penalty,
    race,
    replication,
    said,
    scorecard,
    uncertainty,
)
from euromesh.charts import map as europe
from euromesh.charts.render import identify

Drawn = Callable[[pd.DataFrame], Any]
DAYS: Final = ("2028-07-25", "2030-01-31", "2036-01-02")
DAY: Final = pd.Timestamp(DAYS[0])
END: Final = "2040-12-31"
NEVER: Final = float("inf")


def table(heads: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=heads.split())


def case(chart: Callable[..., Any], heads: str, *rows: Any, says: str, **more: Any) -> Any:
    """A chart, its table, and what its text then holds."""
    return partial(chart, **more), table(heads, *rows), says


TREND: Final = table(
    "date low central high in_class", *((day, 1e27, 2e27, 3e27, 2e26) for day in DAYS)
)
RUNS: Final = (
    "route date flop lag_months lag_low lag_high",
    ("public machines", DAYS[0], 3.8e25, 50.0, 40.0, 60.0),
    ("public machines", DAYS[1], 5.0e25, 70.0, 60.0, 80.0),
    ("public machines", "never", 6.0e25, NEVER, NEVER, NEVER),
)
LLAMA: Final = table("run date flop", ("Llama", "2024-07-23", 3.8e25))
FULL: Final = {  # their tables have rows in every run
    "in_service": case(
        growth.in_service,
        "year_end status low eflops high",
        *((DAY, status, 1.0, 2.0, n) for n, status in enumerate(growth.LABELS, start=3)),
        says="operating at the end of 2028 with 2.0 EFLOP/s",
        as_of="2026-11-21",
    ),
    "penalties": case(
        penalty.penalties,
        "size law n_replicas kappa low high measured",
        *(
            ("405B", law, n, n**e, n**e - 0.1, n**e + 0.1, 1.0)
            for law, e in (("tax", 0.3), ("none", 0.0))
            for n in (1, 8)
        ),
        says="Our central law is tax at 1.87",
        measured=table("name n_replicas kappa", ("4B", 8, 1.4)),
        central="tax",
    ),
}
CHARTS: Final = {
    "hosts": case(
        compute.hosts,
        "city status low eflops high",
        ("Jülich", "operating", 1.0, 2.0, 3.0),
        says="Jülich with 2.0 EFLOP/s",
        n=5,
    ),
    "chain": case(
        federation.chain, "stage eflops", ("peak", 9.0), ("MFU", 3.0), says="MFU 3.0 EFLOP/s"
    ),
    "utilization": case(
        federation.utilization,
        "gbit_per_s method utilization",
        *((1.0, "planned", 0.2), (30.0, "planned", 1.0), (30.0, "diloco", 0.5)),
        says="planned from 28 Gbit/s; DiLoCo never",
        known=table("gbit_per_s label", (8.0, "seen"), (40.0, "assumed")),
    ),
    "subset": case(
        federation.subset, "sites eflops", (1, 0.9), (2, 1.5), says="1.50 EFLOP/s (2 in the run)"
    ),
    "without": case(
        federation.without,
        "place loss",
        *(("Bologna", 0.16), ("Oslo", 0.01), ("Jülich", 0.02)),
        says="1.0% (Oslo) to 16.0% (Bologna)",
    ),
    "moving": case(
        lambda runs: frontier.moving(TREND, runs, LLAMA), *RUNS, says="public machines 5.0e25 FLOP"
    ),
    "lags": case(
        frontier.lags,
        *RUNS,
        says="public machines 50 months",
        allowed=table("low central high", (10.0, 18.0, 30.0)),
    ),
    "crossings": case(
        frontier.crossings,
        "rival share decided flop at_least lag_months",
        ("leased hall", 0.1, "2027-01-01", 4.7e25, False, 56.2),
        ("leased hall", 0.01, "2027-01-01", 0.0, False, NEVER),
        says="4.7e25 FLOP (share 10%, Jan 2027)",
        target_flop=3.8e25,
    ),
    "programme": case(
        lambda models: frontier.programme(TREND, models),
        "route model date flop",
        ("leased hall", 1, DAYS[0], 3.8e25),
        ("leased hall", 2, DAYS[1], 4e26),
        ("leased hall", 3, "never", NEVER),
        says="Model 2 of a programme has: leased hall 4.0e26 FLOP",
    ),
    "lead_quantiles": case(
        grid.lead_quantiles,
        "region load p05 p10 p50 p90 p95 weak",
        ("France", "1gw", 2.0, 3.0, 5.0, 8.0, 9.0, False),
        says="5.0 years (France)",
    ),
    "power_by_year": case(
        grid.power_by_year,
        "years choice probability",
        *((4.0, "best region", 0.4), (5.0, "best region", 0.6)),
        says="best region after 4.5 years",
    ),
    "estimators": case(
        grid.estimators,
        "estimator years",
        *(("pert", 7.1), ("swanson", 6.3)),
        says="6.30 years (Swanson) to 7.10 years (PERT). Advertised were 7.6 years.",
        advertised=7.6,
    ),
    "machines": case(
        europe.machines,
        "name city stack status eflops latitude longitude",
        ("JUPITER", "Jülich", "CUDA", "operating", 23.3, 50.9, 6.4),
        ("LUMI", "Kajaani", "ROCm", "operating", 4.1, 64.2, 27.7),
        says="operating in Jülich with 23.3 EFLOP/s",
        countries=[],
        named=1,
    ),
    "parts": case(
        parts.parts,
        "route part start end days",
        ("leased hall", "institutions", *DAYS[:2], 551.0),
        ("leased hall", "compute", DAYS[1], "never", NEVER),
        says="never. The longest part before takes: the leased hall (institutions) 18.1 months.",
    ),
    "equal_terms": case(
        parts.equal_terms,
        "terms route planned date",
        ("bill", "leased hall", "2029-01-31", DAYS[1]),
        ("bill", "public machines", DAYS[0], DAYS[0]),
        ("bill", "signed projects", "2028-07-01", "never"),
        says="equal bill, are: public machines in Jul 2028; leased hall in Jan 2030.",
        horizon=END,
    ),
    "c_stars": case(
        parts.c_stars,
        "first second lead lead_bound again",
        ("leased hall", "public machines", 4.7e25, False, False),
        says="leased hall finish first, before: public machines up to 4.7e25 FLOP",
    ),
    "finish_spread": case(
        race.finish_spread,
        "route planned p10 p50 p90 never",
        ("leased hall", *[DAYS[1]] * 3, "never", 0.2),
        ("public machines", *[DAYS[0]] * 4, 0.0),
        says="public machines in July 2028; leased hall in January 2030",
        horizon=END,
    ),
    "accrual": case(
        race.accrual,
        "route date flop",
        *(("public machines", "2028-07-24", 0.0), ("public machines", DAYS[1], 5e25)),
        says="August 2028. At the end of the chart they are at: public machines 5.0e25",
        runs=LLAMA,
    ),
    "promises": case(
        race.promises,
        "project mw stage announced power years raced",
        ("Narvik", 230.0, "signed", *DAYS[:2], 1.5, True),
        says="1.5 years (Narvik: 230 MW, signed). The race counts on 1 of 1.",
    ),
    "changes": case(
        race.changes,
        "change date",
        *(("one site", "never"), ("none", DAYS[0])),
        says="Jul 2028. After one change each: none in Jul 2028; one site never.",
        planned=DAYS[0],
        horizon=END,
        most=12,
    ),
    "original_dates": case(
        replication.original_dates,
        "row mesh campus gap",
        ("baseline", "2028-10", "2033-02", 52),
        says="new medium sites in October 2028; gigawatt campus in February 2033",
    ),
    "scaling": case(
        federation.scaling,
        "run n_accel mfu",
        *(("jupiter_32b_fp8", 2048, 0.422), ("jupiter_32b_fp8", 32, 0.568)),
        says="For JUPITER, 32B: 32 accelerators reach an MFU of 56.8%; 2,048 accelerators",
        curves=table(
            "run n_accel mfu low high",
            *(("jupiter_32b_fp8", n, 0.5, 0.4, 0.6) for n in (10.0, 2e3)),
        ),
    ),
    "cost_and_carbon": case(
        scorecard.cost_and_carbon,
        "row cost_meur generation_tonnes consumption_tonnes",
        *(("no", 36.0, 1e3, 2e3), ("es", 35.0, 8e3, 7e3)),
        says="35 million EUR (ES) to 36 million EUR (NO)",
    ),
    "scores": case(
        scorecard.scores,
        "country score",
        *(("Poland", 0.3), ("France", 0.9)),
        says="worst: France 0.90",
    ),
    "bill": case(
        scorecard.bill,
        "key value",
        *(("owned.energy_gwh", 80.0), ("owned.full_meur", NEVER), ("owned.market_meur", 139.0)),
        says="costs: market rent 139 million EUR",
    ),
    "week": case(
        federation.week,
        "place start_hours end_hours state",
        *(("Jülich", 0.0, 126.0, "training"), ("Jülich", 126.0, 168.0, "down")),
        says="training 75% of the hours",
    ),
    "days": case(
        federation.days,
        "row low median high closed",
        ("reserved", 200.0, 206.0, 210.0, 205.0),
        says="nodes reserved 206 days. In closed form it takes: nodes reserved 205 days",
    ),
    "curves": case(
        uncertainty.curves,
        "route date share never",
        *(("leased hall", DAYS[0], 0.3, 0.33), ("leased hall", DAYS[1], 0.6, 0.33)),
        says="in this order: leased hall. Of all draws these never finish: leased hall in 33%",
    ),
    "tornado": case(
        uncertainty.tornado,
        "name range outcome low high mean swing se",
        ("share", "2 to 25 %", "first of all", 0.04, 0.43, 0.27, 0.39, 0.01),
        says="first of all (share, 2 to 25 %) from 4% to 43%",
    ),
    "orders": case(
        partial(uncertainty.orders, "orders"),
        "name outcome first first_low first_high total total_low total_high",
        ("grant", "first of all", 0.3, 0.2, 0.4, 0.5, 0.4, 0.6),
        ("share", "date", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        says="for first of all are: grant with 50%",
    ),
    "convergence": case(
        uncertainty.convergence,
        "draws way error estimate times",
        *(
            (n, way, e / n, 0.7, 3.0)
            for way, e in (("blocks", 1.0), ("draws", 3.0))
            for n in (512, 1024)
        ),
        says="With 1,024 draws the standard error is: blocks 0.10%",
    ),
}


def text(chart: Drawn, data: pd.DataFrame) -> str:
    return identify(chart(data).to_dict())[1]


@pytest.mark.parametrize("name", [*FULL, *CHARTS])
def test_the_text_holds_what_is_drawn(name: str) -> None:
    chart, data, found = {**FULL, **CHARTS}[name]
    assert found in text(chart, data) and text(chart, data).endswith(".")


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_without_rows_still_says_so(name: str) -> None:
    chart, data, found = CHARTS[name]
    told = text(chart, data.iloc[:0])
    assert found not in told and told.endswith(".")


def test_what_never_comes_stands_at_the_horizon() -> None:
    placed = marks.placed(table("date", ("never",), (DAYS[0],)), END, "date")
    assert placed["date"].tolist() == [pd.Timestamp(END), DAY]


def test_never_is_said_in_words_whatever_stands_for_it() -> None:
    found = table("name value", ("a", NEVER), ("b", None), ("c", "never"), ("d", 2.0))
    told = said.each("So:", found, "name", "value", "{:.0f} days")
    assert told == "So: a never; b never; c never; d 2 days."


def test_a_sentence_without_rows_is_left_out() -> None:
    assert said.text("", said.sentence("Rows:", "a 1")) == "Rows: a 1."
    assert said.text(said.sentence("Rows:", "")) == said.NOTHING
