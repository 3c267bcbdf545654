"""Layer 3: cost, carbon and score of a site in a country."""

from __future__ import annotations

from collections.abc import Mapping

from euromesh import units as u
from euromesh.elementwise import larger, log, ratio, smaller, where
from euromesh.units import Values

WATTS_PER_KW = 1000.0
GRAMS_PER_KG = 1000.0


def capital_recovery(real_wacc: Values, life_years: Values) -> Values:
    """CRF = w / (1 - (1 + w)^-y), and 1/y at w = 0: yearly share of capital."""
    discount = 1 - (1 + real_wacc) ** -life_years
    return where(real_wacc == 0, 1 / life_years, ratio(real_wacc, discount))


def capital_eur_year(
    *,
    it_kw: Values,
    it_eur: Values,  # I, EUR per accelerator
    facility_eur_per_w: Values,  # c_f
    it_life_years: Values,
    facility_life_years: Values,
    real_wacc: Values,
    operation_eur_year: Values,  # o, EUR per accelerator and year
    wan_eur_year: Values,  # w_s / n_s, EUR per accelerator and year
) -> Values:
    """I CRF(w, y_I) + 1000 k c_f CRF(w, y_f) + o + w_s/n_s, EUR per accelerator and year."""
    it = it_eur * capital_recovery(real_wacc, it_life_years)
    facility = WATTS_PER_KW * it_kw * facility_eur_per_w
    yearly = facility * capital_recovery(real_wacc, facility_life_years)
    return it + yearly + operation_eur_year + wan_eur_year


def power_eur_per_hour(
    it_kw: Values, pue: Values, wholesale: Values, levy: Values, levy_share: Values
) -> Values:
    """k PUE (p_w + x levy), EUR per accelerator-hour; prices in EUR/MWh."""
    return it_kw * pue * (wholesale + levy_share * levy) / WATTS_PER_KW


def eur_per_accel_hour(capital_eur_year: Values, use: Values, power_eur_hour: Values) -> Values:
    """c_s = yearly capital and operation / (8760 u) + power, EUR per accelerator-hour."""
    return capital_eur_year / (u.HOURS_PER_YEAR * use) + power_eur_hour


def carbon_g_per_accel_hour(
    it_kw: Values, pue: Values, idle: Values, g_per_kwh: Values, embodied_g_hour: Values
) -> Values:
    """k PUE (1 + phi) CI + embodied, gCO2e per accelerator-hour."""
    return it_kw * pue * (1 + idle) * g_per_kwh + embodied_g_hour


def embodied_g_per_hour(embodied_kg: Values, use: Values, life_years: Values) -> Values:
    """e / (8760 u y), gCO2e per accelerator-hour over the life of the hardware."""
    return embodied_kg * GRAMS_PER_KG / (u.HOURS_PER_YEAR * use * life_years)


def linear_goalpost(value: Values, best: Values, worst: Values, floor: Values) -> Values:
    """Score in [floor, 1]: 1 at the best end or beyond, falling linearly to the worst."""
    return larger(floor, smaller(1.0, (worst - value) / (worst - best)))


def log_goalpost(value: Values, best: Values, worst: Values, floor: Values) -> Values:
    """The same on a logarithmic scale."""
    return linear_goalpost(log(value), log(best), log(worst), floor)


def geometric_mean(scores: tuple[Values, ...]) -> Values:
    """Equal-weight geometric mean: a poor score on one criterion is not bought back."""
    product: Values = 1.0
    for score in scores:
        product = product * score
    return product ** (1 / len(scores))


def ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """Rank from one, best first; equal scores in the order of their names."""
    ordered = sorted(scores, key=lambda name: (-scores[name], name))
    return {name: rank for rank, name in enumerate(ordered, start=1)}
