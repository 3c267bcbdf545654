"""Alternative texts say what is drawn: they come from the table of their chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd
import pytest

from euromesh.charts import (
    compute,
    federation,
    frontier,
    grid,
    growth,
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

DAY: Final = pd.Timestamp("2028-07-25")
LATER: Final = pd.Timestamp("2030-01-31")


def table(heads: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=heads.split())


SPREAD: Final = table(
    "route planned p10 p50 p90 never",
    ("public machines", *["2028-07-25"] * 4, 0.0),
    ("leased hall", *["2030-01-31"] * 3, "never", 0.2),
)
END: Final = "2040-12-31"
ACCRUED: Final = table(
    "route date flop",
    ("public machines", "2028-07-24", 0.0),
    ("public machines", "2030-01-31", 5e25),
)
RUNS: Final = table(
    "route date flop lag_months lag_low lag_high",
    ("public machines", "2028-07-25", 3.8e25, 50.0, 40.0, 60.0),
    ("public machines", "2030-01-31", 5.0e25, 70.0, 60.0, 80.0),
    ("public machines", "never", 6.0e25, float("inf"), float("inf"), float("inf")),
)
TREND: Final = table(
    "date low central high in_class",
    *((day, 1e27, 2e27, 3e27, 2e26) for day in ("2028-07-25", "2030-01-31", "2036-01-02")),
)
LIMIT: Final = table("low central high", (10.0, 18.0, 30.0))
HALL: Final = ("leased hall", "public machines")
LAWS: Final = table(
    "size law n_replicas kappa low high measured",
    *(
        ("405B", law, n, n**e, n**e - 0.1, n**e + 0.1, 1.0)
        for law, e in (("tax", 0.3), ("none", 0.0))
        for n in (1, 8)
    ),
)
DRAWS: Final = table(
    "draws way error estimate times",
    *(
        (n, way, e / n, 0.7, 3.0)
        for way, e in (("blocks", 1.0), ("draws", 3.0))
        for n in (512, 1024)
    ),
)
SITES: Final = table(
    "name city stack status eflops latitude longitude",
    ("JUPITER", "Jülich", "CUDA", "operating", 23.3, 50.9, 6.4),
    ("LUMI", "Kajaani", "ROCm", "operating", 4.1, 64.2, 27.7),
)
Drawn = Callable[[pd.DataFrame], Any]
CHARTS: Final[dict[str, tuple[Drawn, pd.DataFrame, str]]] = {
    "hosts": (
        lambda data: compute.hosts(data, 5),
        table("city status low eflops high", ("Jülich", "operating", 1.0, 2.0, 3.0)),
        "Jülich with 2.0 EFLOP/s",
    ),
    "chain": (
        federation.chain,
        table("stage eflops", ("peak", 9.0), ("MFU", 3.0)),
        "MFU 3.0 EFLOP/s",
    ),
    "utilization": (
        lambda data: federation.utilization(
            data, table("gbit_per_s label", (8.0, "seen"), (40.0, "assumed"))
        ),
        table(
            "gbit_per_s method utilization",
            (1.0, "planned", 0.2),
            (30.0, "planned", 1.0),
            (30.0, "diloco", 0.5),
        ),
        "planned from 28 Gbit/s; DiLoCo never",
    ),
    "subset": (
        federation.subset,
        table("sites eflops", (1, 0.9), (2, 1.5)),
        "1.50 EFLOP/s (2 in the run)",
    ),
    "without": (
        federation.without,
        table("place loss", ("Bologna", 0.16), ("Oslo", 0.01)),
        "16.0% (Bologna)",
    ),
    "moving": (
        lambda data: frontier.moving(
            TREND, data, table("run date flop", ("Llama", "2024-07-23", 3.8e25))
        ),
        RUNS,
        "public machines 5.0e25 FLOP",
    ),
    "lags": (lambda data: frontier.lags(data, LIMIT), RUNS, "public machines 50 months"),
    "crossings": (
        lambda data: frontier.crossings(data, 3.8e25),
        table(
            "rival share decided flop at_least lag_months",
            ("leased hall", 0.1, "2027-01-01", 4.7e25, False, 56.2),
            ("leased hall", 0.01, "2027-01-01", 0.0, False, float("inf")),
        ),
        "4.7e25 FLOP (share 10%, Jan 2027)",
    ),
    "programme": (
        lambda data: frontier.programme(TREND, data),
        table(
            "route model date flop",
            ("leased hall", 1, "2028-07-25", 3.8e25),
            ("leased hall", 2, "2030-01-31", 4e26),
            ("leased hall", 3, "never", float("inf")),
        ),
        "Model 2 of a programme has: leased hall 4.0e26 FLOP",
    ),
    "lead_quantiles": (
        grid.lead_quantiles,
        table(
            "region load p05 p10 p50 p90 p95 weak",
            ("France", "1gw", 2.0, 3.0, 5.0, 8.0, 9.0, False),
        ),
        "5.0 years (France)",
    ),
    "power_by_year": (
        grid.power_by_year,
        table("years choice probability", (4.0, "best region", 0.4), (5.0, "best region", 0.6)),
        "best region after 4.5 years",
    ),
    "estimators": (
        lambda data: grid.estimators(data, 7.6),
        table("estimator years", ("pert", 7.1), ("swanson", 6.3)),
        "7.10 years (PERT)",
    ),
    "in_service": (
        lambda data: growth.in_service(data, "2026-11-21"),
        table(
            "year_end status low eflops high",
            *((DAY, status, 1.0, 2.0, n) for n, status in enumerate(growth.LABELS, start=3)),
        ),
        "operating at the end of 2028 with 2.0 EFLOP/s",
    ),
    "machines": (
        lambda data: europe.machines(data, [], 1),
        SITES,
        "operating in Jülich with 23.3 EFLOP/s",
    ),
    "parts": (
        parts.parts,
        table(
            "route part start end days",
            ("leased hall", "institutions", "2028-07-25", "2030-01-31", 551.0),
            ("leased hall", "compute", "2030-01-31", "never", float("inf")),
        ),
        "leased hall never. The longest part before takes: the leased hall (institutions) 18.1",
    ),
    "equal_terms": (
        lambda data: parts.equal_terms(data, END),
        table(
            "terms route planned date",
            ("bill", "leased hall", "2029-01-31", "2030-01-31"),
            ("bill", "public machines", "2028-07-25", "2028-07-25"),
            ("bill", "signed projects", "2028-07-01", "never"),
        ),
        "equal bill, are: public machines in Jul 2028; leased hall in Jan 2030.",
    ),
    "c_stars": (
        parts.c_stars,
        table("first second lead lead_bound again", (*HALL, 4.7e25, False, False)),
        "leased hall finish first, before: public machines up to 4.7e25 FLOP",
    ),
    "penalties": (
        lambda data: penalty.penalties(data, table("name n_replicas kappa", ("4B", 8, 1.4)), "tax"),
        LAWS,
        "Our central law is tax at 1.87",
    ),
    "finish_spread": (
        lambda data: race.finish_spread(data, END),
        SPREAD,
        "public machines in July 2028; leased hall in January 2030",
    ),
    "accrual": (
        lambda data: race.accrual(data, table("flop run", (3.8e25, "Llama"))),
        ACCRUED,
        "August 2028. At the end of the chart they are at: public machines 5.0e25",
    ),
    "promises": (
        race.promises,
        table(
            "project mw stage announced power years raced",
            ("Narvik", 230.0, "signed", "2028-07-25", "2030-01-31", 1.5, True),
        ),
        "1.5 years (Narvik: 230 MW, signed). The race counts on 1 of 1.",
    ),
    "changes": (
        lambda data: race.changes(data, "2028-07-25", END, most=12),
        table("change date", ("one site", "never")),
        "the public machines in Jul 2028. After one change each: one site never",
    ),
    "original_dates": (
        replication.original_dates,
        table("row mesh campus gap", ("baseline", "2028-10", "2033-02", 52)),
        "new medium sites in October 2028; gigawatt campus in February 2033",
    ),
    "scaling": (
        lambda data: federation.scaling(
            data,
            table(
                "run n_accel mfu low high",
                ("jupiter_32b_fp8", 10.0, 0.5, 0.4, 0.6),
                ("jupiter_32b_fp8", 2e3, 0.4, 0.3, 0.5),
            ),
        ),
        table("run n_accel mfu", ("jupiter_32b_fp8", 32, 0.568), ("jupiter_32b_fp8", 2048, 0.422)),
        "For JUPITER, 32B: 32 accelerators reach an MFU of 56.8%; 2,048 accelerators",
    ),
    "cost_and_carbon": (
        scorecard.cost_and_carbon,
        table(
            "row cost_meur generation_tonnes consumption_tonnes",
            ("es", 35.0, 8e3, 7e3),
            ("no", 36.0, 1e3, 2e3),
        ),
        "35 million EUR (ES) to 36 million EUR (NO)",
    ),
    "scores": (
        scorecard.scores,
        table("country score", ("Poland", 0.3), ("France", 0.9)),
        "worst: France 0.90",
    ),
    "bill": (
        scorecard.bill,
        table(
            "key value",
            ("owned.energy_gwh", 80.0),
            ("owned.full_meur", float("inf")),
            ("owned.market_meur", 139.0),
        ),
        "costs: market rent 139 million EUR",
    ),
    "week": (
        federation.week,
        table(
            "place start_hours end_hours state",
            ("Jülich", 0.0, 126.0, "training"),
            ("Jülich", 126.0, 168.0, "down"),
        ),
        "training 75% of the hours",
    ),
    "days": (
        federation.days,
        table("row low median high closed", ("reserved", 200.0, 206.0, 210.0, 205.0)),
        "nodes reserved 206 days. In closed form it takes: nodes reserved 205 days",
    ),
    "curves": (
        uncertainty.curves,
        table(
            "route date share never",
            ("leased hall", "2028-07-25", 0.3, 0.33),
            ("leased hall", "2030-01-31", 0.6, 0.33),
        ),
        "in this order: leased hall. Of all draws these never finish: leased hall in 33%",
    ),
    "tornado": (
        uncertainty.tornado,
        table(
            "name range outcome low high mean swing se",
            ("share", "2 to 25 %", "first of all", 0.04, 0.43, 0.27, 0.39, 0.01),
        ),
        "first of all (share, 2 to 25 %) from 4% to 43%",
    ),
    "orders": (
        lambda data: uncertainty.orders("orders", data),
        table(
            "name outcome first first_low first_high total total_low total_high",
            ("grant", "first of all", 0.3, 0.2, 0.4, 0.5, 0.4, 0.6),
            ("share", "date", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        ),
        "for first of all are: grant with 50%",
    ),
    "convergence": (
        uncertainty.convergence,
        DRAWS,
        "With 1,024 draws the standard error is: blocks 0.10%",
    ),
}
FULL: Final = ("in_service", "penalties")  # their tables have rows in every run
each_chart = pytest.mark.parametrize(("chart", "data", "found"), CHARTS.values(), ids=list(CHARTS))


def text(chart: Drawn, data: pd.DataFrame) -> str:
    return identify(chart(data).to_dict())[1]


@each_chart
def test_the_text_holds_what_is_drawn(chart: Drawn, data: pd.DataFrame, found: str) -> None:
    assert found in text(chart, data)
    assert text(chart, data).endswith(".")


@pytest.mark.parametrize("name", [name for name in CHARTS if name not in FULL])
def test_a_chart_without_rows_still_says_so(name: str) -> None:
    chart, data, found = CHARTS[name]
    told = text(chart, data.iloc[:0])
    assert found not in told
    assert told.endswith(".")


def test_the_text_changes_with_the_order_of_dates() -> None:
    chart, data, _ = CHARTS["finish_spread"]
    later = data.assign(planned=data["planned"].to_numpy()[::-1])
    assert "leased hall in July 2028; public machines in January 2030" in text(chart, later)


def test_the_text_changes_with_the_largest_value() -> None:
    chart, data, _ = CHARTS["without"]
    turned = data.assign(loss=data["loss"].to_numpy()[::-1])
    assert "16.0% (Oslo)" in text(chart, turned)


def test_never_is_said_in_words_whatever_stands_for_it() -> None:
    found = table("name value", ("a", float("inf")), ("b", None), ("c", "never"), ("d", 2.0))
    assert (
        said.each(found, "name", "value", "{:.0f} days")
        == "a never; b never; c never; d 2 days"
    )


def test_a_sentence_without_rows_is_left_out() -> None:
    assert said.text(("None:", ""), ("Rows:", "a 1")) == "Rows: a 1."
    assert said.text(("Rows:", "")) == said.NOTHING
