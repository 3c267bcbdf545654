"""What the compiled race reads, a row each: of a site, a size of team, a run, a fragment."""

from __future__ import annotations

from typing import Any, Final

import numpy as np


def numbers(*names: str) -> np.dtype[Any]:
    """The type of a row of numbers with these names."""
    return np.dtype([(name, np.float64) for name in names])


SITE: Final = numbers(
    "place",  # its number
    "start",  # years; infinite: never
    "end",
    "n_accel",
    "flop_per_s",  # useful, before the batch gate
    "hbm_bytes",
    "copies",  # identical places; one of a site that shares its place with others
)
SIZE: Final = numbers(  # the terms of a number of places; R is their running rate in FLOP/s
    "worth",  # quorum x stragglers / kappa
    "n_half",  # accelerators at which the MFU has fallen to half
    "exchange_steps",  # of one fragment, over R
    "latency_steps",  # of one exchange, over R
    "bound",  # room for what no team of this size exceeds, FLOP/s
    "running",  # and for R behind that bound
)
RUN: Final = numbers(
    "flop_years",  # C over the seconds of a year
    "horizon",  # years
    "inner_steps",
    "overlap_steps",
    "wan_bits_per_s",
    "alone_bytes",  # that a place needs to train alone, to `copied` accelerators
    "beside_bytes",  # that it needs to train with others
    "bytes_per_copy",  # that more accelerators add, for each further `copied` of them
    "copied",  # accelerators that hold one copy of what is not sharded
)
FRAGMENT: Final = numbers(  # see `efficiency.fragment_ready`
    "first",
    "last",
    "n_layers",
    "layer_share",  # of the exchange of a fragment
)
