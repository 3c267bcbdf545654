"""The model that runs in a page: the same dates, the draws' own odds, and nothing but Python."""

from __future__ import annotations

import importlib
import json
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from euromesh import params as parameters
from euromesh import routes
from euromesh.availability import FinishTime
from euromesh.book import engine, explorer
from euromesh.book.controls import explorer as explorer_data
from euromesh.ensemble import chance, outcomes
from euromesh.ensemble.tally import ONE, Plan, points_of, wins
from euromesh.explore import Session, answer, draws
from euromesh.explore.session import sliced
from euromesh.facts.changes import finished
from euromesh.facts.draws import SEED
from euromesh.folders import ROOT
from euromesh.records import InputError, Params
from euromesh.routes import ROUTES
from euromesh.runs import GOLDEN

sys.path.append(str(ROOT / "book" / "_ext"))
em_explorer = importlib.import_module("em_explorer")

OWNED, CAMPUS = (list(ROUTES).index(name) for name in ("owned", "campus"))
SETTINGS: Final[tuple[Mapping[str, Any], ...]] = (
    {"owned.share": 0.2},
    {"owned.share": 0.04, "owned.grant_months": 20.0},
    {"race.decision_date": "2028-03-01"},
    {"training.wan_gbit_per_s": 2.0},
    {"campus.region": "ireland"},
    {"slip.probability": 0.9},
    {"signed.project_never_built": 0.8},
    {"new_medium.never_built": 0.8},
    {"owned.country_left_out": "de"},
    {"grid.wait_factor": 0.5},
    {"grid_lead_times.nordics_1000mw.lead_years": 1.0},
    {"owned.never_granted": 0.5},
    {"owned.granted": False},
    {"machines.mimer.slip_years": None, "grid_lead_times.nordics_1000mw.drawn_years": None},
    {"owned.leased_sites": 1.0},
    {"training.precision": "bf16", "penalty.law": "miri"},
    {"race.target": "run_1e26"},
)
RARE: Final[tuple[Mapping[str, Any], ...]] = (  # few draws or none of the run read what these read
    {"training.precision": "nvfp4"},
    {"owned.renewal": True},
    {"mfu_runs.h100_planned_fp8.mfu": 0.7},
    {"mfu_runs.blackwell_planned_fp8.mfu": 0.3},
    {"mfu_runs.jupiter_32b_fp8.mfu": 0.7},
)
SOME: Final = 128  # draws that are compared one by one


@pytest.fixture(scope="module")
def made() -> tuple[dict[str, Any], bytes]:
    """The model of the central run as its page gets it."""
    model, data = explorer.payload(parameters.resolve(), parameters.load())
    return json.loads(json.dumps(model)), data


@pytest.fixture(scope="module")
def session(made: tuple[dict[str, Any], bytes]) -> Session:
    return Session(*made)


def drawn(params: Params) -> Any:
    """What numpy makes of the draws of the page under some parameters."""
    plan = Plan(params, (params.race.target,), 1, explorer.N, SEED)
    return outcomes(params, plan.targets, next(points_of(plan, 0)))


def raced(session: Session, settings: Mapping[str, Any]) -> dict[str, Any]:
    job = session.odds(settings)
    job.step(explorer.N)
    return job.result()


def test_the_records_of_the_page_are_those_of_the_run(session: Session) -> None:
    assert session.base == parameters.load()


def test_the_code_of_the_page_runs_where_nothing_is_installed(
    made: tuple[dict[str, Any], bytes], tmp_path: Path
) -> None:
    explorer.write_code(tmp_path / "core.zip")
    (tmp_path / "model.json").write_text(json.dumps(made[0]))
    (tmp_path / "draws.bin").write_bytes(made[1])
    code = (
        "import sys, json, pathlib; sys.path[:0] = ['core.zip']\n"
        "from euromesh.explore import Session, answer\n"
        "here = pathlib.Path()\n"
        "model = json.loads((here / 'model.json').read_text())\n"
        "session = Session(model, (here / 'draws.bin').read_bytes())\n"
        "print(answer(session, json.dumps({'settings': {'owned.share': 0.2}})))\n"
    )
    command = [sys.executable, "-I", "-S", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    ours = answer(Session(*made), json.dumps({"settings": {"owned.share": 0.2}}))
    assert done.stdout.strip() == ours


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda found: ",".join(found))
def test_a_date_on_plan_is_that_of_a_run_with_the_same_values(
    session: Session, settings: Mapping[str, Any]
) -> None:
    params = parameters.load(overrides=settings)
    found = session.dates(settings)["routes"]
    assert {name: found[name]["date"] for name in ROUTES} == {
        name: finished(params, name) for name in ROUTES
    }


@pytest.mark.parametrize("settings", [{}, *SETTINGS, *RARE], ids=lambda found: ",".join(found))
def test_a_draw_finishes_when_the_ensemble_has_it_finish(
    session: Session, settings: Mapping[str, Any]
) -> None:
    """A value that is set is held in every draw, and all others are drawn as before."""
    found, job = drawn(parameters.load(overrides=settings)), session.odds(settings)
    job.step(SOME)
    for row, name in enumerate(ROUTES):
        chance = [job.chance(name, at) for at in range(SOME)]
        assert chance == pytest.approx(found.chance[row, :SOME], abs=1e-6)
        ever = found.chance[row, :SOME] > 0
        years = np.asarray(job.years[name][:SOME])[ever]
        assert years == pytest.approx(found.years[0, row, :SOME][ever], abs=1e-4)


@pytest.mark.parametrize("settings", [{}, {"owned.share": 0.04}, {"owned.leased_sites": 1.0}])
def test_odds_are_those_that_the_ensemble_counts(
    session: Session, settings: Mapping[str, Any]
) -> None:
    found, told = drawn(parameters.load(overrides=settings)), raced(session, settings)
    before, first = (total[0] / ONE / explorer.N for total in wins(found))
    assert told["before_campus"][0] == pytest.approx(before[OWNED, CAMPUS], abs=1e-5)
    tied = "owned.leased_sites" in settings  # in many draws the hall that joins is all that trains
    for row, name in enumerate(ROUTES):
        assert tied or told["routes"][name]["first"][0] == pytest.approx(first[row], abs=1e-5)
        never = 1 - np.mean(found.chance[row] * np.isfinite(found.years[0, row]))
        assert told["routes"][name]["never"][0] == pytest.approx(never, abs=1e-6)


def test_lags_are_those_of_the_book(session: Session) -> None:
    """On plan to the digit; on the likely date as far as the draws of the page tell that date."""
    book = json.loads(GOLDEN.read_text(encoding="utf-8"))["numbers"]
    on_plan = session.dates({})["frontier_months"]
    assert on_plan == pytest.approx(book["frontier.central_lag_months.owned"]["value"], abs=1e-6)
    likely = raced(session, {})["frontier_months"]
    assert likely == pytest.approx(book["frontier.lag_months.owned"]["value"], abs=3)


def test_a_hall_that_joins_makes_the_public_machines_hang_on_it() -> None:
    """In a run whose public machines count on a leased hall, its odds move their date."""
    made = {"owned.leased_sites": 1.0}
    joined = explorer.payload(parameters.resolve(overrides=made), parameters.load(overrides=made))
    assert set(Session(*joined).moved({"leased.never_built": 0.9})) == {"owned"}


def test_unmoved_odds_agree_with_the_book_within_their_error(session: Session) -> None:
    book = json.loads(GOLDEN.read_text(encoding="utf-8"))["numbers"]
    told = raced(session, {})
    odds, error = told["before_campus"]
    assert abs(odds - book["race.p_owned_before_campus.llama_405b"]["value"]) < 4 * error
    for name in ROUTES:
        odds, error = told["routes"][name]["by"]["2030"]
        assert abs(odds - book[f"{name}.odds_by_2030"]["value"]) < 4 * error


def test_only_what_reads_a_setting_is_raced_again(session: Session) -> None:
    assert session.moved({"owned.share": 0.2}) == ["owned"]
    assert session.moved({"owned.never_granted": 0.5, "race.target": "run_1e26"}) == []
    assert session.moved({"race.decision_date": "2028-01-01"}) == list(ROUTES)


def test_laws_of_chance_are_those_of_the_ensemble() -> None:
    at = random.Random(1)
    for _ in range(200):
        u, p, m, s = at.random(), at.uniform(0.05, 1), at.uniform(0.1, 3), at.uniform(0.2, 1)
        n = at.randint(1, 40)
        theirs = chance.slip_years(*map(np.asarray, (u, p, m, s)))
        assert draws.slip_years(u, p, m, s) == pytest.approx(float(theirs), rel=1e-9)
        assert draws.happens(u, p) == bool(chance.happens(np.asarray(u), np.asarray(p)))
        lost = chance.lost_sites(*map(np.asarray, (u, float(n), p)))
        assert draws.lost_sites(u, n, p) == float(lost)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"owned.shar": 0.1}, "there is no parameter owned.shar"),
        ({"owned.share": 1.5}, r"owned.share must be in \[0, 1\], got 1.5"),
        ({"owned.share": "much"}, r"owned.share must be a number in \[0, 1\], got much"),
        ({"race.target": "run_1e27"}, "race.target must be one of ai_act, .*, got run_1e27"),
        ({"campus.region": "utopia"}, "campus.region must be one of .*, got utopia"),
        ({"training.n_layers": 1.5}, "training.n_layers must be a whole number, got 1.5"),
        ({"campus.grid_mw": 777.0}, "no lead times for 777 MW"),
        ({"training.overlap_steps": 1e3}, "overlap_steps must be <= inner_steps, got 1000 and"),
        (
            {"accelerators.h100_80gb.fp8_tflop_per_s": 900.0},
            r"accelerators\.h100_80gb\.fp8.* must be >= 1\.5",
        ),
        ({"penalty.law": "muloco"}, "got muloco: no loss .* it says no penalty"),
    ],
)
def test_what_cannot_be_set_is_refused_by_name(
    session: Session, settings: Mapping[str, Any], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        session.dates(settings)


def test_the_laws_of_chance_that_the_page_cannot_follow_are_refused(session: Session) -> None:
    with pytest.raises(InputError, match=r"cannot follow grid\.correlation"):
        session.odds({"grid.correlation": 0.2})


def asked(session: Session, **ask: Any) -> dict[str, Any]:
    """What a question leads to in the end."""
    told, found = answer(session, json.dumps({"settings": {}, **ask})), {}
    while "end" not in (heard := json.loads(told)):
        found |= heard
        told = answer(session, json.dumps({"next": True}))
    return found


def test_an_answer_comes_date_first_then_odds_that_sharpen_then_the_largest_run(
    session: Session,
) -> None:
    heard = []
    told = answer(session, json.dumps({"settings": {"owned.share": 0.2}}))
    while "end" not in (found := json.loads(told)):
        heard += list(found)
        told = answer(session, json.dumps({"next": True}))
    assert heard == ["dates", *["odds"] * (explorer.N // 64), "c_star"]


def test_the_largest_run_comes_in_slices_and_is_what_it_is_at_once(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no time at all a slice is one size more; nothing is computed twice."""
    monkeypatch.setattr("euromesh.explore.session.MOMENT", 0.0)
    params = session.params({"owned.share": 0.2})
    pair = [routes.finish_curve(ROUTES[name](params), params) for name in ("owned", "campus")]
    sizes: list[float] = []

    def counted(curve: FinishTime) -> FinishTime:
        return lambda flop: (sizes.append(flop), curve(flop))[1]

    *before, found = sliced(routes.curves_c_star, *map(counted, pair))
    assert found == routes.curves_c_star(*pair)
    assert before == [None] * (len(sizes) - 1)
    assert len(sizes) > 100
    assert [*session.c_star({"owned.share": 0.2})][-1] == found


def test_a_refused_setting_is_an_error_and_no_more(session: Session) -> None:
    told = json.loads(answer(session, json.dumps({"settings": {"owned.share": 7}})))
    assert "owned.share must be in [0, 1], got 7" in told["error"]
    assert json.loads(answer(session, json.dumps({"next": True}))) == {"end": True}


def test_a_share_that_is_solved_for_is_the_least_that_reaches_the_odds(session: Session) -> None:
    ask = {"solve": "owned.share", "odds": 0.9, "if_granted": True, "better": 1.0, "worse": 0.001}
    found = asked(session, **ask)["backwards"]
    for factor, reaches in ((1.0, True), (0.9, False)):
        job = session.odds({"owned.share": factor * found["value"], "owned.never_granted": 0.0})
        job.step(found["n"])
        assert (job.pair(found["n"])[0] >= 0.9) is reaches


def test_where_refusals_cap_the_odds_nothing_is_solved(session: Session) -> None:
    ask = {"solve": "owned.share", "odds": 0.95, "if_granted": False, "better": 1.0, "worse": 0.001}
    found = asked(session, **ask)["backwards"]
    assert found["value"] is None
    assert found["best"] < 0.9


def test_refusal_odds_that_are_solved_for_leave_the_odds(session: Session) -> None:
    ask = {"solve": "owned.never_granted", "odds": 0.6, "if_granted": False}
    found = asked(session, **ask)["backwards"]
    job = session.odds({"owned.never_granted": found["value"]})
    job.step(found["n"])
    assert job.pair(found["n"])[0] == pytest.approx(0.6, abs=1e-9)


def test_a_value_outside_its_slider_stands_at_its_nearer_end() -> None:
    (share,) = (one.model_dump() for one in explorer_data().controls if one.id == "owned.share")
    share |= {"kind": "fraction"}
    assert [em_explorer.place(share, value) for value in (0.0, 0.005, 0.05, 0.5, 1.0)] == [
        *(0.0, 0.0, pytest.approx(0.5), 1.0, 1.0)
    ]


def test_a_book_without_the_engine_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not engine.copy(tmp_path / "site", tmp_path / "nothing")
    assert "npm ci --prefix book/_web" in capsys.readouterr().err
    assert not (tmp_path / "site").exists()
