"""EuroMesh-0, worked by hand from the published study."""

import pytest

from euromesh import original

ONE_SITE = original.compute_days(1.97e25, 28_571, 989e12, 0.40)


def test_a_site_of_forty_megawatts_holds_its_published_accelerators() -> None:
    assert original.accelerators(40, 1.4) == 28_571
    assert original.accelerators(1000, 1.4) == 714_285


@pytest.mark.parametrize(
    ("lead", "month"),
    [(1.8, "2027-12"), (2.65, "2028-10"), (4.0, "2030-02")],
)
def test_the_published_mesh_dates(lead: float, month: str) -> None:
    delivered = original.delivery_month(lead, ONE_SITE, 30)
    assert original.month("2026-01", delivered) == month


@pytest.mark.parametrize(
    ("lead", "month"),
    [(5.5, "2031-08"), (7.0, "2033-02"), (9.5, "2035-08"), (7.6, "2033-09")],
)
def test_the_published_campus_dates_and_the_one_its_text_implies(lead: float, month: str) -> None:
    delivered = original.delivery_month(lead, ONE_SITE / 25, 30)
    assert original.month("2026-01", delivered) == month


def test_compute_never_binds_in_the_mesh() -> None:
    assert 20 < ONE_SITE < 21
    alone, all_of_them = (original.delivery_month(2.65, ONE_SITE / n, 30) for n in (1, 45))
    assert alone == all_of_them


def test_a_run_longer_than_a_month_takes_whole_months() -> None:
    assert original.delivery_month(1.0, 31.0, 30) == 12 + 2
