"""Small models of other libraries, as their own guides have them, and ours beside each.

A library is imported when its model is called. What a contender returns is an answer: numbers
and their standard errors, by which any two contenders can be held against each other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import combinations
from typing import Any, Final

import numpy as np
from scipy.special import ndtri

from euromesh.ensemble import marginals, sobol
from euromesh.ensemble.marginals import Array
from euromesh.sensitivity import Design, evaluate, indices
from euromesh.sensitivity.indices import RESAMPLES

SEED: Final = 20270101
BLOCKS: Final = 8
MOST_ERRORS: Final = 4.0  # two answers agree when they lie within so many standard errors
Z95: Final = 1.959963984540054  # half a 95 % interval, in standard errors


class DisagreementError(Exception):
    """Contenders that do not compute the same thing: there is nothing to time."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a contender finds, and the standard error of each number."""

    values: Array
    errors: Array


Call = Callable[[], Answer]


@dataclass(frozen=True, slots=True)
class Contest:
    """One model, ours and a peer's way to it."""

    model: str
    peer: str  # the package
    ours: Call
    theirs: Call
    truth: Sequence[float]

    @property
    def absent(self) -> bool:
        """Whether the peer is not installed."""
        return find_spec(self.peer) is None

    def answers(self) -> dict[str, Answer]:
        """What we say, what the peer says where it is installed, and what is true."""
        exact = Answer(np.asarray(self.truth, dtype=np.float64), np.zeros(len(self.truth)))
        theirs = {} if self.absent else {self.peer: self.theirs()}
        return {"ours": self.ours(), **theirs, "the truth": exact}


def check_agreement(model: str, found: dict[str, Answer]) -> None:
    """Refuse answers that lie further apart than their standard errors allow."""
    for (one, a), (other, b) in combinations(found.items(), 2):
        apart = np.abs(a.values - b.values)
        allowed = MOST_ERRORS * np.hypot(a.errors, b.errors)
        if not (apart <= allowed).all():
            raise DisagreementError(
                f"{model}: {one} and {other} differ by {apart}, more than {allowed} allows"
            )


def contests(n: int, base: int) -> list[Contest]:
    """Every model: n draws of a sample, and a Sobol design of `base` points."""
    tuners, fall, shares = (
        partial(our_tuners, n),
        partial(our_decay, n),
        partial(our_ishigami, base),
    )
    product = f"piano tuners of a city, {n:,} draws"
    decays = f"decay, {n:,} quasi-random draws"
    moments_of = "decay, its moments to 1 in 10,000"
    sobols = f"Sobol indices of Ishigami's function, N = {base:,}, {RESAMPLES:,} resamples"
    return [
        Contest(product, "squigglepy", tuners, partial(squigglepy_tuners, n), TUNERS),
        Contest(product, "openturns", tuners, partial(openturns_tuners, n), TUNERS),
        Contest(decays, "chaospy", fall, partial(chaospy_decay, n), DECAY),
        Contest(moments_of, "chaospy", our_decay_in_blocks, chaospy_chaos, DECAY),
        Contest(sobols, "SALib", shares, partial(salib_ishigami, base), ISHIGAMI),
        Contest(sobols, "openturns", shares, partial(openturns_ishigami, base), ISHIGAMI),
    ]


def moments(values: Array) -> Answer:
    """Mean and standard deviation, with the errors of independent draws: at most those of ours."""
    mean, n = values.mean(), len(values)
    squares = (values - mean) ** 2
    variance, fourth = squares.mean(), np.vdot(squares, squares) / n
    errors = np.sqrt([variance / n, (fourth / variance - variance) / (4 * n)])
    return Answer(np.array([mean, math.sqrt(variance)]), errors)


# --- piano tuners: the first example of squigglepy's guide ---------------------------------------

PEOPLE: Final = (8.1e6, 8.4e6)  # the middle 90 % of lognormals
PIANOS: Final = (0.2, 1.0)  # a hundred people
PER_TUNER: Final = (2e3, 50e3)
RANGES: Final = (PEOPLE, PIANOS, PER_TUNER)
Z05: Final = 1.6448536269514722


def _log_mean(low: float, high: float) -> float:
    return math.log(low * high) / 2


def _log_sd(low: float, high: float) -> float:
    return math.log(high / low) / (2 * Z05)


TUNERS: Final = (  # of the logarithm of the number of tuners
    _log_mean(*PEOPLE) + _log_mean(*PIANOS) + math.log(0.01) - _log_mean(*PER_TUNER),
    math.sqrt(math.fsum(_log_sd(*ends) ** 2 for ends in RANGES)),
)


def our_tuners(n: int) -> Answer:
    """By our marginals at points of a scrambled Sobol sequence."""
    points = sobol(range(len(RANGES)), n, SEED)
    people, pianos, per_tuner = (_spread(*ends).at(points[:, i]) for i, ends in enumerate(RANGES))
    return moments(np.log(people * (pianos * 0.01) / per_tuner))


def _spread(low: float, high: float) -> marginals.Spread:
    """The same lognormal from its P10 and P90."""
    central, factor = math.sqrt(low * high), math.exp(marginals.Z90 * _log_sd(low, high))
    return marginals.Spread(
        low=central / factor,
        central=central,
        high=central * factor,
        scale=marginals.LOG,
        settled=lambda numbers: numbers,
        least=0.0,
        most=math.inf,
    )


def squigglepy_tuners(n: int) -> Answer:
    """As the guide writes it."""
    import squigglepy as sq

    sq.set_seed(SEED)
    people = sq.to(*PEOPLE)
    pianos = sq.to(*PIANOS) * 0.01
    tuners_per_piano = 1 / sq.to(*PER_TUNER)
    return moments(np.log((people * pianos * tuners_per_piano) @ n))


def openturns_tuners(n: int) -> Answer:
    """By a symbolic function on a sample of OpenTURNS."""
    import openturns as ot

    ot.RandomGenerator.SetSeed(SEED)
    laws = [ot.LogNormal(_log_mean(*ends), _log_sd(*ends), 0.0) for ends in RANGES]
    tuners = ot.SymbolicFunction(["a", "b", "c"], ["a * 0.01 * b / c"])
    sample = tuners(ot.JointDistribution(laws).getSample(n))
    return moments(np.log(np.asarray(sample)[:, 0]))


# --- exponential decay: the example of chaospy's guide -------------------------------------------

START: Final = (1.5, 0.2)  # normal: mean and deviation
SPEED: Final = (0.1, 0.2)  # uniform: ends
AT: Final = 5.0


def decay(start: Any, speed: Any) -> Any:
    """u(t) = a exp(-b t) at one moment."""
    return start * np.exp(-speed * AT)


def _decay_truth() -> tuple[float, float]:
    width = SPEED[1] - SPEED[0]
    first, second = (
        (math.exp(-k * AT * SPEED[0]) - math.exp(-k * AT * SPEED[1])) / (k * AT * width)
        for k in (1, 2)
    )
    mean = START[0] * first
    return mean, math.sqrt((START[0] ** 2 + START[1] ** 2) * second - mean**2)


DECAY: Final = _decay_truth()


def our_decay(n: int, seed: int = SEED) -> Answer:
    """At points of a scrambled Sobol sequence."""
    points = sobol(range(2), n, seed)
    start = START[0] + START[1] * ndtri(points[:, 0])
    return moments(decay(start, SPEED[0] + (SPEED[1] - SPEED[0]) * points[:, 1]))


def our_decay_in_blocks() -> Answer:
    """From independent scramblings, which say how large the error of their mean is."""
    found = np.array([our_decay(256, SEED + k).values for k in range(BLOCKS)])
    return Answer(found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(BLOCKS))


def chaospy_decay(n: int) -> Answer:
    """By chaospy's joint distribution and its Sobol sequence."""
    import chaospy

    start, speed = _chaospy_laws(chaospy).sample(n, rule="sobol", seed=SEED)
    return moments(decay(start, speed))


def chaospy_chaos() -> Answer:
    """By its polynomial chaos of the lowest order that is as exact, on Gaussian nodes."""
    import chaospy

    order = 2
    laws = _chaospy_laws(chaospy)
    expansion = chaospy.generate_expansion(order, laws)
    nodes, weights = chaospy.generate_quadrature(order, laws, rule="gaussian")
    model = chaospy.fit_quadrature(expansion, nodes, weights, decay(*nodes))
    values = [float(chaospy.E(model, laws)), float(chaospy.Std(model, laws))]
    return Answer(np.array(values), np.array([1e-6, 4e-6]))  # the order's own


def _chaospy_laws(chaospy: Any) -> Any:
    return chaospy.J(chaospy.Normal(*START), chaospy.Uniform(*SPEED))


# --- Ishigami's function: the example of SALib's and OpenTURNS's guides --------------------------

A, B = 7.0, 0.1


def ishigami(x: Any) -> Any:
    """f = sin x1 + a sin^2 x2 + b x3^4 sin x1, x uniform in (-pi, pi); inputs in columns."""
    return np.sin(x[:, 0]) * (1 + B * x[:, 2] ** 4) + A * np.sin(x[:, 1]) ** 2


def _ishigami_truth() -> list[float]:
    """First-order indices, then total ones."""
    one = (1 + B * math.pi**4 / 5) ** 2 / 2
    two = A**2 / 8
    both = B**2 * math.pi**8 * (1 / 18 - 1 / 50)
    total = one + two + both
    return [one / total, two / total, 0.0, (one + both) / total, two / total, both / total]


ISHIGAMI: Final = _ishigami_truth()


def our_ishigami(base: int) -> Answer:
    """By `euromesh.sensitivity`."""
    design = Design(dimensions=3, leading=3, n=base, seed=SEED)
    found = evaluate(_ishigami_of_cube, {"x1": [0], "x2": [1], "x3": [2]}, design)
    (one,) = indices(found, SEED)
    estimates = [*one.first.values(), *one.total.values()]
    errors = [(e.high - e.low) / (2 * Z95) for e in estimates]
    return Answer(np.array([e.value for e in estimates]), np.array(errors))


def _ishigami_of_cube(points: Array) -> Array:
    outcome: Array = ishigami(math.pi * (2 * points - 1))[np.newaxis]
    return outcome


def salib_ishigami(base: int) -> Answer:
    """By SALib: its Sobol design without second-order indices, and its bootstrap."""
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as design

    problem = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[-math.pi, math.pi]] * 3}
    points = design.sample(problem, base, calc_second_order=False, seed=SEED)
    found = analysis.analyze(
        problem, ishigami(points), calc_second_order=False, num_resamples=RESAMPLES, seed=SEED
    )
    values = np.concatenate([found["S1"], found["ST"]])
    return Answer(values, np.concatenate([found["S1_conf"], found["ST_conf"]]) / Z95)


def openturns_ishigami(base: int) -> Answer:
    """By OpenTURNS: its own design, a symbolic function, and its bootstrap."""
    import openturns as ot

    ot.RandomGenerator.SetSeed(SEED)
    formula = f"sin(x1) * (1 + {B} * x3^4) + {A} * sin(x2)^2"
    laws = ot.JointDistribution([ot.Uniform(-math.pi, math.pi)] * 3)
    design = ot.SobolIndicesExperiment(laws, base, False).generate()
    outputs = ot.SymbolicFunction(["x1", "x2", "x3"], [formula])(design)
    found = ot.SaltelliSensitivityAlgorithm(design, outputs, base)
    found.setUseAsymptoticDistribution(False)
    found.setBootstrapSize(RESAMPLES)
    values = [*found.getFirstOrderIndices(), *found.getTotalOrderIndices()]
    intervals = (found.getFirstOrderIndicesInterval(), found.getTotalOrderIndicesInterval())
    widths = [
        np.subtract(interval.getUpperBound(), interval.getLowerBound()) for interval in intervals
    ]
    return Answer(np.array(values), np.concatenate(widths) / (2 * Z95))
