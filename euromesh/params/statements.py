"""What `distribution:` of a leaf states, and whether it agrees with the value and its range.

A name alone is a family fitted to low, value and high, read as P10, P50 and P90. A mapping is one
of the forms; where low and high are left out they become its P10 and P90.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import numpy as np
from pydantic import Field

from euromesh.params import values
from euromesh.params.files import Faults
from euromesh.params.forms import Form, parsed
from euromesh.params.leaf import Leaf
from euromesh.params.shape_fits import FITS, LEVELS, through
from euromesh.params.shapes import SINGLE, Mixture, Part, Shape
from euromesh.params.spec import Spec
from euromesh.params.texts import nearest, quoted
from euromesh.params.values import Span

FAR: Final = 0.05  # of the way from P10 to P90: a value no nearer to P50 is not the P50
ROUNDED: Final = 0.01  # of an end, and of that way: a stated end farther off is not the same
WHOLE: Final = 0.5  # as far may a whole count be off
SLIGHT: Final = 1e-9  # of the larger end: nothing but the arithmetic
OUTSIDE: Final = 0.001  # of the mass: no more may lie where the unit allows no value
NAMES: Final = (*SINGLE, "mixture")
EXAMPLES: Final[Mapping[str, str]] = {  # of what has no P10 and P90 to be fitted to
    "empirical": "{name: empirical, values: [2, 3, 7]}",
    "mixture": "{name: mixture, parts: [{weight: 0.5, name: ...}, {weight: 0.5, name: ...}]}",
}


class PartForm(Form):
    """How much a part of a mixture counts, and which of the leaf's sources says it."""

    weight: float = Field(gt=0)
    source: str = ""


class MixtureForm(Form):
    """A mixture by its parts, each in one of the other forms."""

    name: Literal["mixture"]
    parts: list[dict[str, Any]] = Field(min_length=2)


def stated(
    leaf: Leaf, kind: Spec, file: str, key: str, faults: Faults
) -> tuple[Shape | None, Span]:
    """The distribution of a leaf, None where it states none, and its value with the range."""
    told = (values.read(kind, cell) for cell in (leaf.value, leaf.low, leaf.high))
    span, where = Span(*told), f"{key}.distribution"
    if leaf.distribution is None or not _may_stand(kind, span, file, where, faults):
        return None, span
    shape = _read(leaf.distribution, span, file, where, faults)
    if shape is None:
        return None, span
    wrong = [*_disagreements(shape, kind, span), *_unknown_sources(shape, leaf.sources)]
    for what in wrong:
        faults.add(what, file, where)
    return shape, span if wrong else _with_ends(shape, kind, span)


def _may_stand(kind: Spec, span: Span, file: str, key: str, faults: Faults) -> bool:
    """Whether there is a number to be distributed; one that is faulty is noted elsewhere."""
    if not kind.numeric:
        faults.add(f"distribution belongs to a number: leave it out of a {kind.unit}", file, key)
    elif span.value is None:
        faults.add("distribution belongs to a number: give the value, its P50", file, key)
    given = [cell for cell in span if cell is not None]
    return bool(given) and kind.numeric and not any(values.fault(kind, cell) for cell in given)


def _read(told: object, span: Span, file: str, key: str, faults: Faults) -> Shape | None:
    if isinstance(told, dict):
        return (_mixture if told.get("name") == "mixture" else _single)(told, file, key, faults)
    wrong = _unfit(told, span)
    if wrong:
        faults.add(wrong, file, key)
        return None
    ends = {"p10": span.low, "p50": span.value, "p90": span.high}
    return _fitted(str(told), ends, file, key, faults)


def _unfit(name: object, span: Span) -> str | None:
    """Why a name alone is no distribution of a range; None where it may be one."""
    if isinstance(name, str) and name in EXAMPLES:
        return f"a name alone is not enough: write {EXAMPLES[name]}"
    if not isinstance(name, str) or name not in FITS:
        near = nearest(str(name), FITS)
        return f"distribution must be one of {', '.join(FITS)}, got {quoted(name)}{near}"
    if span.low is None or span.high is None:
        return f"low and high must be given beside {name}, or its arguments with it"
    if not span.low < span.high:
        return f"low must be < high beside {name}, got {span.low:g} and {span.high:g}"
    return None


def _mixture(told: Mapping[str, Any], file: str, key: str, faults: Faults) -> Mixture | None:
    form = parsed(MixtureForm, told, file, key, faults)
    parts = [
        _part(part, file, f"{key}.parts.{place}", faults)
        for place, part in enumerate(form.parts if form else ())
    ]
    found = [part for part in parts if part]
    return Mixture(parts=found) if found and len(found) == len(parts) else None


def _part(told: Mapping[str, Any], file: str, key: str, faults: Faults) -> Part | None:
    own = {word: told[word] for word in PartForm.model_fields if word in told}
    rest = {word: value for word, value in told.items() if word not in own}
    form = parsed(PartForm, own, file, key, faults)
    shape = _single(rest, file, key, faults, names=tuple(SINGLE))
    return Part(shape=shape, weight=form.weight, source=form.source) if form and shape else None


def _single(
    told: Mapping[str, Any], file: str, key: str, faults: Faults, names: tuple[str, ...] = NAMES
) -> Shape | None:
    """A distribution that is no mixture; the names are those that the message lists."""
    name = str(told.get("name"))
    if name not in SINGLE:
        known = f"{', '.join(names)}, got {quoted(told.get('name'))}{nearest(name, names)}"
        faults.add(f"name must be one of {known}", file, key)
        return None
    own = {word: value for word, value in told.items() if word != "name"}
    if name not in FITS or {"p10", "p50", "p90"}.isdisjoint(own):
        return parsed(SINGLE[name], own, file, key, faults)
    form = parsed(FITS[name][0], own, file, key, faults)
    return _fitted(name, form.model_dump(), file, key, faults) if form else None


def _fitted(
    name: str, told: Mapping[str, Any], file: str, key: str, faults: Faults
) -> Shape | None:
    """The family of this name through the quantiles that are told."""
    try:
        arguments = through(name, told)
    except ValueError as error:
        faults.add(str(error), file, key)
        return None
    return parsed(SINGLE[name], arguments, file, key, faults)


def _disagreements(shape: Shape, kind: Spec, span: Span) -> Iterator[str]:
    """Where a distribution and the value with its range and unit do not say the same."""
    p10, p50, p90 = shape.quantile(LEVELS).tolist()
    width = p90 - p10
    slack = max(WHOLE if _is_whole(kind, span) else 0, SLIGHT * max(abs(p10), abs(p90)))
    if abs(span.value - p50) > max(FAR * width, slack):
        yield (
            f"value must be the P50 of the distribution, {p50:.6g}, to {100 * FAR:g} %"
            f" of the way from P10 to P90, got {quoted(span.value)}: change the value or the"
            " distribution"
        )
    for name, part, end, exact in (("low", "P10", span.low, p10), ("high", "P90", span.high, p90)):
        room = max(ROUNDED * min(abs(exact), width), slack)
        if end is not None and abs(end - exact) > room:
            yield (
                f"{name} must be the {part} of the distribution, {exact:.6g}, to"
                f" {100 * ROUNDED:g} %, got {quoted(end)}: change it or leave low and high out"
            )
    outside = _mass_outside(shape, kind)
    if outside > OUTSIDE:
        yield (
            f"distribution must have at most {100 * OUTSIDE:g} % of its mass outside"
            f" {values.allowed(kind)}, got {100 * outside:.2g} %: narrow it or take a family that"
            " ends there"
        )


def _mass_outside(shape: Shape, kind: Spec) -> float:
    """P(x < least) + P(x > most) for the least and the greatest value that the unit allows."""
    least, most = kind.bounds
    below, within = shape.cdf(np.asarray([np.nextafter(least, -np.inf), most])).tolist()
    return float(below + 1 - within)


def _unknown_sources(shape: Shape, sources: list[str]) -> Iterator[str]:
    parts = shape.parts if isinstance(shape, Mixture) else ()
    for part in parts:
        if part.source and part.source not in sources:
            near = nearest(part.source, sources)
            yield f"source {quoted(part.source)} must be one of the sources of the value{near}"


def _with_ends(shape: Shape, kind: Spec, span: Span) -> Span:
    """P10 and P90 in the place of ends that are left out, whole beside a count that is whole."""
    if span.low is not None or span.high is not None:
        return span
    ends = shape.quantile(LEVELS[[0, 2]])
    low, high = (np.rint(ends) if _is_whole(kind, span) else ends).tolist()
    return Span(span.value, low, high)


def _is_whole(kind: Spec, span: Span) -> bool:
    return kind.unit == "count" and float(span.value).is_integer()
