"""Tables of facts of the federation and of what distance costs."""

import numpy as np
import pytest

from euromesh import ensemble, params, routes
from euromesh.facts import Facts, draws, of
from euromesh.facts.federation import products, shown
from euromesh.records import Params
from tests.strategies import changed, values


def test_the_product_follows_the_law_that_is_drawn(central: Params) -> None:
    """With no penalty at all, every draw loses less than with the dearest law."""
    team = routes.owned_team(central.targets["llama_405b"], central)

    def product(law: str) -> list[float]:
        one_law = params.load(overrides={"penalty.law": law})
        return products(team, ensemble.sample(one_law, 256, draws.SEED))

    free, dear = np.array(product("none")), np.array(product("irreducible"))
    assert (free >= dear * (1 - 1e-12)).all()
    assert np.median(free) > 1.3 * np.median(dear)


def test_where_nobody_trains_nothing_is_worth_a_thing_and_charts_are_central(facts: Facts) -> None:
    idle = of("central", {"owned.share": 0.0})
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
