"""One text serves floats and arrays."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import elementwise
from tests.strategies import positive

AMOUNTS = st.one_of(st.just(0.0), positive(1e-10, 1e30))


@pytest.mark.parametrize("name", ["larger", "smaller", "ratio"])
@given(a=AMOUNTS, b=AMOUNTS)
def test_a_pair_gives_the_same_as_floats_and_as_arrays(name: str, a: float, b: float) -> None:
    operation = getattr(elementwise, name)
    assert operation(np.array([a]), np.array([b]))[0] == operation(a, b)
    assert operation(a, np.array([b]))[0] == operation(a, b)


@pytest.mark.parametrize("name", ["exp", "log", "floor", "rounded"])
@given(x=st.one_of(positive(1e-3, 700), st.sampled_from([0.5, 1.5, 2.5])))
def test_a_number_gives_the_same_as_a_float_and_as_an_array(name: str, x: float) -> None:
    operation = getattr(elementwise, name)
    assert operation(np.array([x]))[0] == pytest.approx(operation(x), rel=1e-14)
    assert isinstance(operation(x), float)


@pytest.mark.parametrize(
    ("name", "values", "result"),
    [
        ("ratio", (3.0, 0.0), math.inf),
        ("ratio", (0.0, 0.0), 0.0),
        ("ratio", (np.array([3.0, 0.0]), 0.0), [math.inf, 0.0]),
        ("larger", (math.inf, 1.0), math.inf),
        ("larger", (np.array([math.inf]), 1.0), [math.inf]),
        ("where", (True, 1.0, 2.0), 1.0),
        ("where", (np.array([True, False]), 1.0, 2.0), [1.0, 2.0]),
        ("rounded", (2.5,), 2.0),
        ("everywhere", (np.array([1.0, 2.0]) > 0,), True),
        ("everywhere", (np.array([1.0, -2.0]) > 0,), False),
        ("everywhere", (np.array([1.0, math.nan]) > 0,), False),
        ("everywhere", (True,), True),
        ("anywhere", (np.array([1.0, -2.0]) > 0,), True),
        ("anywhere", (False,), False),
    ],
)
def test_by_hand(name: str, values: tuple[Any, ...], result: Any) -> None:
    assert np.all(getattr(elementwise, name)(*values) == np.asarray(result))
