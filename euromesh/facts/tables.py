"""Tables of facts: made once by functions of a run, each with the inputs that it read.

A table is a function that is registered by its name: `@table(column=Column(...), ...)`. It gets a
`Run` and returns its rows, a value a column; with `rows=` or `each=` it is called once for each of
them, and what each row reads is noted by itself. A headline number is a cell of a column that has
a `key`, filled in from the cells of its row. `@figures` makes a table of single numbers with keys
of their own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import date
from functools import partial, wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeAlias, TypeVar

import pandas as pd

from euromesh import params as parameters
from euromesh import units as u
from euromesh.facts.watch import watched
from euromesh.records import Params

AT_LEAST: Final = "at_least"
WORDS: Final = {"text", "date", "month", "place", "choice", "name", "none"}  # units of texts
NEVER: Final = "never"
Cells: TypeAlias = tuple[str, ...]  # the first of a row, by which it is made
Columns: TypeAlias = dict[str, Any]  # by name, as `table` takes them beside its other arguments

# --- what a table is -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the unit of its values, their Python format, and the headlines among them.

    Key, unit and format are filled from the cells of a row: `{unit}` is what its cell `unit` says.
    """

    unit: str
    format: str = ""
    key: str = ""  # of the headline number of a cell, such as `{row}.finish_date`
    head: str = ""  # above the column on a page
    bound: str = ""  # the column that says which cells are lower bounds

    def keyed(self, key: str, head: str = "", bound: str = "") -> Column:
        """The same column with headline numbers."""
        return replace(self, key=key, head=head, bound=bound)

    def headed(self, head: str) -> Column:
        """The same column under another head."""
        return replace(self, head=head)


@dataclass(frozen=True, slots=True)
class Figure:
    """A single number with its unit, its Python format, and its bound if it is one."""

    value: float | int | str
    unit: str
    format: str
    bound: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """A headline number as it stands in `results.json`, with the ids that it read."""

    value: float | int | str
    unit: str
    format: str
    inputs: tuple[str, ...]
    bound: str | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a table is made."""

    make: Callable[..., Any]
    columns: Mapping[str, Column]
    each: Callable[[Params], Iterable[Cells]]
    together: bool  # whether every row rests on what all rows read


@dataclass(frozen=True, slots=True)
class Made:
    """A table that is made: its rows, and what each of them read."""

    recipe: Recipe
    rows: tuple[tuple[Any, ...], ...]
    inputs: tuple[frozenset[str], ...]  # of every row

    @property
    def frame(self) -> pd.DataFrame:
        """The table as pandas has it, with its columns in `attrs`."""
        names = list(self.recipe.columns)
        frame = pd.DataFrame([list(row) for row in self.rows], columns=names)
        frame.attrs["columns"] = dict(self.recipe.columns)
        return frame

    def numbers(self) -> Iterator[tuple[str, Number]]:
        """The headline numbers among the cells."""
        columns = self.recipe.columns
        for row, read in zip(self.rows, self.inputs, strict=True):
            cells = dict(zip(columns, row, strict=True))
            for name, column in columns.items():
                if column.key:
                    told = (column.key, column.unit, column.format)
                    key, unit, format_ = (text.format(**cells) for text in told)
                    value = _plain(key, cells[name], unit)
                    bound = AT_LEAST if column.bound and cells[column.bound] else None
                    yield key, Number(value, unit, format_, tuple(sorted(read)), bound)


def _plain(key: str, value: Any, unit: str) -> float | int | str:
    """A value as results hold it; what never comes is a word."""
    if isinstance(value, str):
        return value
    if value is None or math.isnan(value):
        raise ValueError(f"{key} has no value: a headline number is a number or never")
    if math.isinf(value):
        return NEVER
    return round(value) if unit == "count" or isinstance(value, int) else float(value)


NAME: Final = Column("name")
TEXT: Final = Column("text")
CHOICE: Final = Column("choice")
FLAG: Final = Column("flag")
DAY: Final = Column("date", "%B %Y")
MONTH: Final = Column("date", "%b %Y")
YEARS: Final = Column("years")
MONTHS: Final = Column("months", ".0f")
DAYS: Final = Column("days", ".0f")
SHARE: Final = Column("fraction", ".0%")
FLOP: Final = Column("FLOP", ".1e")
FACTOR: Final = Column("factor", ".2f")
TIMES: Final = Column("factor", ".0f")
COUNT: Final = Column("count", ",d")
"""Columns that many tables have."""

FIGURES: Final[Columns] = {
    "key": TEXT,
    "value": Column("{unit}", "{format}", "{key}", bound="bound"),
    **dict.fromkeys(["unit", "format", "bound"], TEXT),
}
RECIPES: Final[dict[str, Recipe]] = {}
Make = TypeVar("Make", bound=Callable[..., Any])
Once = TypeVar("Once")
Asked = ParamSpec("Asked")


def keyed(key: str, **columns: Column) -> Columns:
    """Columns with headline numbers, whose key has the name of the column in place of `*`."""
    return {name: column.keyed(key.replace("*", name)) for name, column in columns.items()}


def table(
    rows: Callable[[Params], Iterable[str]] | None = None,
    each: Callable[[Params], Iterable[Cells]] | None = None,
    together: bool = False,
    **columns: Column,
) -> Callable[[Make], Make]:
    """Register a table by the name of the function that makes it.

    The function gets a `Run` and returns its rows; with `rows` it gets a `Run` and the name of a
    row, and returns that row without its name, which becomes the first column, `row`. With `each`
    it gets the first cells of a row, one or several, and returns the others. A list is several
    rows with the same first cells. What a row reads is noted by itself, unless `together`.
    """
    if rows:
        columns = {"row": NAME, **columns}
        each = partial(_by_name, rows)

    def registered(make: Make) -> Make:
        name = make.__name__
        if name in RECIPES:
            raise ValueError(f"two tables of facts are called {name}: rename one of them")
        RECIPES[name] = Recipe(make, columns, each or (lambda _: [()]), together)
        return make

    return registered


def _by_name(rows: Callable[[Params], Iterable[str]], params: Params) -> Iterator[Cells]:
    return ((name,) for name in rows(params))


figures: Final = table(**FIGURES)
"""Register a table of single numbers, by their keys."""


def figures_of(rows: Callable[[Params], Iterable[str]]) -> Callable[[Make], Make]:
    """Register single numbers that are made row by row; each row notes its own inputs."""
    return table(each=partial(_by_name, rows), **FIGURES)


def once(
    make: Callable[Concatenate[Params, Asked], Once],
) -> Callable[Concatenate[Run, Asked], Once]:
    """Let what a function makes be made once for all tables of a run, by what it is asked for."""

    @wraps(make)
    def made(run: Run, /, *names: Asked.args, **more: Asked.kwargs) -> Once:
        return run.once((make, *names), lambda params: make(params, *names, **more))

    return made


# --- a run from which tables are made ------------------------------------------------------------


class Run:
    """What a table is made from: parameters behind a view that notes what is read."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._shared: list[set[str]] = []
        self.read: set[str] = set()
        self.params = self.noting(facts.params)

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Another table; what it read is noted."""
        return self.rows(name, None)

    def rows(self, name: str, row: str | None) -> pd.DataFrame:
        """The rows of another table that have a name, or all; what they read is noted, no more."""
        made = self._facts.made(name)
        places = [place for place, cells in enumerate(made.rows) if row in (None, cells[0])]
        self.note(key for place in places for key in made.inputs[place])
        return made.frame.iloc[places]

    @property
    def inputs(self) -> frozenset[str]:
        """The ids that were read, also by what was made once and read on later."""
        return frozenset(self.read).union(*self._shared)

    def once(self, key: Hashable, make: Callable[[Params], Once]) -> Once:
        """What is made once for all tables of a run; who asks rests on all that it reads."""
        shared = self._facts.shared
        if key not in shared:
            read: set[str] = set()
            shared[key] = make(watched(self._facts.params, read)), read
        made: Once = shared[key][0]
        self._shared.append(shared[key][1])  # which notes what is read now and later
        return made

    def note(self, ids: Iterable[str]) -> None:
        """Note ids as read."""
        self.read.update(ids)

    def noting(self, params: Params) -> Params:
        """Parameters behind a view: what is read of them is noted."""
        return watched(params, self.read)

    def changed(self, overrides: Mapping[str, object]) -> Params:
        """The parameters of the run with some of them set; what is read of them is noted."""
        return self._loaded(self._facts.scenario, overrides)

    def under(self, scenario: str) -> Params:
        """The parameters of another scenario with the run's overrides."""
        return self._loaded(scenario, {})

    def _loaded(self, scenario: str, overrides: Mapping[str, object]) -> Params:
        every = {**self._facts.overrides, **overrides}
        key = ("parameters", scenario, *sorted(every.items()))
        return self.noting(self.once(key, lambda _: parameters.load(scenario, every)))


class Facts:
    """The tables of a run, each made when it is first asked for."""

    def __init__(
        self, scenario: str = "central", overrides: Mapping[str, object] | None = None
    ) -> None:
        self.params = parameters.load(scenario, {} if overrides is None else overrides)
        self.scenario, self.overrides = scenario, dict(overrides or {})
        self._made: dict[str, Made] = {}
        self.shared: dict[Hashable, tuple[Any, set[str]]] = {}  # what is made once, and read by it

    def __getitem__(self, name: str) -> pd.DataFrame:
        """A table by its name."""
        return self.made(name).frame

    def made(self, name: str) -> Made:
        """A table with what its rows read."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def _make(self, name: str) -> Made:
        recipe = RECIPES[name]
        rows: list[tuple[Any, ...]] = []
        inputs: list[frozenset[str]] = []
        for cells in recipe.each(self.params):
            run = Run(self)
            rows += _rows(recipe.make(run, *cells), cells)
            inputs += [run.inputs] * (len(rows) - len(inputs))
        if recipe.together:
            inputs = [frozenset[str]().union(*inputs)] * len(rows)
        return Made(recipe, tuple(rows), tuple(inputs))

    def csv(self) -> dict[str, str]:
        """Every table as the text of a CSV file, by its name."""
        return {name: self[name].to_csv(index=False, lineterminator="\n") for name in RECIPES}

    def numbers(self) -> dict[str, Number]:
        """Every headline number, by its key."""
        found: dict[str, Number] = {}
        for name in RECIPES:
            for key, number in self.made(name).numbers():
                if key in found:
                    raise ValueError(f"two cells are called {key}; the second is of {name}")
                found[key] = number
        return dict(sorted(found.items()))


def _rows(told: Any, cells: Cells) -> Iterator[tuple[Any, ...]]:
    """The rows that one call makes: single numbers, the rest of one row, or several."""
    if isinstance(told, dict):
        return ((key, *astuple(figure)) for key, figure in told.items())
    return ((*cells, *row) for row in ([told] if isinstance(told, tuple) else told))


# --- single numbers ------------------------------------------------------------------------------


def number(value: float, unit: str, format_: str) -> Figure:
    """A number; one that never comes is infinite."""
    return Figure(value, unit, format_)


def count(value: float, unit: str = "count") -> Figure:
    """A whole number."""
    return Figure(round(value), unit, ",d")


def day(origin: date, years: float) -> Figure:
    """A date from model time; beyond the horizon it is never."""
    return Figure(u.date_text(origin, years), "date", "%B %Y")


def never(stem: str, *endings: str) -> dict[str, Figure]:
    """Numbers that do not come, for a run in which nobody trains."""
    return {f"{stem}{ending}": Figure(NEVER, "none", "s") for ending in endings}
