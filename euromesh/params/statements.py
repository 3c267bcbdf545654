"""What `distribution:` of a leaf states, and whether it agrees with the value and its range.

A name alone is a family fitted to low, value and high, read as P10, P50 and P90. A mapping is one
of the forms; where low and high are left out they become its P10 and P90.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from euromesh.params.files import Place
from euromesh.params.forms import Leaf, parsed
from euromesh.params.shapes import FITS, LEVELS, SINGLE, Mixture, Part, Shape
from euromesh.params.spec import Span, Spec
from euromesh.params.texts import nearest, quoted

FAR: Final = 0.05  # of the way from P10 to P90: a value no nearer to P50 is not the P50
ROUNDED: Final = 0.01  # of an end, and of that way: a stated end farther off is not the same
WHOLE: Final = 0.5  # as far may a whole count be off
SLIGHT: Final = 1e-9  # of the larger end: nothing but the arithmetic
OUTSIDE: Final = 0.001  # of the mass: no more may lie where the unit allows no value
NAMES: Final = (*SINGLE, "mixture")
QUANTILES: Final = ("p10", "p50", "p90")


def stated(leaf: Leaf, kind: Spec, here: Place) -> tuple[Shape | None, Span]:
    """The distribution of a leaf, None where it states none, and its value with the range."""
    span, inside = Span(*map(kind.read, (leaf.value, leaf.low, leaf.high))), here.at("distribution")
    if leaf.distribution is None or not _may_stand(kind, span, inside):
        return None, span
    shape = _of_leaf(leaf.distribution, span, inside)
    if shape is None:
        return None, span
    whole = kind.unit == "count" and float(span.value).is_integer()
    wrong = [
        *_disagreements(shape, span, whole),
        *_mass_outside(shape, kind),
        *_unknown_sources(shape, leaf.sources),
    ]
    for what in wrong:
        inside.add(what)
    if wrong or span.low is not None or span.high is not None:
        return shape, span
    ends = shape.quantile(LEVELS[[0, 2]])
    return shape, Span(span.value, *(np.rint(ends) if whole else ends).tolist())


def _may_stand(kind: Spec, span: Span, here: Place) -> bool:
    """Whether there is a number to be distributed; one that is faulty is noted elsewhere."""
    if not kind.numeric:
        here.add(f"distribution belongs to a number: leave it out of a {kind.unit}")
    elif span.value is None:
        here.add("distribution belongs to a number: give the value, its P50")
    given = [cell for cell in span if cell is not None]
    return bool(given) and kind.numeric and not any(map(kind.fault, given))


def _of_leaf(told: object, span: Span, here: Place) -> Shape | None:
    """The distribution of a mapping, or of a name alone through the ends of the range."""
    if isinstance(told, dict):
        return _shape(told, here)
    if span.low is None or span.high is None:
        here.add(f"low and high must be given beside {quoted(told)}, or its arguments with it")
        return None
    quantiles = {"p10": span.low, "p90": span.high}
    median = {"p50": span.value} if told == "triangular" else {}
    return _shape({"name": told, **quantiles, **median}, here, tuple(FITS))


def _shape(told: dict[str, Any], here: Place, names: Sequence[str] = NAMES) -> Shape | None:
    """A distribution by its form; the names are those that may stand here."""
    own: dict[str, Any] = {"name": None, **told}
    name = own.pop("name")
    if name not in names:
        near = nearest(str(name), names)
        here.add(f"name must be one of {', '.join(names)}, got {quoted(name)}{near}")
        return None
    if name == "mixture":
        return _mixture(own, here)
    if name in FITS and not own.keys().isdisjoint(QUANTILES):
        return _fitted(name, own, here)
    return parsed(SINGLE[name], own, here)


def _mixture(own: dict[str, Any], here: Place) -> Mixture | None:
    """A mixture whose parts are forms, each with its weight, and one of the leaf's sources."""
    told = own.get("parts")
    if isinstance(told, list):
        parts = [_part(part, here.at("parts", place)) for place, part in enumerate(told)]
        if None in parts:
            return None
        own = {**own, "parts": parts}
    return parsed(Mixture, own, here)


def _part(told: Any, here: Place) -> Part | None:
    if not isinstance(told, dict):
        return parsed(Part, told, here)
    own = {word: told[word] for word in ("weight", "source") if word in told}
    rest = {word: told[word] for word in told if word not in own}
    shape = _shape(rest, here, tuple(SINGLE))
    return parsed(Part, {"shape": shape, **own}, here) if shape else None


def _fitted(name: str, told: dict[str, Any], here: Place) -> Shape | None:
    """The family of this name through the quantiles that are told."""
    form, fit = FITS[name]
    asked = parsed(form, told, here)
    try:
        return parsed(SINGLE[name], fit(**asked.model_dump()), here) if asked else None
    except ValueError as error:
        here.add(str(error))
        return None


def _disagreements(shape: Shape, span: Span, whole: bool) -> Iterator[str]:
    """Where a distribution and the value with its range do not say the same."""
    p10, p50, p90 = shape.quantile(LEVELS).tolist()
    width = p90 - p10
    slack = max(WHOLE if whole else 0, SLIGHT * max(abs(p10), abs(p90)))
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


def _mass_outside(shape: Shape, kind: Spec) -> Iterator[str]:
    """Whether P(x < least) + P(x > most) is small, for the bounds that the unit sets."""
    least, most = kind.bounds
    below, within = shape.cdf(np.asarray([np.nextafter(least, -np.inf), most])).tolist()
    if (outside := below + 1 - within) > OUTSIDE:
        yield (
            f"distribution must have at most {100 * OUTSIDE:g} % of its mass outside"
            f" {kind.allowed}, got {100 * outside:.2g} %: narrow it or take a family that"
            " ends there"
        )


def _unknown_sources(shape: Shape, sources: list[str]) -> Iterator[str]:
    for part in shape.parts if isinstance(shape, Mixture) else ():
        if part.source and part.source not in sources:
            near = nearest(part.source, sources)
            yield f"source {quoted(part.source)} must be one of the sources of the value{near}"
