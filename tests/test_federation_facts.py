"""Tables of facts of the federation and of what distance costs."""

import dataclasses
import math

import numpy as np
import pytest

from euromesh import ensemble, fleet, params, routes
from euromesh.efficiency import LAWS
from euromesh.facts import Facts, draws
from euromesh.facts.distance import REFITTED
from euromesh.facts.federation import products, shown
from euromesh.records import Params
from tests.strategies import changed, values


def test_spreads_come_from_at_least_a_thousand_draws_and_stand_in_order(facts: Facts) -> None:
    assert draws.DRAWS >= 1024
    for name in ("penalty_draws", "product_draws"):
        low, median, high = values(facts, name).values()
        assert low < median < high
    laws = facts["penalty_laws"].set_index("row")["kappa"]
    median = values(facts, "penalty_draws")["efficiency.penalty_405b_m8_median"]
    assert laws["shrinking"] < median < laws["irreducible"]
    for _, number in facts.made("penalty_draws").numbers():
        assert "penalty.weights.tax" in number.inputs
        assert not [key for key in number.inputs if key.startswith("machines.")]


def test_the_product_follows_the_law_that_is_drawn(central: Params) -> None:
    """With the weight on no penalty at all, every draw loses less than with the dearest law."""
    team = routes.owned_team(central.targets["llama_405b"], central)

    def product(law: str) -> list[float]:
        only = {name: float(name == law) for name in dataclasses.asdict(central.penalty.weights)}
        weights = dataclasses.replace(central.penalty.weights, **only)
        one_law = changed(central, "penalty", weights=weights)
        return products(team, ensemble.sample(one_law, 256, draws.SEED))

    free, dear = np.array(product("none")), np.array(product("irreducible"))
    assert (free >= dear * (1 - 1e-12)).all()
    assert np.median(free) > 1.3 * np.median(dear)


def test_where_nobody_trains_nothing_is_worth_a_thing_and_charts_are_central(facts: Facts) -> None:
    idle = Facts("central", {"owned.share": 0.0})
    assert set(values(idle, "product_draws").values()) == {0.0}
    for name in ("members", "best_by_size", "rate_stages", "utilization", "first_week"):
        assert idle[name].empty and not facts[name].empty
    assert set(values(idle, "run_days", "week_shares", "textbook", "network").values()) == {"never"}
    assert shown(facts) == (facts, "")
    other, note = shown(idle)
    assert other.overrides == {} and "central run" in note


def test_the_product_is_one_where_nothing_is_lost(central: Params) -> None:
    """One building's law, no jitter, all up, a wide link: only the batch gate is left out."""
    lossless = {"step_jitter": 0.0, "quorum": 0.0}
    free = changed(changed(central, "penalty", law="none"), "training", **lossless)
    free = changed(free, "training", wan_gbit_per_s=1e6, wan_latency_seconds=0.0)
    team = routes.owned_team(free.targets["llama_405b"], free)
    assert team.best.efficiency == pytest.approx(1.0)
    assert products(team, [free]) == [pytest.approx(1.0)]


def test_the_best_federation_is_the_best_of_its_size_and_the_last_stage(facts: Facts) -> None:
    sizes = facts["best_by_size"].set_index("sites")
    best = len(facts["members"])
    assert sizes["of_best"].idxmax() == best and sizes["of_best"].max() == pytest.approx(1.0)
    stages = facts["rate_stages"]["eflops"]
    assert (stages.diff().dropna() <= 0).all()
    assert stages.iloc[-1] == pytest.approx(sizes.loc[best, "eflops"])
    assert facts["members"]["flop_per_s"].is_monotonic_decreasing
    assert (facts["members"]["loss"] > 0).all()
    assert not set(facts["left_out"]["place"]) & set(facts["members"]["place"])


def test_a_machine_that_holds_a_model_holds_every_smaller_one(
    central: Params, facts: Facts
) -> None:
    gates = facts["memory_gates"].pivot(index="machine", columns="model", values="holds")
    by_size = sorted(central.models, key=lambda name: central.models[name].n_params)
    assert (gates[by_size].astype(int).diff(axis="columns").iloc[:, 1:] <= 0).all(axis=None)
    eligible = facts["eligible_machines"].set_index("row")["machines"]
    assert eligible.to_dict() == gates.sum().to_dict()
    listed = facts["granted_machines"]
    assert listed["granted_tb"].is_monotonic_decreasing
    deepseek = listed["largest"] == central.models["deepseek_671b"].name
    assert listed.loc[deepseek, "granted_tb"].min() >= 17.8
    assert listed["largest"][listed["serves"]].nunique() == 2 and not listed["serves"].all()


def test_a_fitted_curve_is_the_law_with_h_at_the_ends_of_its_range(facts: Facts) -> None:
    fit = facts["scaling_fits"].set_index("row").loc["lumi_175b"]
    known = params.library().parameters["mfu_runs.lumi_175b.saturation"]
    curve = facts["scaling_curves"].query("run == 'lumi_175b'").iloc[-1]
    for column, h in (("low", known.low), ("mfu", fit["saturation"]), ("high", known.high)):
        n_half = fit["n_half"] * float(h or 0) / fit["saturation"]
        assert curve[column] == pytest.approx(
            fleet.mfu_at(fit["mfu_one"], curve["n_accel"], n_half)
        )
    assert curve["low"] < curve["mfu"] < curve["high"]


def test_the_curves_of_the_laws_meet_their_headlines(central: Params, facts: Facts) -> None:
    """At Llama's size and eight sites; the spread of the refit stands by its law alone."""
    curves = facts["penalty_curves"].query("size == '405B' and n_replicas == 8").set_index("law")
    laws = facts["penalty_laws"].set_index("row")["kappa"]
    assert curves["kappa"].to_dict() == pytest.approx(laws.to_dict())
    assert curves["low"].notna().pipe(lambda known: set(known.index[known])) == {"joint_vs_one"}
    refits = facts["penalty_refits"].set_index("law")
    assert set(refits.index) == set(REFITTED) < set(LAWS)
    found = refits.loc["joint_vs_one", ["low", "high"]].tolist()
    assert found == pytest.approx(curves.loc["joint_vs_one", ["low", "high"]].tolist())
    assert refits["kappa"].to_dict() == laws[refits.index].to_dict()


def test_each_protocol_needs_less_of_the_link_than_the_one_before(facts: Facts) -> None:
    used = facts["utilization"].pivot(index="gbit_per_s", columns="method", values="utilization")
    order = ["data_parallel", "diloco", "streaming_16", "streaming_8", "planned"]
    gains = used.loc[used.index > 10, order].diff(axis="columns").iloc[:, 1:]
    assert (gains >= -1e-9).all(axis=None) and (gains.max() > 0.01).all()
    rates = values(facts, "network")
    hiding = rates["efficiency.hiding_gbit_per_s_405b"]
    assert rates["efficiency.hiding_gbit_per_s_405b_16bit"] == pytest.approx(4 * hiding)
    at = used["planned"][used.index >= hiding]
    assert (at == 1).all() and used["planned"][used.index < 29].max() < 1
    assert facts["known_rates"]["gbit_per_s"].is_monotonic_increasing


def test_a_simulated_week_is_shared_among_the_three_states(facts: Facts) -> None:
    shares = facts["week_shares"].set_index("row")["share"]
    assert math.fsum(shares) == pytest.approx(1.0)
    days = facts["run_days"]
    assert (days["low"] < days["median"]).all() and (days["median"] < days["high"]).all()
    assert days["closed"].between(days["low"], days["high"]).all()
