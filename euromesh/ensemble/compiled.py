"""How loops over draws are compiled.

numba keeps the compiled copy of an entry beside its module, or in a folder of the user where that
cannot be written, and renews it when the file of the entry changes. What is kept names the types
of the arguments, so an entry takes arrays and tuples of them, no class of ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
_jit: Any = partial(numba.njit, nogil=True, error_model="numpy")


def entry(*made_of: ModuleType) -> Callable[[Function], Function]:
    """A function for Python to call: compiled at the first call, run without the interpreter.

    The text of the modules that it is made of is part of the name under which it is kept: so each
    text has files of its own, which two processes may write at once. Where no folder can be
    written it is compiled anew in every process.
    """

    def made(function: Function) -> Function:
        if made_of:
            function.__qualname__ += f"_{sources(*made_of)[:16]}"
        try:
            kept: Function = _jit(cache=True)(function)
        except RuntimeError:  # numba has found no folder
            kept = _jit()(function)
        return kept

    return made


def part(function: Function) -> Function:
    """A function for entries and other parts to call."""
    made: Function = _jit()(function)
    return made


def parts(*modules: ModuleType) -> dict[str, Any]:
    """The names of some modules with their functions compiled, each calling the others compiled.

    They make no array, so none of them counts references, which would take longer than the search.
    No two of the modules use a name for different things.
    """
    names: dict[str, Any] = {}
    for module in modules:
        names |= vars(module)
    inside = {module.__name__ for module in modules}
    for name, found in list(names.items()):
        if isinstance(found, FunctionType) and found.__module__ in inside:
            text = FunctionType(found.__code__, names, name)
            names[name] = _jit(_nrt=False, forceinline=True)(text)
    return names


def sources(*modules: ModuleType) -> str:
    """A digest of the text of some modules."""
    texts = (Path(str(module.__file__)).read_bytes() for module in modules)
    return hashlib.sha256(b"".join(texts)).hexdigest()
