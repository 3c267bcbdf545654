"""EuroMesh-0, worked by hand from the published study."""

from __future__ import annotations

import pytest

from euromesh import original
from euromesh.facts import of
from tests.strategies import values

ONE_SITE = original.compute_days(1.97e25, 28_571, 989e12, 0.40)


def test_the_published_dates_are_reproduced_and_the_one_that_its_text_implies() -> None:
    facts = of()
    assert facts["original_dates"].to_numpy().tolist() == [
        ["optimistic", "2027-12", "2031-08", 44],
        ["baseline", "2028-10", "2033-02", 52],
        ["pessimistic", "2030-02", "2035-08", 66],
    ]
    assert values(facts, "original_cases") == {
        "original.one_site": "2028-10",
        "original.every_site": "2028-10",
        "original.campus_at_advertised_lead": "2033-09",
    }


@pytest.mark.parametrize(
    ("lead", "days", "months"),
    [(2.65, ONE_SITE, 33), (2.65, ONE_SITE / 45, 33), (1.0, 30.0, 13), (1.0, 31.0, 14)],
)
def test_a_run_takes_whole_months_after_the_power(lead: float, days: float, months: int) -> None:
    assert original.accelerators(40, 1.4) == 28_571 and 20 < ONE_SITE < 21
    assert original.delivery_month(lead, days, 30) == months
