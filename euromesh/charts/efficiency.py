"""Charts of layer 1."""

from __future__ import annotations

import altair as alt
import pandas as pd

from euromesh.charts.shared import WIDTH, Chart, end_labels, finished, meaning
from euromesh.charts.style import FEDERATION, MUTED, OTHERS


def penalties(data: pd.DataFrame, central: str, measured_to: float, description: str) -> Chart:
    """kappa against the number of replicas, one line a law. Columns: replicas, law, kappa.

    The central law is drawn in the federation's colour; beyond `measured_to` nobody has measured.
    """
    x = alt.X(
        "replicas:Q",
        title="replicas M",
        scale=alt.Scale(type="log", base=2, domain=[1, 90]),
        axis=alt.Axis(values=[1, 2, 4, 8, 16, 32], format="d"),
    )
    y = alt.Y("kappa:Q", title="FLOP penalty (1 = baseline run)", scale=alt.Scale(zero=False))
    unmeasured = (
        alt.Chart(pd.DataFrame({"from": [measured_to], "to": [90]}))
        .mark_rect(color=OTHERS, opacity=0.18)
        .encode(x="from:Q", x2="to:Q")
    )
    lines = (
        alt.Chart(data)
        .mark_line()
        .encode(
            x=x,
            y=y,
            detail="law:N",
            color=alt.condition(alt.datum.law == central, alt.value(FEDERATION), alt.value(MUTED)),
            strokeWidth=alt.condition(alt.datum.law == central, alt.value(3), alt.value(1.5)),
        )
    )
    return finished(
        (unmeasured + lines + end_labels(data, "replicas", "kappa", "law")),
        width=WIDTH - 60,
        height=300,
        name="penalties",
        description=description,
    )


def utilization(data: pd.DataFrame, planned: float, description: str) -> Chart:
    """Compute utilisation against the site trunk. Columns: gbit_per_s, method, utilization."""
    methods = ["data-parallel", "DiLoCo", "streaming", "streaming, 4 bits"]
    lines = (
        alt.Chart(data)
        .mark_line()
        .encode(
            x=alt.X(
                "gbit_per_s:Q",
                title="achieved per site, Gbit/s",
                scale=alt.Scale(type="log"),
            ),
            y=alt.Y(
                "utilization:Q",
                title="compute utilisation",
                axis=alt.Axis(format="%"),
            ),
            color=alt.Color(
                "method:N",
                scale=meaning(methods, [OTHERS, OTHERS, FEDERATION, FEDERATION]),
                legend=alt.Legend(columns=2),
            ),
            strokeDash=alt.StrokeDash(
                "method:N", scale=alt.Scale(domain=methods, range=[[5, 4], [1, 0], [5, 4], [1, 0]])
            ),
        )
    )
    here = alt.Chart(pd.DataFrame({"gbit_per_s": [planned], "label": ["planned"]}))
    rule = here.mark_rule(strokeDash=[4, 3]).encode(x="gbit_per_s:Q")
    label = here.mark_text(align="left", dx=4).encode(
        x="gbit_per_s:Q", y=alt.value(150), text="label"
    )
    return finished(
        (lines + rule + label), width=WIDTH, height=300, name="utilization", description=description
    )
