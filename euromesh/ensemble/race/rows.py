"""What the compiled race works on, a record each: sites, sizes of team, runs, fragments, places."""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Places: TypeAlias = NDArray[np.intp]  # by their numbers


def numbers(*names: str) -> list[tuple[str, Any]]:
    """Fields that are numbers."""
    return [(name, np.float64) for name in names]


RUN: Final = np.dtype(
    numbers(
        "flop_years",  # C over the seconds of a year
        "horizon",  # years
        "goodput",  # 1 where it is 0, which computes nothing
        "inner_steps",
        "overlap_steps",
        "wan_bits_per_s",
        "alone_bytes",  # that a place needs to train alone, to `copied` accelerators
        "beside_bytes",  # that it needs to train with others
        "bytes_per_copy",  # that more accelerators add, for each further `copied` of them
        "copied",  # accelerators that hold one copy of what is not sharded
    )
)
FRAGMENT: Final = np.dtype(  # see `efficiency.fragment_ready`
    numbers(
        "first",
        "last",
        "n_layers",
        "layer_share",  # of the exchange of a fragment
    )
)
SITE: Final = np.dtype(
    [
        ("place", np.intp),  # its number
        *numbers(
            "start",  # years
            "end",
            "n_accel",
            "flop_per_s",  # useful, before the batch gate
            "hbm_bytes",
            "copies",  # identical places; one of a site that shares its place with others
        ),
    ]
)
SIZE: Final = np.dtype(  # the terms of a number of places; R is their running rate in FLOP/s
    numbers(
        "worth",  # quorum x stragglers / kappa
        "n_half",  # accelerators at which the MFU has fallen to half
        "exchange_steps",  # of one fragment, over R
        "latency_steps",  # of one exchange, over R
        "bound",  # FLOP/s that no team of this size exceeds
        "useful",  # FLOP/s behind that bound, of R
    )
)
PLACE: Final = np.dtype(  # what is up in it at a moment
    numbers(
        "link_bits_per_s",  # infinite where none is known
        "n_accel",
        "flop_per_s",
        "hbm_bytes",
        "copies",
        "worth",  # at a price
        "member",  # 1 in the fastest team
    )
)
