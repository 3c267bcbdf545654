"""One text serves floats and arrays."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import elementwise
from tests.strategies import positive

PAIRS = ["larger", "smaller", "ratio"]
AMOUNTS = st.one_of(st.just(0.0), positive(1e-10, 1e30))


@pytest.mark.parametrize("name", PAIRS)
@given(a=AMOUNTS, b=AMOUNTS)
def test_a_pair_gives_the_same_as_floats_and_as_arrays(name: str, a: float, b: float) -> None:
    operation = getattr(elementwise, name)
    assert operation(np.array([a]), np.array([b]))[0] == operation(a, b)
    assert operation(a, np.array([b]))[0] == operation(a, b)


@given(x=positive(1e-3, 700))
def test_exp_and_log_agree_with_arrays(x: float) -> None:
    assert elementwise.exp(np.array([x]))[0] == pytest.approx(elementwise.exp(x), rel=1e-14)
    assert elementwise.log(np.array([x]))[0] == pytest.approx(elementwise.log(x), rel=1e-14)


def test_a_ratio_over_zero_is_never_and_zero_over_zero_is_nothing() -> None:
    assert elementwise.ratio(3.0, 0.0) == math.inf
    assert elementwise.ratio(0.0, 0.0) == 0.0
    assert list(elementwise.ratio(np.array([3.0, 0.0]), 0.0)) == [math.inf, 0.0]


def test_the_larger_of_never_and_a_number_is_never() -> None:
    assert elementwise.larger(math.inf, 1.0) == math.inf
    assert list(elementwise.larger(np.array([math.inf]), 1.0)) == [math.inf]


def test_where_picks_by_element() -> None:
    assert elementwise.where(True, 1.0, 2.0) == 1.0
    assert list(elementwise.where(np.array([True, False]), 1.0, 2.0)) == [1.0, 2.0]


def test_a_condition_holds_everywhere_or_not() -> None:
    assert elementwise.everywhere(np.array([1.0, 2.0]) > 0)
    assert not elementwise.everywhere(np.array([1.0, -2.0]) > 0)
    assert elementwise.everywhere(1.0 > 0) and not elementwise.everywhere(-1.0 > 0)
    assert not elementwise.everywhere(np.array([1.0, math.nan]) > 0)
