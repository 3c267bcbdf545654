"""The data frames of the pages on what distance costs and on which machines train together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from euromesh import fits, fleet, routes, simulation
from euromesh import units as u
from euromesh.efficiency import LAWS, Protocol, protocol_utilization
from euromesh.fits import Bootstrap, FittedLaw
from euromesh.params import library, load
from euromesh.records import Params
from euromesh.records.settings import Law, Penalty

Array: TypeAlias = NDArray[np.float64]
REFITTED: Mapping[Law, FittedLaw] = {
    "joint_vs_one": "joint",
    "irreducible": "irreducible",
    "shrinking": "shrinking",
}


def shown(
    target: str, scenario: str, overrides: Mapping[str, object]
) -> tuple[Params, routes.Team, str]:
    """Parameters and team that the charts of a page show, and a note where they are not the run's.

    A run in which nobody trains has no team; its pages show the central one and say so.
    """
    params = load(scenario, overrides)
    team = routes.owned_team(params.targets[target], params)
    if team.members:
        return params, team, ""
    central = load()
    team = routes.owned_team(central.targets[target], central)
    return central, team, " (central run: nobody trains in this one)"


def utilization(
    team: routes.Team, protocols: Mapping[str, Protocol], gbit_per_s: Array
) -> pd.DataFrame:
    """U of several protocols on one team. Columns: gbit_per_s, method, utilization."""
    curves = {
        name: protocol_utilization(protocol, team.pace, gbit_per_s * u.GIGA)
        for name, protocol in protocols.items()
    }
    wide = pd.DataFrame(curves, index=gbit_per_s).rename_axis("gbit_per_s").reset_index()
    return wide.melt("gbit_per_s", var_name="method", value_name="utilization")


def known_rates(params: Params) -> pd.DataFrame:
    """Rates that are measured or assumed, the slowest first. Columns: label, gbit_per_s."""
    plan = params.training
    rows = [("one transfer", plan.transfer_gbit_per_s), ("assumed", plan.wan_gbit_per_s)]
    rows += [(link.name, link.gbit_per_s) for link in params.links.values()]
    return pd.DataFrame(rows, columns=["label", "gbit_per_s"]).sort_values("gbit_per_s")


def laws(
    penalty: Penalty, refit: Bootstrap, sizes: Mapping[str, float], replicas: Sequence[int]
) -> pd.DataFrame:
    """kappa of every law. Columns: size, law, n_replicas, kappa, and the refit's low and high."""
    rows = []
    for size, n_params in sizes.items():
        for count in replicas:
            found = fits.kappas(refit, "joint_vs_one", penalty, n_params, count)
            low, _, high = fits.percentiles(found)
            rows += [
                (size, _spoken(law), count, kappa(penalty, n_params, count), low, high)
                for law, kappa in LAWS.items()
            ]
    return pd.DataFrame(rows, columns=["size", "law", "n_replicas", "kappa", "low", "high"])


def refits(
    params: Params, found: Mapping[FittedLaw, Bootstrap], n_params: float, n_replicas: int
) -> pd.DataFrame:
    """What each refitted law was fitted to, and its kappa with the spread of the resamples."""
    rows = []
    for law, fit in REFITTED.items():
        ends = fits.kappas(found[fit], law, params.penalty, n_params, n_replicas)
        stored = float(LAWS[law](params.penalty, n_params, n_replicas))
        rows.append((_spoken(law), stored, *fits.percentiles(ends)))
    heads = ["law", "κ as used", "refit: P10", "median", "P90"]
    return pd.DataFrame(rows, columns=heads)


def scaling_points(params: Params, names: Mapping[str, str]) -> pd.DataFrame:
    """Published points of MFU. Columns: run, n_accel, mfu."""
    rows = [(names[point.run], point.n_accel, point.mfu) for point in params.scaling.values()]
    return pd.DataFrame(rows, columns=["run", "n_accel", "mfu"])


def scaling_curves(params: Params, names: Mapping[str, str], count: Array) -> pd.DataFrame:
    """The fitted fall of the MFU, with that at the ends of the range of h.

    Columns: run, n_accel, mfu, low, high.
    """
    drawn = []
    for run, fit in fits.saturation_fits(params.scaling, params.mfu_runs).items():
        known = library().parameters[f"mfu_runs.{run}.saturation"]
        frame = pd.DataFrame({"run": names[run], "n_accel": count})
        for column, h in (("mfu", fit.saturation), ("low", known.low), ("high", known.high)):
            n_half = fit.n_half * float(h or 0) / fit.saturation
            frame[column] = fleet.mfu_at(fit.mfu_one, count, n_half)
        drawn.append(frame)
    return pd.concat(drawn, ignore_index=True)


def gates(params: Params) -> pd.DataFrame:
    """Machines in service by granted memory, and whether they hold a replica of each model.

    Those that retire before the first granted hour are left out.
    """
    models = sorted(params.models.values(), key=lambda model: model.n_params)
    origin, rows = routes.decision_date(params), []
    for machine in routes.owned_machines(params).values():
        site = routes.owned_site(machine, params)
        if site is None or site.start_years >= site.end_years:
            continue
        found = [routes.machine_gate(machine, model, params) for model in models]
        passed = ["yes" if gate.passed else "no" for gate in found]
        until = u.date_text(origin, site.end_years)[:4]
        rows.append((machine.name, until, found[0].granted / u.TERA, *passed))
    heads = ["machine", "until", "TB", *(model.name.split()[-1] for model in models)]
    return pd.DataFrame(rows, columns=heads).sort_values("TB", ascending=False)


def verdicts(team: routes.Team, params: Params) -> pd.DataFrame:
    """The places that are up at the finish and stay out, and why."""
    up = routes.replicas(routes.up_at(routes.owned(params), team.done.at_years), params)
    out = [(v.place, v.reason) for v in routes.verdicts(up, team, params) if not v.joins]
    return pd.DataFrame(out, columns=["place left out", "because"])


def without(team: routes.Team, params: Params) -> pd.DataFrame:
    """What the best of the others loses without each member. Columns: place, loss."""
    setting = (team.model, params.training, params.penalty)
    rates = {r.place: routes.best_without(r.place, team.able, *setting) for r in team.members}
    rows = [(place, 1 - rest.flop_per_s / team.best.flop_per_s) for place, rest in rates.items()]
    return pd.DataFrame(rows, columns=["place", "loss"])


def run_days(plans: Mapping[str, simulation.RunPlan], n_replicates: int, seed: int) -> pd.DataFrame:
    """Days to the target. Columns: way, low, median, high (simulated), closed."""
    rows = []
    for way, plan in plans.items():
        ends = np.percentile(simulation.run_days(plan, n_replicates, seed), [10, 50, 90])
        rows.append((way, *ends, simulation.closed_days(plan)))
    return pd.DataFrame(rows, columns=["way", "low", "median", "high", "closed"])


def _spoken(law: Law) -> str:
    return law.replace("_", " ")
