"""Inputs, their values and what was found of them in words: a row of a table has its own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from euromesh import sensitivity
from euromesh import units as u
from euromesh.ensemble import inputs
from euromesh.params import Value, library
from euromesh.records import Params
from euromesh.routes import ROUTES
from euromesh.sensitivity import Limit, Search

NOTHING: Final = "–"
UNITLESS: Final = ("count", "exponent", "factor", "number", "pue")
ENDS: Final = ("P10", "P90")
GROUPS: Final = {  # of inputs, in words
    "race": "day of the decision",
    "terms": "share, grant and life of the machines",
    "compute": "speed of machines and accelerators",
    "layer 1": "what distance costs",
    "never built": "whether a route is granted or built",
    "slip": "late plans",
    "grid": "wait for the grid, by region",
    "common delay": "delay that all regions share",
    "new sites": "tenders, contracts and building of other routes",
}


INPUTS: Final = {  # in words that need no owner before them
    "campus.on_site_gas": "whether the campus may burn gas",
    "carbon.embodied_kg_per_accel": "carbon of making an accelerator",
    "carbon.idle_and_development": "carbon of idling and development",
    "cases.amplified.lost": "compute lost by a larger rise of loss",
    "cases.gigawatt.facility_bn": "price of a gigawatt site",
    "cases.llama_405b.pue": "power of Llama's halls against that of their machines",
    "costs.accel_per_node": "accelerators a node",
    "costs.displaced_science_share": "worth of the science that must wait",
    "costs.eur_per_usd": "euros for a dollar",
    "costs.facility_life_years": "life of a building",
    "costs.it_life_years": "life of rented or bought machines",
    "costs.it_usd_per_w": "price of machines by power",
    "costs.lease_years": "length of a lease",
    "costs.levy_share": "levies on power",
    "costs.market_usd_per_pflop_hour": "rent of an hour on the market",
    "costs.operation_usd_per_w_year": "operation of a year by power",
    "costs.owned_eur_per_pflop_per_s": "price of the public machines",
    "costs.owned_life_years": "life of the public machines in their bills",
    "costs.real_wacc": "real cost of capital",
    "costs.site_mw": "size of a site in the bills",
    "costs.use": "part of the hours that a bill is spread over",
    "costs.wan_eur_per_site_year": "network of a site for a year",
    "frontier.algorithmic_progress_per_year": "algorithmic progress a year",
    "frontier.class_ratio": "how far below the largest run the frontier class reaches",
    "frontier.growth_per_year": "growth of the frontier a year",
    "frontier.reading": "reading of the frontier",
    "goalposts.carbon_g_per_kwh": "carbon of power that scores least",
    "goalposts.cost_ratio": "ratio of bills that scores least",
    "goalposts.floor": "least score",
    "goalposts.grid_share_high": "share of a country's power that scores least",
    "goalposts.grid_share_low": "share of a country's power that scores most",
    "goalposts.time_years": "time to a model that scores least",
    "grid.common_delay": "delay of the grid that all regions share",
    "grid.correlation": "part of the grid's delay that regions share",
    "new_sites.build_years": "time to build a new site",
    "new_sites.commissioning_months": "time to commission a new site",
    "new_sites.goodput": "hours of a new site that train",
    "new_sites.hardware_lead_years": "time to buy accelerators",
    "operation.handover_minutes": "handover between two jobs",
    "operation.outage_hours": "length of an outage",
    "operation.queue_hours": "time in a queue",
    "operation.queue_probability": "odds of waiting in a queue",
    "original.mfu": "MFU of the original study",
    "owned.country_left_out": "country left out",
    "owned.grant_months": "time to a grant",
    "owned.leased_sites": "leased halls beside the public machines",
    "owned.left_out": "machine left out",
    "owned.machine_set": "which public machines take part",
    "owned.porting.cuda_months": "time to port to NVIDIA's machines",
    "owned.porting.oneapi_months": "time to port to Intel's machines",
    "owned.porting.rocm_months": "time to port to AMD's machines",
    "owned.service_life_years": "service life of a public machine",
    "owned.stacks": "whose accelerators take part",
    "penalty.compression_factor": "penalty of compression",
    "penalty.gap.decay": "decay of the gap of the losses",
    "penalty.inner_steps_exponent": "exponent of the inner steps",
    "penalty.irreducible.beta": "exponent with an irreducible loss",
    "penalty.joint.beta": "exponent of the joint law",
    "penalty.law": "law of what distance costs",
    "penalty.miri.amplification": "growth of MIRI's penalty with size",
    "penalty.shrinking.decay": "decay of the shrinking exponent",
    "penalty.staleness_factor": "penalty of late exchanges",
    "penalty.tax_exponent": "exponent of the tax",
    "private.never_built": "odds that private owners refuse",
    "programme.mean_draw": "mean draw against the draw of the racks",
    "programme.renewal_gap_months": "time between two generations of machines",
    "programme.training_months": "length of one training run",
    "race.decision_date": "day of the decision",
    "slip.median_years": "how late a late plan is",
    "slip.probability": "odds that a dated plan is late",
    "slip.sigma": "spread of how late plans are",
    "training.batch.multiple": "batch size against its optimum",
    "training.bits_per_param": "bits sent for each parameter",
    "training.fp8_loss_gap": "loss added by FP8",
    "training.inner_steps": "steps between two exchanges",
    "training.jitter_correlation": "part of the jitter that steps share",
    "training.low_precision_kept": "useful hours kept in low precision",
    "training.model_parallel": "accelerators that share one copy of a model",
    "training.most_replicas": "most sites that train together",
    "training.nvfp4_loss_gap": "loss added by NVFP4",
    "training.overlap_steps": "steps that hide an exchange",
    "training.precision": "precision of the arithmetic",
    "training.quorum": "part of the sites that must be up",
    "training.replica_extra_memory": "memory added by distance",
    "training.step_jitter": "jitter of a step",
    "training.stepping_share": "part of the time up that steps",
    "training.sustained.bf16": "rate of a campaign against a benchmark, BF16",
    "training.sustained.fp8": "rate of a campaign against a benchmark, FP8",
    "training.sustained.nvfp4": "rate of a campaign against a benchmark, NVFP4",
    "training.tokens_per_param": "tokens for each parameter",
    "training.transfer_gbit_per_s": "rate of one transfer",
    "training.wan_gbit_per_s": "rate of the network",
    "training.wan_latency_seconds": "latency of the network",
}
FIELDS: Final = {  # of a row or a route, in words
    "bf16_eflops": "peak",
    "bf16_tflop_per_s": "peak of an accelerator",
    "build_months": "time to build",
    "contract_months": "time to a contract",
    "drawn_years": "wait for the grid",
    "eur_per_mwh": "price of power",
    "first_build_years": "time to the first power",
    "first_tranche_mw": "first power",
    "full_build_years": "time to the full power",
    "g_per_kwh": "carbon of the power",
    "goodput": "hours that train",
    "it_kw": "power of an accelerator",
    "lead_years": "median wait for the grid",
    "lost_phase": "where in their order sites are lost",
    "lost_sites": "sites lost",
    "mfu": "MFU",
    "n_accel": "accelerators",
    "n_sites": "number of sites",
    "never_built": "odds that it is never built",
    "never_granted": "odds of a refusal",
    "procurement_months": "time that the tender takes",
    "project_never_built": "odds that one of them is never built",
    "raced": "takes part",
    "saturation": "batch at which the MFU has halved",
    "second_build_months": "time to build the second step",
    "selected_on": "day of the selection",
    "site_mw": "power of a site",
    "slip_years": "how late",
    "wholesale_eur_per_mwh": "wholesale price of power",
}


def named(key: str) -> str:
    """An input in words: the route or the row that it belongs to, and what it is of it.

    `leased.site_mw` is "leased hall: power of a site"; a flag of a choice, `law = tax`, keeps the
    name of the choice.
    """
    path, *choice = key.split(" = ")
    *owner, field = path.split(".")
    told = FIELDS.get(field, field)
    return " = ".join([INPUTS.get(path) or f"{_owner(owner)}: {told}", *choice]).replace("_", " ")


def _owner(path: list[str]) -> str:
    """What an input belongs to: a route, a row by its name, else the topic."""
    if path and path[0] in ROUTES:
        return ROUTES[path[0]].label
    row, known = ".".join(path), library().parameters
    if name := known.get(f"{row}.name"):
        return str(name.value)
    if row.startswith("grid_lead_times."):
        region = str(known[f"{row}.region"].value).replace("_", " ").title()
        return f"{region}, {known[f'{row}.load_mw'].value:,.0f} MW"
    return " ".join(path[-1:])


def written(key: str, value: Value) -> str:
    """A value of a parameter with its unit; nothing has no value."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    unit = library().spec(key).unit
    if isinstance(value, str):
        return f"{u.last_day(value):%b %Y}" if unit == "date" else value.replace("_", " ")
    if unit == "fraction":
        return f"{100 * value:.3g} %"
    return f"{value:.3g}" if unit in UNITLESS else f"{value:.3g} {unit}"


def range_of(params: Params, name: str) -> str:
    """P10 to P90 of an input, or both values of a flag; a choice has no ends.

    What no draw varies, because somebody has set it, has the range of its parameter.
    """
    one = next((one for one in inputs(params) if one.name == name), None)
    if one is None:
        known = library().parameters[name]
        return _span(written(name, known.low), written(name, known.high))
    labels, found = [], []
    for place in sensitivity.places(one):
        value = sensitivity.values_at(params, one, place.quantile).get(one.shown)
        labels.append(place.label)
        found.append(place.label if value is None else written(one.name, value))
    if tuple(labels) == ENDS:
        return _span(*found)
    return " or ".join(found) if len(found) == len(ENDS) else "a choice"


def _span(low: str, high: str) -> str:
    """Two values of one unit, which is written once."""
    (one, *unit), other = low.split(" ", 1), high.split(" ", 1)
    return f"{one if unit == other[1:] else low} to {high}"


def flipped(found: Search) -> str:
    """The value nearest to the centre at which an order flips; of names and flags, all of them."""
    if not found.flips:
        return "never"
    if found.nearest.quantile is None:
        return " or ".join(written(found.name, flip.value) for flip in found.flips)
    return written(found.name, found.nearest.value)


def limited(one: Limit) -> str:
    """A limit of a box: a range, or what a flag is."""
    if isinstance(one.low, bool) or isinstance(one.high, bool):
        return f"{named(one.name)}: {'yes' if one.low else 'no'}"
    low = "" if one.low is None else f"from {written(one.name, one.low)} "
    high = "" if one.high is None else f"up to {written(one.name, one.high)}"
    return f"{named(one.name)} {low}{high}".strip()


def query(values: Mapping[str, Value]) -> str:
    """Values by id as the address of the explorer writes them."""
    return "&".join(f"{key}={_written(values[key])}" for key in sorted(values))


def _written(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.6g}" if isinstance(value, float) else quote(value)
