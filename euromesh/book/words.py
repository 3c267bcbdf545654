"""Words that follow the state of a run: conditions in the text of pages, notebooks and captions.

A page holds {% if never("owned") %} ... {% else %} ... {% endif %} around what is true in some
runs only, and {= target =} where a key depends on the run. What a condition may ask is in `State`;
numbers stay roles, so that each leads to its sources.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import jinja2
from jinja2 import meta
from nbformat import NotebookNode

from euromesh import escape
from euromesh.book.model import Evidence
from euromesh.book.values import Value
from euromesh.facts import changes
from euromesh.facts.chances import ALIKE
from euromesh.params.texts import nearest
from euromesh.routes import ROUTES

NEVER: Final = "never"
KEPT: Final = "myst"  # in the metadata of a cell: its text as the book reads it
VAL: Final = re.compile(r"\{val\}`(?P<text>[^`]+)`")
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

    @classmethod
    def of(cls, evidence: Evidence, scenario: str, overrides: Mapping[str, object]) -> State:
        """The state of a run."""
        return cls(evidence.as_values(), scenario == "central" and not overrides)

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
        return not self.never(one) and self.v(f"{one}.finish_date") < self.v(f"{other}.finish_date")

    @cached_property
    def order(self) -> list[str]:
        """The routes that finish if everything goes to plan, the first one first."""
        done = [name for name in ROUTES if not self.never(name)]
        return sorted(done, key=lambda name: str(self.v(f"{name}.finish_date")))

    @cached_property
    def leaders(self) -> list[str]:
        """The first route on plan, and those that are level with it."""
        first = self.order[:1]
        return first + [name for name in self.order[1:] if self.level(first[0], name)]

    def level(self, one: str, other: str) -> bool:
        """Whether an assumed wait turns the order of two routes on plan."""
        pairs = (f"race.level.{a}_{b}" for a, b in ((one, other), (other, one)))
        return any(self.values[key]["value"] == "yes" for key in pairs if key in self.values)

    def likeliest(self, year: str) -> list[str]:
        """The routes by their odds of having finished by the end of a year, the best first."""
        return sorted(ROUTES, key=lambda name: -float(self.v(f"{name}.odds_by_{year}")))

    def against(self, one: str, year: str, margin: float = ALIKE) -> dict[str, list[str]]:
        """The other routes by their odds of a year: likelier than one route, or about alike."""
        ours = float(self.v(f"{one}.odds_by_{year}"))
        ahead = {name: float(self.v(f"{name}.odds_by_{year}")) - ours for name in ROUTES}
        others = [name for name in self.likeliest(year) if name != one]
        return {
            "likelier": [name for name in others if ahead[name] > margin],
            "alike": [name for name in others if abs(ahead[name]) <= margin],
        }

    @cached_property
    def raced_clusters(self) -> list[str]:
        """A cluster of every owner whose clusters are raced."""
        found = re.compile(r"clusters\.(\w+)\.raced")
        rows = [hit[1] for key in self.values if (hit := found.fullmatch(key)) and self.v(key)]
        return list({self.v(f"clusters.{row}.owner"): row for row in rows}.values())

    @cached_property
    def shown(self) -> list[str]:
        """The public machines, the rival likeliest to be done by the end of 2030, the campus."""
        rivals = (name for name in self.likeliest("2030") if name not in ("owned", "campus"))
        return ["owned", next(rivals), "campus"]

    @cached_property
    def chances(self) -> list[str]:
        """The routes by their odds of being the first of all, the likeliest first."""
        odds = {name: float(self.v(f"race.p_{name}_first.{self.target}")) for name in ROUTES}
        return sorted(odds, key=lambda name: -odds[name])

    @property
    def alone_first(self) -> bool:
        """Whether one private cluster alone would finish before every route but theirs."""
        done = self.v("private.best_alone_date")
        others = [self.v(f"{name}.finish_date") for name in ROUTES if name != "private"]
        return bool(done != NEVER and _rank(done) < min(map(_rank, others)))

    @property
    def a_run(self) -> str:
        """The run that is raced to, in words."""
        named = self.target == "llama_405b"
        return "a run of Llama's size" if named else f"a run of {self.size}"

    @property
    def size(self) -> str:
        """The size of the run that is raced to, as it is printed with its source."""
        return f"{{val}}`targets.{self.target}.training_flop` FLOP"

    def known(self, *keys: str) -> bool:
        """Whether none of these values is never."""
        return NEVER not in map(self.v, keys)

    def ranked(self, pattern: str) -> list[str]:
        """What stands for the star of a key, by value, never last; without the ends of ranges."""
        found = re.compile(re.escape(pattern).replace(r"\*", "(.+)"))
        names = {hit[1] for key in self.values if (hit := found.fullmatch(key))}
        apart = sorted(name for name in names if name.rpartition("_")[0] not in names)
        return sorted(apart, key=lambda name: _rank(self.v(pattern.replace("*", name))))

    def less(self, one: str, other: str | float) -> list[str]:
        """The routes of which one value is less than another one, or than a number."""
        keys = {name: one.replace("*", name) for name in ROUTES}
        limits = {
            name: self.v(other.replace("*", name)) if isinstance(other, str) else other
            for name, key in keys.items()
            if key in self.values
        }
        return [name for name in limits if _rank(self.v(keys[name])) < _rank(limits[name])]

    @cached_property
    def surest(self) -> str:
        """The route that fails to finish in the fewest draws."""
        return min(ROUTES, key=lambda name: float(self.v(f"{name}.never_share")))

    @cached_property
    def frontier(self) -> list[str]:
        """The routes whose model is within the class of the frontier of its day."""
        return self.meets("b")

    def meets(self, letter: str) -> list[str]:
        """The routes whose model meets a definition of frontier-class, `a`, `b` or `c`."""
        return [name for name in ROUTES if self.v(f"frontier.is_{letter}.{name}") == "yes"]


def _rank(value: Any) -> tuple[bool, Any]:
    """Values in their order, and never after all of them."""
    return value == NEVER, value


def label(route: str) -> str:
    """What a route is called."""
    return ROUTES[route].label


def with_article(route: str) -> str:
    """What a route is called in a sentence: one of a kind with its article."""
    name = label(route)
    article = "the" if ROUTES[route].plural else "an" if name[0] in "Aa" else "a"
    return f"{article} {name}"


def listed(names: Iterable[str], joint: str = "and") -> str:
    """'a, b and c'."""
    *most, last = names
    return f"{', '.join(most)} {joint} {last}" if most else last


TEMPLATES.filters["label_of"] = label
TEMPLATES.filters["with_article_of"] = with_article
TEMPLATES.filters["sentence_case"] = lambda text: text[:1].upper() + text[1:]
HELPERS: Final = {
    "change": changes.WORDS.__getitem__,
    "label": label,
    "listed": listed,
    "plural": [name for name, kind in ROUTES.items() if kind.plural],
    "with_article": with_article,
}


def spoken(text: str, state: State) -> str:
    """A text with the words that are true in this run; a `WordsError` says what is wrong in it."""
    try:
        asked = meta.find_undeclared_variables(TEMPLATES.parse(text))
        found = {name: getattr(state, name) for name in asked if name in dir(state)}
        return TEMPLATES.from_string(text).render(**found, **HELPERS)
    except jinja2.TemplateError as error:
        raise WordsError(f"{error.message} in: {text.strip()[:80]}") from error


def in_words(notebook: NotebookNode, state: State) -> NotebookNode:
    """The notebook with the words and the values of this run in its text and its captions.

    A page of the book takes the text whose values are roles, which each cell keeps (`KEPT`).
    """

    def shown(found: re.Match[str]) -> str:
        key, _, spec = found["text"].partition(":")
        state.v(key)  # refuses what no run has
        return escape.markdown(Value(**state.values[key]).printed(spec))

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.metadata[KEPT] = spoken(cell.source, state)
            cell.source = VAL.sub(shown, cell.metadata[KEPT])
        elif caption := cell.metadata.get("mystnb", {}).get("figure", {}).get("caption"):
            told = " ".join(spoken(caption, state).split())
            cell.metadata["mystnb"]["figure"]["caption"] = told
    return notebook
