"""The code on a page is the source of the package, without its docstring and nothing else."""

from __future__ import annotations

from functools import cache

from euromesh import fleet
from euromesh.charts import code


@cache
def told(x: float) -> float:
    """What it says."""

    def inner() -> float:
        """This stays."""
        return x

    return inner()


def test_the_docstring_goes_and_the_rest_stays() -> None:
    shown = repr(code(told))
    assert "What it says" not in shown and "This stays" in shown
    assert shown.startswith("@cache\ndef told(x: float) -> float:\n    def inner() -> float:\n")


def test_several_functions_stand_apart_as_python() -> None:
    shown = code(fleet.half_mfu_accel, fleet.mfu_at)._repr_markdown_()
    assert shown.startswith("```python\ndef half_mfu_accel(") and shown.endswith("\n```")
    assert "\n\n\ndef mfu_at(" in shown
