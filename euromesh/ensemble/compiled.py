"""How loops over draws are compiled.

numba keeps the compiled copy of an entry beside its module, parts included, and renews it when
that file changes: an entry calls parts of its own module alone. What it keeps names the types of
the arguments, so an entry takes arrays and tuples of them, no class of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
_jit: Any = partial(numba.njit, nogil=True, error_model="numpy")


def entry(function: Function) -> Function:
    """A function for Python to call: compiled at the first call, run without the interpreter."""
    made: Function = _jit(cache=True)(function)
    return made


def part(function: Function) -> Function:
    """A function for entries and other parts to call."""
    made: Function = _jit()(function)
    return made
