"""Seeded draws of a run: which sites are up in which round, and how long each computes.

Rounds are memoryless: a site takes part in a round if it is up when the round starts. Every
replicate and every cause has a stream of random numbers of its own (PCG64), used in the order of
the rounds, so that a draw depends on (plan, seed, replicate) alone and not on the block size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from euromesh.records import InputError
from euromesh.simulation.plan import JobChain, RunPlan

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Streams = list[np.random.Generator]


@dataclass(frozen=True, slots=True)
class Draws:
    """Rounds of several replicates; the axes are replicate, round and site."""

    up: Bools
    compute: Floats  # seconds that the site takes if it is up


def blocks(plan: RunPlan, n_replicates: int, n_rounds: int, seed: int) -> Iterator[Draws]:
    """Block after block of rounds, without end."""
    return (drawn for (drawn,) in side_by_side([plan], n_replicates, n_rounds, seed))


def side_by_side(
    plans: Sequence[RunPlan], n_replicates: int, n_rounds: int, seed: int
) -> Iterator[list[Draws]]:
    """The same of plans that differ in their jobs alone, each as if it were drawn by itself."""
    if len({replace(plan, jobs=None) for plan in plans}) > 1:
        raise InputError("plans that are drawn side by side may differ in jobs alone")
    calm = _calm(plans[0], _streams(seed, n_replicates, 0), n_rounds)
    compute = _compute(plans[0], _streams(seed, n_replicates, 2), n_rounds)
    shape = n_rounds, len(plans[0].places)
    held = _held([plan.jobs for plan in plans], _streams(seed, n_replicates, 1), *shape)
    for without_outage, seconds, with_job in zip(calm, compute, held, strict=True):
        yield [Draws(without_outage & one, seconds) for one in with_job]


def _calm(plan: RunPlan, streams: Streams, size: int) -> Iterator[Bools]:
    """Which sites are without outage: two states, exponential times, seen once a round.

    Outages last o rounds on average and calm o g / (1 - g), which leaves the site calm with
    probability g. Between two looks the state is kept with probability exp(-1 / (g o)) and else
    drawn afresh; so runs of rounds are geometric, and the first state is drawn from g as well.
    """
    up = np.array(plan.ups)
    keep = np.exp(-1 / (up * plan.outage_rounds))
    state = _uniform(streams, 1, up.size).swapaxes(0, 1) < up
    while True:
        luck = _uniform(streams, size, up.size).swapaxes(0, 1)  # rounds first
        calm = np.concatenate([state, luck < keep + (1 - keep) * up])
        for before, now, kept in zip(calm, calm[1:], luck < keep, strict=False):
            np.copyto(now, before, where=kept)
        yield calm[:-1].swapaxes(0, 1)
        state = calm[-1:]


def _held(
    chains: Sequence[JobChain | None], streams: Streams, size: int, count: int
) -> Iterator[list[Bools]]:
    """Which sites hold a job of each chain, seen once a round; all chains have the same luck."""
    luck = _uniform(streams, 2, count)
    phases = [chain and (chain, *_stationary_phase(chain, luck)) for chain in chains]
    while True:
        luck = _uniform(streams, size, count)
        yield [_block(*one, luck) if one else np.ones(luck.shape, np.bool_) for one in phases]


def _block(chain: JobChain, end: Floats, gap: Floats, luck: Floats) -> Bools:
    """Jobs of fixed length, then a handover or a queue; `end` and `gap` move on to the next block.

    `end` is the end of a site's job, `over` the first round after the gap that follows it. A gap
    shorter than a round is seen in that share of the cases, so its mean is right.
    """
    held, size = np.ones(luck.shape, np.bool_), luck.shape[1]
    while True:
        first, over = (np.ceil(time).astype(np.intp) for time in (end.clip(0), end + gap))
        for replicate, site in np.argwhere(first < over.clip(None, size)).tolist():
            held[replicate, first[replicate, site] : over[replicate, site], site] = False
        done = over <= size
        if not done.any():
            end -= size
            return held
        replicates, sites = np.nonzero(done)
        end[done] += gap[done] + chain.job_rounds
        last = luck[replicates, over[done] - 1, sites]
        gap[done] = _gap(chain, last, chain.queue_probability)


def _stationary_phase(chain: JobChain, luck: Floats) -> tuple[Floats, Floats]:
    """A random moment of a random cycle: long cycles are met in proportion to their length."""
    queued = chain.queue_probability * (chain.job_rounds + chain.queue_rounds)
    gap = _gap(chain, luck[:, 0], queued / (chain.job_rounds + chain.gap_rounds))
    return chain.job_rounds - luck[:, 1] * (chain.job_rounds + gap), gap


def _gap(chain: JobChain, luck: Floats, chance: float) -> Floats:
    return np.where(luck < chance, chain.queue_rounds, chain.handover_rounds)


def _compute(plan: RunPlan, streams: Streams, size: int) -> Iterator[Floats]:
    """Lognormal times of mean c_i and relative spread `jitter`, seconds."""
    sigma = math.sqrt(math.log1p(plan.jitter**2))
    median = np.array(plan.compute_seconds) * math.exp(-(sigma**2) / 2)
    while True:
        scores = np.stack([s.standard_normal((size, median.size)) for s in streams])
        yield median * np.exp(sigma * scores)


def _streams(seed: int, n_replicates: int, cause: int) -> Streams:
    """One generator a replicate for one cause."""
    return [
        np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(r, cause))))
        for r in range(n_replicates)
    ]


def _uniform(streams: Streams, size: int, count: int) -> Floats:
    return np.stack([stream.random((size, count)) for stream in streams])
