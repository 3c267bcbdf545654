"""The marginal of a parameter whose distribution is stated."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from euromesh.ensemble.marginals import Array, Marginal, Spread
from euromesh.params import Parameter, Shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaped(Spread):
    """A number with the quantiles of its distribution in the place of the two pieces.

    x = F^-1(u), then settled on the values that the model takes and clipped, as a spread is.
    """

    shape: Shape

    def at(self, u: Array) -> Array:
        """The quantiles at u, in the unit of the parameter."""
        return np.clip(self.settled(self.shape.quantile(u)), self.least, self.most)


def shaped(parameter: Parameter, marginal: Marginal) -> Marginal:
    """The marginal of a parameter: this one, or the distribution that the parameter states.

    A distribution stands beside a number alone, so it takes the place of a `Spread`.
    """
    if parameter.distribution is None or not isinstance(marginal, Spread):
        return marginal
    own = {one.name: getattr(marginal, one.name) for one in fields(marginal)}
    return Shaped(**own, shape=parameter.distribution)
