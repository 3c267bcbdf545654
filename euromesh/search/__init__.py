"""The fastest team of sites at each moment, and when it has computed a run.

Plain Python on whatever has the fields of `draw`: its own objects of floats, or the rows of arrays
that `ensemble` compiles it for. `moments` goes from change to change of the sites, `teams` finds
the fastest team of one moment, `kinds` does so where the places differ in goodput.
"""

from euromesh.search.draw import (
    Draw,
    Fragment,
    Kind,
    Place,
    Roster,
    Run,
    Site,
    Size,
    Team,
    needed,
)
from euromesh.search.moments import fastest_of, finish, segments
