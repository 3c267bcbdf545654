"""The search as plain Python on objects, and compiled on rows of arrays: the same bits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from euromesh import ensemble, params, search, sensitivity
from euromesh.ensemble import compiled
from euromesh.ensemble.race import kernel, rows
from euromesh.routes import ROUTES

DRAWS = 64
TARGETS = ("llama_405b", "run_5e26")
RUNS: dict[str, dict[str, object]] = {
    "central": {},
    "one link, whole copies": {"training.wan_gbit_per_s": 900.0, "training.sharding": "zero_1"},
    "many halls": {"leased.n_sites": 3, "owned.share": 0.9, "training.quorum": 1.0},
    "no goodput": {"owned.goodput": 0},
}


def plain(names: Any, row: Any) -> SimpleNamespace:
    return SimpleNamespace(**{name: float(row[name]) for name in names})


def able(sites: list[SimpleNamespace], run: Any, places: list[SimpleNamespace]) -> list[Any]:
    """The sites that compute at all, in places that could hold a replica alone."""
    for site in sites:
        if site.start < np.inf:
            places[site.place].n_accel += site.n_accel
            places[site.place].hbm_bytes += site.hbm_bytes
    held = [p.hbm_bytes >= search.needed(run, run.alone_bytes, p.n_accel) for p in places]
    return [site for site in sites if held[site.place] and site.start < site.end]


def finish_plain(place: Any, links: Any, sites: Any, sizes: Any, runs: Any, fragments: Any) -> Any:
    """The same dates by the same functions, draw by draw, without an array."""
    parts = [plain(rows.FRAGMENT.names, one) for one in fragments]
    found = []
    for row in range(len(runs)):
        run = plain(rows.RUN.names, runs[row])
        there = [
            SimpleNamespace(
                place=int(number), **dict(zip(rows.SITE.names[1:], map(float, told), strict=True))
            )
            for number, *told in zip(place, *(one[row] for one in sites), strict=True)
        ]
        terms = [
            SimpleNamespace(**dict(zip(rows.SIZE.names[:4], map(float, told), strict=True)))
            for told in zip(*(one[row] for one in sizes), strict=False)
        ]
        empty = dict.fromkeys(rows.PLACE.names, 0.0)
        places = [SimpleNamespace(**empty | {"link_bits_per_s": float(one)}) for one in links]
        numbers = list(range(len(links)))
        up = able(there, run, places)
        draw = search.Draw(up, terms, run, parts, places, numbers, list(numbers))
        reachable = search.most_flop_years(draw) >= run.flop_years
        found.append(search.finish(draw) if reachable else np.inf)
    return np.array(found)


@pytest.mark.parametrize("run", RUNS)
def test_plain_and_compiled_agree_to_the_bit(run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dates = []
    of_the_compiler = kernel.finish_years

    def both(*given: Any) -> Any:
        one = of_the_compiler(*given)
        dates.append((one, finish_plain(*given)))
        return one

    monkeypatch.setattr(kernel, "finish_years", both)
    points = sensitivity.points(sensitivity.design(1024, 11))[:DRAWS]
    ensemble.outcomes(params.load("central", RUNS[run]), TARGETS, points)
    assert len(dates) == len(ROUTES) * len(TARGETS)
    for one, other in dates:
        assert one.tobytes() == other.tobytes()
    assert sum(np.isfinite(one).sum() for one, _ in dates) > DRAWS


def test_the_compiled_names_are_those_of_the_module_and_call_each_other() -> None:
    made = compiled.parts(search)
    functions = {name for name, one in vars(search).items() if callable(one) and name != "Draw"}
    assert functions >= {"finish", "needed", "most_flop_years"}
    assert made["finish"].py_func.__globals__["_fastest"] is made["_fastest"]
    assert search.finish is not made["finish"]


def test_what_is_kept_follows_the_text_of_the_search(tmp_path: Path) -> None:
    """The entry stands in another file: a changed search must not be answered from the cache."""
    text = Path(search.__file__).read_text(encoding="utf-8")
    other = tmp_path / "other.py"
    assert "return float(now + left" in text
    other.write_text(
        text.replace("return float(now + left", "return float(100.0 + now + left"), encoding="utf-8"
    )
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('euromesh.search', {str(other)!r})\n"
        "made = importlib.util.module_from_spec(spec); sys.modules['euromesh.search'] = made\n"
        "spec.loader.exec_module(made)\n"
        "import euromesh; euromesh.search = made\n"
        "from euromesh import ensemble, params, sensitivity\n"
        "points = sensitivity.points(sensitivity.design(1024, 1))[:2]\n"
        "print(ensemble.outcomes(params.load(), ('ai_act',), points).years.min())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 100.0
