"""What an installation makes numbers with: two that differ in it may not share a run."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from functools import cache
from importlib import metadata
from typing import Final

import numpy as np
from scipy.special import ndtr, ndtri

from euromesh import params
from euromesh.digests import digests

NUMERIC: Final = ("llvmlite", "numba", "numpy", "scipy")
PROBES: Final = 4096  # arguments at which functions are compared


@cache
def installation() -> Mapping[str, str]:
    """The source and the ranges, the packages, and the arithmetic of this machine."""
    source = json.dumps(digests(params.FOLDER.parent, "params", "euromesh"), sort_keys=True)
    return {
        "the files of euromesh/ or params/": hashlib.sha256(source.encode()).hexdigest(),
        "packages": _packages(),
        "arithmetic: kinds of processor or C libraries round differently": _arithmetic(),
    }


def differences(wanted: Mapping[str, str], here: Mapping[str, str]) -> list[str]:
    """What two installations differ in, as words."""
    return [_told(what, wanted[what], here[what]) for what in wanted if wanted[what] != here[what]]


def _told(what: str, one: str, other: str) -> str:
    return f"{what} ({one} there, {other} here)" if what == "packages" else what


def _packages() -> str:
    python = ".".join(platform.python_version_tuple()[:2])
    return ", ".join([f"python {python}", *(f"{n} {metadata.version(n)}" for n in NUMERIC)])


def _arithmetic() -> str:
    """SHA-256 of the functions whose last bit is the machine's own, at fixed arguments.

    numpy takes other routines on processors with AVX-512 than on those without, and the routines
    of `math` are those of the C library.
    """
    x = (np.arange(PROBES) + 0.5) / PROBES
    scalar = [f(a) for f in (math.exp, math.log, math.sqrt) for a in x.tolist()]
    powers = [a**0.3 for a in x.tolist()]
    made = (np.exp(x), np.log(x), x**0.3, ndtr(x), ndtri(x), np.array(scalar), np.array(powers))
    return hashlib.sha256(np.concatenate(made).astype("<f8").tobytes()).hexdigest()
