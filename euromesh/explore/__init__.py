"""The race with other values, where no numpy is: in a reader's browser, dates first, then odds.

`Session` holds the parameters of a run and its first draws; `answer` takes and gives JSON. It is
the standard library's Python, so that it gives the same bits wherever it runs.
"""

from euromesh.explore.answers import answer
from euromesh.explore.session import Session
