"""Hypothesis strategies for sites, replicas and networks of plausible size."""

from __future__ import annotations

from hypothesis import strategies as st

from euromesh.efficiency import Replica, Trunk
from euromesh.fleet import Site

PLACES = tuple("abcdefgh")
ONE_GOODPUT = st.just(0.87)
ONE_TRUNK = st.just(40.0)


def positive(least: float, most: float) -> st.SearchStrategy[float]:
    """A finite float in [least, most]."""
    return st.floats(least, most, allow_nan=False, allow_infinity=False)


@st.composite
def sites(draw: st.DrawFn, place: str | None = None) -> Site:
    """A site that starts within five years and may retire within ten."""
    start = draw(positive(0, 5))
    return Site(
        place=place or draw(st.sampled_from(PLACES)),
        country="de",
        start_years=start,
        end_years=draw(st.one_of(st.just(float("inf")), positive(start, 10))),
        n_accel=draw(positive(500, 5000)),
        peak_flop_per_s=draw(positive(3e14, 4e15)),
        mfu=draw(positive(0.1, 0.6)),
        goodput=0.87,
        hbm_bytes=96e9,
        it_kw=draw(positive(0.4, 2.5)),
        pue=1.1,
        basis="new",
    )


@st.composite
def replicas(
    draw: st.DrawFn,
    least: int = 1,
    most: int = 6,
    goodput: st.SearchStrategy[float] = ONE_GOODPUT,
    trunk: st.SearchStrategy[float] = ONE_TRUNK,
) -> list[Replica]:
    """Replicas at distinct places whose memory may fall short; trunks in Gbit/s."""
    count = draw(st.integers(least, most))
    return [
        Replica(
            place=PLACES[index],
            n_accel=(n := draw(positive(50, 5000))),
            flop_per_s=n * draw(positive(1e14, 1e15)),
            goodput=draw(goodput),
            hbm_bytes=n * 96e9,
            trunk=Trunk(draw(trunk) * 1e9, 0.035),
        )
        for index in range(count)
    ]
