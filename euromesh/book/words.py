"""Words that follow the state of a run: conditions in the text of pages, notebooks and captions.

A page holds {% if never("owned") %} ... {% else %} ... {% endif %} around what is true in some
runs only, and {= target =} where a key depends on the run. What a condition may ask is in `State`;
numbers stay roles, so that each leads to its sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final

import jinja2

from euromesh import units as u
from euromesh.params.texts import nearest
from euromesh.routes import ROUTES

NEVER: Final = "never"
TEMPLATES: Final = jinja2.Environment(
    variable_start_string="{=",
    variable_end_string="=}",
    comment_start_string="{##",
    comment_end_string="##}",
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    undefined=jinja2.StrictUndefined,
    autoescape=False,  # what is put in is a name of ours; values are printed by the `val` role
)


class WordsError(ValueError):
    """A condition that asks for what no run has."""


@dataclass(frozen=True)
class State:
    """What a run found, as the conditions of a text ask for it."""

    values: Mapping[str, Mapping[str, Any]]  # of results and parameters, by key
    central: bool  # whether nothing was set

    def v(self, key: str) -> Any:
        """The value of a result or a parameter."""
        if key not in self.values:
            raise WordsError(f"no result or parameter {key}{nearest(key, self.values)}")
        return self.values[key]["value"]

    @property
    def target(self) -> str:
        """The run that is raced to."""
        return str(self.v("race.target"))

    def never(self, route: str) -> bool:
        """Whether a route never finishes if everything goes to plan."""
        return bool(self.v(f"{route}.finish_date") == NEVER)

    def likely(self, route: str) -> bool:
        """Whether half of the draws finish by a day."""
        return bool(self.v(f"{route}.finish_p50") != NEVER)

    def before(self, one: str, other: str) -> bool:
        """Whether a route finishes before another if everything goes to plan."""
        return not self.never(one) and (self.never(other) or self.months(one, other) > 0)

    def months(self, one: str, other: str) -> float:
        """Months from the planned finish of a route to that of another."""
        days = [date.fromisoformat(self.v(f"{route}.finish_date")) for route in (one, other)]
        return u.years_between(*days) * u.MONTHS_PER_YEAR

    @cached_property
    def order(self) -> list[str]:
        """The routes that finish if everything goes to plan, the first one first."""
        done = [name for name in ROUTES if not self.never(name)]
        return sorted(done, key=lambda name: str(self.v(f"{name}.finish_date")))

    @cached_property
    def leaders(self) -> list[str]:
        """The first route and those level with it: a shorter wait for the grant could swap them."""
        waits = self.v("owned.grant_months") - self.v("owned.grant_months.low")
        return [name for name in self.order if self.months(self.order[0], name) <= waits]

    @cached_property
    def frontier(self) -> list[str]:
        """The routes whose model is within the class of the frontier of its day."""
        return [name for name in ROUTES if self.v(f"frontier.is_b.{name}") == "yes"]


def label(route: str) -> str:
    """What a route is called."""
    return ROUTES[route].label


def listed(names: Iterable[str], joint: str = "and") -> str:
    """'a, b and c'."""
    *most, last = names
    return f"{', '.join(most)} {joint} {last}" if most else last


def spoken(text: str, state: State) -> str:
    """A text with the words that are true in this run; a `WordsError` says what is wrong in it."""
    try:
        return TEMPLATES.from_string(text).render(**_names(state))
    except jinja2.TemplateError as error:
        raise WordsError(f"{error.message} in: {text.strip()[:80]}") from error


def _names(state: State) -> dict[str, Any]:
    asked = (name for name in dir(State) if not name.startswith("_") and name != "values")
    own: dict[str, Any] = {name: getattr(state, name) for name in asked}
    helpers: dict[str, Callable[..., str]] = {"label": label, "listed": listed}
    return own | helpers
