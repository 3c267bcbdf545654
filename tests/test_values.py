"""How values are printed: nothing, never, signs, dates after a preposition, formats of our own."""

from __future__ import annotations

import json

import pytest

from euromesh.book.values import Value, ValueFormatError, printed
from euromesh.runs import GOLDEN


@pytest.mark.parametrize(
    ("value", "spec", "text"),
    [
        (0.0, ".1e", "0"),
        (-0.0, ".0e", "0"),
        (-0.08, ".0f", "0"),
        (-0.0004, "+.1%", "0.0%"),
        (-0.6, ".0f", "−1"),
        (3.8e25, ".1e", "3.8 × 10²⁵"),
        (3.8e25, "", "3.8 × 10²⁵"),
        (23536.0, "", "23,536"),
        (38.0, "", "38"),
        (2.5e-4, "", "2.5 × 10⁻⁴"),
        (-0.0985, "", "−0.0985"),
        (0.1, ".0%", "10%"),
        ("2028-10", "%b %Y", "Oct 2028"),
        (1e24, ".0e", "10²⁴"),
        (0.69, "odds", "69 in 100"),
        (0.004, "odds", "less than 1 in 100"),
        (0.0, "odds", "0 in 100"),
        (0.998, "odds", "more than 99 in 100"),
        (1.0, "odds", "100 in 100"),
        (0.025, "percent", "2.5%"),
        (0.1, "percent", "10%"),
        ("2028-07-25", "in %B %Y", "in July 2028"),
        ("never", "in %B %Y", "at no time"),
        ("never", "on %-d %B %Y", "at no time"),
        ("never", "%B %Y", "never"),
        ("never", ".0f", "never"),
    ],
)
def test_a_value_is_printed_so(value: object, spec: str, text: str) -> None:
    assert Value(value, "", "", "", "").printed(spec) == text


def test_a_bound_stands_before_its_number() -> None:
    assert Value(1.4e26, "", "", "", "at_least").printed(".1e") == "at least 1.4 × 10²⁶"


def test_no_result_is_printed_as_a_power_of_ten_of_nothing_or_with_a_sign_for_nothing() -> None:
    results = json.loads(GOLDEN.read_text(encoding="utf-8"))["numbers"]
    texts = {
        key: Value(one["value"], one["unit"], one["format"], "", one.get("bound", "")).printed()
        for key, one in results.items()
    }
    assert not {key: text for key, text in texts.items() if "0.0 ×" in text or text == "−0"}
    nothing = {key for key, one in results.items() if one["value"] == 0}
    assert {texts[key].rstrip("%") for key in nothing} <= {"0", "0.0", "0.00"}


def test_a_format_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueFormatError, match="'.1q' does not fit 3"):
        printed(3, ".1q")
