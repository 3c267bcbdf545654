"""Dates and model time."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from euromesh import units as u

ORIGIN = date(2027, 1, 1)


@given(day=st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_a_date_survives_the_way_through_model_time(day: date) -> None:
    assert u.date_after(ORIGIN, u.years_between(ORIGIN, day)) == day


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2028", date(2028, 1, 1), date(2028, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2028-02-10", date(2028, 2, 10), date(2028, 2, 10)),
    ],
)
def test_a_coarse_date_spans_its_period(text: str, first: date, last: date) -> None:
    assert (u.first_day(text), u.last_day(text)) == (first, last)


def test_what_never_comes_has_no_date() -> None:
    assert u.date_text(ORIGIN, float("inf")) == "never"
    assert u.date_text(ORIGIN, 0.0) == "2027-01-01"
