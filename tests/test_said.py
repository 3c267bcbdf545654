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
    scaling,
    scorecard,
    simulation,
    uncertainty,
)
from euromesh.charts import map as europe
from euromesh.charts.render import identify

DAY: Final = pd.Timestamp("2028-07-25")
LATER: Final = pd.Timestamp("2030-01-31")


def table(heads: str, *rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=heads.split())


SPREAD: Final = table(
    "route first median central last first_text median_text central_text last_text label "
    "span_label",
    ("public machines", *[DAY] * 4, *["July 2028"] * 4, "July 2028", "2028"),
    ("leased hall", *[LATER] * 4, *["January 2030"] * 3, "never", "January 2030", "2030"),
)
RUNS: Final = table(
    "route date flop lag lag_low lag_high",
    ("public machines", DAY, 3.8e25, 50.0, 40.0, 60.0),
    ("public machines", LATER, 5.0e25, 70.0, 60.0, 80.0),
)
TREND: Final = table(
    "date low central high in_class", *((d, 1e27, 2e27, 3e27, 2e26) for d in (DAY, LATER))
)
LIMIT: Final = table("low central high", (10.0, 18.0, 30.0))
HALL: Final = ("leased hall", "public machines")
LAWS: Final = table(
    "size law n_replicas kappa low high",
    *(
        ("405B", law, n, n**e, n**e - 0.1, n**e + 0.1)
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
    "chain": (compute.chain, table("stage eflops", ("peak", 9.0), ("MFU", 3.0)), "MFU 3.0 EFLOP/s"),
    "utilization": (
        lambda data: federation.utilization(
            data, table("gbit_per_s label", (8.0, "seen"), (40.0, "assumed"))
        ),
        table(
            "gbit_per_s method utilization",
            (1.0, "planned", 0.2),
            (30.0, "planned", 1.0),
            (30.0, "DiLoCo", 0.5),
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
        lambda data: frontier.moving(TREND, data, table("run date flop", ("Llama", DAY, 3.8e25))),
        RUNS,
        "public machines 5.0e25 FLOP",
    ),
    "lags": (lambda data: frontier.lags(data, LIMIT), RUNS, "public machines 50 months"),
    "crossings": (
        lambda data: frontier.crossings(data, 3.8e25),
        table(
            "rival share decided flop flop_text lag_text",
            ("leased hall", "10%", "Jan 2027", 4.7e25, "4.7e25", "56"),
        ),
        "4.7e25 FLOP (share 10%, Jan 2027)",
    ),
    "programme": (
        lambda data: frontier.programme(TREND, data),
        table(
            "route model date flop",
            ("leased hall", 1, DAY, 3.8e25),
            ("leased hall", 2, LATER, 4e26),
        ),
        "Model 2 of a programme has: leased hall 4.0e26 FLOP",
    ),
    "lead_quantiles": (
        grid.lead_quantiles,
        table(
            "region load p05 p10 p50 p90 p95 weak",
            ("France", "1 GW", 2.0, 3.0, 5.0, 8.0, 9.0, False),
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
        table("estimator years", ("mean", 7.1), ("mode", 6.3)),
        "7.10 years (mean)",
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
            "route part start end label length",
            ("leased hall", "institutions", DAY, LATER, "", "18.1 months"),
            ("leased hall", "compute", LATER, LATER, "never", "never ends"),
        ),
        "leased hall never. The longest part before takes: the leased hall (institutions) 18.1",
    ),
    "equal_terms": (
        parts.equal_terms,
        table(
            "route terms date label",
            ("leased hall", "equal bill", LATER, "Jan 2030"),
            ("public machines", "equal bill", DAY, "Jul 2028"),
            ("signed projects", "equal bill", LATER, "never"),
        ),
        "equal bill, are: public machines in Jul 2028; leased hall in Jan 2030.",
    ),
    "c_stars": (
        parts.c_stars,
        table("row column flop text", (*HALL, 4.7e25, "4.7e25")),
        "leased hall finish first, before: public machines up to 4.7e25 FLOP",
    ),
    "penalties": (
        lambda data: penalty.penalties(
            data, table("name n_replicas kappa", ("4B", 8, 1.4)), "tax", {"405B": 1.0}
        ),
        LAWS,
        "Our central law is tax at 1.87",
    ),
    "finish_spread": (
        race.finish_spread,
        SPREAD,
        "public machines in July 2028; leased hall in January 2030",
    ),
    "accrual": (
        lambda data: race.accrual(data, table("flop label", (3.8e25, "Llama"))),
        RUNS[["date", "route", "flop"]],
        "public machines in July 2028. At the end of the chart they are at: public machines 5.0e25",
    ),
    "promises": (
        race.promises,
        table("project announced power raced", ("Narvik", DAY, LATER, True)),
        "1.5 years (Narvik). The race counts on 1 of 1.",
    ),
    "changes": (
        race.changes,
        table(
            "change date label central central_label", ("one site", LATER, "never", DAY, "Jul 2028")
        ),
        "the public machines in Jul 2028. After one change each: one site never",
    ),
    "original_dates": (
        replication.original_dates,
        table("row mesh campus gap", ("baseline", "2028-10", "2033-02", 52)),
        "new medium sites in October 2028; gigawatt campus in February 2033",
    ),
    "scaling": (
        lambda data: scaling.scaling(
            data,
            table(
                "run n_accel mfu low high",
                ("JUPITER", 10.0, 0.5, 0.4, 0.6),
                ("JUPITER", 2e3, 0.4, 0.3, 0.5),
            ),
        ),
        table("run n_accel mfu", ("JUPITER", 32, 0.568), ("JUPITER", 2048, 0.422)),
        "2,048 accelerators reach an MFU of 42.2%",
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
        simulation.week,
        table(
            "place start_hours end_hours state",
            ("Jülich", 0.0, 126.0, "training"),
            ("Jülich", 126.0, 168.0, "down"),
        ),
        "training 75% of the hours",
    ),
    "days": (
        simulation.days,
        table("way low median high closed", ("reserved", 200.0, 206.0, 210.0, 205.0)),
        "reserved 206 days. In closed form it takes: reserved 205 days",
    ),
    "curves": (
        uncertainty.curves,
        table(
            "route date share never",
            ("leased hall", DAY, 0.3, 0.33),
            ("leased hall", LATER, 0.6, 0.33),
        ),
        "in this order: leased hall. Of all draws these never finish: leased hall in 33%",
    ),
    "tornado": (
        uncertainty.tornado,
        table(
            "input outcome low high mean swing se",
            ("share", "first of all", 0.04, 0.43, 0.27, 0.39, 0.01),
        ),
        "first of all (share) from 4% to 43%",
    ),
    "orders": (
        lambda data: uncertainty.orders(data, "orders"),
        table(
            "name outcome order value low high", ("grant", "first of all", "total", 0.5, 0.4, 0.6)
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
    assert text(chart, data.iloc[::-1]) != text(chart, data)


def test_the_text_changes_with_the_largest_value() -> None:
    chart, data, _ = CHARTS["without"]
    turned = data.assign(loss=data["loss"].to_numpy()[::-1])
    assert "16.0% (Oslo)" in text(chart, turned)


def test_never_is_said_in_words_whatever_stands_for_it() -> None:
    found = table("name value", ("a", float("inf")), ("b", None), ("c", "never"), ("d", 2.0))
    assert (
        said.each(found, "name", "value", "{:.0f} days".format)
        == "a never; b never; c never; d 2 days"
    )


def test_a_sentence_without_rows_is_left_out() -> None:
    assert said.text("", said.sentence("Rows:", "a 1")) == "Rows: a 1."
    assert said.text("", "") == said.NOTHING
