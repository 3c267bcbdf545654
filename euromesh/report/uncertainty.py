"""Headline numbers over draws: what drives the dates, and what would turn them."""

from __future__ import annotations

from collections.abc import Mapping

from euromesh.facts.chances import reads
from euromesh.records import Params
from euromesh.report.drivers import drivers
from euromesh.report.figure import Figure
from euromesh.report.flips import flips
from euromesh.report.watch import plain


def uncertain(params: Params) -> Mapping[str, Figure]:
    """Every number of the race over draws; what they read is noted once for all."""
    central = plain(params)
    read = reads(central)
    return {**drivers(central, read), **flips(central, read)}
