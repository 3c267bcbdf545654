"""Machines and sites as useful FLOP/s (layer 0 of every route).

A `Site` is what every route is made of: accelerators of one kind at one place, available for a
span of model time. Several sites at one place act as one replica.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, cast

from euromesh import units as u
from euromesh.elementwise import ratio, smaller
from euromesh.records.race import MachineSet
from euromesh.records.settings import ByPrecision
from euromesh.records.tables import Accelerator, Machine, MfuRun, Precision, ScalingPoint, Stack
from euromesh.units import Values

CostBasis = Literal["owned", "new", "let", "rented", "gas"]  # how hours are priced and committed
_MEMBERS: Final = "at be bg cy cz de dk ee es fi fr gr hr hu ie it lt lu lv mt nl pl pt ro se si sk"
_OTHERS: Final = "ad al ba by ch fo gb gg gi im is je li mc md me mk no rs ru sm tr ua va xk"
EU27: Final = frozenset(_MEMBERS.split())
EUROPE: Final = EU27 | {*_OTHERS.split()}  # ISO 3166 alpha-2 in lower case: no other is a country
KW_PER_MW: Final = 1000.0
STACKS: Final[Mapping[Stack, str]] = {"cuda": "CUDA", "rocm": "ROCm", "oneapi": "oneAPI"}
BITS: Final[dict[Precision, int]] = {"bf16": 16, "fp8": 8, "nvfp4": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Accelerators of one kind at one place, from `start_years` until `end_years`.

    Over draws a number may be an array; a site that a draw does not have starts never.
    """

    place: str  # the replica that it is part of
    city: str  # by which its link is known
    country: str
    start_years: float
    end_years: float
    n_accel: float  # granted to the run
    peak_flop_per_s: float  # of one accelerator, dense BF16
    mfu: float  # with tokens to spare: mu_1, before the batch gate
    saturation: float  # h of its chip
    goodput: float
    hbm_bytes: float  # of one accelerator
    it_kw: float  # of one accelerator
    pue: float
    basis: CostBasis
    copies: float = 1.0  # identical places, where draws differ in their number

    @property
    def grid_mw(self) -> float:
        """Power of the granted accelerators with cooling, MW."""
        return self.n_accel * self.it_kw * self.pue / KW_PER_MW

    @property
    def load(self) -> float:
        """What the granted accelerators ask of a batch, parameters x tokens."""
        return cast(float, batch_load(self.n_accel, self.saturation))


def useful_flop_per_s(
    n_accel: Values, peak_flop_per_s: Values, mfu: Values, goodput: Values
) -> Values:
    """r = n q mu g: useful FLOP/s of n granted accelerators; mu g is the MFU of the whole run."""
    return n_accel * peak_flop_per_s * mfu * goodput


def site_flop_per_s(site: Site) -> float:
    """Useful FLOP/s of a site before the batch gate."""
    rate = useful_flop_per_s(site.n_accel, site.peak_flop_per_s, site.mfu, site.goodput)
    return cast(float, rate)


def half_mfu_accel(saturation: Values, n_params: Values, batch_tokens: Values) -> Values:
    """n_h = h N B: accelerators at which the MFU has fallen to half."""
    return saturation * n_params * batch_tokens


def mfu_at(mfu_one: Values, n_accel: Values, n_half: Values) -> Values:
    """mu = mu_1 / (1 + n / n_h): at a fixed batch more accelerators do less each."""
    return mfu_one / (1.0 + ratio(n_accel, n_half))


def batch_load(n_accel: Values, saturation: Values) -> Values:
    """L = n / h: the parameters x tokens of a batch on which they work at half their MFU."""
    return n_accel / saturation


def batch_share(load: Values, param_tokens: Values) -> Values:
    """mu / mu_1 = N B / (N B + sum_i n_i / h_i): what the gate leaves of chips of any kinds.

    Site i takes T = T_i + 6 N B_i / R_i with R_i = n_i q_i mu_i and T_i = 6 / (h_i q_i mu_i);
    tokens B_i = R_i (T - T_i) / 6 N give them one T, and sum_i B_i = B gives sum_i R_i = 6 N B
    / T x (1 + sum_i n_i / (h_i N B)). Of one kind it is 1 / (1 + n / n_h).
    """
    return ratio(param_tokens, param_tokens + load)


def mfu_one(mfu: Values, n_accel: Values, n_half: Values) -> Values:
    """mu_1 = mu (1 + n / n_h): the MFU that a run would reach with tokens to spare."""
    return mfu * (1.0 + ratio(n_accel, n_half))


def speaking_run(chip: Accelerator, precision: Precision) -> str:
    """The row of `mfu_runs` for a chip in a precision; where it has none, in one of more bits."""
    fp8 = chip.mfu_run_fp8 or chip.mfu_run
    runs = {"bf16": chip.mfu_run, "fp8": fp8, "nvfp4": chip.mfu_run_nvfp4 or fp8}
    return runs[precision]


def run_mfu_one(run: MfuRun) -> Values:
    """mu_1 of a run, from its own size and batch; never more than the peak of its arithmetic.

    Half the bits do twice the FLOP/s of BF16, whose peak the MFU counts.
    """
    n_half = half_mfu_accel(run.saturation, run.n_params, run.batch_tokens)
    return smaller(BITS["bf16"] / BITS[run.precision], mfu_one(run.mfu, run.n_accel, n_half))


def sustained_part(rate: MfuRun | ScalingPoint, sustained: ByPrecision) -> Values:
    """s: what the steps of a campaign keep of a rate; 1 where it is that of a campaign."""
    return cast(Values, getattr(sustained, rate.precision)) if rate.kind == "short" else 1.0


def campaign_mfu_one(run: MfuRun, sustained: ByPrecision) -> Values:
    """s mu_1: what the steps of a campaign reach with tokens to spare."""
    return run_mfu_one(run) * sustained_part(run, sustained)


def published_mfu(rate: ScalingPoint) -> float:
    """A published rate over the dense BF16 peak."""
    return rate.tflop_per_s / rate.peak_tflop_per_s


def mfu_beside(rate: ScalingPoint, run: MfuRun, sustained: ByPrecision) -> Values:
    """A published MFU in the kind of a run: a campaign's over s beside short benchmarks."""
    kept, of_run = sustained_part(rate, sustained), sustained_part(run, sustained)
    return published_mfu(rate) * kept / of_run


def rate_mfu(rate: ScalingPoint, run: MfuRun, sustained: ByPrecision) -> Values:
    """The MFU that a run gives a published rate, at its size, batch and kind.

    Where the batch was not read, with tokens to spare.
    """
    mfu = campaign_mfu_one(run, sustained) / sustained_part(rate, sustained)
    batch = u.NEVER if rate.batch_tokens is None else rate.batch_tokens
    return mfu_at(mfu, rate.n_accel, half_mfu_accel(run.saturation, rate.n_params, batch))


def accelerator_count(machine: Machine, accelerators: Mapping[str, Accelerator]) -> float | None:
    """The published count, else the estimated peak over the accelerator's; None when unknown."""
    if machine.n_accel is not None:
        return machine.n_accel
    if machine.bf16_eflops is None or machine.accelerator is None:
        return None
    return machine.bf16_eflops * u.EXA / peak_flop_per_s(accelerators[machine.accelerator])


def peak_flop_per_s(accelerator: Accelerator) -> float:
    """Dense BF16 catalogue peak of one accelerator in FLOP/s."""
    return accelerator.bf16_tflop_per_s * u.TERA


def machine_peak(machine: Machine, accelerators: Mapping[str, Accelerator]) -> float | None:
    """Dense BF16 peak of a machine in FLOP/s; None when its size is not published."""
    if machine.bf16_eflops is not None:
        return machine.bf16_eflops * u.EXA
    if machine.n_accel is None or machine.accelerator is None:
        return None
    return machine.n_accel * peak_flop_per_s(accelerators[machine.accelerator])


def belongs(machine: Machine, machine_set: MachineSet) -> bool:
    """Whether a machine is in a set: all of Europe, the EU-27, or those that EuroHPC owns."""
    if machine_set == "eurohpc":
        return machine.programme == "eurohpc"
    return machine_set == "europe" or machine.country in EU27


def service_span(
    machine: Machine, decided: str, slip_years: float, service_life_years: float
) -> tuple[float, float]:
    """Model times at which a machine starts and retires.

    A machine not yet operating starts at the end of its stated date plus the slip. It retires
    on the stated date, else after the service life.
    """
    start = u.years_after(decided, machine.operational_on)
    if machine.status != "operating":
        start += slip_years
    if machine.retires_on is not None:
        return start, u.years_after(decided, machine.retires_on)
    return start, start + service_life_years
