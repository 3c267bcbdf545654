"""The forms in which a distribution is written: a name with its arguments, each form a model.

A family is written by its own arguments or by P10 and P90; a mixture by its parts, each in one of
the other forms with a weight, and the source that says it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field

from euromesh.params.files import Faults
from euromesh.params.leaf import Form, parsed
from euromesh.params.shape_fits import FITS, beta_between
from euromesh.params.shapes import (
    Beta,
    Empirical,
    Lognormal,
    Mixture,
    Normal,
    Part,
    Shape,
    Single,
    Triangular,
    Uniform,
)
from euromesh.params.texts import nearest, quoted


class SingleForm(Form):
    """The form of a distribution that is no mixture."""

    def shape(self) -> Single:
        """The distribution; a `ValueError` where the arguments do not go together."""
        raise NotImplementedError


class NormalForm(SingleForm):
    """By mean and standard deviation."""

    name: Literal["normal"]
    mean: float
    sd: float = Field(gt=0)

    def shape(self) -> Normal:
        """The distribution."""
        return Normal(self.mean, self.sd)


class LognormalForm(SingleForm):
    """By median and the standard deviation of the logarithm."""

    name: Literal["lognormal"]
    median: float = Field(gt=0)
    sigma: float = Field(gt=0)

    def shape(self) -> Lognormal:
        """The distribution."""
        return Lognormal(self.median, self.sigma)


class UniformForm(SingleForm):
    """By its ends."""

    name: Literal["uniform"]
    low: float
    high: float

    def shape(self) -> Uniform:
        """The distribution, where low < high."""
        _rising(low=self.low, high=self.high)
        return Uniform(self.low, self.high)


class TriangularForm(SingleForm):
    """By its ends and its mode, which may stand at an end."""

    name: Literal["triangular"]
    low: float
    mode: float
    high: float

    def shape(self) -> Triangular:
        """The distribution, where low <= mode <= high and low < high."""
        _rising(low=self.low, high=self.high)
        if not self.low <= self.mode <= self.high:
            raise ValueError(f"mode must be in [{self.low:g}, {self.high:g}], got {self.mode:g}")
        return Triangular(self.low, self.mode, self.high)


class BetaForm(SingleForm):
    """By its two exponents, on [0, 1] unless it says otherwise."""

    name: Literal["beta"]
    a: float = Field(gt=0)
    b: float = Field(gt=0)
    low: float = 0.0
    high: float = 1.0

    def shape(self) -> Beta:
        """The distribution, where low < high."""
        _rising(low=self.low, high=self.high)
        return Beta(self.a, self.b, self.low, self.high)


class EmpiricalForm(SingleForm):
    """By values that were seen, in any order, and how much each counts: alike if not said."""

    name: Literal["empirical"]
    values: list[float] = Field(min_length=2)
    weights: list[float] = Field(default_factory=list)

    def shape(self) -> Empirical:
        """The distribution, where every value has a weight above 0."""
        weights = self.weights or [1.0] * len(self.values)
        if len(weights) != len(self.values) or min(weights) <= 0:
            raise ValueError(f"weights must be > 0, one for each of {len(self.values)} values")
        told = sorted(zip(self.values, weights, strict=True))
        return Empirical(tuple(value for value, _ in told), tuple(weight for _, weight in told))


class QuantilesForm(SingleForm):
    """A family of two arguments by P10 and P90."""

    name: Literal["lognormal", "normal", "uniform"]
    p10: float
    p90: float

    def shape(self) -> Single:
        """The distribution, where there is one."""
        _rising(p10=self.p10, p90=self.p90)
        return FITS[self.name](self.p10, math.nan, self.p90)


class BetaQuantilesForm(SingleForm):
    """A beta by P10 and P90, on [0, 1] unless it says otherwise."""

    name: Literal["beta"]
    p10: float
    p90: float
    low: float = 0.0
    high: float = 1.0

    def shape(self) -> Beta:
        """The distribution, where there is one."""
        return beta_between(self.p10, self.p90, self.low, self.high)


class TriangularQuantilesForm(SingleForm):
    """A triangular distribution by P10, P50 and P90."""

    name: Literal["triangular"]
    p10: float
    p50: float
    p90: float

    def shape(self) -> Single:
        """The distribution, where there is one."""
        _rising(p10=self.p10, p90=self.p90)
        return FITS["triangular"](self.p10, self.p50, self.p90)


class PartForm(Form):
    """How much a part of a mixture counts, and which of the leaf's sources says it."""

    weight: float = Field(gt=0)
    source: str = ""


class MixtureForm(Form):
    """By its parts."""

    name: Literal["mixture"]
    parts: list[dict[str, Any]] = Field(min_length=2)


BY_ARGUMENTS: Final[Mapping[str, type[SingleForm]]] = {
    "beta": BetaForm,
    "empirical": EmpiricalForm,
    "lognormal": LognormalForm,
    "normal": NormalForm,
    "triangular": TriangularForm,
    "uniform": UniformForm,
}
BY_QUANTILES: Final[Mapping[str, type[SingleForm]]] = {
    "beta": BetaQuantilesForm,
    "lognormal": QuantilesForm,
    "normal": QuantilesForm,
    "triangular": TriangularQuantilesForm,
    "uniform": QuantilesForm,
}
NAMES: Final = (*BY_ARGUMENTS, "mixture")
EXAMPLES: Final[Mapping[str, str]] = {  # of what has no P10 and P90 to be fitted to
    "empirical": "{name: empirical, values: [2, 3, 7]}",
    "mixture": "{name: mixture, parts: [{weight: 0.5, name: ...}, {weight: 0.5, name: ...}]}",
}


def read(told: Mapping[str, Any], file: str, key: str, faults: Faults) -> Shape | None:
    """The distribution that a mapping states; None, and a fault, where it states none."""
    if told.get("name") != "mixture":
        return _single(told, NAMES, file, key, faults)
    form = parsed(MixtureForm, told, file, key, faults)
    if form is None:
        return None
    parts = [
        _part(part, file, f"{key}.parts.{place}", faults) for place, part in enumerate(form.parts)
    ]
    found = tuple(part for part in parts if part)
    return Mixture(found) if len(found) == len(parts) else None


def _part(told: Mapping[str, Any], file: str, key: str, faults: Faults) -> Part | None:
    own = {word: told[word] for word in PartForm.model_fields if word in told}
    rest = {word: value for word, value in told.items() if word not in own}
    form = parsed(PartForm, own, file, key, faults)
    shape = _single(rest, tuple(BY_ARGUMENTS), file, key, faults)
    return Part(shape, form.weight, form.source) if form and shape else None


def _single(
    told: Mapping[str, Any], names: tuple[str, ...], file: str, key: str, faults: Faults
) -> Single | None:
    """A distribution that is no mixture; the names are those that the message lists."""
    name = str(told.get("name"))
    by_quantiles = name in BY_QUANTILES and not {"p10", "p50", "p90"}.isdisjoint(told)
    model = (BY_QUANTILES if by_quantiles else BY_ARGUMENTS).get(name)
    if model is None:
        known = f"{', '.join(names)}, got {quoted(told.get('name'))}{nearest(name, names)}"
        faults.add(f"name must be one of {known}", file, key)
        return None
    form: SingleForm | None = parsed(model, told, file, key, faults)
    try:
        return form.shape() if form else None
    except ValueError as error:
        faults.add(str(error), file, key)
        return None


def _rising(**ends: float) -> None:
    """Refuse two named numbers of which the first is not the smaller."""
    (first, low), (second, high) = ends.items()
    if not low < high:
        raise ValueError(f"{first} must be < {second}, got {low:g} and {high:g}")
