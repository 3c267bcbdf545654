"""How loops over draws are compiled.

numba keeps the compiled copy of a function beside its module and renews it when that file
changes: a compiled function therefore calls compiled ones of its own module alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """The function, compiled at its first call and run without the interpreter's lock."""
    made: Function = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return made
