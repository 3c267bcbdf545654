"""The code behind an equation as a page shows it: functions without their docstrings."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any


class Listing:
    """Functions as a page shows them."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _repr_markdown_(self) -> str:
        return f"```python\n{self._text}\n```"

    def __repr__(self) -> str:
        return self._text


def code(*functions: Callable[..., Any]) -> Listing:
    """The source of some functions, each without its docstring and its decorators."""
    return Listing("\n\n\n".join(map(_source, functions)))


def _source(function: Callable[..., Any]) -> str:
    lines = textwrap.dedent(inspect.getsource(inspect.unwrap(function))).splitlines()
    made = ast.parse("\n".join(lines)).body[0]
    assert isinstance(made, ast.FunctionDef)
    if ast.get_docstring(made):
        docstring = made.body[0]
        end = docstring.end_lineno or 0
        end += end < len(lines) and not lines[end]  # a nested function stands apart from it
        del lines[docstring.lineno - 1 : end]
    return "\n".join(lines[made.lineno - 1 :])
