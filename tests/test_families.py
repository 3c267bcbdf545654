"""Stated distributions: quantiles, fits, mixtures, what a file may say, and how they are drawn."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from euromesh import ensemble, params
from euromesh.book import pages
from euromesh.ensemble.inputs import coordinates
from euromesh.ensemble.marginals import spread
from euromesh.params import files, spec, statements
from euromesh.params.forms import Leaf
from euromesh.params.shapes import (
    FITS,
    LEVELS,
    SINGLE,
    Beta,
    Empirical,
    Lognormal,
    Mixture,
    Normal,
    Part,
    Shape,
    Triangular,
    Uniform,
)
from euromesh.params.spec import Span
from euromesh.records import InputError, Params
from euromesh.records.tree import value_of
from tests.refused import refusal, state
from tests.strategies import few, positive

ONE_SIGMA = float(ndtr(1))


def of(family: type[Shape], *arguments: float) -> Shape:
    """A family by its arguments in order."""
    return family(**dict(zip(family.model_fields, arguments, strict=False)))


def fitted(name: str, p10: float, p90: float, **more: float) -> Shape:
    return SINGLE[name](**FITS[name][1](p10=p10, p90=p90, **more))


def mixture(*parts: tuple[float, Shape]) -> Mixture:
    return Mixture(parts=[Part(shape=shape, weight=weight) for weight, shape in parts])


def at(shape: Shape, u: float) -> float:
    return float(shape.quantile(np.asarray([u]))[0])


def below(shape: Shape, x: float) -> float:
    return float(shape.cdf(np.asarray([x]))[0])


SEEN = Empirical(values=[8, 1, 3], weights=[2, 1, 1])
TWO_BOXES = mixture((1, of(Uniform, 0, 1)), (3, of(Uniform, 10, 12)))
OF_ALL = mixture(
    (1, of(Lognormal, 2, 0.3)),
    (2, of(Beta, 2, 5, 0, 10)),
    (0.5, of(Triangular, -1, 1, 1)),
    (1, of(Normal, 3, 1)),
    (0.2, of(Uniform, 20, 21)),
    (0.3, SEEN),
)
each_shape = pytest.mark.parametrize("shape", [of(Beta, 2, 5), SEEN, OF_ALL], ids=lambda s: s.words)


# --- quantiles and cdf ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "u", "x"),
    [
        (of(Normal, 3, 2), ONE_SIGMA, 5),
        (of(Lognormal, 2, math.log(2)), ONE_SIGMA, 4),
        (of(Uniform, 1, 5), 0.25, 2),
        (of(Triangular, 0, 1, 4), 0.0625, 0.5),
        (of(Triangular, 0, 0, 1), 0.75, 0.5),
        (of(Beta, 2, 1), 0.25, 0.5),  # F = y^2
        (of(Beta, 1, 2, 10, 20), 0.75, 15),  # F = 1 - (1 - y)^2
        (TWO_BOXES, 0.125, 0.5),
        (TWO_BOXES, 0.25, 1),
        (TWO_BOXES, 0.625, 11),
    ],
)
def test_a_quantile_worked_by_hand_and_its_probability(shape: Shape, u: float, x: float) -> None:
    """Whether the arguments of a file are those of scipy."""
    assert at(shape, u) == pytest.approx(x, rel=1e-12)
    assert below(shape, x) == pytest.approx(u, rel=1e-12)


@pytest.mark.parametrize(
    ("u", "x"), [(0.01, 1), (0.25, 1), (0.26, 3), (0.5, 3), (0.51, 8), (0.99, 8)]
)
def test_a_value_that_was_seen_comes_as_often_as_its_weight_says(u: float, x: float) -> None:
    assert at(SEEN, u) == at(mixture((1, SEEN), (1, SEEN)), u) == x
    assert [below(SEEN, place) for place in (0.9, 1, 2.9, 3, 8)] == [0, 0.25, 0.25, 0.5, 1]


def test_the_shares_of_what_was_seen_add_up_to_one_whatever_their_sum_in_floats() -> None:
    ten = Empirical(values=[float(k) for k in range(10)], weights=[0.1] * 10)  # summed, 1 - 1e-16
    assert below(ten, 9) == 1 and at(ten, 1 - 1e-16) == 9


@each_shape
def test_quantiles_rise_with_u_and_the_cdf_brings_them_back(shape: Shape) -> None:
    tail = np.asarray([1e-18, 2.0**-31, 1e-9, 1e-6])
    u = np.concatenate([tail, np.linspace(0.001, 0.999, 1999), 1 - tail[:0:-1], [1 - 1e-16]])
    x = shape.quantile(u)
    assert np.isfinite(x).all() and (np.diff(x) >= 0).all() and x[1] < x[-2]
    assert (shape.cdf(x) >= u - 1e-12).all()
    assert (shape.cdf(x - 1e-9) <= u + 1e-12).all()  # x is the least of those


@each_shape
def test_a_part_of_an_array_gives_the_same_bits_as_the_whole(shape: Shape) -> None:
    u = np.random.default_rng(1).random(4099)
    whole = shape.quantile(u)
    parts = [shape.quantile(part) for part in np.array_split(u, 7)]
    alone = [at(shape, one) for one in u[:64].tolist()]
    strided = shape.quantile(np.stack([u, u[::-1]], axis=1)[:, 0])
    assert np.concatenate(parts).tobytes() == whole.tobytes() == strided.tobytes()
    assert np.asarray(alone).tobytes() == whole[:64].tobytes()


@st.composite
def mixtures(draw: st.DrawFn) -> Mixture:
    """Two to four continuous parts of plausible size."""
    single = st.one_of(
        st.builds(lambda m, s: of(Normal, m, s), positive(-10, 10), positive(0.1, 5)),
        st.builds(lambda m, s: of(Lognormal, m, s), positive(0.1, 10), positive(0.05, 2)),
        st.builds(lambda a, w: of(Uniform, a, a + w), positive(-10, 10), positive(0.1, 5)),
        st.builds(lambda a, b: of(Beta, a, b), positive(0.5, 20), positive(0.5, 20)),
    )
    parts = st.lists(st.tuples(positive(0.1, 5), single), min_size=2, max_size=4)
    return mixture(*draw(parts))


@few
@given(mixtures(), st.lists(positive(1e-9, 1 - 1e-9), min_size=2, max_size=8, unique=True))
def test_a_mixture_inverts_its_cdf(shape: Mixture, levels: list[float]) -> None:
    u = np.asarray(levels)
    assert shape.cdf(shape.quantile(u)) == pytest.approx(u, abs=1e-12)


# --- fits ----------------------------------------------------------------------------------------


@few
@given(positive(0.001, 0.9), positive(1.01, 50), positive(0.38197, 0.61803))
def test_fits_meet_their_quantiles(p10: float, ratio: float, part: float) -> None:
    p90 = p10 * ratio
    p50 = p10 + part * (p90 - p10)
    for name in ("lognormal", "normal", "uniform"):
        found = fitted(name, p10, p90).quantile(LEVELS)
        assert found[[0, 2]] == pytest.approx([p10, p90], rel=1e-9), name
    found = fitted("triangular", p10, p90, p50=p50).quantile(LEVELS)
    assert found == pytest.approx([p10, p50, p90], rel=1e-9)


@few
@given(positive(-6, 6), positive(0.01, 8))
def test_a_beta_meets_its_quantiles(logit: float, apart: float) -> None:
    p10, p90 = (1 / (1 + math.exp(-x)) for x in (logit, logit + apart))
    assume(p90 < 1 - 1e-6)
    found = fitted("beta", p10, p90).quantile(LEVELS)
    assert found[[0, 2]] == pytest.approx([p10, p90], rel=1e-9)
    wide = fitted("beta", 1 + 2 * p10, 1 + 2 * p90, low=1, high=3).quantile(LEVELS)
    assert wide == pytest.approx(1 + 2 * found, rel=1e-9)


# --- what a file may say -------------------------------------------------------------------------

KEY = "frontier.algorithmic_progress_per_year"  # a factor: 1.8, 2.8, 5.3
COUNT = "costs.accel_per_node"  # 2, 4, 8
RANGE = {"low": None, "high": None}
LOGNORMAL = {"name": "lognormal", "median": 2.8, "sigma": 0.4}  # P10 1.67699, P90 4.67501
NORMAL = {"name": "normal", "mean": 2.8, "sd": 1}
VALUES = {"name": "empirical", "values": [2, 3]}
TRIANGLE = {"name": "triangular", "low": 1, "mode": 3, "high": 5}
WHERE = f"(params/frontier.yaml: {KEY}.distribution"


def stated(key: str, **changes: Any) -> tuple[Shape | None, Span]:
    """What the reader makes of a leaf whose words are changed; a `ParamsError` as it refuses it."""
    known = params.library().parameters[key]
    words = {name: getattr(known, name) for name in Leaf.model_fields}
    words |= {"sources": list(known.sources), **changes}
    leaf = Leaf(**words)
    here = files.Place(known.file, key)
    found = statements.stated(leaf, spec.singles()[key], here)
    here.stop()
    return found


NARROW = {"name": "uniform", "low": 999.9, "high": 1000.9}  # P10 to P90: 1000 to 1000.8
WHOLE = {"name": "triangular", "low": 1, "mode": 4, "high": 8}  # P10 2.45, P50 4.26, P90 6.33
AT_ZERO = {"name": "uniform", "low": -0.3, "high": 2.7}  # P10 is 6e-17 in floats
TOKENS = "training.tokens_per_param"
P10, P50 = "low must be the P10 of the distribution, ", "value must be the P50 of the distribution"


@pytest.mark.parametrize(
    ("key", "told", "span", "refused"),
    [
        (KEY, LOGNORMAL, (2.8, 1.677, 4.67), None),
        (KEY, LOGNORMAL, (2.8, 1.69, 4.67), None),  # rounded, and stays so
        (KEY, LOGNORMAL, (2.8, 1.7, 4.67), f"{P10}1.67699"),
        (KEY, LOGNORMAL, (2.8, 1.65, 4.67), f"{P10}1.67699"),
        (KEY, LOGNORMAL, (2.9, 1.677, 4.67), None),  # 5 % of the way from P10 to P90: 0.15
        (KEY, LOGNORMAL, (2.6, 1.677, 4.67), P50),
        (KEY, NARROW, (1000.4, 999.993, 1000.8), None),  # no looser than the range is wide
        (KEY, NARROW, (1000.4, 999.991, 1000.8), f"{P10}1000, to 1 %"),
        (TOKENS, {**AT_ZERO, "low": -0.5, "high": 4.5}, (2, 0, 4), None),
        (TOKENS, AT_ZERO, (1.2, 0, 2.4), None),
        ("owned.share", {**VALUES, "values": [0, 0.5, 1]}, (0.5, 0, 1), None),  # all within bounds
        (COUNT, WHOLE, (4, 2, 6), None),
        (COUNT, WHOLE, (4, 2, 7), "high must be the P90"),
    ],
)
def test_value_and_ends_are_those_of_the_distribution_or_rounded(
    key: str, told: object, span: tuple[float, ...], refused: str | None
) -> None:
    given = {**dict(zip(("value", "low", "high"), span, strict=True)), "distribution": told}
    if refused is None:
        assert stated(key, **given)[1] == span
    else:
        assert refusal(stated, key, **given).startswith(refused)


def test_a_little_mass_outside_the_bounds_is_clipped() -> None:
    told = {"name": "normal", "mean": 2.8, "sd": 0.9}  # 0.09 % below 0
    shape, _ = stated(KEY, **RANGE, distribution=told)
    known = dataclasses.replace(params.library().parameters[KEY], distribution=shape)
    assert spread(known).at(np.asarray([1e-5, 0.5])).tolist() == [0, 2.8]


def test_a_library_holds_the_distribution_and_its_range_for_every_reader(folder: Path) -> None:
    told = {"name": "uniform", "low": 0.0, "high": 1.0}
    state(folder, "owned.share", value=0.5, **RANGE, distribution=told)
    found = params.library(folder).parameters["owned.share"]
    assert found.distribution == of(Uniform, 0, 1)
    assert (found.low, found.high) == pytest.approx((0.1, 0.9))
    assert params.resolve("low", folder=folder)["owned.share"] == found.low


def test_a_whole_count_has_a_whole_range() -> None:
    assert stated(COUNT, **RANGE, distribution=WHOLE)[1] == (4, 2, 6)


SEEN_VALUES = {"name": "empirical", "values": [4, 3, 1], "weights": [1, 2, 1]}
FROM_1_TO_5 = {"low": 1, "high": 5}


@pytest.mark.parametrize(
    ("told", "ends", "shape"),
    [
        ("lognormal", {"low": 1.8, "high": 5.0}, of(Lognormal, 3, math.log(5 / 3) / ndtri(0.9))),
        (TRIANGLE, RANGE, of(Triangular, 1, 3, 5)),
        ({"name": "beta", "a": 2, "b": 2, **FROM_1_TO_5}, RANGE, of(Beta, 2, 2, 1, 5)),
        (SEEN_VALUES, RANGE, Empirical(values=[1, 3, 4], weights=[1, 2, 1])),
        ({"name": "empirical", "values": [4, 3, 2]}, RANGE, Empirical(values=[2, 3, 4])),
        ({"name": "uniform", "p10": 1.4, "p90": 4.6}, RANGE, of(Uniform, 1, 5)),
        (
            {"name": "beta", "p10": 1.4, "p90": 4.6, **FROM_1_TO_5},
            RANGE,
            fitted("beta", 1.4, 4.6, **FROM_1_TO_5),
        ),
        (
            {"name": "triangular", "p10": 2, "p50": 3.05, "p90": 4},
            RANGE,
            fitted("triangular", 2, 4, p50=3.05),
        ),
    ],
)
def test_every_form_is_read_and_gives_the_range(told: Any, ends: Any, shape: Shape) -> None:
    found, span = stated(KEY, value=3.0, **ends, distribution=told)
    assert found is not None and type(found) is type(shape)
    assert found.quantile(LEVELS) == pytest.approx(shape.quantile(LEVELS))
    assert span == pytest.approx((3.0, *shape.quantile(LEVELS[[0, 2]])))


MIXED = {
    "name": "mixture",
    "parts": [
        {"weight": 2, "name": "lognormal", "median": 2.8, "sigma": 0.2, "source": "algo-progress"},
        {"weight": 1, "name": "normal", "p10": 2, "p90": 3.6},
    ],
}


def test_a_mixture_is_read_with_the_sources_of_its_parts() -> None:
    found, _ = stated(KEY, **RANGE, distribution=MIXED)
    first = Part(shape=of(Lognormal, 2.8, 0.2), weight=2, source="algo-progress")
    assert found == Mixture(parts=[first, Part(shape=fitted("normal", 2, 3.6), weight=1)])


def part(**changes: Any) -> dict[str, Any]:
    """The mixture with its first part changed; None takes a word away."""
    first = {**MIXED["parts"][0], **changes}  # type: ignore[dict-item]
    kept = {word: value for word, value in first.items() if value is not None}
    return {**MIXED, "parts": [kept, MIXED["parts"][1]]}


FAMILIES = "beta, empirical, lognormal, normal, triangular, uniform"


@pytest.mark.parametrize(
    ("told", "changes", "message", "where"),
    [
        # a name alone
        ("lognorm", {}, "normal, triangular, uniform, got 'lognorm'; did you mean lognormal?", ""),
        ({1: 2}, {}, f"name must be one of {FAMILIES}, mixture, got None", ""),
        ("empirical", {}, "triangular, uniform, got 'empirical'; did you mean", ""),
        ("lognormal", RANGE, "low and high must be given beside 'lognormal', or its arguments", ""),
        ("lognormal", {}, "the P50 of the distribution, 3.08869, to 5 % of the way", ""),
        ("lognormal", {"low": 0}, "P10 must be > 0 for a lognormal, got 0", ""),
        (
            "triangular",
            {"high": 1.8 + 1 / 0.381},
            "P50 must be in [2.80254, 3.42214] for a tri",
            "",
        ),
        (
            "triangular",
            {"high": 1.8 + 1 / 0.619},
            "P50 must be in [2.41707, 2.79844] for a tri",
            "",
        ),
        ("beta", {}, "0 < P10 < P90 < 1 must hold for a beta, got 1.8 and 5.3", ""),
        # a name with arguments
        ({"name": "gamma", "a": 1}, {}, f"{FAMILIES}, mixture, got 'gamma'; did you mean", ""),
        ({**LOGNORMAL, "medain": 1}, {}, "unknown key medain; did you mean median?", ".medain"),
        ({**LOGNORMAL, "median": "3"}, {}, "must be a number in (-inf, inf), got '3'", ".median"),
        ({**NORMAL, "mean": math.nan}, {}, "mean: input should be a finite number, got", ".mean"),
        ({**NORMAL, "sd": 0}, {}, "sd: input should be greater than 0, got 0", ".sd"),
        ({"name": "uniform", "low": 3, "high": 3}, {}, "low must be < high, got 3 and 3", ""),
        ({**TRIANGLE, "mode": 9}, {}, "mode must be in [1, 5], got 9", ""),
        ({"name": "normal", "p10": 3, "p90": 2}, {}, "p10 must be < p90, got 3 and 2", ""),
        ({**VALUES, "weights": [1, 0]}, {}, "weights must be > 0, one for each of 2 values", ""),
        # mixtures
        (part(weight=0), {}, "weight: input should be greater than 0, got 0", ".parts.0.weight"),
        (part(name="mixture"), {}, f"{FAMILIES}, got 'mixture'; did you mean", ".parts.0"),
        (part(sourc="x"), {}, "unknown key sourc; did you mean", ".parts.0.sourc"),
        (part(source="algo-progres"), {}, "sources of the value; did you mean algo-progress?", ""),
        ({**MIXED, "parts": []}, {}, "parts: list should have at least 2 items", ".parts"),
        ({**MIXED, "parts": [None, 3]}, {}, "entry: input should be a valid", ".parts.0"),
        # beside value, range and unit
        (NORMAL, RANGE, "at most 0.1 % of its mass outside [0, inf), got 0.26 %: narrow it", ""),
    ],
)
def test_a_distribution_is_refused(
    told: object, changes: dict[str, Any], message: str, where: str
) -> None:
    said = refusal(stated, KEY, **changes, distribution=told)
    assert any(message in line and line.endswith(f"{WHERE}{where})") for line in said.splitlines())


@pytest.mark.parametrize(
    ("key", "changes", "message"),
    [
        ("race.decision_date", {}, "belongs to a number: leave it out of a date (params/routes.ya"),
        ("gigafactory.slip_years", {}, "belongs to a number: give the value, its P50 (params/rout"),
        (
            "owned.share",
            {"value": 0.9, "distribution": {"name": "normal", "mean": 0.9, "sd": 0.04}},
            "must have at most 0.1 % of its mass outside [0, 1], got 0.62 %",
        ),
    ],
)
def test_a_distribution_belongs_to_a_number_within_its_bounds(
    key: str, changes: dict[str, Any], message: str
) -> None:
    said = refusal(stated, key, **{**RANGE, "distribution": NORMAL, **changes})
    assert any(line.startswith(f"distribution {message}") for line in said.splitlines()), said


def test_a_wrong_part_is_one_fault() -> None:
    said = refusal(stated, KEY, value=9.0, **RANGE, distribution=part(sigma=None))
    assert said == f"sigma is missing {WHERE}.parts.0.sigma)"


@pytest.mark.parametrize("value", ["3x0", math.nan, -1])
def test_a_faulty_value_is_left_to_its_own_fault(value: object) -> None:
    assert stated(KEY, value=value, distribution=LOGNORMAL)[0] is None


def test_a_number_that_a_refusal_proposes_is_one_in_yaml() -> None:
    said = refusal(stated, "frontier.feasible_flop", distribution={**LOGNORMAL, "median": 4e26})
    assert "must be the P50 of the distribution, 4e+26, to" in said


def test_a_distribution_is_printed_in_words() -> None:
    assert of(Lognormal, 2.8, 0.4).words == "lognormal with median 2.8 and sigma 0.4"
    assert of(Triangular, 1, 2, 75000).words == "triangular with low 1, mode 2 and high 75,000"
    assert SEEN.words == "1 (0.25), 3 (0.25) or 8 (0.5)"
    both = mixture((3, of(Normal, 3, 1)), (1, SEEN))
    assert both.words == f"mixture: 0.75 of normal with mean 3 and sd 1; 0.25 of {SEEN.words}"
    one = params.library().parameters[KEY]
    known = dataclasses.replace(one, distribution=of(Lognormal, 2.8, 0.4))
    assert pages.spread(one).replace("\\", "") == "(1.8 to 5.3)"
    shown = pages.spread(known).replace("\\", "")
    assert shown == "(1.8 to 5.3; lognormal with median 2.8 and sigma 0.4)"


# --- draws ---------------------------------------------------------------------------------------


@pytest.fixture
def stating() -> Iterator[Any]:
    """Give parameters of the library a distribution; they lose it when the test ends."""
    known, listed = params.library().parameters, params.library().coordinates
    before, names = dict(known), list(listed)

    def give(key: str, shape: Shape, **changes: Any) -> None:
        known[key] = dataclasses.replace(known[key], distribution=shape, **changes)
        listed.extend({key} - {*listed})
        coordinates.cache_clear()

    yield give
    known.update(before)
    listed[:] = names
    coordinates.cache_clear()


def drawn(given: Params, key: str, u: np.ndarray[Any, Any]) -> list[Any]:
    points = np.tile(u[:, None], ensemble.n_coordinates())
    return [value_of(draw, key) for draw in ensemble.draws_at(given, points)]


def test_a_parameter_without_a_range_counts_as_ranged(central: Params, stating: Any) -> None:
    seen = Empirical(values=[126, 128], weights=[19, 1])  # P10 = P50 = P90
    before = {key for one in ensemble.inputs(central) for key in one.ids}
    stating("training.n_layers", seen, low=126.0, high=126.0)
    after = {key for one in ensemble.inputs(central) for key in one.ids}
    assert after - before == {"training.n_layers"}
    u = np.asarray([0.5, 0.94, 0.96])
    assert drawn(central, "training.n_layers", u) == [126, 126, 128]


MANY = np.linspace(0.001, 0.999, 33)
FOURS = of(Lognormal, 4, 0.6)


@pytest.mark.parametrize(
    ("key", "shape", "u", "expected"),
    [
        (KEY, OF_ALL, MANY, np.maximum(OF_ALL.quantile(MANY), 0)),
        (COUNT, FOURS, MANY, np.maximum(np.rint(FOURS.quantile(MANY)), 1)),  # whole, at least one
        ("training.bits_per_param", of(Uniform, 4, 16), [0.01, 0.3, 0.5, 0.99], [4, 8, 8, 16]),
        ("frontier.growth_per_year", of(Uniform, 0.5, 8.5), [0.01, 0.5], [1, 4.5]),  # never shrinks
    ],
)
def test_draws_follow_the_distribution_as_far_as_the_model_knows_the_values(
    central: Params, stating: Any, key: str, shape: Shape, u: Any, expected: Any
) -> None:
    stating(key, shape)
    assert drawn(central, key, np.asarray(u)) == list(expected)


@pytest.mark.parametrize("key", ["grid_lead_times.italy_40mw.lead_years", "new_medium.lost_sites"])
def test_a_distribution_that_no_draw_reads_is_refused(
    central: Params, stating: Any, key: str
) -> None:
    stating(key, of(Uniform, 0, 1))
    file = params.library().parameters[key].file
    message = f"distribution must be left out: no draw reads this range ({file}: {key})"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        ensemble.inputs(central)
