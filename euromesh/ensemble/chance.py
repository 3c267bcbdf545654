"""What chance decides in a draw: waits for the grid, slips, what is never built, a campus's region.

A law reads its own coordinate and what the same draw makes of its parameters, the means and
probabilities of the tree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache, partial
from typing import Final, TypeAlias

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom

from euromesh import routes
from euromesh.availability import sigma_of
from euromesh.ensemble.marginals import Array, Choice, Dependent, Flag, Marginal, number
from euromesh.params import Parameter, library
from euromesh.records import Params
from euromesh.records.tree import value_of

Law: TypeAlias = Callable[[Parameter, Params], Marginal | None]  # None: held fixed
COMMON_DELAY: Final = "grid.common_delay"  # the name of z_0, which is no parameter
CORRELATION: Final = "grid.correlation"
SLIP_LAW: Final = ("slip.probability", "slip.median_years", "slip.sigma")
LOSS_LAW: Final = ("new_medium.n_sites", "new_medium.never_built")


# --- the laws ------------------------------------------------------------------------------------


def wait_years(
    median_years: float, sigma: float, u: Array, correlation: Array, common: Array
) -> Array:
    """m exp(sigma z), z = sqrt(rho) z_0 + sqrt(1 - rho) e_k: lead times of a row, years.

    u and common are the coordinates of e_k, which the loads of a region share, and of z_0.
    """
    z = np.sqrt(correlation) * ndtri(common) + np.sqrt(1 - correlation) * ndtri(u)
    years: Array = median_years * np.exp(sigma * z)
    return years


def slip_years(u: Array, probability: Array, median_years: Array, sigma: Array) -> Array:
    """m exp(sigma ndtri((u - (1 - p)) / p)) where u > 1 - p, else 0: years.

    Its mean is that of `availability.expected_slip_years`.
    """
    on_time = 1 - probability
    late = u > on_time
    within = np.where(late, u - on_time, 0.5) / np.where(late, probability, 1.0)
    z = ndtri(np.minimum(within, u))  # equal to u at most; rounding may lift it above 1
    return np.where(late, median_years * np.exp(sigma * z), 0.0)


def happens(u: Array, never: Array) -> Array:
    """1 with probability 1 - never, else 0."""
    return np.where(u < 1 - never, 1.0, 0.0)


def lost_sites(u: Array, n_sites: Array, never_built: Array) -> Array:
    """The quantile at u of Binomial(n, p): filings that are never built, each independently."""
    return np.asarray(binom.ppf(u, np.rint(n_sites), never_built))


# --- what they move ------------------------------------------------------------------------------


@cache
def coordinates() -> dict[str, tuple[str, ...]]:
    """The ids that each coordinate of chance moves, by the coordinate's name.

    The common delay moves none by itself, the local one of a region the rows of its loads.
    """
    regions: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for key in sorted(_column("grid_lead_times", "drawn_years")):
        regions[_beside(key, "region")] += (key,)
    waits = {ids[0]: ids for ids in regions.values()}
    alone = {key: (key,) for key, law in laws().items() if law is not _wait}
    return {COMMON_DELAY: (), **waits, **alone}


@cache
def laws() -> dict[str, Law]:
    """The law of every parameter that chance decides, by id.

    What is given is held fixed, and what is false already stays false. The mean region stands for
    one of the seven; the best is best by its median in every draw, which who files does not know.
    """
    slip = _free(None, Dependent(slip_years, SLIP_LAW))
    slips = (
        *_column("machines", "slip_years", status="operating"),
        *_column("projects", "slip_years", stage="energised"),
        *_column("clusters", "slip_years", status="running", raced="False"),
        *(f"{name}.slip_years" for name in routes.ROUTES),
    )
    never = dict(flags().values())
    never |= dict.fromkeys(
        _column("projects", "built", stage="energised"), "signed.project_never_built"
    )
    return {
        **dict.fromkeys(_column("grid_lead_times", "drawn_years"), _wait),
        **{key: slip for key in slips if key in library().parameters},
        **{key: _free(True, Flag(happens, (often,))) for key, often in never.items()},
        "new_medium.lost_sites": _free(0, Dependent(lost_sites, LOSS_LAW)),
        "new_medium.lost_phase": _free(0, Dependent(np.asarray, ())),
        "campus.region": _region,
    }


@cache
def flags() -> dict[str, tuple[str, str]]:
    """The flag of every route that one event undoes, and how often it does: ids, by route."""
    return {
        name: (f"{name}.{flag}", f"{name}.{never}")
        for name in routes.ROUTES
        for flag, never in (("granted", "never_granted"), ("built", "never_built"))
        if f"{name}.{flag}" in library().parameters
    }


def _column(table: str, column: str, **but: str) -> list[str]:
    """The ids of a column, but of the rows where another column says so."""
    found = [f"{table}.{row}.{column}" for row in library().tables[table].rows]
    return [key for key in found if all(_beside(key, of) != word for of, word in but.items())]


def _beside(key: str, column: str) -> str:
    """The text in another column of the same row, as the library has it."""
    return str(library().parameters[f"{key.rpartition('.')[0]}.{column}"].value)


def _free(stands: object, marginal: Marginal) -> Law:
    """A law where the parameter stands at this value; it is held fixed elsewhere."""
    return lambda one, params: marginal if value_of(params, one.id) == stands else None


def _wait(parameter: Parameter, params: Params) -> Dependent | None:
    """A row without a range is held fixed, and one whose median or draw somebody has set."""
    row = params.grid_lead_times[parameter.id.split(".")[1]]
    lead = library().parameters[parameter.id.replace("drawn_years", "lead_years")]
    given = row.drawn_years is not None or row.lead_years != lead.value
    if given or lead.id in params.held or lead.low == lead.high:
        return None
    sigma = sigma_of(number(lead.low), number(lead.high))
    return Dependent(partial(wait_years, row.lead_years, sigma), (CORRELATION, COMMON_DELAY))


def _region(parameter: Parameter, params: Params) -> Choice | None:
    seven = {row.region for row in params.grid_lead_times.values() if row.of_original_seven}
    chosen = Choice(tuple(sorted(seven)), (1.0,) * len(seven))
    return chosen if params.campus.region == "mean" else None
