"""The search as plain Python on objects, and compiled on rows of arrays: the same bits."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from euromesh import ensemble, params, search, sensitivity
from euromesh.ensemble.race import kernel
from euromesh.routes import ROUTES

DRAWS = 64
TARGETS = ("llama_405b", "run_5e26", "original")  # the first and the last are of one model
RUNS: dict[str, dict[str, object]] = {
    "central": {},
    "one link, whole copies": {"training.wan_gbit_per_s": 900.0, "training.sharding": "zero_1"},
    "many halls": {"leased.n_sites": 3, "owned.share": 0.9, "training.quorum": 1.0},
    "no goodput": {"owned.goodput": 0},
    "halls beside machines": {"owned.leased_sites": 2.0},
    "renewal": {"owned.renewal": True},
}


def plain(made: Any, row: Any) -> Any:
    """A row as an object."""
    kinds = {"int": int, "float": float}
    return made(**{one.name: kinds[str(one.type)](row[one.name]) for one in fields(made)})


def able(sites: list[search.Site], run: search.Run, places: list[search.Place]) -> list[Any]:
    """The sites that compute at all, in places that could hold a replica alone."""
    for site in sites:
        if site.start < np.inf:
            places[site.place].n_accel += site.n_accel
            places[site.place].hbm_bytes += site.hbm_bytes
    held = [p.hbm_bytes >= search.needed(run, run.alone_bytes, p.n_accel) for p in places]
    return [site for site in sites if held[site.place] and site.start < min(site.end, np.inf)]


def finish_plain(
    place: Any, links: Any, sites: Any, sizes: Any, runs: Any, fragments: Any, flop_years: Any
) -> Any:
    """The same dates by the same functions, draw by draw, without an array."""
    parts = [plain(search.Fragment, one) for one in fragments]
    found = np.empty(flop_years.shape)
    for row in range(len(runs)):
        run = plain(search.Run, runs[row])
        columns = (one[:, min(row, one.shape[1] - 1)].tolist() for one in sites)
        there = [
            search.Site(int(number), *told) for number, *told in zip(place, *columns, strict=True)
        ]
        terms = [
            search.Size(*map(float, told))
            for told in zip(*(one[row] for one in sizes), strict=False)
        ]
        places = [search.Place(float(one)) for one in links]
        kinds, numbers = [search.Kind() for _ in range(len(links) + 1)], list(range(len(links)))
        up = able(there, run, places)
        roster = search.Roster(terms, run, parts, places, numbers, list(numbers), kinds)
        search.finish(search.Draw(up, roster), flop_years[:, row].tolist(), found[:, row])
    return found


@pytest.mark.parametrize("run", RUNS)
def test_plain_and_compiled_agree_to_the_bit(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dates = []
    of_the_compiler = kernel.finish_each

    def both(*given: Any) -> Any:
        one = of_the_compiler(*given)
        dates.append((one, finish_plain(*given)))
        return one

    monkeypatch.setattr(kernel, "finish_each", both)
    points = sensitivity.points(sensitivity.design(1024, 11))[:DRAWS]
    ensemble.outcomes(params.load("central", RUNS[run]), TARGETS, points)
    assert len(dates) == len(ROUTES) * (len(TARGETS) - 1)
    for one, other in dates:
        assert one.tobytes() == other.tobytes()
    assert sum(np.isfinite(one).sum() for one, _ in dates) > DRAWS
