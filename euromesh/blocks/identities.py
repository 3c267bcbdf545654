"""What a run of draws is: tallies of the same identity may be added, others may not."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from dataclasses import asdict
from functools import cache
from importlib import metadata
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from euromesh import params
from euromesh.digests import digests
from euromesh.ensemble import Plan
from euromesh.records import record
from euromesh.routes import ROUTES

NUMERIC: Final = ("llvmlite", "numba", "numpy", "scipy")
PROBES: Final = 4096  # arguments at which functions are compared
HASHES: Final = {  # fields that say nothing to a reader but that they differ
    "parameters": "parameters",
    "source": "the files of euromesh/ or params/",
    "arithmetic": "arithmetic (their kinds of processor or C libraries round differently)",
}


@record
class Identity:
    """Everything that the tallies of a run depend on."""

    parameters: str  # SHA-256 of the resolved values
    source: str  # SHA-256 of the files of `euromesh/`, and of `params/`, which hold the ranges
    packages: str  # the versions that the numbers pass through
    arithmetic: str  # SHA-256 of functions at fixed arguments, to the last bit
    targets: tuple[str, ...]
    routes: tuple[str, ...]
    n_blocks: int
    n_points: int
    n_bins: int
    seed: int

    def digest(self) -> str:
        """SHA-256 of all of it."""
        return _digest(asdict(self))


def identity(plan: Plan) -> Identity:
    """The identity of a run in this installation."""
    return Identity(
        parameters=_digest(asdict(plan.params)),
        source=_source(),
        packages=_packages(),
        arithmetic=_arithmetic(),
        targets=plan.targets,
        routes=tuple(ROUTES),
        n_blocks=plan.n_blocks,
        n_points=plan.n_points,
        n_bins=plan.n_bins,
        seed=plan.seed,
    )


def differences(one: Identity, other: Identity) -> list[str]:
    """What two identities differ in, as words."""
    a, b = asdict(one), asdict(other)
    return [_difference(name, a[name], b[name]) for name in a if a[name] != b[name]]


def _difference(name: str, one: object, other: object) -> str:
    return HASHES.get(name, f"{name} ({one} there, {other} here)")


@cache
def _source() -> str:
    return _digest(digests(params.FOLDER.parent, "params", "euromesh"))


@cache
def _packages() -> str:
    python = ".".join(platform.python_version_tuple()[:2])
    return ", ".join([f"python {python}", *(f"{n} {metadata.version(n)}" for n in NUMERIC)])


@cache
def _arithmetic() -> str:
    """What this machine makes of the functions whose last bit is the machine's own.

    numpy takes other routines on processors with AVX-512 than on those without, and the routines
    of `math` are those of the C library.
    """
    x = (np.arange(PROBES) + 0.5) / PROBES
    scalar = [f(a) for f in (math.exp, math.log, math.sqrt) for a in x.tolist()]
    powers = [a**0.3 for a in x.tolist()]
    made = (np.exp(x), np.log(x), x**0.3, ndtr(x), ndtri(x), np.array(scalar), np.array(powers))
    return hashlib.sha256(np.concatenate(made).astype("<f8").tobytes()).hexdigest()


def _digest(data: object) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
