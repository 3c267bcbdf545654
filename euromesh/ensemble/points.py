"""Scrambled Sobol points of which every coordinate is scrambled by its own name.

A coordinate depends on its place, its name and the seed, and on no other coordinate.
"""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Iterator, Sequence
from functools import cache, reduce
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from euromesh.ensemble.marginals import Array
from euromesh.records import InputError

Words: TypeAlias = NDArray[np.uint32]
BITS: Final = 30  # of a coordinate


def sobol(names: Sequence[object], n: int, *seed: int) -> Array:
    """n points, a column a name, each in the middle of its cell, so in (0, 1).

    The first points of a longer sequence are those of a shorter one. n must be a power of two of
    at least 2, else an `InputError`.
    """
    (found,) = sobol_chunks(names, n, n, *seed)
    return found


def sobol_chunks(names: Sequence[object], n: int, chunk: int, *seed: int) -> Iterator[Array]:
    """The same, so many points at a time, a power of two.

    Point k is the exclusive or of the directions v_i at the bits i of k, so the points of a chunk
    are those of the first, each combined with one more word a column.
    """
    check_power_of_two("n", n, least=2)
    chunk = min(n, chunk)
    directions, shift = _scrambled(names, n.bit_length() - 1, seed)
    first = np.zeros((len(names), chunk), dtype=np.uint32)  # so that columns lie together
    for i in range(chunk.bit_length() - 1):
        first[:, 2**i : 2 ** (i + 1)] = first[:, : 2**i] ^ directions[i, :, np.newaxis]
    for start in range(0, n, chunk):
        further = (v for i, v in enumerate(directions) if start >> i & 1)
        at = reduce(operator.xor, further, shift)
        points = (first ^ at[:, np.newaxis]).astype(np.float64)
        points += 0.5
        points *= 2.0**-BITS
        yield points.T


def check_power_of_two(name: str, n: int, least: int) -> None:
    """Refuse a number of points for which a Sobol sequence loses its balance."""
    if n >= least and n & (n - 1) == 0:
        return
    near = max(least, 2 ** max(0, n - 1).bit_length())
    raise InputError(f"{name} must be a power of two of at least {least}, got {n}; use {near}")


def _scrambled(names: Sequence[object], m: int, seed: tuple[int, ...]) -> tuple[Words, Words]:
    """The directions after a linear matrix scramble, m x columns, and the digital shift.

    Bit b of a scrambled direction is the parity of bit b and a random choice of those above it:
    Matousek (1998), Journal of Complexity 14(4), doi 10.1006/jcom.1998.0489. The random words of a
    column are SHAKE-256 of the seed and its name.
    """
    key, size = " ".join(map(str, seed)), 4 * (BITS + 1)
    told = b"".join(hashlib.shake_256(f"{key} {name}".encode()).digest(size) for name in names)
    words = np.frombuffer(told, dtype="<u4").reshape(len(names), BITS + 1).T
    own = (1 << np.arange(BITS - 1, -1, -1)).astype(np.uint32)[:, np.newaxis]
    chosen = words[:BITS] & -(2 * own) & (2**BITS - 1) | own
    odd = np.bitwise_count(chosen & _directions(len(names), m)[:, np.newaxis]) & 1
    directions = np.bitwise_or.reduce(odd * own, axis=1)
    return directions, words[BITS] & (2**BITS - 1)


@cache
def _directions(dimensions: int, m: int) -> Words:
    """The directions of the first m bits, m x dimensions: scipy's point 2^(i + 1) - 1 is v_i."""
    engine = qmc.Sobol(dimensions, scramble=False, bits=BITS)
    found = np.empty((m, dimensions))
    for i in range(m):
        engine.fast_forward(2 ** (i + 1) - 1 - engine.num_generated)
        found[i] = engine.random(1)[0]
    directions: Words = (found * 2**BITS).astype(np.uint32)
    return directions
